// Trainers whose weights have 8 bits: as small as they should be, close to the model they were made of, in and out by every
// door, and refusing to train.
import { afterEach, describe, expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  embedding,
  flatten,
  gelu,
  linear,
  loadCheckpoint,
  meanSquaredError,
  ops,
  parameter,
  quantize,
  relu,
  saveCheckpoint,
  sequential,
  type CompileOptions,
  type Module,
  type Tensor,
  type Trainer,
} from "wasmgrad";
import { Random } from "../src/data/random.js";

const opened: Trainer[] = [];
afterEach(() => opened.splice(0).forEach((trainer) => trainer.dispose()));
const kept = (trainer: Trainer): Trainer => {
  opened.push(trainer);
  return trainer;
};
const compiled = async (model: Module, options: CompileOptions = {}) =>
  kept(await compile(model, { loss: crossEntropy(), optimizer: adam({ lr: 0.003 }), ...options }));

/** Samples of 5 classes: points around 5 others. */
function clusters(count: number, seed: number) {
  const random = new Random(seed);
  const centres = Array.from({ length: 5 }, (_, i) => Float32Array.from({ length: 40 }, (_, j) => Math.sin(7 * i + j)));
  const y = Int32Array.from({ length: count }, () => random.integer(5));
  const x = Float32Array.from(
    { length: count * 40 },
    (_, i) => centres[y[Math.floor(i / 40)]!]![i % 40]! + random.normal(0, 1),
  );
  return { x, y };
}
const network = () => sequential(linear(40, 128), relu(), linear(128, 128), gelu(), linear(128, 5));

/** Root of the mean square of the differences, relative to how far `exact` varies. */
function errorOf(values: Float32Array, exact: Float32Array): number {
  const mean = exact.reduce((sum, value) => sum + value, 0) / exact.length;
  const squares = (of: (i: number) => number) => exact.reduce((sum, _, i) => sum + of(i) ** 2, 0);
  return Math.sqrt(squares((i) => values[i]! - exact[i]!) / squares((i) => exact[i]! - mean));
}

describe("quantize", () => {
  test("gives what the trained model gives, to about a hundredth, from a quarter of the memory", async () => {
    const trainer = await compiled(network());
    await trainer.fit(clusters(600, 1), { epochs: 6 });
    const small = kept(await quantize(trainer));

    const data = clusters(400, 2);
    const [exact, close] = [await trainer.predict(data.x), await small.predict(data.x)];
    expect(errorOf(close, exact)).toBeLessThan(0.02);
    expect(close).not.toEqual(exact);
    const [before, after] = [await trainer.evaluate(data), await small.evaluate(data)];
    expect(before.accuracy).toBeGreaterThan(0.8);
    expect(Math.abs(after.accuracy! - before.accuracy!)).toBeLessThan(0.01);
    expect(Math.abs(after.loss - before.loss)).toBeLessThan(0.01);
    // The last layer is too small to be worth it, and biases stay.
    const large = 40 * 128 + 128 * 128;
    expect(trainer.state.model.bytes - small.state.model.bytes).toBeGreaterThan(2.6 * large);
    expect(small.summary().split("\n").at(-1)).toBe("22,405 parameters, 22,405 of them frozen, 27,156 bytes");
  });

  test("leaves the trainer as it is, and outlives it", async () => {
    const trainer = await compiled(network());
    const before = trainer.parameters;
    const small = kept(await quantize(trainer));
    expect(trainer.parameters).toEqual(before);
    trainer.dispose();
    expect((await small.predict(new Float32Array(40))).length).toBe(5);
  });

  test("takes the moving average where it is asked for", async () => {
    const trainer = await compiled(network(), { ema: 0.9 });
    await trainer.fit(clusters(300, 1), { epochs: 2 });
    const small = kept(await quantize(trainer, { averaged: true }));
    const x = clusters(50, 3).x;
    const exact = await trainer.predict(x, { averaged: true });
    expect(errorOf(await small.predict(x), exact)).toBeLessThan(0.02);
    expect(errorOf(await small.predict(x), await trainer.predict(x))).toBeGreaterThan(0.03);
  });

  test("keeps weights that are shared, and tables, in one place", async () => {
    const random = new Random(4);
    const table = parameter([300, 32]);
    const tied = (ids: Tensor) => {
      const x = ops.mean(ops.embedding(ids, table), { axes: 1 });
      return ops.linear(ops.tanh(x), table);
    };
    const trainer = kept(await compile(tied, { input: { shape: [6], dtype: "i32" }, loss: crossEntropy() }));
    trainer.load({ parameter0: Float32Array.from({ length: 9600 }, () => random.normal()) });
    const small = kept(await quantize(trainer));
    expect(small.state.model.bytes).toBe(9600 + 1216);
    const ids = Int32Array.from({ length: 60 }, () => random.integer(300));
    expect(errorOf(await small.predict(ids), await trainer.predict(ids))).toBeLessThan(0.02);
    expect(await small.explain({ purpose: "predict" })).toContain(
      "embeddingInt8(parameter0 codes, parameter0 scales, x",
    );
  });

  test("refuses a model that is spoilt, and options that it does not know", async () => {
    const trainer = await compiled(network());
    trainer.load({ "0.weight": new Float32Array(40 * 128).fill(NaN) });
    await expect(quantize(trainer)).rejects.toThrow("number 0 is NaN, which has no scale");
    await expect(quantize(trainer, { bits: 4 } as never)).rejects.toThrow('quantize: unknown option "bits"');
  });
});

