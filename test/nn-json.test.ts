// Models as JSON and back: every layer with its options, layers of layers, and layers that stand in several places.
import { describe, expect, test } from "vitest";
import * as wasmgrad from "wasmgrad";
import {
  adam,
  dropout,
  elu,
  flatten,
  gelu,
  initialisers,
  leakyRelu,
  linear,
  logSoftmax,
  nadam,
  relu,
  rescale,
  reshape,
  rmsprop,
  schedules,
  sequential,
  sgd,
  softmax,
  type Module,
} from "wasmgrad";
import { moduleFromJson, optimizerFromJson } from "../src/nn/from-json.js";
import { moduleToJson } from "../src/nn/module.js";

const again = (module: Module) => moduleFromJson(JSON.parse(JSON.stringify(moduleToJson(module))));

/** What can be compared of a module: not its functions. */
const told = (module: Module): unknown => ({
  type: module.type,
  options: module.options,
  inputShape: module.inputShape,
  parameters: Object.entries(module.parameters).map(([name, { shape }]) => [name, shape]),
  children: Object.entries(module.children).map(([name, child]) => [name, told(child)]),
});

describe("a layer is the same after JSON", () => {
  test.each<[string, Module]>([
    ["linear", linear(3, 4)],
    ["linear without bias", linear(3, 4, { bias: false })],
    ["linear with an initialiser, which only matters at the start", linear(3, 4, { weightInit: initialisers.zeros() })],
    ["dropout", dropout(0.25)],
    ["flatten", flatten()],
    ["reshape", reshape(2, 3, 4)],
    ["rescale", rescale(1 / 255, -0.5)],
    ["leakyRelu", leakyRelu(0.2)],
    ["elu", elu(0.5)],
    ["gelu", gelu({ approximate: "tanh" })],
    ["softmax of an axis", softmax({ axis: 1 })],
    ["logSoftmax", logSoftmax()],
    ["sequential of sequentials", sequential(flatten(), sequential(linear(4, 5), relu()), sequential(linear(5, 1)))],
  ])("%s", (_, module) => expect(told(again(module))).toEqual(told(module)));

  const plain = ["relu", "selu", "sigmoid", "tanh", "softplus", "silu", "hardSwish"] as const;
  test.each(plain)("%s", (name) => expect(told(again(wasmgrad[name]()))).toEqual(told(wasmgrad[name]())));
});

describe("layers that stand in several places", () => {
  test("stand in JSON once, and are one layer again", () => {
    const [shared, act] = [linear(4, 4), relu()];
    const module = sequential(shared, act, sequential(linear(4, 4), act, shared), shared);
    const json = JSON.parse(JSON.stringify(moduleToJson(module))) as { children: Record<string, unknown> };
    expect(json.children[3]).toEqual({ type: "shared", options: { path: "0" } });
    const copy = again(module);
    expect(copy.children[3]).toBe(copy.children[0]);
    expect(copy.children[2].children[2]).toBe(copy.children[0]);
    expect(copy.children[2].children[1]).toBe(copy.children[1]);
    expect(copy.children[2].children[0]).not.toBe(copy.children[0]);
  });

  test("whole models among them", () => {
    const block = sequential(linear(2, 2), relu());
    const copy = again(sequential(block, block));
    expect(copy.children[1]).toBe(copy.children[0]);
  });
});

describe("an optimizer is the same after JSON, its schedule included", () => {
  test.each([
    sgd({ lr: 0.1, momentum: 0.9, nesterov: true }),
    adam({ betas: [0.8, 0.9], amsgrad: true }),
    nadam({ weightDecay: 0.1 }),
    rmsprop({ centered: true, maximize: true }),
    adam({ lr: schedules.stepLR({ lr: 0.1, stepSize: 3 }) }),
    adam({ lr: schedules.warmup(5, schedules.cosineAnnealingLR({ lr: 0.1, tMax: 10 })) }),
    adam({ lr: schedules.oneCycleLR({ maxLr: 0.1, totalSteps: 50 }) }),
  ])("$name $options", (optimizer) => {
    const { name, options, lr } = optimizer;
    const schedule = typeof lr === "function" ? lr.json : null;
    const copy = optimizerFromJson(JSON.parse(JSON.stringify({ name, options, schedule })));
    const rates = (rate: typeof lr) =>
      typeof rate === "function" ? [0, 1, 5, 20, 49].map((step) => rate(step)) : rate;
    expect({ ...copy, lr: rates(copy.lr) }).toEqual({ ...optimizer, lr: rates(lr) });
  });
});
