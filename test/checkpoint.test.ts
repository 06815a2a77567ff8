// Checkpoints: what they hold, and that a training goes on from one in another process to the bits of one that was never
// interrupted.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  dropout,
  linear,
  loadCheckpoint,
  meanSquaredError,
  ops,
  parameter,
  relu,
  rmsprop,
  saveCheckpoint,
  schedules,
  sequential,
  sgd,
  tanh,
  type CompileOptions,
  type Module,
  type Tensor,
  type Trainer,
} from "wasmgrad";
import { readSafetensors, writeSafetensors } from "wasmgrad/io";
import { bitsOf } from "./support/bits.js";
import { inProcess } from "./support/process.js";
import { thirds } from "./support/train-data.js";

const open: Trainer[] = [];
const keep = (trainer: Trainer) => (open.push(trainer), trainer);
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "wasmgrad-checkpoint-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const data = thirds(90);
const model = (): Module => sequential(linear(2, 16), tanh(), dropout(0.2), linear(16, 3));
const load = async (bytes: Uint8Array, options?: Parameters<typeof loadCheckpoint>[1]) =>
  keep(await loadCheckpoint(bytes, options));

/** Everything of a checkpoint, to be compared: tensors by their bits, and the description. */
const contents = (bytes: Uint8Array) => {
  const { tensors, metadata } = readSafetensors(bytes);
  const told = JSON.parse(metadata.wasmgrad) as { partial: { seconds: number } };
  told.partial.seconds = 0;
  const bits = [...tensors].map(([name, { shape, data }]) => [
    name,
    shape,
    Buffer.from(data.buffer).toString("base64"),
  ]);
  return { bits, told };
};

/** The checkpoint after so many epochs from `bytes`, trained in another process. */
async function trainedElsewhere(bytes: Uint8Array, epochs: number, options: object, load = "{}"): Promise<Uint8Array> {
  const path = join(folder, "in.safetensors");
  writeFileSync(path, bytes);
  const base64 = await inProcess<string>(`
    import { adam, loadCheckpoint, saveCheckpoint } from "wasmgrad";
    import { loadFile } from "wasmgrad/io";
    import { thirds } from "./test/support/train-data.ts";
    const trainer = await loadCheckpoint(await loadFile(${JSON.stringify(path)}), ${load});
    await trainer.fit(thirds(90), { epochs: ${epochs}, ...${JSON.stringify(options)} });
    tell(Buffer.from(saveCheckpoint(trainer)).toString("base64"));
  `);
  return Buffer.from(base64, "base64");
}

describe("10 epochs are 5, a checkpoint loaded in another process, and 5 more: to the bit", () => {
  test.each<[string, Partial<CompileOptions>, string]>([
    ["adam", { optimizer: adam({ lr: 0.02 }) }, "{}"],
    [
      "amsgrad, clipping, moving average",
      { optimizer: adam({ lr: 0.02, amsgrad: true }), clipNorm: 0.5, clipValue: 0.1, ema: 0.9 },
      "{}",
    ],
    [
      "a schedule",
      { optimizer: adam({ lr: schedules.warmupCosine({ lr: 0.05, warmupSteps: 7, totalSteps: 40 }) }) },
      "{}",
    ],
    [
      "a rate that is a function",
      { optimizer: adam({ lr: (step) => 0.05 / (1 + step) }) },
      "{ optimizer: adam({ lr: (step) => 0.05 / (1 + step) }) }",
    ],
  ])("%s", async (_, options, given) => {
    const make = async () => keep(await compile(model(), { loss: crossEntropy(), seed: 2 ** 33 + 5, ...options }));
    const [whole, half] = [await make(), await make()];
    await whole.fit(data, { epochs: 10, batchSize: 20 });
    await half.fit(data, { epochs: 5, batchSize: 20 });
    const elsewhere = await trainedElsewhere(saveCheckpoint(half), 5, { batchSize: 20 }, given);
    expect(contents(elsewhere)).toEqual(contents(saveCheckpoint(whole)));
  });

  test("stopped in the middle of an epoch", async () => {
    const make = async () =>
      keep(await compile(model(), { loss: crossEntropy(), optimizer: rmsprop({ momentum: 0.9 }), seed: 1 }));
    const [whole, part] = [await make(), await make()];
    const history = await whole.fit(data, { epochs: 3, batchSize: 4 });
    await part.fit(data, { batchSize: 4 });
    const controller = new AbortController();
    const onProgress = () => controller.abort(); // after one step of 23
    await expect(part.fit(data, { batchSize: 4, onProgress, signal: controller.signal })).rejects.toThrow();
    const bytes = saveCheckpoint(part);
    expect(readSafetensors(bytes).tensors.get("training/order")?.shape).toEqual([90]);

    const elsewhere = await trainedElsewhere(bytes, 2, { batchSize: 4 });
    expect(contents(elsewhere)).toEqual(contents(saveCheckpoint(whole)));
    const [second] = await (await load(bytes)).fit(data, { batchSize: 4 });
    expect([second.epoch, second.loss, second.accuracy]).toEqual([2, history[1].loss, history[1].accuracy]);
  });
});

