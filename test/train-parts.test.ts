// Batches that go through the model in parts, and moving averages of the parameters.
import { afterEach, describe, expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  dropout,
  linear,
  loadCheckpoint,
  meanSquaredError,
  saveCheckpoint,
  sequential,
  sgd,
  type CompileOptions,
  type Trainer,
} from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { expectClose } from "./support/close.js";
import { mlp } from "./support/mlp.js";
import { noise, thirds } from "./support/train-data.js";

const open: Trainer[] = [];
const keep = (trainer: Trainer) => (open.push(trainer), trainer);
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

const data = thirds(50);
const make = async (options: Partial<CompileOptions> = {}) =>
  keep(await compile(mlp([2, 8, 3]), { loss: crossEntropy(), seed: 1, optimizer: sgd({ lr: 0.5 }), ...options }));

function expectSame(a: Trainer, b: Trainer, tolerance: number) {
  for (const [name, { values }] of Object.entries(a.parameters))
    expectClose(values, b.parameters[name].values, tolerance);
}

describe("microBatch", () => {
  test.each([1, 3, 7, 8, 15])(
    "of %i is the same training up to rounding: updates, losses, accuracies",
    async (microBatch) => {
      const [whole, parts] = [await make(), await make({ microBatch })];
      const options = { epochs: 3, batchSize: 16 };
      const expected = await whole.fit(data, options);
      const history = await parts.fit(data, options);
      expectClose(
        history.map(({ loss }) => loss),
        expected.map(({ loss }) => loss),
        1e-5,
      );
      expect(history.map(({ accuracy }) => accuracy)).toEqual(expected.map(({ accuracy }) => accuracy));
      expect(parts.steps).toBe(whole.steps);
      expectSame(parts, whole, 1e-5);
    },
  );

  test("as large as the batch, or larger, is the same to the bit", async () => {
    const [whole, parts] = [await make(), await make({ microBatch: 16 })];
    await whole.fit(data, { batchSize: 16 });
    await parts.fit(data, { batchSize: 16 });
    expect(bitsOf(parts)).toBe(bitsOf(whole));
  });

  test("works with numbers for targets, clipping, and step()", async () => {
    const options = { loss: meanSquaredError(), clipNorm: 0.1 };
    const [whole, parts] = [await make(options), await make({ ...options, microBatch: 4 })];
    const y = noise(150, 5);
    const results = [await whole.step(data.x, y), await parts.step(data.x, y)];
    expectClose([results[1].loss], [results[0].loss], 1e-5);
    expectSame(parts, whole, 1e-5);
  });

  test("gives each part a dropout mask of its own", async () => {
    const model = sequential(linear(1, 64, { bias: false }), dropout(0.5), linear(64, 1, { bias: false }));
    const trainer = keep(await compile(model, { loss: meanSquaredError(), microBatch: 1 }));
    // Both samples are equal: with one mask for both, the gradient of a unit would be that of both samples or none.
    const { gradients } = await trainer.gradients([1, 1], [5, 5]);
    const once = keep(await compile(model, { loss: meanSquaredError(), microBatch: 1 }));
    const { gradients: first } = await once.gradients([1], [5]);
    const dropped = (values: Float32Array) => values.filter((value) => value === 0).length;
    expect(dropped(gradients["2.weight"])).toBeLessThan(dropped(first["2.weight"]));
  });
});

describe("ema", () => {
  test("is the decaying mean of the parameters after each step, from where they started", async () => {
    const trainer = await make({ ema: 0.75 });
    const average = Object.fromEntries(
      Object.entries(trainer.parameters).map(([name, { values }]) => [name, [...values]]),
    );
    for (let step = 0; step < 5; step++) {
      await trainer.step(data.x, data.y);
      for (const [name, { values }] of Object.entries(trainer.parameters))
        average[name] = average[name].map((a, i) => 0.75 * a + 0.25 * values[i]);
    }
    const averaged = await make();
    averaged.load(average);
    const x = noise(10, 3);
    expectClose(await trainer.predict(x, { averaged: true }), await averaged.predict(x), 1e-5);
    const [a, b] = [await trainer.evaluate(data, { averaged: true }), await averaged.evaluate(data)];
    expectClose([a.loss], [b.loss], 1e-5);
    expect((await trainer.evaluate(data)).loss).not.toBe(a.loss);
  });

  test("does not disturb training", async () => {
    const [a, b] = [await make({ optimizer: adam(), ema: 0.9 }), await make({ optimizer: adam() })];
    for (const trainer of [a, b]) await trainer.fit(data, { epochs: 4 });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("of parameters that were loaded begins there", async () => {
    const trainer = await make({ ema: 0.9 });
    trainer.load((await make({ seed: 2 })).parameters);
    const x = noise(10, 3);
    expect(await trainer.predict(x, { averaged: true })).toEqual(await trainer.predict(x));
  });

  test("has to be asked for", async () => {
    const trainer = await make();
    const message = "this trainer keeps no moving average; compile it with { ema: 0.999 }";
    await expect(trainer.predict([1, 2], { averaged: true })).rejects.toThrow(message);
    await expect(trainer.evaluate(data, { averaged: true })).rejects.toThrow(message);
    await expect(trainer.predict([1, 2], { averaged: 1 as never })).rejects.toThrow(
      "predict: averaged must be true or false, got 1",
    );
  });

  test("is added to a checkpoint without one", async () => {
    const plain = await make();
    const trainer = keep(await loadCheckpoint(saveCheckpoint(plain), { ema: 0.5 }));
    const x = noise(10, 3);
    expect(await trainer.predict(x, { averaged: true })).toEqual(await plain.predict(x));
  });
});
