// Checkpoints that are damaged or made to do harm: each is refused with a reason, and takes no memory.
import { beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  linear,
  loadCheckpoint,
  saveCheckpoint,
  sequential,
  ShapeError,
  tanh,
} from "wasmgrad";
import { readSafetensors, SafetensorsError, writeSafetensors } from "wasmgrad/io";
import { Core } from "../src/core/core.js";
import { thirds } from "./support/train-data.js";

type Json = Record<string, unknown>;
type Tensors = Record<string, { shape: readonly number[]; data: Float32Array | Int32Array }>;

let core: Core;
let bytes: Uint8Array;
/** The parts of a sound checkpoint, taken in the middle of an epoch: 3 batches of 4 of 20 samples. */
let tensors: Tensors;
let told: Json;

beforeAll(async () => {
  core = await Core.start();
  const trainer = await compile(sequential(linear(2, 4), tanh(), linear(4, 3)), {
    loss: crossEntropy({ labelSmoothing: 0.1 }),
    optimizer: adam(),
    clipNorm: 1,
    core,
  });
  const controller = new AbortController();
  const fit = trainer.fit(thirds(20), {
    batchSize: 4,
    onProgress: () => controller.abort(),
    signal: controller.signal,
  });
  await expect(fit).rejects.toThrow();
  bytes = saveCheckpoint(trainer);
  trainer.dispose();
  const file = readSafetensors(bytes);
  tensors = Object.fromEntries(file.tensors) as unknown as Tensors;
  told = JSON.parse(file.metadata.wasmgrad) as Json;
});

const rewritten = (text: string, with_ = tensors) => writeSafetensors(with_, { wasmgrad: text });
/** The checkpoint with other fields; undefined removes one. */
const changed = (fields: Json) => rewritten(JSON.stringify({ ...told, ...fields }));

async function expectRefused(attack: Uint8Array, message: string | RegExp): Promise<void> {
  const before = core.memory.used;
  await expect(loadCheckpoint(attack, { core })).rejects.toThrow(message);
  expect(core.memory.used).toBe(before);
}

test("the checkpoint that the attacks change is sound", async () => {
  const before = core.memory.used;
  for (const sound of [bytes, changed({})]) {
    const trainer = await loadCheckpoint(sound, { core });
    expect(trainer.steps).toBe(1);
    trainer.dispose();
  }
  expect(core.memory.used).toBe(before);
});

describe("bytes", () => {
  test("cut short anywhere", async () => {
    for (let length = 0; length < bytes.length; length += 97) {
      const before = core.memory.used;
      await expect(loadCheckpoint(bytes.slice(0, length), { core })).rejects.toBeInstanceOf(SafetensorsError);
      expect(core.memory.used).toBe(before);
    }
  });

  test("of something else", async () => {
    await expectRefused(new Uint8Array(100).fill(65), "checkpoint says that its header has");
    await expect(loadCheckpoint("text" as unknown as Uint8Array)).rejects.toThrow(TypeError);
  });

  test("with any one bit turned, load or are refused, and nothing else", async () => {
    for (let at = 0; at < bytes.length; at += 13) {
      const attack = bytes.slice();
      attack[at] ^= 1 << (at % 8);
      const before = core.memory.used;
      const trainer = await loadCheckpoint(attack, { core }).catch((error: unknown) => {
        expect([SafetensorsError, TypeError, RangeError, ShapeError].some((kind) => error instanceof kind)).toBe(true);
      });
      trainer?.dispose();
      expect(core.memory.used).toBe(before);
    }
  });
});

test("a table of sines as large as the description says is not made before its parameters are looked for", async () => {
  const layers = {
    0: { type: "sinusoidalEmbedding", options: {} },
    1: { type: "linear", options: { inFeatures: 2 ** 30, outFeatures: 3 } },
  };
  const inputs = [{ name: "", shape: [2 ** 30, 2 ** 30], dtype: "f32" }];
  const model = { type: "sequential", options: {}, children: layers };
  await expectRefused(changed({ model, inputs }), 'loadCheckpoint: the file has no tensor "1.weight"');
});

