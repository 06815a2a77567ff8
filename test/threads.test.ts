// Several threads: the same bits for any number of them, in training, evaluation and prediction, for every family of
// layers; and threads that end.

import { afterEach, describe, expect, test, vi } from "vitest";
import * as wg from "../src/index.js";
import { compile, linear, relu, sequential, type CompileOptions, type Module, type Trainer } from "../src/index.js";
import { Random } from "../src/data/index.js";

const opened: Trainer[] = [];
afterEach(() => opened.splice(0).forEach((trainer) => trainer.dispose()));

const numbers = (count: number, seed: number) => {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.uniform(-1, 1));
};
const ids = (count: number, below: number, seed: number) => {
  const random = new Random(seed);
  return Int32Array.from({ length: count }, () => random.integer(below));
};

/** Everything that a training leaves behind, after an epoch of 3 batches and a smaller one. */
async function result(model: () => Module, data: wg.Data, options: CompileOptions): Promise<unknown> {
  const trainer = await compile(model(), { seed: 7, ...options });
  opened.push(trainer);
  const epochs = await trainer.fit(data, { epochs: 2, batchSize: 12 });
  return {
    losses: epochs.map(({ loss, accuracy }) => [loss, accuracy]),
    parameters: Object.entries(trainer.parameters).map(([name, { values }]) => [name, [...values]]),
    evaluation: await trainer.evaluate(data, { batchSize: 10 }),
    predictions: [...(await trainer.predict(data.x, { batchSize: 10 }))],
    step: await trainer.step(data.x, data.y),
  };
}

const weight = wg.parameter([7, 216], { init: wg.initialisers.normal(0, 0.3) });

/** Everything that moves elements, one after another: [batch, 6, 10] to [batch, 7]. */
const indexing: Module = {
  type: "indexing",
  parameters: { weight },
  children: {},
  options: {},
  forward(x) {
    const { ops } = wg;
    const flat = (y: wg.Tensor) => ops.reshape(y, [x.shape[0]!, -1]);
    const padded = ops.pad(ops.cumsum(ops.flip(x, 1), 1), [[0, 1], [2, 0]]); // prettier-ignore
    const turned = ops.transpose(padded, 1, 2); // [batch, 12, 7]
    const { values, indices } = ops.topK(turned, 4);
    const chosen = ops.where(ops.greater(values, ops.constant(0)), ops.pow(values, 3), ops.clamp(values, -1));
    const hot = ops.slice(ops.oneHot(indices, 8), { end: 1 }, 3);
    const joined = ops.concat([ops.gather(turned, 2, indices), chosen, ops.squeeze(hot, 3)], 2); // [batch, 12, 12]
    const within = ops.take(joined, ops.argmax(ops.slice(joined, { end: 1 }), 1), 1); // [batch, 1, 12, 12]
    const across = ops.take(flat(joined), ops.argmax(turned, 1)); // [batch, 7, 144]
    const means = [ops.mean(within, { axes: [1, 2] }), ops.mean(across, { axes: 1 })];
    return ops.linear(ops.concat([flat(x), ...means], 1), weight);
  },
};

/** Sums and maxima of more elements than one thread reads alone. */
const spread: Module = {
  type: "spread",
  parameters: {},
  children: {},
  options: {},
  forward(x) {
    const { ops } = wg;
    return ops.add(ops.mean(x, { axes: [2, 3] }), ops.max(ops.max(x, { axes: 3 }), { axes: 2 }));
  },
};

