// gradients() against differences of evaluate(), inspect() against hand-made numbers, and step().
import { afterEach, describe, expect, test } from "vitest";
import {
  compile,
  crossEntropy,
  dropout,
  huber,
  klDivergence,
  linear,
  logSoftmax,
  meanSquaredError,
  ops,
  relu,
  reshape,
  sequential,
  sgd,
  sigmoid,
  silu,
  tanh,
  binaryCrossEntropy,
  type CompileOptions,
  type Module,
  type Trainer,
} from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { expectClose } from "./support/close.js";
import { noise } from "./support/train-data.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

async function make(model: Module, options: CompileOptions): Promise<Trainer> {
  open.push(await compile(model, options));
  return open.at(-1)!;
}

describe("gradients", () => {
  const x = noise(5 * 3, 1);
  test.each<[string, Module, CompileOptions["loss"], ArrayLike<number>]>([
    [
      "crossEntropy",
      sequential(linear(3, 4), tanh(), linear(4, 3)),
      crossEntropy({ labelSmoothing: 0.1 }),
      Int32Array.of(0, 1, 2, 1, 0),
    ],
    ["meanSquaredError", sequential(linear(3, 4), silu(), linear(4, 2)), meanSquaredError(), noise(10, 2)],
    ["huber", sequential(linear(3, 4), sigmoid(), linear(4, 2)), huber({ delta: 0.3 }), noise(10, 3)],
    [
      "binaryCrossEntropy",
      sequential(linear(3, 4), tanh(), linear(4, 2), sigmoid()),
      binaryCrossEntropy(),
      noise(10, 4).map((v) => v * 0.5 + 0.5),
    ],
    [
      "klDivergence",
      sequential(linear(3, 4), tanh(), linear(4, 2), logSoftmax()),
      klDivergence(),
      Float32Array.of(0.5, 0.5, 0.9, 0.1, 0.25, 0.75, 0.3, 0.7, 0.6, 0.4),
    ],
    [
      "a function",
      sequential(linear(3, 4), tanh(), linear(4, 2)),
      (output, target) => ops.mean(ops.square(ops.square(ops.sub(output, target)))),
      noise(10, 5),
    ],
  ])("are the slopes of the loss: %s", async (_, model, loss, y) => {
    const trainer = await make(model, { loss, seed: 2 });
    const targets = y as Float32Array;
    const { gradients, loss: value } = await trainer.gradients(x, targets);
    expect(value).toBe((await trainer.evaluate({ x, y: targets })).loss);
    const h = 1e-2;
    for (const [name, { values }] of Object.entries(trainer.parameters)) {
      const slopes: number[] = [];
      for (let i = 0; i < values.length; i++) {
        const at = async (shift: number) => {
          trainer.load({ [name]: values.map((value, j) => (i === j ? value + shift : value)) });
          return (await trainer.evaluate({ x, y: targets })).loss;
        };
        slopes.push(((await at(h)) - (await at(-h))) / (2 * h));
      }
      trainer.load({ [name]: values });
      expectClose(gradients[name], slopes, 2e-3);
    }
  });

  test("change nothing", async () => {
    const trainer = await make(sequential(linear(3, 4), dropout(0.5), linear(4, 2)), { loss: meanSquaredError() });
    const [before, steps] = [bitsOf(trainer), trainer.steps];
    const y = noise(10, 2);
    const first = await trainer.gradients(x, y);
    await trainer.inspect(x, y);
    expect(await trainer.gradients(x, y)).toEqual(first);
    expect([bitsOf(trainer), trainer.steps]).toEqual([before, steps]);
  });

  test("are those of the next step: an update by them is the step, dropout included", async () => {
    const trainer = await make(sequential(linear(3, 8), dropout(0.5), linear(8, 2)), {
      loss: meanSquaredError(),
      optimizer: sgd({ lr: 0.5 }),
    });
    const y = noise(10, 2);
    for (let step = 0; step < 3; step++) {
      const { gradients, loss } = await trainer.gradients(x, y);
      const before = trainer.parameters;
      expect((await trainer.step(x, y)).loss).toBe(loss);
      for (const [name, { values }] of Object.entries(trainer.parameters)) {
        expectClose(
          values,
          before[name].values.map((value, i) => value - 0.5 * gradients[name][i]),
          1e-6,
        );
      }
    }
  });

  test("come before clipping", async () => {
    const options = { loss: meanSquaredError(), seed: 1 };
    const [a, b] = [
      await make(linear(3, 2), options),
      await make(linear(3, 2), { ...options, clipNorm: 1e-3, clipValue: 1e-3 }),
    ];
    expect((await a.gradients(x, noise(10, 2))).gradients).toEqual((await b.gradients(x, noise(10, 2))).gradients);
  });

  test("of a NaN are NaN, and those of the next batch are not", async () => {
    const trainer = await make(linear(1, 1), { loss: meanSquaredError() });
    trainer.load({ weight: [1], bias: [0] });
    const { loss, gradients } = await trainer.gradients([NaN, 1], [1, 1]);
    expect([loss, ...gradients.weight, ...gradients.bias]).toEqual([NaN, NaN, NaN]);
    expect((await trainer.gradients([2], [1])).gradients).toEqual({
      weight: Float32Array.of(4),
      bias: Float32Array.of(2),
    });
  });
});

