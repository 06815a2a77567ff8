// Norms: statistics that numbers far from 0 do not spoil, the layers with their names and running statistics, and what
// they refuse.
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  batchNorm,
  compile,
  func,
  grad,
  groupNorm,
  layerNorm,
  linear,
  loadCheckpoint,
  meanSquaredError,
  ops,
  rmsNorm,
  sequential,
  sgd,
  ShapeError,
  tanh,
  type CompileOptions,
  type Module,
  type Trainer,
} from "wasmgrad";
import { writeSafetensors } from "wasmgrad/io";
import { Random } from "../src/data/random.js";
import { moduleFromJson } from "../src/nn/from-json.js";
import { moduleToJson } from "../src/nn/module.js";
import { expectClose } from "./support/close.js";
import { openGraphs, type Graphs } from "./support/graph.js";
import { varianceOf } from "./support/reference-norm.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

const random = new Random(404);
const floats = (size: number, mean = 0, std = 1) => Float32Array.from({ length: size }, () => random.normal(mean, std));
const meanOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe("statistics", () => {
  test.each([16, 300, 5000])("of rows of %i numbers far from 0 keep their accuracy", (n) => {
    const x = floats(3 * n, 1000, 0.5);
    const { y } = graphs.run({ x: { shape: [3, n], values: x } }, ({ x }) => ({ y: ops.layerNorm(x) }));
    for (let row = 0; row < 3; row++) {
      const values = Array.from(x.subarray(row * n, (row + 1) * n));
      const [mean, scale] = [meanOf(values), 1 / Math.sqrt(varianceOf(values) + 1e-5)];
      expectClose(
        y.subarray(row * n, (row + 1) * n),
        values.map((value) => (value - mean) * scale),
        1.5e-4, // half a unit in the last place of the mean, over the deviation
      );
    }
  });

  test.each([{ shape: [2000, 3] }, { shape: [7, 3, 40, 40] }])("of channels of $shape as well", ({ shape }) => {
    const channels = shape[1]!;
    const inner = shape.slice(2).reduce((a, b) => a * b, 1);
    const x = floats(shape!.reduce((a, b) => a * b), -500, 2); // prettier-ignore
    const { mean, variance } = graphs.run({ x: { shape, values: x } }, ({ x }) => {
      const { mean, variance } = ops.batchNorm(x);
      return { mean, variance };
    });
    for (let c = 0; c < channels; c++) {
      const values = Array.from(x).filter((_, i) => Math.floor(i / inner) % channels === c);
      expect(Math.abs(mean[c]! - meanOf(values))).toBeLessThan(1e-4);
      expect(Math.abs(variance[c]! / varianceOf(values) - 1)).toBeLessThan(1e-6);
    }
  });

  test("of equal numbers are a variance of exactly 0", () => {
    const given = { x: { shape: [2, 100], values: new Float32Array(200).fill(0.1) } };
    const { y } = graphs.run(given, ({ x }) => ({ y: ops.layerNorm(x) }));
    expect([...y]).toEqual(new Array(200).fill(0));
  });
});

test("layer norm takes the scale and the place of a row away", async () => {
  const f = await func({ x: [4, 50] }, ({ x }) => ({ y: ops.layerNorm(x), rms: ops.rmsNorm(x) }));
  const x = floats(200);
  const { y, rms } = f({ x });
  expectClose(f({ x: x.map((value) => value * 64 + 128) }).y, y, 1e-4);
  expectClose(f({ x: x.map((value) => value * 64) }).rms, rms, 1e-5);
  f.dispose();
});

test("one group of all channels is layer norm of a sample, a group for each is instance norm", () => {
  const given = { x: { shape: [2, 3, 4, 5], values: floats(120) } };
  const { one, layer, each, instance } = graphs.run(given, ({ x }) => ({
    one: ops.groupNorm(x, 1),
    layer: ops.layerNorm(x, undefined, undefined, { shape: [3, 4, 5] }),
    each: ops.groupNorm(x, 3),
    instance: ops.layerNorm(x, undefined, undefined, { shape: [4, 5] }),
  }));
  expectClose(one, Array.from(layer), 1e-6);
  expectClose(each, Array.from(instance), 1e-6);
});

