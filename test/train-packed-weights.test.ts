// Predictions read packed copies of the weights: they must never be those of other parameters.
import { afterEach, describe, expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  gelu,
  linear,
  sequential,
  sgd,
  type CompileOptions,
  type Trainer,
} from "wasmgrad";
import { noise } from "./support/train-data.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

const [SAMPLES, INPUTS] = [40, 64];
const x = noise(SAMPLES * INPUTS, 3);
const y = Int32Array.from({ length: SAMPLES }, (_, i) => i % 7);
/** What a trainer gets ever worse at. */
const wrong = y.map((label) => (label + 1) % 7);

async function make(options: Partial<CompileOptions> = {}): Promise<Trainer> {
  const model = sequential(linear(INPUTS, 96), gelu(), linear(96, 7));
  const trainer = await compile(model, { loss: crossEntropy(), optimizer: adam({ lr: 0.01 }), ...options });
  open.push(trainer);
  return trainer;
}

/** What another trainer with the same parameters predicts, which has never had others. */
async function afresh(trainer: Trainer): Promise<Float32Array> {
  const other = await make();
  other.load(trainer.parameters);
  return other.predict(x);
}

describe("predictions of many samples", () => {
  test("read packed copies", async () => {
    const trainer = await make();
    const text = await trainer.explain({ purpose: "predict", batch: SAMPLES });
    expect(text.match(/Gemm +arena@\w+ arena@\w+ packed@\w+ parameters@/g)).toHaveLength(2);
  });

  test("pack only what may have changed, and what they read", async () => {
    const trainer = await make({ ema: 0.9 });
    const callsOf = async (work: () => Promise<unknown>) => {
      const before = trainer.core.calls;
      await work();
      return trainer.core.calls - before;
    };
    const averaged = () => trainer.predict(x, { averaged: true });
    expect(await callsOf(() => trainer.predict(x))).toBe(3); // two weights, and the prediction
    expect(await callsOf(() => trainer.predict(x))).toBe(1);
    expect(await callsOf(averaged)).toBe(3);
    expect(await callsOf(averaged)).toBe(1);
    expect(await callsOf(() => trainer.predict(x))).toBe(1);
    await trainer.step(x, y);
    expect(await callsOf(() => trainer.predict(x.subarray(0, INPUTS)))).toBe(1);
    expect(await callsOf(() => trainer.predict(x))).toBe(3);
  });

  test("read a weight of more than 64 MB as it lies", async () => {
    const trainer = await compile(sequential(linear(4_200, 4_000), linear(4_000, 8)), {
      freeze: () => true,
      threads: 1,
    });
    open.push(trainer);
    const text = await trainer.explain({ purpose: "predict", batch: SAMPLES });
    expect(text.match(/packed@/g)).toHaveLength(1);
  });

  test.each<[string, (trainer: Trainer) => unknown]>([
    ["nothing", () => {}],
    ["a step", (trainer) => trainer.step(x, y)],
    ["a fit", (trainer) => trainer.fit({ x, y }, { epochs: 2, batchSize: 16 })],
    ["load", (trainer) => trainer.load({ "0.weight": noise(INPUTS * 96, 9) })],
    [
      "a fit that ends in its best epoch",
      (trainer) => trainer.fit({ x, y }, { epochs: 9, validation: { x, y: wrong }, earlyStopping: { patience: 2 } }),
    ],
    ["profile", (trainer) => trainer.profile(x, y)],
    ["gradients", (trainer) => trainer.gradients(x, y)],
    [
      "a step whose loss is not finite",
      (trainer) =>
        trainer
          .step(
            x.map((v) => v * Infinity),
            y,
          )
          .catch(() => {}),
    ],
  ])("are right after %s", async (_, change) => {
    const trainer = await make();
    await trainer.predict(x);
    await change(trainer);
    expect(await trainer.predict(x)).toEqual(await afresh(trainer));
    await trainer.step(x, y);
    expect(await trainer.predict(x)).toEqual(await afresh(trainer));
  });

  test("are right for each batch size, whatever came between", async () => {
    const trainer = await make();
    const predict = (batchSize: number) => trainer.predict(x, { batchSize });
    await predict(SAMPLES);
    await trainer.step(x, y);
    const expected = await afresh(trainer);
    for (const batchSize of [20, 20, SAMPLES, 30]) {
      const predictions = await predict(batchSize);
      expect(Math.max(...predictions.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
    }
  });

  test("have the bits of predictions that pack on the way", async () => {
    const trainer = await make();
    const many = noise(600 * INPUTS, 5);
    const whole = await trainer.predict(many, { batchSize: 600 });
    const parts = await trainer.predict(many, { batchSize: 60 });
    expect(parts.every((value, i) => Object.is(value, whole[i]))).toBe(true);
  });

  test("are right of the moving averages, too", async () => {
    const trainer = await make({ optimizer: sgd({ lr: 0.5 }), ema: 0.9 });
    const averaged = () => trainer.predict(x, { averaged: true });
    const before = [await averaged(), await trainer.predict(x)];
    expect(before[0]).toEqual(before[1]);
    await trainer.step(x, y);
    expect(await trainer.predict(x)).toEqual(await afresh(trainer));
    const after = await averaged();
    expect(after).not.toEqual(before[0]);
    expect(after).not.toEqual(await trainer.predict(x));
    expect(await averaged()).toEqual(after);
  });

  test("share the copies between batch sizes", async () => {
    const trainer = await make();
    await trainer.predict(x);
    const before = trainer.core.memory.used;
    await trainer.predict(x, { batchSize: 39 });
    expect(trainer.core.memory.used - before).toBeLessThan(4 * INPUTS * 96);
  });

  test("come while a fit is under way", async () => {
    const trainer = await make();
    const fitted = trainer.fit({ x, y }, { epochs: 50, batchSize: 8 });
    for (let i = 0; i < 5; i++) expect((await trainer.predict(x)).every(Number.isFinite)).toBe(true);
    await fitted;
    expect(await trainer.predict(x)).toEqual(await afresh(trainer));
  });
});
