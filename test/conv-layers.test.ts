// Layers of convolutions and poolings: parameters and how they start, JSON, literal shapes, and what is refused.

import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import {
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  batchNorm,
  compile,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  crossEntropy,
  flatten,
  globalAvgPool2d,
  initialisers,
  linear,
  loadCheckpoint,
  maxPool1d,
  maxPool2d,
  relu,
  saveCheckpoint,
  sequential,
  type CompileOptions,
  type Module,
  type Trainer,
} from "wasmgrad";
import { moduleFromJson } from "../src/nn/from-json.js";
import { moduleToJson } from "../src/nn/module.js";

const opened: Trainer[] = [];
afterEach(() => opened.splice(0).forEach((trainer) => trainer.dispose()));
async function compiled(model: Module, options: CompileOptions): Promise<Trainer> {
  const trainer = await compile(model, options);
  opened.push(trainer);
  return trainer;
}

const shapesOf = ({ parameters }: Module) =>
  Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]));

describe("parameters", () => {
  test("have PyTorch's names and shapes", () => {
    expect(shapesOf(conv2d(4, 6, [3, 5], { groups: 2 }))).toEqual({ weight: [6, 2, 3, 5], bias: [6] });
    expect(shapesOf(conv1d(4, 6, 3, { bias: false }))).toEqual({ weight: [6, 4, 3] });
    expect(shapesOf(convTranspose2d(4, 6, 3, { groups: 2 }))).toEqual({ weight: [4, 3, 3, 3], bias: [6] });
    expect(shapesOf(convTranspose1d(4, 6, 3))).toEqual({ weight: [4, 6, 3], bias: [6] });
  });

  test("start uniform within ±1/√fanIn, or as told", async () => {
    const { parameters } = await compiled(
      sequential(conv2d(8, 16, 5, { groups: 2 }), convTranspose2d(16, 4, 5), conv2d(4, 2, 1, { ...given() })),
      { input: [8, 9, 9] },
    );
    for (const [name, fanIn] of [
      ["0.weight", 100],
      ["0.bias", 100],
      ["1.weight", 100],
      ["1.bias", 100],
    ] as const) {
      const largest = Math.max(...parameters[name]!.values.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(fanIn));
      if (name.endsWith("weight")) expect(largest).toBeGreaterThan(0.97 / Math.sqrt(fanIn));
    }
    expect([...parameters["2.weight"]!.values]).toEqual(new Array(8).fill(2));
    expect([...parameters["2.bias"]!.values]).toEqual([3, 3]);
  });
  const given = () => ({ weightInit: initialisers.constant(2), biasInit: initialisers.constant(3) });
});

test("every layer comes back from JSON, with the options that were given and no others", () => {
  const written: [Module, object | undefined][] = [
    [conv2d(2, 4, 3), { inChannels: 2, outChannels: 4, kernel: 3 }],
    [
      conv2d(2, 4, [3, 1], { stride: [2, 1], padding: "valid", dilation: 2, groups: 2, bias: false }),
      {
        ...{ inChannels: 2, outChannels: 4, kernel: [3, 1], bias: false },
        ...{ stride: [2, 1], padding: "valid", dilation: 2, groups: 2 },
      },
    ],
    [conv1d(2, 4, 3, { padding: 1 }), { inChannels: 2, outChannels: 4, kernel: 3, padding: 1 }],
    [
      convTranspose2d(2, 4, 3, { stride: 2, outputPadding: 1 }),
      { inChannels: 2, outChannels: 4, kernel: 3, stride: 2, outputPadding: 1 },
    ],
    [convTranspose1d(2, 4, 3), { inChannels: 2, outChannels: 4, kernel: 3 }],
    [maxPool2d(2), { kernel: 2 }],
    [
      maxPool2d([3, 2], { stride: 2, padding: 1, ceilMode: true }),
      { kernel: [3, 2], stride: 2, padding: 1, ceilMode: true },
    ],
    [maxPool1d(3, { dilation: 2 }), { kernel: 3, dilation: 2 }],
    [
      avgPool2d(2, { countIncludePad: false, divisorOverride: 3 }),
      { kernel: 2, countIncludePad: false, divisorOverride: 3 },
    ],
    [avgPool1d(2), { kernel: 2 }],
    [adaptiveAvgPool2d([null, 3]), { outputSize: [null, 3] }],
    [globalAvgPool2d(), undefined],
  ];
  for (const [module, options] of written) {
    const json = moduleToJson(module);
    expect(json.options).toEqual(options);
    const again = moduleFromJson(JSON.parse(JSON.stringify(json)));
    expect(moduleToJson(again)).toEqual(json);
    expect(shapesOf(again)).toEqual(shapesOf(module));
  }
});

const network = () =>
  sequential(
    ...[conv2d(1, 4, 3, { padding: 1 }), batchNorm(4), relu(), maxPool2d(2)],
    ...[conv2d(4, 4, 3, { padding: "same", groups: 4 }), conv2d(4, 6, 1), relu(), avgPool2d(2)],
    ...[flatten(), linear(6 * 9, 3)],
  );