const picture = { x: numbers(40 * 3 * 9 * 8, 1), y: ids(40, 4, 2) };
const families: [string, () => Module, wg.Data, CompileOptions][] = [
  [
    "dense layers with dropout, norms and clipping",
    () =>
      sequential(
        linear(37, 70),
        wg.gelu(),
        wg.dropout(0.2),
        linear(70, 65),
        wg.layerNorm(65),
        wg.tanh(),
        linear(65, 5),
      ),
    { x: numbers(40 * 37, 1), y: ids(40, 5, 2) },
    { loss: wg.crossEntropy({ labelSmoothing: 0.1 }), optimizer: wg.adamW({ lr: 0.01 }), clipNorm: 0.5, ema: 0.9 },
  ],
  [
    "convolutions and pooling",
    () =>
      sequential(
        wg.conv2d(3, 9, 3, { padding: 1 }),
        relu(),
        wg.maxPool2d(2),
        wg.conv2d(9, 6, 3, { padding: 1, groups: 3 }),
        wg.batchNorm(6),
        wg.avgPool2d(2),
        wg.flatten(),
        linear(24, 4),
      ),
    picture,
    { loss: wg.crossEntropy(), input: [3, 9, 8], optimizer: wg.sgd({ lr: 0.05, momentum: 0.9 }) },
  ],
  [
    "convolutions of few and of many weights, and large reductions",
    () => sequential(wg.conv2d(2, 5, 3), relu(), wg.conv2d(5, 190, 3), spread, linear(190, 4)),
    { x: numbers(40 * 2 * 20 * 20, 1), y: ids(40, 4, 2) },
    { loss: wg.crossEntropy(), input: [2, 20, 20], optimizer: wg.sgd({ lr: 0.01 }) },
  ],
  [
    "recurrent layers",
    () =>
      sequential(
        wg.embedding(11, 9),
        wg.lstm(9, 13, { bidirectional: true }),
        wg.gru(26, 10, { returnSequences: false }),
        linear(10, 3),
      ),
    { x: ids(40 * 6, 11, 3), y: ids(40, 3, 4) },
    { loss: wg.crossEntropy(), input: { shape: [6], dtype: "i32" }, optimizer: wg.rmsprop({ lr: 0.01 }) },
  ],
  [
    "indexing",
    () => indexing,
    { x: numbers(40 * 6 * 10, 5), y: ids(40, 7, 6) },
    { loss: wg.crossEntropy(), input: [6, 10] },
  ],
  [
    "attention",
    () => sequential(wg.multiHeadAttention(24, 3, { causal: true }), wg.rmsNorm(24), linear(24, 7)),
    { x: numbers(40 * 10 * 24, 5), y: ids(40 * 10, 7, 6) },
    { loss: wg.crossEntropy(), input: [10, 24], microBatch: 5 },
  ],
  [
    "a loss over many classes, some rows of which are ignored",
    () => linear(24, 203),
    { x: numbers(40 * 10 * 24, 5), y: ids(40 * 10, 203, 6).map((id, i) => (i % 7 === 3 ? -100 : id)) },
    { loss: wg.crossEntropy({ labelSmoothing: 0.1 }), input: [10, 24] },
  ],
];

describe.each(families)("%s", (_, model, data, options) => {
  test("end in the same bits on 1, 2, 3, 4 and 8 threads", async () => {
    const alone = await result(model, data, { ...options, threads: 1 });
    for (const threads of [2, 3, 4, 8]) {
      expect(await result(model, data, { ...options, threads }), `${threads} threads`).toEqual(alone);
    }
  });
});

describe("a team of threads", () => {
  const data = { x: numbers(64 * 20, 1), y: ids(64, 3, 2) };
  const make = async (threads: number) => {
    const trainer = await compile(sequential(linear(20, 64), relu(), linear(64, 3)), {
      loss: wg.crossEntropy(),
      threads,
    });
    opened.push(trainer);
    return trainer;
  };

  test("serves several models, and lets others use them between two runs", async () => {
    const [a, b, alone] = [await make(2), await make(2), await make(1)];
    expect(a.core).toBe(b.core);
    expect(a.core.threads).toBe(2);
    const [first] = await Promise.all([
      a.fit(data, { epochs: 30 }),
      b.fit(data, { epochs: 30 }),
      ...Array.from({ length: 20 }, async () => a.predict(data.x)),
    ]);
    expect(first.at(-1)!.loss).toBe((await alone.fit(data, { epochs: 30 })).at(-1)!.loss);
  });

  test("stops together at a loss that is not finite", async () => {
    const trainer = await make(3);
    const x = data.x.slice();
    x[700] = NaN;
    await expect(trainer.fit({ x, y: data.y }, { shuffle: false })).rejects.toThrow('the input "x"');
    await expect(trainer.fit(data)).resolves.toHaveLength(1);
  });

  test("that loses a thread says so, and does not hang", async () => {
    const trainer = await make(5); // a team that no other test uses
    await trainer.fit(data);
    const { team } = trainer.core as unknown as { team: { threads: { end(): void }[] } };
    team.threads[3]!.end();
    await expect(trainer.fit(data, { epochs: 1_000_000 })).rejects.toThrow(
      /thread 3 of 5 has ended.*load the last checkpoint/,
    );
    await expect(trainer.fit(data)).rejects.toThrow("thread 3 of 5 has ended");
  });

  test("falls back to one thread where memory cannot be shared, and says so once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.stubGlobal("crossOriginIsolated", false);
    try {
      expect((await make(6)).core.threads).toBe(1);
      expect((await make(6)).core.threads).toBe(1);
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls[0]![0]).toContain("not cross-origin isolated");
    } finally {
      vi.unstubAllGlobals();
      warn.mockRestore();
    }
  });
});