describe("inspect", () => {
  // h = relu(x · wᵀ + b), y = h · vᵀ, loss = mean (y - t)²
  async function look() {
    const trainer = await make(sequential(linear(2, 2), relu(), linear(2, 1, { bias: false })), {
      loss: meanSquaredError(),
    });
    trainer.load({ "0.weight": [1, -1, 0.5, 2], "0.bias": [0.5, -1], "2.weight": [2, -3] });
    return trainer.inspect([1, 2], [-10]);
  }

  test("shows each tensor's values and gradients, by hand", async () => {
    const { loss, tensors } = await look();
    // sums [1 - 2 + .5, .5 + 4 - 1] = [-.5, 3.5], h = [0, 3.5], y = -10.5, difference -.5, loss .25, dy = -1
    expect(loss).toBe(0.25);
    const rows = tensors.map(({ name, shape, values, gradient }) => [name, shape, [...values], [...gradient!]]);
    expect(rows).toEqual([
      ["0.weight", [2, 2], [1, -1, 0.5, 2], [0, 0, 3, 6]],
      ["0.bias", [2], [0.5, -1], [0, 3]],
      ["2.weight", [1, 2], [2, -3], [0, -3.5]],
      ["x", [1, 2], [1, 2], [1.5, 6]],
      ["0.linear", [1, 2], [-0.5, 3.5], [0, 3]],
      ["1.relu", [1, 2], [0, 3.5], [-2, 3]],
      ["2.linear", [1, 1], [-10.5], [-1]],
      ["loss", [], [0.25], [1]],
    ]);
  });

  test("its arrays are the caller's", async () => {
    const trainer = await make(linear(1, 1), { loss: meanSquaredError() });
    const { tensors } = await trainer.inspect([1], [1]);
    const before = tensors.map(({ values }) => [...values]);
    await trainer.step([5], [9]);
    await trainer.inspect([7], [3]);
    expect(tensors.map(({ values }) => [...values])).toEqual(before);
  });

  test("names the layers of layers, and reshapes", async () => {
    const trainer = await make(sequential(reshape(4), sequential(linear(4, 2), tanh()), reshape(2, 1)), {
      loss: meanSquaredError(),
      input: [2, 2],
    });
    const { tensors } = await trainer.inspect([1, 2, 3, 4], [1, 2]);
    expect(tensors.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      "1.0.weight 2,4",
      "1.0.bias 2",
      "x 1,2,2",
      "0.reshape 1,4",
      "1.0.linear 1,2",
      "1.1.tanh 1,2",
      "2.reshape 1,2,1",
      "loss ",
    ]);
  });

  test("shows where a NaN begins", async () => {
    const trainer = await make(sequential(linear(1, 2), relu(), linear(2, 1)), { loss: meanSquaredError() });
    trainer.load({ "2.weight": [NaN, 1] });
    const { loss, tensors } = await trainer.inspect([1], [1]);
    expect(loss).toBeNaN();
    const bad = tensors.filter(({ values }) => values.some(Number.isNaN)).map(({ name }) => name);
    expect(bad).toEqual(["2.weight", "2.linear", "loss"]);
    expect(tensors.find(({ name }) => name === "1.relu")!.gradient!.some(Number.isNaN)).toBe(true);
  });

  test("is of training: dropout is on", async () => {
    const trainer = await make(sequential(linear(1, 64), dropout(0.5), linear(64, 1)), { loss: meanSquaredError() });
    const { tensors } = await trainer.inspect([1], [1]);
    const { values, gradient } = tensors.find(({ name }) => name === "1.dropout")!;
    expect(values.filter((value) => value === 0).length).toBeGreaterThan(16);
    expect(gradient!.every((value) => value !== 0)).toBe(true);
  });
});

describe("step", () => {
  test("is one update on one batch, and tells the loss before it", async () => {
    const trainer = await make(linear(1, 1, { bias: false }), {
      loss: meanSquaredError(),
      optimizer: sgd({ lr: 0.1 }),
    });
    trainer.load({ weight: [1] });
    // mean (2 - 4, 3 - 6)² = 6.5, dw = mean 2 x (w x - y) = (2 · 2 · -2 + 2 · 3 · -3) / 2 = -13
    expect(await trainer.step([2, 3], [4, 6])).toEqual({ loss: 6.5 });
    expectClose(trainer.parameters.weight.values, [2.3], 1e-6);
    expect([trainer.steps, trainer.epochs]).toEqual([1, 0]);
  });

  test("counts right predictions", async () => {
    const trainer = await make(linear(2, 2, { bias: false }), { loss: crossEntropy() });
    trainer.load({ weight: [1, 0, 0, 1] });
    expect((await trainer.step([1, 0, 1, 0, 0, 1], [0, 1, 1])).accuracy).toBe(2 / 3);
  });

  test("takes batches of any size, in any order, as fit does", async () => {
    const options = { loss: crossEntropy(), seed: 4 };
    const model = () => sequential(linear(3, 4), tanh(), linear(4, 3));
    const [a, b] = [await make(model(), options), await make(model(), options)];
    const x = noise(30, 7);
    const y = Uint8Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2, 0);
    for (const [first, end] of [
      [0, 4],
      [4, 8],
      [8, 10],
    ])
      await a.step(x.subarray(3 * first, 3 * end), y.subarray(first, end));
    await b.fit({ x, y }, { batchSize: 4, shuffle: false });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });
});