test("a network learns, and comes back from a checkpoint", async () => {
  const trainer = await compiled(network(), { input: [1, 12, 12], loss: crossEntropy() });
  // Bright in one of three stripes.
  const samples = 48;
  const y = Int32Array.from({ length: samples }, (_, i) => i % 3);
  const x = Float32Array.from({ length: samples * 144 }, (_, i) => {
    const row = Math.floor(i / 12) % 12;
    return (Math.floor(row / 4) === y[Math.floor(i / 144)] ? 1 : 0) + (((i * 7919) % 13) - 6) / 20;
  });
  const history = await trainer.fit({ x, y }, { epochs: 15, batchSize: 16 });
  expect(history.at(-1)!.accuracy).toBe(1);
  const again = await loadCheckpoint(saveCheckpoint(trainer));
  opened.push(again);
  expect(await again.predict(x)).toEqual(await trainer.predict(x));
});

describe("what is refused", () => {
  test("a picture whose flattened size does not fit: told with the size that came", async () => {
    const model = sequential(conv2d(1, 4, 3), maxPool2d(2), flatten(), linear(64, 10));
    await expect(compile(model, { input: [1, 12, 12], loss: crossEntropy() })).rejects.toThrow(
      'layer "3" (linear): linear: input is [1, 100] but the weight [10, 64] expects 64 features; check the layer before it, or let this one take 100 features',
    );
  });

  test("a network of pictures whose size is not told", async () => {
    await expect(compile(network(), { loss: crossEntropy() })).rejects.toThrow(
      "the shape of one sample is not known from the model; give it",
    );
  });

  test("channels that do not fit, with the layer's place", async () => {
    const layers: Module[] = [conv2d(1, 4, 3), conv2d(3, 4, 3)];
    await expect(compile(sequential(...layers), { input: [1, 12, 12] })).rejects.toThrow(
      'layer "1" (conv2d): conv2d: input is [1, 4, 10, 10], with 4 channels, but the weight [4, 3, 3, 3] expects 3 channels',
    );
  });

  const refused: [string, () => unknown, string][] = [
    ["no channels", () => conv2d(0, 4, 3), "conv2d: inChannels must be a whole number of at least 1, got 0"],
    ["half a channel", () => conv2d(1, 4.5, 3), "conv2d: outChannels must be a whole number of at least 1, got 4.5"],
    [
      "groups that do not divide",
      () => conv2d(4, 6, 3, { groups: 4 }),
      "conv2d: 4 inChannels and 6 outChannels must be multiples of groups, got 4",
    ],
    ["an unknown option", () => conv2d(1, 1, 3, { strides: 2 } as object), 'conv2d: unknown option "strides"'],
    ["a kernel of none", () => conv1d(1, 1, 0), "conv1d: kernel must be a whole number of at least 1, got 0"],
    ["no kernel", () => conv2d(1, 1, undefined as never), "conv2d: kernel must be a whole number"],
    [
      "a stride of 0",
      () => conv1d(1, 1, 3, { stride: 0 }),
      "conv1d: stride must be a whole number of at least 1, got 0",
    ],
    [
      '"same" at a stride',
      () => conv2d(1, 1, 3, { stride: 2, padding: "same" }),
      'conv2d: padding "same" needs stride 1',
    ],
    [
      "too much output padding",
      () => convTranspose2d(1, 1, 3, { stride: 2, outputPadding: 2 }),
      "convTranspose2d: outputPadding must be less than",
    ],
    ["too much padding", () => maxPool2d(2, { padding: 2 }), "maxPool2d: padding must be at most half the kernel"],
    [
      "an option of the other pooling",
      () => avgPool2d(2, { dilation: 2 } as object),
      'avgPool2d: unknown option "dilation"',
    ],
  ];
  test.each(refused)("%s", (_, make, message) => expect(make).toThrow(message));
});

describe("literal channels", () => {
  test("that fit", () => {
    sequential(conv2d(1, 8, 5), relu(), maxPool2d(2), batchNorm(8), conv2d(8, 16, 5), flatten(), linear(256, 10));
    sequential(conv2d(3, 8, 3), globalAvgPool2d(), linear(8, 10));
    sequential(conv1d(3, 8, 3), avgPool1d(2), conv1d(8, 4, 3));
    const channels: number = 8;
    sequential(conv2d(3, channels, 3), convTranspose2d(5, 3, 3));
    expectTypeOf(conv2d(1, 8, 3)).toExtend<Module>();
  });

  test("that do not", () => {
    // @ts-expect-error 8 channels meet a layer that expects 16
    sequential(conv2d(1, 8, 5), relu(), maxPool2d(2), conv2d(16, 16, 5));
    // @ts-expect-error 8 channels are 8 features
    sequential(conv2d(3, 8, 3), globalAvgPool2d(), linear(16, 10));
    // @ts-expect-error the transpose gives 4 channels
    sequential(convTranspose2d(8, 4, 3), avgPool2d(2), conv2d(8, 1, 1));
  });
});
