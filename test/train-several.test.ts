// Models of several inputs and outputs: functions of tensors by name, data by name, a loss for each output or for all.
import { afterEach, describe, expect, test } from "vitest";
import {
  compile,
  crossEntropy,
  jointLoss,
  meanSquaredError,
  ops,
  parameter,
  sgd,
  type CompileOptions,
  type Tensor,
  type Trainer,
} from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { expectClose } from "./support/close.js";
import { noise } from "./support/train-data.js";

const open: Trainer[] = [];
const keep = (trainer: Trainer) => (open.push(trainer), trainer);
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

const half = () => ({ kind: "constant", value: 0.5 }) as const;
const u = parameter([1, 2], { name: "u", init: half });
const v = parameter([3, 1], { name: "v", init: half });

/** left = a · uᵀ, right = left · vᵀ + b: [1] and [3] of each sample. */
function twoOfTwo({ a, b }: { a: Tensor; b: Tensor }) {
  const left = ops.linear(a, u);
  return { left, right: ops.add(ops.linear(left, v), b) };
}
const input = { a: [2], b: [3] } as const;
const loss = { left: meanSquaredError(), right: crossEntropy() };
const make = async (options: Partial<CompileOptions> = {}) =>
  keep(await compile(twoOfTwo, { loss, optimizer: sgd({ lr: 0.1 }), ...(options as object), input }));

const samples = 12;
const data = {
  x: { a: noise(2 * samples, 1), b: noise(3 * samples, 2) },
  y: { left: noise(samples, 3), right: Uint8Array.from({ length: samples }, (_, i) => i % 3) },
};

describe("predictAll", () => {
  test("gives each output by its name", async () => {
    const trainer = await make();
    const { left, right } = await trainer.predictAll({ a: [1, 2, 3, 5], b: [0, 1, 2, 3, 4, 5] });
    expect([[...left], [...right]]).toEqual([
      [1.5, 4],
      [0.75, 1.75, 2.75, 5, 6, 7],
    ]);
  });

  test("in batches, too; predict() says that there are several", async () => {
    const trainer = await make();
    expect(await trainer.predictAll(data.x, { batchSize: 5 })).toEqual(await trainer.predictAll(data.x));
    await expect(trainer.predict(data.x)).rejects.toThrow(
      "predict: the model has several outputs, left, right; call predictAll()",
    );
  });
});