describe("a checkpoint", () => {
  test("taken while an epoch is under way holds its order", async () => {
    const make = async () => keep(await compile(model(), { loss: crossEntropy(), seed: 1 }));
    const [whole, observed] = [await make(), await make()];
    await whole.fit(data, { epochs: 2, batchSize: 4 });
    let bytes: Uint8Array | undefined;
    // Another epoch was left in the middle before, with another order.
    const controller = new AbortController();
    await observed
      .fit(data, { batchSize: 4, onProgress: () => controller.abort(), signal: controller.signal })
      .catch(() => undefined);
    await observed.fit(data, {
      epochs: 2,
      batchSize: 4,
      onProgress: ({ epoch }) => epoch > 0 && (bytes ??= saveCheckpoint(observed)),
    });
    const loaded = await load(bytes!);
    await loaded.fit(data, { epochs: 2 - loaded.epochs, batchSize: 4 });
    expect(bitsOf(loaded)).toBe(bitsOf(whole));
  });

  test("is a safetensors file with PyTorch's names, and the optimizer's", async () => {
    const trainer = keep(
      await compile(sequential(linear(2, 3), relu(), linear(3, 1, { bias: false })), { loss: meanSquaredError() }),
    );
    const { tensors, metadata } = readSafetensors(saveCheckpoint(trainer));
    expect([...tensors.keys()].sort()).toEqual([
      "0.bias",
      "0.weight",
      "2.weight",
      "optimizer/exp_avg/0.bias",
      "optimizer/exp_avg/0.weight",
      "optimizer/exp_avg/2.weight",
      "optimizer/exp_avg_sq/0.bias",
      "optimizer/exp_avg_sq/0.weight",
      "optimizer/exp_avg_sq/2.weight",
    ]);
    expect(metadata.format).toBe("pt");
    expect(JSON.parse(metadata.wasmgrad)).toMatchObject({
      version: 1,
      model: {
        type: "sequential",
        children: {
          0: { type: "linear", options: { inFeatures: 2, outFeatures: 3 } },
          1: { type: "relu" },
          2: { type: "linear", options: { inFeatures: 3, outFeatures: 1, bias: false } },
        },
      },
      loss: { name: "meanSquaredError", options: {} },
      step: 0,
      epoch: 0,
    });
  });

  test("loaded and saved again is the same bytes", async () => {
    const trainer = keep(
      await compile(model(), { loss: crossEntropy({ labelSmoothing: 0.1 }), microBatch: 8, ema: 0.5, clipNorm: 1 }),
    );
    await trainer.fit(data, { epochs: 2 });
    const bytes = saveCheckpoint(trainer);
    expect(Buffer.compare(saveCheckpoint(await load(bytes)), bytes)).toBe(0);
  });

  test("remembers that the same bits were asked for in every engine", async () => {
    const trainer = keep(await compile(model(), { loss: crossEntropy(), deterministic: true }));
    const again = saveCheckpoint(await load(saveCheckpoint(trainer)));
    expect(JSON.parse(readSafetensors(again).metadata.wasmgrad)).toMatchObject({ settings: { deterministic: true } });
  });

  test("counts steps and epochs on", async () => {
    const trainer = keep(await compile(model(), { loss: crossEntropy() }));
    await trainer.fit(data, { epochs: 2 });
    const loaded = await load(saveCheckpoint(trainer));
    expect([loaded.steps, loaded.epochs]).toEqual([6, 2]);
    const [{ epoch }] = await loaded.fit(data);
    expect(epoch).toBe(3);
  });
});

test("of what is no trainer says so", () => {
  expect(() => saveCheckpoint(Promise.resolve() as never)).toThrow(
    "saveCheckpoint: expected a trainer, as compile() gives it, got an object of Promise; is an await missing before compile()?",
  );
});

describe("what a file cannot hold has to be given", () => {
  const w = parameter([2, 3], { name: "w", init: () => ({ kind: "constant", value: 0.5 }) });
  const written = () => compile((x) => ops.matmul(x, w), { input: [2], loss: crossEntropy() });

  test("a model that is a function", async () => {
    const trainer = keep(await written());
    await trainer.fit(data);
    const bytes = saveCheckpoint(trainer);
    await expect(loadCheckpoint(bytes)).rejects.toThrow(
      "loadCheckpoint: the file has no model, since it was a function or comes from elsewhere; give { model }",
    );
    const loaded = await load(bytes, { model: (x: Tensor) => ops.matmul(x, w) });
    await trainer.fit(data);
    await loaded.fit(data);
    expect(bitsOf(loaded)).toBe(bitsOf(trainer));
  });

  test("a loss that is a function, whatever its name", async () => {
    const huber = (a: Tensor, b: Tensor) => ops.mean(ops.abs(ops.sub(a, b)));
    const trainer = keep(await compile(linear(2, 1), { loss: huber }));
    await expect(loadCheckpoint(saveCheckpoint(trainer))).rejects.toThrow(
      "loadCheckpoint: the loss was a function, which a file cannot hold; give { loss }",
    );
    await load(saveCheckpoint(trainer), { loss: huber });
  });

  test("a rate that is a function", async () => {
    const trainer = keep(await compile(linear(2, 1), { loss: meanSquaredError(), optimizer: sgd({ lr: () => 0.1 }) }));
    await expect(loadCheckpoint(saveCheckpoint(trainer))).rejects.toThrow(
      "give { optimizer: sgd({ lr: the schedule, … }) }",
    );
  });

  test("groups and frozen parameters", async () => {
    const options = { loss: meanSquaredError(), freeze: /weight/ };
    const trainer = keep(await compile(linear(2, 1), options));
    await expect(loadCheckpoint(saveCheckpoint(trainer))).rejects.toThrow("give { groups, freeze }");
    await load(saveCheckpoint(trainer), { freeze: /weight/ });
  });

  test("a layer of one's own", async () => {
    const square: Module = { type: "square", parameters: {}, children: {}, options: {}, forward: (x) => ops.square(x) };
    const trainer = keep(await compile(sequential(linear(2, 1), square), { loss: meanSquaredError() }));
    const bytes = saveCheckpoint(trainer);
    await expect(loadCheckpoint(bytes)).rejects.toThrow(
      /^loadCheckpoint: the model of this checkpoint cannot be built again \(no module is called "square"; there are .*\); give \{ model \}$/,
    );
    await load(bytes, { model: sequential(linear(2, 1), square) });
  });
});