describe("the description", () => {
  const OWNER = 'loadCheckpoint: the metadata "wasmgrad"';

  test.each<[string, string]>([
    ["", " is no JSON: "],
    ["{", " is no JSON: "],
    ["[]", ": it must be an object, got []"],
    ["null", ": it must be an object, got null"],
    ["5", ": it must be an object, got 5"],
    ["{}", " is of version undefined, but this library reads version 1"],
    ['{ "version": 2 }', " is of version 2, but this library reads version 1"],
    ['{ "__proto__": { "version": 1 } }', " is of version undefined"],
  ])("is %j", (text, message) => expectRefused(rewritten(text), OWNER + message));

  test.each<[string, unknown, string]>([
    ["model", null, "loadCheckpoint: the file has no model"],
    ["model", 5, "cannot be built again (a module must be described by a JSON object, got 5); give { model }"],
    ["inputs", undefined, ": inputs must be a list, got undefined"],
    ["inputs", [], ": inputs must be a list, got []"],
    ["inputs", [{ name: 5, shape: [2], dtype: "f32" }], ": inputs[0].name must be a text, got 5"],
    ["inputs", [{ name: "", shape: "2", dtype: "f32" }], ': inputs[0].shape must be a list, got "2"'],
    ["inputs", [{ name: "", shape: [0], dtype: "f32" }], ": inputs[0].shape[0] must be at least 1, got 0"],
    ["inputs", [{ name: "", shape: [2], dtype: "f64" }], ': inputs[0].dtype must be "f32" or "i32", got "f64"'],
    ["inputs", [{ name: "", shape: [3], dtype: "f32" }], 'layer "0" (linear)'],
    ["loss", 5, "(a loss must be described by a JSON object, got 5); give { loss }"],
    ["loss", { name: "mse" }, '(no loss is called "mse"; there are meanSquaredError'],
    ["loss", { name: "__proto__" }, 'no loss is called "__proto__"'],
    ["loss", { name: "huber", options: { delta: -1 } }, "(huber: delta must be a positive number, got -1)"],
    ["loss", { name: "huber", options: 5 }, "(options must be described by a JSON object, got 5)"],
    ["loss", { parts: { a: 5 } }, "a loss must be described by a JSON object"],
    ["optimizer", undefined, ": optimizer must be an object, got undefined"],
    ["optimizer", { name: 5 }, ": optimizer.name must be a text, got 5"],
    ["optimizer", { name: "lion", options: {} }, '(no optimizer is called "lion"; there are sgd, adam'],
    ["optimizer", { name: "constructor", options: {} }, 'no optimizer is called "constructor"'],
    ["optimizer", { name: "adam", options: { lr: "fast" } }, '(adam: lr must be a positive number, got "fast")'],
    ["optimizer", { name: "adam", options: { betas: 5 } }, "(adam: betas must be two numbers, such as [0.9, 0.999])"],
    ["optimizer", { name: "adam", options: { evil: 1 } }, '(adam: unknown option "evil"'],
    ["optimizer", { name: "adam", options: {}, schedule: { name: "evil" } }, '(no schedule is called "evil"'],
    [
      "optimizer",
      { name: "adam", options: {}, schedule: { name: "warmup", options: {} } },
      "(a schedule must be described by a JSON object, got undefined)",
    ],
    ["settings", null, ": settings must be an object, got null"],
    ["settings", { clipNorm: "1" }, ': settings.clipNorm must be a number, got "1"'],
    ["settings", { clipNorm: -1 }, "compile: clipNorm must be a positive number, got -1"],
    ["settings", { microBatch: 0.5 }, "compile: microBatch must be a whole number of at least 1, got 0.5"],
    ["grouped", 1, ": grouped must be true or false, got 1"],
    ["seed", -1, ": seed must be a whole number from 0 to 9007199254740991, got -1"],
    ["seed", 1e300, ": seed must be a whole number from 0 to 9007199254740991, got 1e+300"],
    ["step", -1, ": step must be a whole number from 0 to 2147483647, got -1"],
    ["step", 2 ** 31, ": step must be a whole number from 0 to 2147483647, got 2147483648"],
    ["epoch", "5", ': epoch must be a whole number from 0 to 2147483647, got "5"'],
    ["position", 1.5, ": position must be a whole number from 0 to 2147483647, got 1.5"],
    ["position", 5, "loadCheckpoint: 5 batches of 4 are not the middle of an epoch of 20 samples"],
    ["position", 1e9, "loadCheckpoint: 1000000000 batches of 4 are not the middle"],
    ["batch", null, ": batch must be a whole number from 0 to 2147483647, got null"],
    ["batch", 0, "loadCheckpoint: 1 batches of 0 are not the middle of an epoch of 20 samples"],
    ["partial", 5, ": partial must be an object, got 5"],
    ["partial", {}, ": partial.loss must be a number, got undefined"],
    [
      "partial",
      { loss: 1, correct: 1, predictions: 1, samples: "4", seconds: 1 },
      ': partial.samples must be a number, got "4"',
    ],
  ])("has %s = %j", (field, value, message) => expectRefused(changed({ [field]: value }), message));

  test("has options of compile() that only a program may give, which are left behind", async () => {
    const before = core.memory.used;
    const trainer = await loadCheckpoint(changed({ settings: { core: { evil: 1 }, loss: "evil", clipNorm: 1 } }), {
      core,
    });
    trainer.dispose();
    expect(core.memory.used).toBe(before);
  });
});

