// Parameters that are treated differently: groups with a rate or a weight decay of their own, and frozen ones.
import { afterEach, describe, expect, test } from "vitest";
import {
  adam,
  adamW,
  compile,
  crossEntropy,
  linear,
  ops,
  parameter,
  sequential,
  sgd,
  tanh,
  type CompileOptions,
  type Trainer,
} from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { expectClose } from "./support/close.js";
import { mlp, plainParameters, lossAndGradients } from "./support/mlp.js";
import { noise, rowsOf, thirds } from "./support/train-data.js";

const open: Trainer[] = [];
const keep = (trainer: Trainer) => (open.push(trainer), trainer);
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

const SIZES = [2, 5, 3];
const { x, y } = thirds(20);
const batch = { x: rowsOf(x, 2), y: [...y] };
const make = async (options: Partial<CompileOptions>) =>
  keep(await compile(mlp(SIZES), { loss: crossEntropy(), seed: 1, ...options }));

/** One step of plain SGD with a rate for each parameter. */
function stepped(parameters: Record<string, number[]>, rateOf: (name: string) => number): Record<string, number[]> {
  const { gradients } = lossAndGradients(parameters, batch, { sizes: SIZES, loss: "class" });
  return Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [
      name,
      values.map((p, i) => p - rateOf(name) * gradients[name][i]),
    ]),
  );
}

function expectParameters(trainer: Trainer, expected: Record<string, number[]>) {
  for (const [name, { values }] of Object.entries(trainer.parameters)) expectClose(values, expected[name], 1e-6);
}

