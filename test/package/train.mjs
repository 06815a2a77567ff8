// The program that the tests of the package run in every engine: it trains small networks that use most of what could
// differ between engines, and digests all that they have learned. Plain JavaScript, as a user would write it who has
// only installed the package; it must not know where it runs.

import {
  adamW,
  binaryCrossEntropy,
  compile,
  crossEntropy,
  dropout,
  elu,
  gelu,
  init,
  linear,
  logSoftmax,
  nadam,
  negativeLogLikelihood,
  rescale,
  rmsprop,
  saveCheckpoint,
  schedules,
  sequential,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from "wasmgrad";

const FEATURES = 24;
const CLASSES = 5;

const networks = {
  // The data set lies in memory as bytes; five activations, dropout, a schedule, decay and clipping.
  classifier: {
    model: () =>
      sequential(
        rescale(1 / 255, -0.5),
        linear(FEATURES, 33),
        tanh(),
        linear(33, 32),
        gelu(),
        dropout(0.25),
        linear(32, 17),
        silu(),
        linear(17, 16),
        elu(),
        linear(16, CLASSES),
      ),
    settings: () => ({
      loss: crossEntropy({ labelSmoothing: 0.1 }),
      optimizer: adamW({ lr: schedules.warmupCosine({ lr: 1e-2, warmupSteps: 5, totalSteps: 48 }), weightDecay: 0.01 }),
      clipNorm: 1,
    }),
    data: ({ bytes, classes }) => ({ x: bytes, y: classes }),
  },
  logarithms: {
    model: () =>
      sequential(linear(FEATURES, 16), sigmoid(), linear(16, 16), softplus(), linear(16, CLASSES), logSoftmax()),
    settings: () => ({ loss: negativeLogLikelihood(), optimizer: nadam({ lr: 0.05 }) }),
    data: ({ bytes, classes }) => ({ x: Float32Array.from(bytes, (byte) => byte / 255), y: classes }),
  },
  probabilities: {
    model: () =>
      sequential(linear(FEATURES, 16), gelu({ approximate: "tanh" }), dropout(0.1), linear(16, CLASSES), softmax()),
    settings: () => ({ loss: binaryCrossEntropy(), optimizer: rmsprop({ lr: 0.01 }), clipValue: 0.1 }),
    data: ({ bytes, classes }) => ({
      x: Float32Array.from(bytes, (byte) => byte / 255),
      y: Float32Array.from({ length: classes.length * CLASSES }, (_, i) =>
        classes[Math.floor(i / CLASSES)] === i % CLASSES ? 1 : 0,
      ),
    }),
  },
};

/**
 * Trains every network for 48 steps.
 * @param {{ wasm?: string | URL }} options where the binary comes from, if not from the package's modules
 * @returns for each network the losses of the epochs, and digests of the parameters, the predictions and the checkpoint
 */
export async function train({ wasm } = {}) {
  if (wasm) await init({ wasm });
  const samples = clusters(128);
  const results = {};
  for (const [name, { model, settings, data }] of Object.entries(networks)) {
    const trainer = await compile(model(), { ...settings(), seed: 7, deterministic: true });
    const { x, y } = data(samples);
    const epochs = await trainer.fit({ x, y }, { epochs: 6, batchSize: 16 });
    const predictions = await trainer.predict(x);
    const names = Object.keys(trainer.parameters).sort();
    results[name] = {
      steps: trainer.steps,
      losses: epochs.map(({ loss }) => loss),
      parameters: await digest(names.map((key) => trainer.parameters[key].values)),
      predictions: await digest([predictions]),
      checkpoint: await digest([saveCheckpoint(trainer)]),
      right: accuracy(predictions, samples.classes),
    };
    trainer.dispose();
  }
  return results;
}

/** Noisy bytes around one centre for each class, by whole-number arithmetic alone. */
function clusters(samples) {
  let state = 1;
  const random = (below) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % 65536) % below;
  const centres = Uint8Array.from({ length: CLASSES * FEATURES }, () => random(200));
  const classes = Int32Array.from({ length: samples }, (_, i) => i % CLASSES);
  const bytes = new Uint8Array(samples * FEATURES);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = centres[classes[Math.floor(i / FEATURES)] * FEATURES + (i % FEATURES)] + random(56);
  }
  return { bytes, classes };
}

/** Share of the rows of [samples, CLASSES] whose greatest column is the class. */
function accuracy(predictions, classes) {
  let right = 0;
  classes.forEach((truth, i) => {
    const row = [...predictions.subarray(i * CLASSES, (i + 1) * CLASSES)];
    if (row.indexOf(Math.max(...row)) === truth) right++;
  });
  return right / classes.length;
}

/** SHA-256 of the bytes of all arrays, one after another. */
async function digest(arrays) {
  const bytes = Uint8Array.from(
    arrays.flatMap(({ buffer, byteOffset, byteLength }) => [...new Uint8Array(buffer, byteOffset, byteLength)]),
  );
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
