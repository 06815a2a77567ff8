// Training against the same training in plain f64: losses, parameters, accuracy, with each optimizer, with clipping, and
// with dropout, whose mask is read from the trainer.
import { describe, expect, test } from "vitest";
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  compile,
  crossEntropy,
  dropout,
  linear,
  meanSquaredError,
  nadam,
  rmsprop,
  sequential,
  sgd,
  tanh,
  type CompileOptions,
  type Optimizer,
} from "wasmgrad";
import { expectClose } from "./support/close.js";
import { mlp, plainParameters, referenceTraining, type Batch } from "./support/mlp.js";
import { noise, rowsOf } from "./support/train-data.js";

const SIZES = [3, 7, 5, 4];
const x = noise(24 * 3, 1);
const classes = Array.from({ length: 24 }, (_, i) => (i * 7 + (i >> 2)) % 4);
const targets = noise(24 * 4, 2);

/** Samples `first` to before `end` for the reference. */
const classBatch = (first: number, end: number): Batch => ({
  x: rowsOf(x, 3).slice(first, end),
  y: classes.slice(first, end),
});

const optimizers: Optimizer[] = [
  sgd({ lr: 0.5 }),
  sgd({ lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam({ lr: 0.05 }),
  adam({ lr: 0.05, amsgrad: true, weightDecay: 0.1 }),
  adamW({ lr: 0.05, weightDecay: 0.2 }),
  adamax({ lr: 0.05 }),
  nadam({ lr: 0.05 }),
  rmsprop({ lr: 0.02, momentum: 0.5, centered: true }),
  adagrad({ lr: 0.1, lrDecay: 0.1 }),
  adadelta({ lr: 1 }),
];

async function trainers(options: Omit<CompileOptions, "loss"> & { optimizer: Optimizer }) {
  const trainer = await compile(mlp(SIZES), { loss: crossEntropy(), ...options });
  const parameters = plainParameters(trainer.parameters);
  const { optimizer, clipNorm, clipValue } = options;
  const reference = referenceTraining(parameters, { sizes: SIZES, loss: "class", optimizer, clipNorm, clipValue });
  return { trainer, parameters, reference };
}

function expectSame(actual: Record<string, { values: Float32Array }>, expected: Record<string, number[]>) {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { values }] of Object.entries(actual)) expectClose(values, expected[name], 2e-5);
}

describe("losses and parameters are those of a plain training", () => {
  test.each(
    optimizers.map((optimizer) => [`${optimizer.name} ${JSON.stringify(optimizer.options)}`, optimizer] as const),
  )("%s", async (_, optimizer) => {
    const { trainer, parameters, reference } = await trainers({ optimizer });
    const losses: number[] = [];
    const epochs = await trainer.fit({ x, y: classes }, { epochs: 4, batchSize: 10, shuffle: false });
    for (let epoch = 0; epoch < 4; epoch++) {
      let loss = 0;
      for (const [first, end] of [
        [0, 10],
        [10, 20],
        [20, 24],
      ])
        loss += (reference.step(classBatch(first, end)) * (end - first)) / 24;
      losses.push(loss);
    }
    expectClose(
      epochs.map(({ loss }) => loss),
      losses,
      1e-5,
    );
    expectSame(trainer.parameters, parameters);
    trainer.dispose();
  });

  test("clipNorm, where it bites and where it does not", async () => {
    for (const clipNorm of [0.05, 100]) {
      const { trainer, parameters, reference } = await trainers({ optimizer: sgd({ lr: 0.5 }), clipNorm });
      await trainer.fit({ x, y: classes }, { epochs: 5, batchSize: 24, shuffle: false });
      for (let step = 0; step < 5; step++) reference.step(classBatch(0, 24));
      expectSame(trainer.parameters, parameters);
      trainer.dispose();
    }
  });

  test("clipValue, and both together", async () => {
    for (const clip of [{ clipValue: 0.01 }, { clipValue: 0.02, clipNorm: 0.05 }]) {
      const { trainer, parameters, reference } = await trainers({ optimizer: adam({ lr: 0.05 }), ...clip });
      await trainer.fit({ x, y: classes }, { epochs: 5, batchSize: 24, shuffle: false });
      for (let step = 0; step < 5; step++) reference.step(classBatch(0, 24));
      expectSame(trainer.parameters, parameters);
      trainer.dispose();
    }
  });

  test("a rate that is a schedule", async () => {
    const rates = [0.5, 0.25, 0.125, 0.0625];
    const { trainer, parameters } = await trainers({ optimizer: sgd({ lr: (step) => rates[step] }) });
    const epochs = await trainer.fit({ x, y: classes }, { epochs: 2, batchSize: 12, shuffle: false });
    for (const [step, lr] of rates.entries()) {
      const optimizer = sgd({ lr });
      const first = (step % 2) * 12;
      referenceTraining(parameters, { sizes: SIZES, loss: "class", optimizer }).step(classBatch(first, first + 12));
    }
    expectSame(trainer.parameters, parameters);
    expect(epochs.map(({ lr }) => lr)).toEqual([0.25, 0.0625]);
    trainer.dispose();
  });

  test("mean squared error", async () => {
    const optimizer = rmsprop();
    const trainer = await compile(mlp(SIZES), { loss: meanSquaredError(), optimizer });
    const parameters = plainParameters(trainer.parameters);
    const reference = referenceTraining(parameters, { sizes: SIZES, loss: "square", optimizer });
    const batch = { x: rowsOf(x, 3), y: rowsOf(targets, 4) };
    for (let step = 0; step < 5; step++) {
      const { loss, ...rest } = await trainer.step(x, targets);
      expectClose([loss], [reference.step(batch)], 1e-5);
      expect(rest).toEqual({});
    }
    expectSame(trainer.parameters, parameters);
    trainer.dispose();
  });

  test("with dropout: its mask can be read beforehand, changes with every step, and is that of the update", async () => {
    const optimizer = adam({ lr: 0.05 });
    const model = sequential(linear(3, 7), tanh(), dropout(0.4), linear(7, 4));
    const trainer = await compile(model, { loss: crossEntropy(), optimizer });
    const named = plainParameters(trainer.parameters);
    const parameters = {
      "0.weight": named["0.weight"],
      "0.bias": named["0.bias"],
      "2.weight": named["3.weight"],
      "2.bias": named["3.bias"],
    };
    const reference = referenceTraining(parameters, { sizes: [3, 7, 4], loss: "class", optimizer });
    const masks: string[] = [];
    for (let step = 0; step < 5; step++) {
      const { tensors } = await trainer.inspect(x, classes);
      const [before, after] = ["1.tanh", "2.dropout"].map((name) => tensors.find((t) => t.name === name)!.values);
      const mask = rowsOf(
        Array.from(after, (value, i) => (value === 0 ? 0 : 1 / 0.6) * Number(before[i] !== 0)),
        7,
      );
      masks.push(String(mask));
      const { loss } = await trainer.step(x, classes);
      expectClose([loss], [reference.step(classBatch(0, 24), mask)], 1e-5);
    }
    expect(new Set(masks).size).toBe(5);
    expectClose(trainer.parameters["3.weight"].values, parameters["2.weight"], 2e-5);
    expectClose(trainer.parameters["0.weight"].values, parameters["0.weight"], 2e-5);
    trainer.dispose();
  });
});