describe("layers", () => {
  const made: Trainer[] = [];
  afterEach(() => made.splice(0).forEach((trainer) => trainer.dispose()));
  const compiled = async (model: Module, options: CompileOptions) => {
    const trainer = await compile(model, options);
    made.push(trainer);
    return trainer;
  };
  const namesOf = (module: Module) => Object.fromEntries(Object.entries(module.parameters).map(([name, { shape }]) => [name, shape])); // prettier-ignore

  test("have PyTorch's parameter names and shapes", () => {
    expect(namesOf(layerNorm(6))).toEqual({ weight: [6], bias: [6] });
    expect(namesOf(layerNorm([4, 6], { bias: false }))).toEqual({ weight: [4, 6] });
    expect(namesOf(layerNorm(6, { affine: false }))).toEqual({});
    expect(namesOf(rmsNorm(6))).toEqual({ weight: [6] });
    expect(namesOf(groupNorm(2, 6))).toEqual({ weight: [6], bias: [6] });
    const running = { running_mean: [3], running_var: [3], num_batches_tracked: [] };
    expect(namesOf(batchNorm(3))).toEqual({ weight: [3], bias: [3], ...running });
    expect(namesOf(batchNorm(3, { affine: false }))).toEqual(running);
    expect(namesOf(batchNorm(3, { trackRunningStats: false }))).toEqual({ weight: [3], bias: [3] });
  });

  test.each([
    layerNorm(6),
    layerNorm([2, 3], { eps: 1e-6, bias: false }),
    rmsNorm(5, { eps: 1e-6 }),
    groupNorm(2, 4, { affine: false }),
    batchNorm(3),
    batchNorm(4, { momentum: null, eps: 1e-3 }),
    batchNorm(4, { trackRunningStats: false }),
  ] as Module[])("are built again from JSON: $type $options", (module) => {
    const again = moduleFromJson(JSON.parse(JSON.stringify(moduleToJson(module))));
    expect(moduleToJson(again)).toEqual(moduleToJson(module));
    expect(namesOf(again)).toEqual(namesOf(module));
  });

  test("begin as PyTorch's: weights of 1, biases of 0, a running variance of 1", async () => {
    const trainer = await compiled(sequential(linear(3, 2), batchNorm(2), layerNorm(2)), { loss: meanSquaredError() });
    const values = (name: string) => [...trainer.parameters[name]!.values];
    expect([values("1.weight"), values("1.bias"), values("2.weight")]).toEqual([[1, 1], [0, 0], [1, 1]]); // prettier-ignore
    expect([values("1.running_mean"), values("1.running_var")]).toEqual([[0, 0], [1, 1]]); // prettier-ignore
    expect(values("1.num_batches_tracked")).toEqual([0]);
  });

  /** Running statistics of one channel, in f64. */
  function observe(batches: readonly Float32Array[], momentum: (batch: number) => number) {
    let [mean, variance] = [0, 1];
    batches.forEach((batch, i) => {
      const values = Array.from(batch);
      mean += momentum(i + 1) * (meanOf(values) - mean);
      variance += momentum(i + 1) * ((varianceOf(values) * values.length) / (values.length - 1) - variance);
    });
    return [mean, variance] as const;
  }
  const statistics = ({ parameters }: Trainer) =>
    ["running_mean", "running_var"].map((name) => parameters[name]!.values[0]!);
  const batches = Array.from({ length: 5 }, () => floats(12, 3, 2));

  test.each([
    { momentum: 0.1, share: () => 0.1 },
    { momentum: 0.4, share: () => 0.4 },
    { momentum: null, share: (batch: number) => 1 / batch },
  ])("batchNorm moves its running statistics with momentum $momentum", async ({ momentum, share }) => {
    const trainer = await compiled(batchNorm(1, { momentum }), { loss: meanSquaredError(), input: [1] });
    for (const x of batches) await trainer.step(x, x);
    const expected = observe(batches, share);
    expectClose(statistics(trainer), expected, 1e-6);
    expect([...trainer.parameters["num_batches_tracked"]!.values]).toEqual([5]);

    // Evaluation uses them, and leaves them as they are.
    const { weight, bias } = trainer.parameters;
    const [mean, variance] = expected;
    const x = [1, 2, 7];
    const y = x.map((value) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight!.values[0]! + bias!.values[0]!);
    expectClose(await trainer.predict(x), y, 1e-5);
    await trainer.evaluate({ x, y: x });
    expectClose(statistics(trainer), expected, 1e-6);
  });

  test("batchNorm moves them part by part where a batch goes through in parts, as PyTorch's accumulation does", async () => {
    const trainer = await compiled(batchNorm(1), { loss: meanSquaredError(), input: [1], microBatch: 4 });
    const parts = batches.flatMap((batch) => [batch.subarray(0, 4), batch.subarray(4, 8), batch.subarray(8)]);
    for (const x of batches) await trainer.step(x, x);
    expectClose(
      statistics(trainer),
      observe(parts, () => 0.1),
      1e-6,
    );
    expect([...trainer.parameters["num_batches_tracked"]!.values]).toEqual([15]);
  });

  test("batchNorm reads the count of batches as PyTorch writes it, in 64 bits", async () => {
    const file = writeSafetensors({
      ...Object.fromEntries(
        ["weight", "bias", "running_mean", "running_var"].map((name, i) => [
          name,
          { shape: [1], data: Float32Array.of(i) },
        ]),
      ),
      num_batches_tracked: { shape: [], data: BigInt64Array.of(938n) },
    });
    const trainer = await loadCheckpoint(file, { model: batchNorm(1), input: [1] });
    made.push(trainer);
    expect([...trainer.parameters["num_batches_tracked"]!.values]).toEqual([938]);
    expect(statistics(trainer)).toEqual([2, 3]);
  });

  test("batchNorm keeps its statistics where a batch has one number for each channel", async () => {
    const trainer = await compiled(batchNorm(2), { loss: meanSquaredError(), input: [2], optimizer: sgd({ lr: 0.1 }) });
    await trainer.step([5, 7], [1, 1]);
    const { running_mean, running_var, bias } = trainer.parameters;
    expect([...running_mean!.values, ...running_var!.values]).toEqual([0, 0, 1, 1]);
    expect([...bias!.values].every(Number.isFinite)).toBe(true);
  });

  test("batchNorm without statistics uses the batch's own in evaluation, too", async () => {
    const trainer = await compiled(batchNorm(1, { trackRunningStats: false, affine: false }), { input: [1] });
    const y = await trainer.predict([1, 2, 3, 4]);
    expectClose([meanOf(y), varianceOf(Array.from(y))], [0, 1], 1e-4);
  });

  test("batchNorm in a model written as a function is observed as well", async () => {
    const norm = batchNorm(1);
    const trainer = await compile((x, context) => norm.forward(x, context), {
      loss: meanSquaredError(),
      input: [1],
    });
    made.push(trainer);
    await trainer.step(batches[0]!, batches[0]!);
    const moved = Object.values(trainer.parameters).map(({ values }) => values[0]!);
    expect(moved.some((value) => Math.abs(value - observe(batches.slice(0, 1), () => 0.1)[0]) < 1e-6)).toBe(true);
  });

  test("train: the loss of a deep normalised network falls", async () => {
    for (const norm of [() => layerNorm(8), () => rmsNorm(8), () => groupNorm(2, 8), () => batchNorm(8)]) {
      const parts = [linear(2, 8), norm(), tanh(), linear(8, 8), norm(), tanh(), linear(8, 1)] as Module[];
      const trainer = await compiled(sequential(...parts), {
        loss: meanSquaredError(),
        optimizer: adam({ lr: 0.01 }),
      });
      const x = floats(64 * 2);
      const y = Float32Array.from({ length: 64 }, (_, i) => x[2 * i]! * x[2 * i + 1]!);
      const epochs = await trainer.fit({ x, y }, { epochs: 60, batchSize: 16 });
      expect(epochs.at(-1)!.loss).toBeLessThan(epochs[0]!.loss / 3);
    }
  });
});

