// Losses that are not finite: what the error says, and what remains of the model. With fit on samples in memory, with
// batches one after another, and with single steps.
import { afterEach, describe, expect, test } from "vitest";
import {
  adam,
  binaryCrossEntropy,
  compile,
  crossEntropy,
  DivergedError,
  linear,
  meanSquaredError,
  ops,
  relu,
  saveCheckpoint,
  sequential,
  sgd,
  type CompileOptions,
  type Data,
  type Trainer,
} from "wasmgrad";
import { readSafetensors } from "wasmgrad/io";
import { bitsOf } from "./support/bits.js";
import { expectClose } from "./support/close.js";
import { noise } from "./support/train-data.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

async function make(options: Partial<CompileOptions> = {}): Promise<Trainer> {
  const model = sequential(linear(2, 4), relu(), linear(4, 1));
  open.push(await compile(model, { loss: meanSquaredError(), seed: 1, ...options }));
  return open.at(-1)!;
}

const data = { x: noise(40, 1), y: noise(20, 2) };

async function errorOf(promise: PromiseLike<unknown>): Promise<DivergedError> {
  const error = await Promise.resolve(promise).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DivergedError);
  return error as DivergedError;
}

test("a forgotten sigmoid is named, as the loss takes logarithms of what should be probabilities", async () => {
  const trainer = await compile(linear(1, 1), { loss: binaryCrossEntropy() });
  open.push(trainer);
  trainer.load({ weight: [5], bias: [0] });
  const { message } = await errorOf(trainer.step([-1], [1]));
  expect(message).toContain("if the model does not end with sigmoid(), let it, or give fromLogits: true");
});

const isFinite = (trainer: Trainer) =>
  Object.values(trainer.parameters).every(({ values }) => values.every(Number.isFinite));

type Run = (trainer: Trainer, data: Data) => PromiseLike<unknown>;
const ways: [string, Run][] = [
  ["fit", (trainer, data) => trainer.fit(data, { epochs: 400, batchSize: 8 })],
  [
    "fit in a loop",
    (trainer, data) =>
      (async () => {
        for await (const _ of trainer.fit(data, { epochs: 400, batchSize: 8 }));
      })(),
  ],
  ["fit on batches", (trainer, data) => trainer.fit([data], { epochs: 400 })],
  [
    "step",
    async (trainer, { x, y }) => {
      for (let step = 0; step < 400; step++) await trainer.step(x, y);
    },
  ],
];

describe.each(ways)("a learning rate that is much too large: %s", (_, run) => {
  test("the error names step and tensor, and the last good parameters stay", async () => {
    const trainer = await make({ optimizer: sgd({ lr: 1e6 }) });
    const error = await errorOf(run(trainer, data));
    expect(error.name).toBe("DivergedError");
    expect(error.step).toBeGreaterThan(1);
    expect(error.message).toMatch(
      /^training stopped at step \d+: the loss is (NaN|Infinity), and the (tensor|parameter) "\S+" \[.*\] .*is the first that is not finite\. The parameters of the last good step are kept\. Try a smaller learning rate/,
    );
    expect(error.message).toContain(`at step ${error.step}:`);
    expect(error.message).toContain(error.tensor);
    expect(isFinite(trainer)).toBe(true);
    expect((await trainer.evaluate(data)).loss).toBeLessThan(Infinity);
  });

  test("the kept parameters are those before the update that spoilt them", async () => {
    const [a, b] = [await make({ optimizer: sgd({ lr: 1e6 }) }), await make({ optimizer: sgd({ lr: 1e6 }) })];
    const { step } = await errorOf(a.step(data.x, data.y).then(() => ways[3][1](a, data)));
    for (let i = 1; i < step - 1; i++) await b.step(data.x, data.y);
    expect(bitsOf(a)).toBe(bitsOf(b));
  });
});

describe.each(ways)("NaN in x: %s", (_, run) => {
  const spoilt = { x: Float32Array.from(data.x), y: data.y };
  spoilt.x[17] = NaN;

  test("the error says so, and the parameters are those after the last good step", async () => {
    const trainer = await make();
    await trainer.step(data.x, data.y);
    const before = bitsOf(trainer);
    const error = await errorOf(run(trainer, { x: spoilt.x.subarray(16, 18), y: data.y.subarray(0, 1) }));
    expect(error.message).toBe(
      'training stopped at step 2: the loss is NaN, and the input "x" [1, 2] is the first that is not finite. ' +
        "The parameters of the last good step are kept. Look for NaN, infinities or very large numbers in x and y",
    );
    expect([error.step, error.tensor]).toEqual([2, 'the input "x" [1, 2]']);
    expect(bitsOf(trainer)).toBe(before);
  });

  test("training can go on with better data", async () => {
    const [a, b] = [await make(), await make()];
    await errorOf(run(a, { x: [NaN, 1], y: [1] }));
    await a.step(data.x, data.y);
    await b.step(data.x, data.y);
    expect(bitsOf(a)).toBe(bitsOf(b));
  });
});