describe("groups", () => {
  test("have rates of their own; the first that matches counts; the others keep the optimizer's", async () => {
    const trainer = await make({
      optimizer: sgd({ lr: 0.1 }),
      groups: [
        { parameters: "0.weight", lrScale: 3 },
        { parameters: /^0\./g, lrScale: 0.5 },
        { parameters: (name, shape) => name === "0.weight" || shape.length === 1, lrScale: 2 },
      ],
    });
    const rates: Record<string, number> = { "0.weight": 0.3, "0.bias": 0.05, "2.bias": 0.2, "2.weight": 0.1 };
    const expected = stepped(plainParameters(trainer.parameters), (name) => rates[name]);
    await trainer.step(x, y);
    expectParameters(trainer, expected);
  });

  test("have weight decays of their own", async () => {
    const [a, b] = [
      await make({ optimizer: adamW({ lr: 0.1, weightDecay: 0.5 }), groups: [{ parameters: /bias/, weightDecay: 0 }] }),
      await make({ optimizer: adamW({ lr: 0.1, weightDecay: 0 }) }),
    ];
    for (const trainer of [a, b]) await trainer.step(x, y);
    const [decayed, free] = [a.parameters, b.parameters];
    for (const name of ["0.bias", "2.bias"]) expect(decayed[name].values).toEqual(free[name].values);
    for (const name of ["0.weight", "2.weight"]) expect(decayed[name].values).not.toEqual(free[name].values);
  });

  test("of rate 1 are the training without groups, to the bit, and a schedule is scaled", async () => {
    const [a, b] = [
      await make({ optimizer: adam({ lr: (step) => 0.1 / (1 + step) }), groups: [{ parameters: /weight/ }] }),
      await make({ optimizer: adam({ lr: (step) => 0.1 / (1 + step) }) }),
    ];
    for (const trainer of [a, b]) await trainer.fit({ x, y }, { epochs: 5, batchSize: 6 });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("are clipped together", async () => {
    const options = { optimizer: sgd({ lr: 1 }), clipNorm: 0.01 };
    const [a, b] = [await make({ ...options, groups: [{ parameters: /bias/ }] }), await make(options)];
    for (const trainer of [a, b]) await trainer.fit({ x, y });
    for (const [name, { values }] of Object.entries(a.parameters)) expectClose(values, b.parameters[name].values, 1e-7);
  });

  test.each([
    [{ lrScale: 0 }, "compile: groups[0]: lrScale must be a positive number, got 0"],
    [{ weightDecay: -1 }, "compile: groups[0]: weightDecay must be a number of at least 0, got -1"],
    [{ lr: 1 }, 'compile: groups[0]: unknown option "lr"; the options are parameters, lrScale, weightDecay'],
  ])("refuse %j", async (group, message) => {
    await expect(make({ groups: [{ parameters: /bias/, ...group }] })).rejects.toThrow(message);
  });
});

describe("frozen parameters", () => {
  test.each<[string, CompileOptions["freeze"]]>([
    ["a name", "0.weight"],
    ["a pattern", /^0\.w/],
    ["a function", (name, shape) => name.startsWith("0") && shape.length === 2],
  ])("stay as they are: %s", async (_, freeze) => {
    const trainer = await make({ optimizer: adamW({ lr: 0.1, weightDecay: 0.5 }), freeze });
    const before = trainer.parameters;
    await trainer.fit({ x, y }, { epochs: 3 });
    const { parameters } = trainer;
    expect(parameters["0.weight"].values).toEqual(before["0.weight"].values);
    for (const name of ["0.bias", "2.weight", "2.bias"])
      expect(parameters[name].values).not.toEqual(before[name].values);
    expect(Object.keys((await trainer.gradients(x, y)).gradients)).toEqual(["0.bias", "2.weight", "2.bias"]);
  });

  test("made so by parameter(..., { trainable: false })", async () => {
    const still = parameter([2, 4], {
      name: "still",
      trainable: false,
      init: () => ({ kind: "constant", value: 0.5 }),
    });
    const moving = parameter([4, 3], { name: "moving" });
    const trainer = keep(
      await compile((x) => ops.matmul(ops.tanh(ops.matmul(x, still)), moving), { input: [2], loss: crossEntropy() }),
    );
    await trainer.fit({ x, y }, { epochs: 3 });
    expect(new Set(trainer.parameters.still.values)).toEqual(new Set([0.5]));
    expect(trainer.parameters.moving.values.every((value) => value !== 0)).toBe(true);
    expect(trainer.summary()).toContain("20 parameters, 8 of them frozen, 80 bytes");
  });

  test("can still be loaded, and the others learn as without them", async () => {
    const trainer = await make({ optimizer: sgd({ lr: 0.1 }), freeze: /^0/ });
    trainer.load({ "0.bias": [1, 2, 3, 4, 5] });
    const expected = stepped(plainParameters(trainer.parameters), (name) => (name.startsWith("0") ? 0 : 0.1));
    await trainer.step(x, y);
    expectParameters(trainer, expected);
  });

  test("all of them: nothing to learn, and nothing moves", async () => {
    const trainer = await make({ freeze: /./ });
    const before = bitsOf(trainer);
    const [{ loss }] = await trainer.fit({ x, y });
    expect(loss).toBeGreaterThan(0);
    expect(bitsOf(trainer)).toBe(before);
  });
});

test("a layer that stands twice in a model has one parameter, whose gradient is the sum over both places", async () => {
  const shared = linear(4, 4);
  const [a, b] = [linear(4, 4), linear(4, 4)];
  const twice = keep(await compile(sequential(shared, tanh(), shared), { loss: crossEntropy(), seed: 1 }));
  const apart = keep(await compile(sequential(a, tanh(), b), { loss: crossEntropy(), seed: 1 }));
  expect(Object.keys(twice.parameters)).toEqual(["0.weight", "0.bias"]);
  const { "0.weight": weight, "0.bias": bias } = twice.parameters;
  apart.load({ "0.weight": weight, "2.weight": weight, "0.bias": bias, "2.bias": bias });
  const inputs = noise(20, 1);
  const targets = Uint8Array.of(0, 1, 2, 3, 0);
  const { gradients } = await twice.gradients(inputs, targets);
  const { gradients: parts } = await apart.gradients(inputs, targets);
  for (const name of ["weight", "bias"]) {
    expectClose(
      gradients[`0.${name}`],
      parts[`0.${name}`].map((value, i) => value + parts[`2.${name}`][i]),
      1e-6,
    );
  }
});