describe("training", () => {
  test("adds the losses up, and their gradients", async () => {
    const [both, left, right] = [await make(), await make(), await make()];
    const whole = await both.gradients(data.x, data.y);
    const one = keep(
      await compile((x) => twoOfTwo({ a: x, b: ops.constant(0, [1]) }).left, { input: [2], loss: loss.left }),
    );
    const { loss: leftLoss } = await one.gradients(data.x.a, data.y.left);
    const { loss: jointly } = await left.evaluate(data);
    expectClose([whole.loss], [jointly], 1e-6);
    expect(whole.loss).toBeGreaterThan(leftLoss);
    expect(Object.keys(whole.gradients)).toEqual(["u", "v"]);
    await right.step(data.x, data.y);
    for (const [name, { values }] of Object.entries(right.parameters)) {
      expectClose(
        values,
        whole.gradients[name].map((g) => 0.5 - 0.1 * g),
        1e-6,
      );
    }
  });

  test("jointLoss() of all outputs and targets is the same where it is their sum", async () => {
    const [a, b] = [
      await make(),
      await make({
        loss: jointLoss((outputs, targets) =>
          ops.add(
            meanSquaredError().compute(outputs.left, ops.reshape(targets.left, outputs.left.shape)),
            crossEntropy().compute(outputs.right, targets.right),
          ),
        ),
      }),
    ];
    await a.fit(data, { epochs: 3, batchSize: 5 });
    await b.fit(data, { epochs: 3, batchSize: 5 });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("on batches, with a share for validation, and stopped early, works as with one input", async () => {
    const trainer = await make();
    const [{ valLoss, samples }] = await trainer.fit(data, { validation: 0.25, earlyStopping: {} });
    expect([samples, valLoss! > 0]).toEqual([9, true]);
    await trainer.fit([data, data]);
    expect(trainer.steps).toBe(3);
  });

  test("plain arrays for several inputs, one prediction after the other", async () => {
    const trainer = await make();
    const expected = await trainer.predictAll({ a: Float32Array.of(1, 2), b: Float32Array.of(1, 0, 2) });
    for (let i = 0; i < 3; i++) expect(await trainer.predictAll({ a: [1, 2], b: [1, 0, 2] })).toEqual(expected);
  });

  test("fields may be nested arrays, and of different types", async () => {
    const [a, b] = [await make(), await make()];
    await a.step({ a: [[1, 2]], b: [[1, 0, 2]] }, { left: [[3]], right: [1] });
    await b.step({ a: Uint8Array.of(1, 2), b: Int32Array.of(1, 0, 2) }, { left: [3], right: Int8Array.of(1) });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });
});

describe("refuses", () => {
  test.each<[string, unknown, string]>([
    [
      "plain numbers for several inputs",
      { ...data, x: [1, 2] },
      "fit: x must be an object with a, b, since the model has these inputs, got plain numbers",
    ],
    [
      "an input too few",
      { ...data, x: { a: [1, 2] } },
      "fit: x must be an object with a, b, since the model has these inputs, got an object with a",
    ],
    ["another input", { ...data, x: { ...data.x, c: [1] } }, "got an object with a, b, c"],
    [
      "inputs of different samples",
      { ...data, x: { a: [1, 2], b: data.x.b } },
      "fit: x.b has 12 samples, but the input before it has 1",
    ],
    [
      "half a sample",
      { ...data, x: { a: [1, 2, 3], b: data.x.b } },
      "fit: x.a must be whole samples of shape [2], 2 numbers each, got 3 numbers",
    ],
    ["plain numbers for several targets", { ...data, y: [1] }, "fit: y has 1 number"],
    [
      "a target too few",
      { ...data, y: { left: data.y.left } },
      "y must be an object with left, right, one for each loss, got left",
    ],
    [
      "another target",
      { ...data, y: { ...data.y, middle: data.y.left } },
      "y must be an object with left, right, one for each loss, got left, right, middle",
    ],
    [
      "a class that is none",
      { ...data, y: { ...data.y, right: data.y.right.with(4, 3) } },
      "fit: y.right[4] is 3, but crossEntropy of 3 classes takes whole numbers from 0 to 2",
    ],
    [
      "a target of other samples",
      { ...data, y: { ...data.y, left: [1, 2] } },
      "fit: y.left has 2 numbers, which is no whole number of targets",
    ],
  ])("%s", async (_, wrong, message) => {
    const trainer = await make();
    await expect(trainer.fit(wrong as typeof data)).rejects.toThrow(message);
  });

  test("a class that is none in a joint loss", async () => {
    const trainer = await make({ loss: jointLoss(({ right }, { words }) => crossEntropy().compute(right, words)) });
    await expect(trainer.step(data.x, { words: new Int32Array(samples).fill(9) })).rejects.toThrow(
      "step: y.words[0] is 9, but crossEntropy of 3 classes takes",
    );
  });

  test.each<[string, unknown, string]>([
    [
      "one loss for several outputs",
      crossEntropy(),
      "compile: the model has several outputs, left, right; give a loss for each",
    ],
    [
      "a loss for an output that is not there",
      { ...loss, middle: crossEntropy() },
      'compile: there is a loss for "middle", but the outputs are left, right',
    ],
    [
      "a loss that is none",
      { left: "mse" },
      'compile: the loss for "left" must be one, e.g. crossEntropy(), or a function, got "mse"',
    ],
    [
      "a loss that was not called",
      { left: crossEntropy },
      "compile: the loss crossEntropy was not called; write crossEntropy()",
    ],
    [
      "no loss in an object",
      {},
      "compile: the loss must be one, e.g. crossEntropy(), or a function, got an empty object",
    ],
  ])("%s", async (_, wrong, message) => {
    await expect(make({ loss: wrong as CompileOptions["loss"] })).rejects.toThrow(message);
  });
});

test("inspect and explain name the inputs and targets", async () => {
  const trainer = await make();
  const { tensors } = await trainer.inspect(data.x, data.y);
  expect(tensors.map(({ name }) => name)).toEqual(expect.arrayContaining(["u", "v", "x.a", "x.b", "loss"]));
  expect(await trainer.explain({ batch: 4 })).toMatch(/x\.a \[4, 2\].*\n[^]*y\.right \[4\]/);
  expect(trainer.summary()).toMatch(/input a +\[batch, 2\]\ninput b +\[batch, 3\]/);
});