test("NaN in y is named as well", async () => {
  const error = await errorOf((await make()).step([1, 2], [NaN]));
  expect(error.tensor).toBe('the input "y" [1, 1]');
});

test("NaN in the middle of an epoch: the steps before it count, and its samples' batch is the one that failed", async () => {
  const trainer = await make();
  const x = Float32Array.from(data.x);
  x[2 * 13] = Infinity;
  const error = await errorOf(trainer.fit({ x, y: data.y }, { batchSize: 4, shuffle: false }));
  expect([error.step, trainer.steps, trainer.epochs]).toEqual([4, 3, 0]);
});

test("in the smaller batch at an epoch's end", async () => {
  const trainer = await make();
  const x = Float32Array.from(data.x);
  x[39] = NaN;
  const error = await errorOf(trainer.fit({ x, y: data.y }, { batchSize: 7, shuffle: false }));
  expect([error.step, error.tensor]).toEqual([3, 'the input "x" [6, 2]']);
});

test("numbers that are finite, but too large for the model", async () => {
  const trainer = await make();
  trainer.load({ "0.weight": [1, 1, 0, 0, 0, 0, 0, 0] });
  const error = await errorOf(trainer.step([3e38, 3e38], [1]));
  expect(error.tensor).toBe('the tensor "1.relu" [1, 4] (linear with "0.weight", "0.bias")');
  expect(isFinite(trainer)).toBe(true);
});

test("a loss of one's own that is infinite by itself", async () => {
  const trainer = await make({
    loss: (output, target) => ops.mean(ops.log(ops.mul(ops.square(ops.sub(output, target)), 0))),
  });
  const error = await errorOf(trainer.step([1, 2], [1]));
  expect(error.message).toMatch(/the loss is -Infinity, and the tensor ".*" \[1, 1\] \(log\) is the first/);
});

test("parameters that were loaded as NaN", async () => {
  const trainer = await make();
  trainer.load({ "0.bias": [0, NaN, 0, 0] });
  const { message } = await errorOf(trainer.step([1, 2], [1]));
  expect(message).toContain('the parameter "0.bias" [4] is the first that is not finite');
});

test("validation that is NaN is none of training's business", async () => {
  const trainer = await make();
  const [{ valLoss, loss }] = await trainer.fit(data, { validation: { x: [NaN, 1], y: [1] } });
  expect([valLoss, loss < 10]).toEqual([NaN, true]);
});

test.each([adam({ lr: 0.01 }), sgd({ lr: 0.01, momentum: 0.9 })])(
  "what $name and a moving average remember of a spoilt update is forgotten, so that training can go on",
  async (optimizer) => {
    const trainer = await compile(linear(1, 1), { loss: meanSquaredError(), optimizer, ema: 0.9 });
    open.push(trainer);
    trainer.load({ weight: [0.05], bias: [0] });
    // The loss is 2.5e37 and finite, but the gradient 1e39 is not.
    await trainer.step([1e20], [0]);
    const error = await errorOf(trainer.step([1], [0]));
    expect(error.tensor).toBe('the parameter "weight" [1, 1] (after the update of step 1)');
    expectClose(trainer.parameters.weight.values, [0.05], 1e-7);

    await trainer.fit({ x: [1, 2, 3], y: [2, 4, 6] }, { epochs: 20 });
    expect(isFinite(trainer)).toBe(true);
    const { tensors } = readSafetensors(saveCheckpoint(trainer));
    const bad = [...tensors].filter(([, { data }]) => data instanceof Float32Array && !data.every(Number.isFinite));
    expect(bad.map(([name]) => name)).toEqual([]);
    expect((await trainer.evaluate({ x: [1], y: [2] }, { averaged: true })).loss).toBeLessThan(10);
  },
);

test("in fit with early stopping, the best parameters are restored", async () => {
  const trainer = await make({ optimizer: sgd({ lr: (step) => (step < 3 ? 1e-3 : 1e9) }) });
  let bits = "";
  const fit = trainer.fit(data, {
    epochs: 50,
    batchSize: 20,
    validation: data,
    earlyStopping: { patience: 50 },
    onEpoch: ({ epoch }) => void (epoch === 3 && (bits = bitsOf(trainer))),
  });
  await errorOf(fit);
  expect(bitsOf(trainer)).toBe(bits);
});

test("crossEntropy over infinite logits", async () => {
  const trainer = await compile(linear(1, 2), { loss: crossEntropy() });
  open.push(trainer);
  trainer.load({ weight: [3e38, 3e38] });
  expect((await errorOf(trainer.step([10], [0]))).tensor).toMatch(/^the tensor "linear" \[1, 2\]/);
});