describe("refuse", () => {
  test("inputs that do not fit", async () => {
    const call = (x: number[], f: (x: never, w: never) => unknown, w: number[] = [3]) =>
      func({ x, w }, ({ x, w }) => ({ y: f(x as never, w as never) as never }));
    await expect(call([2, 5], ops.layerNorm)).rejects.toThrow(
      "layerNorm: the last axes of the input [2, 5] must be [3]; check the layer before it",
    );
    await expect(call([2, 5], ops.rmsNorm)).rejects.toThrow(ShapeError);
    await expect(call([2, 6], (x, w) => ops.groupNorm(x, 2, w))).rejects.toThrow(
      "groupNorm: for an input [2, 6] the weight must be [6], got [3]",
    );
    await expect(call([2, 5], (x) => ops.groupNorm(x, 2))).rejects.toThrow("which 2 groups do not divide evenly");
    await expect(call([6], (x) => ops.groupNorm(x, 2))).rejects.toThrow("has 0 channels in its second axis");
    await expect(call([4], (x) => ops.batchNorm(x).y)).rejects.toThrow(
      "batchNorm: needs an input [samples, channels, ...], got [4]",
    );
    await expect(call([4, 2], (x, w) => ops.batchNorm(x, w).y)).rejects.toThrow("the weight must be [2], got [3]");
    await expect(call([4, 3], (x, w) => ops.batchNorm(x, w, w, { mean: w }).y)).rejects.toThrow("give both the mean");
  });

  test("options out of range", () => {
    expect(() => layerNorm(0)).toThrow("layerNorm: size must be a whole number of at least 1, got 0");
    expect(() => layerNorm([])).toThrow("layerNorm: needs the size of at least one axis");
    expect(() => layerNorm(4, { eps: -1 })).toThrow("layerNorm: eps must be a number of at least 0, got -1");
    expect(() => layerNorm(4, { epsilon: 1 } as never)).toThrow('layerNorm: unknown option "epsilon"');
    expect(() => groupNorm(3, 4)).toThrow("groupNorm: groups must divide the channels evenly, got 3 groups of 4");
    expect(() => batchNorm(4, { momentum: 2 })).toThrow("batchNorm: momentum must be a number from 0 to 1, got 2");
    expect(() => batchNorm(1.5)).toThrow("batchNorm: channels must be a whole number");
  });

  test("gradients of a batch's statistics", async () => {
    const f = func({ x: [4, 2] }, ({ x }) => ({ dx: grad(ops.sum(ops.batchNorm(x).mean), [x])[0]! }));
    await expect(f).rejects.toThrow("cannot be differentiated");
  });
});