describe("losses that are named", () => {
  test("none, one for each output, or another than before", async () => {
    const none = keep(await compile(linear(2, 1)));
    const loaded = await load(saveCheckpoint(none));
    expect(await loaded.predict([1, 2])).toEqual(await none.predict([1, 2]));
    const finetuned = await load(saveCheckpoint(none), { loss: meanSquaredError() });
    await finetuned.step([1, 2], [1]);

    const [a, b] = [parameter([1, 2], { name: "a" }), parameter([1, 2], { name: "b" })];
    const twice = (x: Tensor) => ({ left: ops.linear(x, a), right: ops.linear(x, b) });
    const several = keep(
      await compile(twice, { input: [2], loss: { left: meanSquaredError(), right: meanSquaredError() } }),
    );
    const again = await load(saveCheckpoint(several), { model: twice });
    await again.step([1, 2], { left: [1], right: [2] });
  });
});

describe("another optimizer", () => {
  test("starts afresh, with its own count of steps", async () => {
    const trainer = keep(await compile(model(), { loss: crossEntropy(), optimizer: adam() }));
    await trainer.fit(data, { epochs: 3 });
    const loaded = await load(saveCheckpoint(trainer), { optimizer: sgd({ lr: 0.1, momentum: 0.9 }) });
    expect([loaded.steps, loaded.epochs]).toEqual([0, 3]);
    expect(bitsOf(loaded)).toBe(bitsOf(trainer));
    await loaded.fit(data);
  });

  test("of the same name goes on: with another rate", async () => {
    const trainer = keep(await compile(model(), { loss: crossEntropy(), optimizer: adam() }));
    await trainer.fit(data);
    const loaded = await load(saveCheckpoint(trainer), { optimizer: adam({ lr: 0.5 }) });
    expect(loaded.steps).toBe(3);
    await expect(load(saveCheckpoint(trainer), { optimizer: adam({ amsgrad: true }) })).rejects.toThrow(
      'loadCheckpoint: the file has no tensor "optimizer/max_exp_avg_sq/0.weight" [16, 2]; it has ',
    );
  });
});

describe("parameters alone, as PyTorch writes them", () => {
  const tensors = {
    "0.weight": { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    "0.bias": { shape: [2], data: Float32Array.of(0.5, -0.5) },
    "2.weight": { shape: [1, 2], data: Float64Array.of(1, -1) },
    "2.bias": { shape: [1], data: new Uint16Array([0x3c00]), dtype: "F16" as const },
  };
  const net = () => sequential(linear(2, 2), relu(), linear(2, 1));

  test("go into a model that is given, of whatever type they are", async () => {
    const trainer = await load(writeSafetensors(tensors), { model: net(), loss: meanSquaredError() });
    // h = relu([1 + 2 + .5, 3 + 4 - .5]), y = 3.5 - 6.5 + 1
    expect([...(await trainer.predict([1, 1]))]).toEqual([-2]);
    expect([trainer.steps, trainer.epochs]).toEqual([0, 0]);
    await trainer.step([1, 1], [0]);
  });

  test("need the model, and all its tensors in their shapes", async () => {
    const bytes = writeSafetensors(tensors);
    await expect(loadCheckpoint(bytes)).rejects.toThrow("give { model }");
    await expect(loadCheckpoint(bytes, { model: sequential(linear(2, 2), relu(), linear(2, 3)) })).rejects.toThrow(
      'loadCheckpoint: "2.weight" is [1, 2] in the file, but [3, 2] in the model',
    );
    await expect(loadCheckpoint(bytes, { model: sequential(linear(2, 2), linear(2, 1)) })).rejects.toThrow(
      'loadCheckpoint: the file has no tensor "1.weight" [1, 2]; it has 2.weight, 0.bias, 0.weight, 2.bias',
    );
  });
});
