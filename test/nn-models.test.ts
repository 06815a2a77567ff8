// Models: functions of tensors beside layers, gradients inside of them, names, and what summary() and explain() show.
import { afterEach, describe, expect, test } from "vitest";
import {
  compile,
  crossEntropy,
  dropout,
  flatten,
  grad,
  linear,
  meanSquaredError,
  ops,
  parameter,
  relu,
  rescale,
  sequential,
  sgd,
  tanh,
  type Context,
  type Module,
  type Tensor,
  type Trainer,
} from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { expectClose } from "./support/close.js";
import { noise } from "./support/train-data.js";

const open: Trainer[] = [];
const keep = (trainer: Trainer) => (open.push(trainer), trainer);
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

describe("a model that is a function", () => {
  test("trains as the same model of layers, to the bit", async () => {
    const [w, b] = [parameter([3, 2], { name: "w" }), parameter([3], { name: "b" })];
    const written = keep(await compile((x) => ops.tanh(ops.linear(x, w, b)), { input: [2], loss: meanSquaredError() }));
    const layered = keep(await compile(sequential(linear(2, 3), tanh()), { loss: meanSquaredError() }));
    const { "0.weight": weight, "0.bias": bias } = layered.parameters;
    written.load({ w: weight, b: bias });
    const data = { x: noise(40, 1), y: noise(60, 2) };
    for (const trainer of [written, layered]) await trainer.fit(data, { epochs: 3, batchSize: 8 });
    const { parameters } = written;
    expect(Object.keys(parameters)).toEqual(["w", "b"]);
    expect([parameters.w.values, parameters.b.values]).toEqual(
      ["0.weight", "0.bias"].map((name) => layered.parameters[name].values),
    );
  });

  test("may use layers inside, whose parameters are named by what they are", async () => {
    const layer = linear(2, 3);
    const trainer = keep(
      await compile((x, context) => context.run("first", layer, x), { input: [2], loss: meanSquaredError() }),
    );
    expect(Object.values(trainer.parameters).map(({ shape }) => shape)).toEqual([[3, 2], [3]]);
    const { tensors } = await trainer.inspect([1, 2], [1, 2, 3]);
    expect(tensors.map(({ name }) => name)).toContain("first.linear");
  });

  test("may ask whether it is training", async () => {
    const w = parameter([1], { name: "w", init: () => ({ kind: "constant", value: 1 }) });
    const model = (x: Tensor, { training }: Context) => ops.mul(ops.mul(x, w), training ? 10 : 1);
    const trainer = keep(await compile(model, { input: [1], loss: meanSquaredError(), optimizer: sgd({ lr: 1e-9 }) }));
    expect([...(await trainer.predict([3]))]).toEqual([3]);
    expect((await trainer.step([3], [0])).loss).toBe(900);
    expect((await trainer.evaluate({ x: [3], y: [0] })).loss).toBeCloseTo(9, 3);
  });

  test("may take a gradient inside: a function that is to have given slopes", async () => {
    // f(x) = w x² is trained so that f'(x) = 6 x: w = 3.
    const w = parameter([1], { name: "w", init: () => ({ kind: "constant", value: 1 }) });
    const model = (x: Tensor) => grad(ops.sum(ops.mul(w, ops.square(x))), [x])[0];
    const trainer = keep(await compile(model, { input: [1], loss: meanSquaredError(), optimizer: sgd({ lr: 0.1 }) }));
    const x = [0.5, -1, 1, 0.25];
    await trainer.fit({ x, y: x.map((value) => 6 * value) }, { epochs: 200, batchSize: 4 });
    expectClose(trainer.parameters.w.values, [3], 1e-4);
    expectClose(await trainer.predict([2]), [12], 1e-4);
  });

  test("its parameters of no name get one", async () => {
    const [a, b] = [parameter([1]), parameter([1])];
    const trainer = keep(await compile((x) => ops.add(ops.mul(x, a), b), { input: [1], loss: meanSquaredError() }));
    expect(Object.keys(trainer.parameters)).toEqual(["parameter0", "parameter1"]);
  });
});

test("one model can be compiled many times, each with parameters of its own", async () => {
  const model = sequential(linear(2, 3), tanh(), linear(3, 1));
  const make = async (seed: number) => keep(await compile(model, { loss: meanSquaredError(), seed }));
  const [a, b, c] = [await make(1), await make(1), await make(2)];
  const before = bitsOf(b);
  expect(bitsOf(a)).toBe(before);
  await a.step([1, 2], [3]);
  expect(bitsOf(b)).toBe(before);
  expect(bitsOf(c)).not.toBe(before);
});