describe("the model", () => {
  const layer = (type: string, options: unknown, children?: unknown) => ({ type, options, children });

  test.each<[string, unknown, string]>([
    ["a type that is none", { type: "conv9d" }, 'no module is called "conv9d"'],
    ["a type of every object", { type: "toString" }, 'no module is called "toString"'],
    ["no type", {}, "no module is called undefined"],
    ["children that are none", layer("sequential", {}, 5), "children must be described by a JSON object, got 5"],
    ["no children", layer("sequential", {}), "sequential: needs at least one layer"],
    [
      "a size that is text",
      layer("linear", { inFeatures: "2", outFeatures: 3 }),
      'linear: inFeatures must be a whole number of at least 1, got "2"',
    ],
    ["a size of 0", layer("linear", { inFeatures: 0, outFeatures: 3 }), "linear: inFeatures must be"],
    [
      "an initialiser",
      layer("linear", { inFeatures: 2, outFeatures: 3, weightInit: "evil" }),
      "init must be an initialiser",
    ],
    ["an option that is none", layer("linear", { inFeatures: 2, outFeatures: 3, evil: 1 }), 'unknown option "evil"'],
    [
      "an option __proto__",
      JSON.parse('{ "type": "linear", "options": { "inFeatures": 2, "outFeatures": 3, "__proto__": {} } }'),
      'unknown option "__proto__"',
    ],
    ["sizes that are none", layer("reshape", { sizes: 5 }), "cannot be built again ("],
    [
      "a layer shared with none",
      layer("sequential", {}, { 0: layer("shared", { path: "1" }) }),
      'a module is shared with that at "1", but there is none before it',
    ],
    [
      "a layer shared with itself",
      layer("sequential", {}, { 0: layer("shared", { path: "" }) }),
      'a module is shared with that at "", but there is none before it',
    ],
  ])("has %s", (_, model, message) => expectRefused(changed({ model }), message));

  test("lies very deep", async () => {
    let deep: unknown = layer("linear", { inFeatures: 2, outFeatures: 2 });
    for (let i = 0; i < 300; i++) deep = layer("sequential", {}, { 0: deep });
    await expectRefused(changed({ model: deep }), "lies more than 100 modules deep");
    const brackets = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const { model: _, ...rest } = told;
    const text = `{ "model": ${brackets}, ${JSON.stringify(rest).slice(1)}`;
    await expectRefused(rewritten(text), "a module must be described by a JSON object, got an array of 1");
  });

  test("is far larger than its tensors: no memory is taken for it", async () => {
    const huge = layer("linear", { inFeatures: 30_000, outFeatures: 30_000 });
    const size = core.memory.size;
    await expectRefused(
      changed({ model: huge, inputs: [{ name: "", shape: [30_000], dtype: "f32" }] }),
      'the file has no tensor "weight" [30000, 30000]',
    );
    expect(core.memory.size).toBe(size);
  });

  test("pollutes no prototype", async () => {
    const text = JSON.stringify(told).replace(/^\{/, '{ "__proto__": { "polluted": 1 }, ');
    const trainer = await loadCheckpoint(rewritten(text), { core });
    trainer.dispose();
    expect(({} as Json).polluted).toBeUndefined();
  });
});

describe("the tensors", () => {
  const without = (name: string) => Object.fromEntries(Object.entries(tensors).filter(([key]) => key !== name));
  const withTensor = (name: string, shape: number[], data: Float32Array | Int32Array) =>
    rewritten(JSON.stringify(told), { ...tensors, [name]: { shape, data } });

  test.each(["0.weight", "2.bias", "optimizer/exp_avg/0.weight", "optimizer/exp_avg_sq/2.bias"])(
    "lack %s, or have it in another shape",
    async (name) => {
      await expectRefused(rewritten(JSON.stringify(told), without(name)), `the file has no tensor "${name}"`);
      await expectRefused(withTensor(name, [7], new Float32Array(7)), `"${name}" is [7] in the file, but [`);
    },
  );

  test("lack the order of an epoch in the middle, or have one that is none", async () => {
    const order = "training/order";
    await expectRefused(
      rewritten(JSON.stringify(told), without(order)),
      `an epoch in the middle needs "${order}" of type I32`,
    );
    await expectRefused(
      withTensor(order, [20], new Float32Array(20)),
      `an epoch in the middle needs "${order}" of type I32`,
    );
    const rows = Int32Array.from({ length: 20 }, (_, i) => i);
    for (const [at, row] of [
      [0, -1],
      [3, 20],
      [5, 4],
      [19, 2 ** 31 - 1],
    ]) {
      await expectRefused(withTensor(order, [20], rows.with(at, row)), `"${order}" is no permutation of its 20 rows`);
    }
    await expectRefused(
      withTensor(order, [0], new Int32Array(0)),
      "1 batches of 4 are not the middle of an epoch of 0 samples",
    );
  });

  test("of another number of samples: the epoch is begun anew", async () => {
    const trainer = await loadCheckpoint(bytes, { core });
    const [{ samples, steps }] = await trainer.fit(thirds(10), { batchSize: 4 });
    expect([samples, steps]).toEqual([10, 3]);
    trainer.dispose();
  });

  test("hold NaN: they load, and training says where it is", async () => {
    const trainer = await loadCheckpoint(withTensor("0.bias", [4], Float32Array.of(0, NaN, 0, 0)), { core });
    await expect(trainer.step([1, 2], [0])).rejects.toThrow('the parameter "0.bias" [4]');
    trainer.dispose();
  });
});