describe('compile with { weights: "int8" }', () => {
  test("begins with the parameters that the same seed gives, rounded", async () => {
    const [exact, small] = [await compiled(network()), await compiled(network(), { weights: "int8" })];
    for (const [name, { values, shape }] of Object.entries(exact.parameters)) {
      const rounded = small.parameters[name]!;
      expect(rounded.shape).toEqual(shape);
      if (!/^[02]\.weight$/.test(name)) expect(rounded.values).toEqual(values);
      else expect(errorOf(rounded.values, values)).toBeLessThan(0.005);
    }
  });

  test("takes parameters by name, gives them back, and takes a checkpoint", async () => {
    const trainer = await compiled(network());
    await trainer.fit(clusters(200, 1), { epochs: 1 });
    const small = await compiled(network(), { weights: "int8" });
    small.load(trainer.parameters);
    const x = clusters(20, 5).x;
    const expected = await kept(await quantize(trainer)).predict(x);
    expect(await small.predict(x)).toEqual(expected);

    const again = await compiled(network(), { weights: "int8" });
    again.load(small.parameters);
    expect(errorOf(await again.predict(x), expected)).toBeLessThan(1e-4);
    const loaded = kept(await loadCheckpoint(saveCheckpoint(trainer), { weights: "int8" }));
    expect(await loaded.predict(x)).toEqual(expected);
    // A checkpoint of the small one holds what its codes stand for, and is as small when it is loaded.
    const twin = kept(await loadCheckpoint(saveCheckpoint(small)));
    expect(twin.state.model.bytes).toBe(small.state.model.bytes);
    expect(errorOf(await twin.predict(x), expected)).toBeLessThan(1e-4);
  });

  test("loads all or nothing", async () => {
    const small = await compiled(network(), { weights: "int8" });
    const before = small.parameters;
    const spoilt = new Float32Array(40 * 128);
    spoilt[5000] = Infinity;
    expect(() => small.load({ "4.bias": new Float32Array(5).fill(9), "0.weight": spoilt })).toThrow(
      new RangeError('load: "0.weight" is kept in 8 bits, so all its numbers must be finite'),
    );
    expect(small.parameters).toEqual(before);
  });

  test("predicts and evaluates on several threads with the same bits", async () => {
    const data = clusters(70, 6);
    const results = [];
    for (const threads of [1, 2, 3]) {
      const small = await compiled(network(), { weights: "int8", threads });
      results.push([await small.predict(data.x), await small.evaluate(data)]);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test("does not train, and says why", async () => {
    const small = await compiled(network(), { weights: "int8" });
    const data = clusters(10, 1);
    const message = "this model's weights have 8 bits: it predicts and evaluates, but has no";
    await expect(small.fit(data)).rejects.toThrow(`${message} training`);
    await expect(small.step(data.x, data.y)).rejects.toThrow(`${message} training`);
    await expect(small.gradients(data.x, data.y)).rejects.toThrow(`${message} training`);
    await expect(small.inspect(data.x, data.y)).rejects.toThrow(`${message} gradients`);
  });

  test("refuses other widths, and a moving average", async () => {
    await expect(compiled(network(), { weights: "int4" } as never)).rejects.toThrow(
      new RangeError('compile: weights must be "f32" or "int8", got "int4"'),
    );
    await expect(compiled(network(), { weights: "int8", ema: 0.9 })).rejects.toThrow("leave out ema");
  });

  test("changes nothing in a model whose weights are small", async () => {
    const model = sequential(linear(10, 10), relu(), linear(10, 1));
    const [exact, same] = [
      await compiled(model, { loss: meanSquaredError() }),
      await compiled(model, { loss: meanSquaredError(), weights: "int8" }),
    ];
    const x = Float32Array.from({ length: 30 }, (_, i) => Math.sin(i));
    expect(await same.predict(x)).toEqual(await exact.predict(x));
  });

  test("serves a language model: tables and linear layers over time", async () => {
    const model = sequential(embedding(200, 32), linear(32, 256), gelu(), flatten(), linear(1024, 16));
    const options = { input: { shape: [4], dtype: "i32" }, loss: meanSquaredError() } as const;
    const [exact, small] = [await compiled(model, options), await compiled(model, { ...options, weights: "int8" })];
    const ids = Int32Array.from({ length: 40 }, (_, i) => (i * 37) % 200);
    expect(errorOf(await small.predict(ids), await exact.predict(ids))).toBeLessThan(0.03);
    await expect(small.predict([0, 1, 2, 200])).rejects.toThrow("takes whole numbers from 0 to 199");
  });
});