test("a layer of one's own: parameters, parts and options as the library's have them", async () => {
  const weight = parameter([2], { init: () => ({ kind: "values", values: [2, 3] }) });
  const scale: Module = {
    type: "scale",
    parameters: { weight },
    children: {},
    options: {},
    inputShape: [2],
    forward: (x) => ops.mul(x, weight),
  };
  const inner = linear(2, 1);
  const block: Module = {
    type: "block",
    parameters: {},
    children: { scale, inner },
    options: {},
    inputShape: [2],
    forward: (x, context) => context.run("inner", inner, context.run("scale", scale, x)),
  };
  const trainer = keep(await compile(sequential(block, linear(1, 1)), { loss: meanSquaredError() }));
  expect(Object.keys(trainer.parameters)).toEqual([
    "0.scale.weight",
    "0.inner.weight",
    "0.inner.bias",
    "1.weight",
    "1.bias",
  ]);
  expect([...trainer.parameters["0.scale.weight"].values]).toEqual([2, 3]);
  trainer.load({ "0.inner.weight": [1, 1], "0.inner.bias": [0], "1.weight": [1], "1.bias": [0] });
  expect([...(await trainer.predict([1, 1]))]).toEqual([5]);
  expect(trainer.summary()).toContain("0.scale scale");
});

test("values of an initialiser have to be as many as the parameter's, and nothing is left behind", async () => {
  const weight = parameter([2], { name: "w", init: () => ({ kind: "values", values: [1, 2, 3] }) });
  await expect(compile((x) => ops.mul(x, weight), { input: [2], loss: meanSquaredError() })).rejects.toThrow(
    'compile: the initialiser of "w" [2] gave 3 numbers',
  );
});

describe("summary", () => {
  test("of layers, nested, with totals", async () => {
    const model = sequential(
      rescale(1 / 255),
      flatten(),
      sequential(linear(784, 128), relu(), dropout(0.2)),
      linear(128, 10),
    );
    const trainer = keep(await compile(model, { loss: crossEntropy(), input: [28, 28] }));
    expect(`\n${trainer.summary()}\n`).toMatchInlineSnapshot(`
      "
      layer         output           parameters
      ─────────────────────────────────────────
      input         [batch, 28, 28]
      0 rescale     [batch, 28, 28]
      1 flatten     [batch, 784]
      2 sequential  [batch, 128]
      2.0 linear    [batch, 128]        100,480
      2.1 relu      [batch, 128]
      2.2 dropout   [batch, 128]
      3 linear      [batch, 10]           1,290
      ─────────────────────────────────────────
      101,770 parameters, 407,080 bytes
      "
    `);
  });

  test("of a single layer", async () => {
    const trainer = keep(await compile(linear(3, 2), { loss: meanSquaredError() }));
    expect(`\n${trainer.summary()}\n`).toMatchInlineSnapshot(`
      "
      layer   output      parameters
      ──────────────────────────────
      input   [batch, 3]
      linear  [batch, 2]           8
      ──────────────────────────────
      8 parameters, 32 bytes
      "
    `);
  });

  test("of a function: its parameters, the frozen ones counted", async () => {
    const w = parameter([2, 3], { name: "weights", trainable: false });
    const v = parameter([3], { name: "offsets" });
    const trainer = keep(await compile((x) => ops.add(ops.matmul(x, w), v), { loss: meanSquaredError(), input: [2] }));
    expect(`\n${trainer.summary()}\n`).toMatchInlineSnapshot(`
      "
      layer    output      parameters
      ───────────────────────────────
      input    [batch, 2]
      weights                       6
      offsets                       3
      output   [batch, 3]
      ───────────────────────────────
      9 parameters, 6 of them frozen, 36 bytes
      "
    `);
  });
});

describe("explain", () => {
  const make = async () =>
    keep(
      await compile(sequential(linear(2, 3), relu(), linear(3, 2)), {
        loss: crossEntropy(),
        optimizer: sgd({ lr: 0.1 }),
      }),
    );

  test("of a training step: graph, plan, program, the optimizer at its end", async () => {
    expect(`\n${await (await make()).explain({ batch: 4 })}\n`).toMatchInlineSnapshot(`
      "
      graph: 21 nodes
        0.weight [3, 2]                         = parameter(trainable true)
        0.bias [3]                              = parameter(trainable true)
        2.weight [2, 3]                         = parameter(trainable true)
        2.bias [2]                              = parameter(trainable true)
        x [4, 2]                                = input(name x, dtype f32, scale 1, shift 0)
        y [4]                                   = input(name y, dtype i32, scale 1, shift 0)
        t0 []                                   = constant(value 1)
        1.relu [4, 3]                           = linear(x, 0.weight, 0.bias; activation relu)
        2.linear [4, 2]                         = linear(1.relu, 2.weight, 2.bias)
        loss [], t1 [4, 2], t2 [4]              = crossEntropy(2.linear, y; smoothing 0, ignoreIndex -100)
        t3 []                                   = countCorrect(2.linear, y; target ids, threshold 0.5, ignoreIndex -100)
                                                  record(loss, t3)
        t4 [4, 2]                               = crossEntropyGrad(t0, t1, y; smoothing 0, ignoreIndex -100)
        t5 [4, 3]                               = matmul(t4, 2.weight; transA false, transB false)
        d 2.weight [2, 3]                       = matmul(t4, 1.relu; transA true, transB false)
        t6 [1, 2]                               = sum(t4; first 0, last 0, scale 1)
        d 2.bias [2]                            = reshape(t6; shape [2])
        t7 [4, 3]                               = reluGrad(t5, 1.relu)
        d 0.weight [3, 2]                       = matmul(t7, x; transA true, transB false)
        t8 [1, 3]                               = sum(t7; first 0, last 0, scale 1)
        d 0.bias [3]                            = reshape(t8; shape [3])

      plan: arena 448 B (at least 448 B, without reuse 576 B); time runs to the right
        @00000      48 B |             ██████████████████████     | 1.relu
        @00040      32 B |               ██████                   | 2.linear
        @00040      48 B |                        ███████████████ | t5, t7
        @00080      32 B |       ██████████████████████████████   | x
        @000c0      32 B |                 ██████████████         | t1, t4
        @00100      16 B |         ████████████████               | y
        @00140      16 B |                 ███                    | t2
        @00140       4 B |                   ████                 | t3
        @00180       4 B |                 ██████                 | loss

      program: 16 instructions
          0  Gather                 arena@00080 sources@00000 4 2 1 0  ; x [4, 2]
          1  GatherIds              arena@00100 sources@00040 4 1  ; y [4]
          2  Gemm                   arena@00000 arena@00080 parameters@00000 parameters@00040 4 3 2 2 2 3 2 40 0 0 1  ; 1.relu [4, 3]
          3  Gemm                   arena@00040 arena@00000 parameters@00080 parameters@000c0 4 2 3 3 3 2 2 0 0 0 1  ; 2.linear [4, 2]
          4  CrossEntropyTerms      arena@00140 arena@000c0 arena@00040 arena@00100 4 2 0 -100  ; loss []
          5  CrossEntropyMean       arena@00180 arena@00140 arena@00100 4 -100  ; loss []
          6  CountCorrect           arena@00140 arena@00040 arena@00100 4 2 -100  ; t3 []
          7  Record                 arena@00180 arena@00140
          8  CrossEntropyGrad       arena@000c0 constants@00000 arena@000c0 arena@00100 4 2 0 -100  ; t4 [4, 2]
          9  Gemm                   arena@00040 arena@000c0 parameters@00080 0 4 3 2 2 3 3 0 0 0 0 1 0 0 12  ; t5 [4, 3]
         10  Gemm                   gradients@00080 arena@000c0 arena@00000 0 2 3 4 2 3 3 1 0 0 0 1 0 0 6  ; d 2.weight [2, 3]
         11  Sum                    gradients@000c0 arena@000c0 1 4 2 1  ; t6 [1, 2]
         12  ReluGrad               arena@00040 arena@00040 arena@00000 12  ; t7 [4, 3]
         13  Gemm                   gradients@00000 arena@00040 arena@00080 0 3 2 4 3 2 2 1 0 0 0 1 0 0 6  ; d 0.weight [3, 2]
         14  Sum                    gradients@00040 arena@00040 1 4 3 1  ; t8 [1, 3]
         15  Sgd                    parameters@00000 kept@00000 gradients@00000 0 0 0 64 hyper@00008 0 hyper@00000
      "
    `);
  });

  test("of predictions", async () => {
    expect(`\n${await (await make()).explain({ purpose: "predict", batch: 4 })}\n`).toMatchInlineSnapshot(`
      "
      graph: 7 nodes
        0.weight [3, 2]                         = parameter(trainable true)
        0.bias [3]                              = parameter(trainable true)
        2.weight [2, 3]                         = parameter(trainable true)
        2.bias [2]                              = parameter(trainable true)
        x [4, 2]                                = input(name x, dtype f32, scale 1, shift 0)
        1.relu [4, 3]                           = linear(x, 0.weight, 0.bias; activation relu)
        2.linear [4, 2]                         = linear(1.relu, 2.weight, 2.bias)

      plan: arena 128 B (at least 128 B, without reuse 192 B); time runs to the right
        @00000      48 B |                            ████████████| 1.relu
        @00040      32 B |                      █████████████     | x
        @00040      32 B |                                  ██████| 2.linear

      program: 3 instructions
          0  Gather                 arena@00040 sources@00000 4 2 1 0  ; x [4, 2]
          1  Gemm                   arena@00000 arena@00040 parameters@00000 parameters@00040 4 3 2 2 2 3 2 40 0 0 1  ; 1.relu [4, 3]
          2  Gemm                   arena@00040 arena@00000 parameters@00080 parameters@000c0 4 2 3 3 3 2 2 0 0 0 1  ; 2.linear [4, 2]
      "
    `);
  });

  test("of probabilities as targets", async () => {
    const text = await (await make()).explain({ batch: 4, targets: [{ name: "", perSample: 2, whole: false }] });
    expect(text).toContain("CrossEntropyProbs ");
  });

  test("refuses options that are none", async () => {
    const trainer = await make();
    await expect(trainer.explain({ purpose: "fit" as never })).rejects.toThrow(
      'explain: purpose must be one of train, evaluate, predict, got "fit"',
    );
    await expect(trainer.explain({ batch: 0 })).rejects.toThrow(
      "explain: batch must be a whole number of at least 1, got 0",
    );
    await expect(trainer.explain({ size: 5 } as object)).rejects.toThrow(
      'explain: unknown option "size"; the options are purpose, batch, targets',
    );
  });
});
