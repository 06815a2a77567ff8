// The recurrent layers: what their parameters are called and how they start, what options change, states in and out,
// dropout, checkpoints, and what they refuse. The numbers are checked in recurrent.test.ts and by PyTorch's cases.
import { afterEach, describe, expect, test } from "vitest";
import {
  adam,
  compile,
  gru,
  linear,
  loadCheckpoint,
  lstm,
  meanSquaredError,
  ops,
  rnn,
  saveCheckpoint,
  sequential,
  ShapeError,
  sgd,
  type CompileOptions,
  type ModelFunction,
  type Module,
  type Tensor,
  type Trainer,
} from "wasmgrad";
import { Random } from "../src/data/random.js";
import { input } from "../src/graph/ops/leaf.js";
import { reachable } from "../src/graph/tensor.js";
import { Context } from "../src/nn/module.js";
import { expectClose } from "./support/close.js";

const opened: Trainer[] = [];
afterEach(() => opened.splice(0).forEach((trainer) => trainer.dispose()));
async function compiled(model: Module | ModelFunction, options: CompileOptions = {}): Promise<Trainer> {
  const trainer = await compile(model, { loss: meanSquaredError(), optimizer: sgd({ lr: 0.1 }), ...options });
  opened.push(trainer);
  return trainer;
}

const random = new Random(40);
const floats = (n: number) => Float32Array.from({ length: n }, () => random.normal());
const makers = { rnn, gru, lstm };
const kinds = ["rnn", "gru", "lstm"] as const;

describe.each(kinds)("%s", (kind) => {
  const make = makers[kind];
  const gates = { rnn: 1, gru: 3, lstm: 4 }[kind];

  test("names its parameters as PyTorch does, and starts them uniform in ±1/√hidden", async () => {
    const trainer = await compiled(make(3, 16, { layers: 2, bidirectional: true }), { input: [5, 3] });
    const rows = gates * 16;
    const shapes = Object.fromEntries(Object.entries(trainer.parameters).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      weight_ih_l0: [rows, 3],
      weight_hh_l0: [rows, 16],
      bias_ih_l0: [rows],
      bias_hh_l0: [rows],
      weight_ih_l0_reverse: [rows, 3],
      weight_hh_l0_reverse: [rows, 16],
      bias_ih_l0_reverse: [rows],
      bias_hh_l0_reverse: [rows],
      weight_ih_l1: [rows, 32],
      weight_hh_l1: [rows, 16],
      bias_ih_l1: [rows],
      bias_hh_l1: [rows],
      weight_ih_l1_reverse: [rows, 32],
      weight_hh_l1_reverse: [rows, 16],
      bias_ih_l1_reverse: [rows],
      bias_hh_l1_reverse: [rows],
    });
    const { values } = trainer.parameters.weight_hh_l1!;
    expect(Math.max(...values)).toBeLessThan(0.25);
    expect(Math.min(...values)).toBeGreaterThan(-0.25);
    expect(Math.max(...values)).toBeGreaterThan(0.2);
  });

  test("has no biases where they are not wanted", async () => {
    const trainer = await compiled(make(3, 4, { bias: false }), { input: [5, 3] });
    expect(Object.keys(trainer.parameters)).toEqual(["weight_ih_l0", "weight_hh_l0"]);
  });

  test.each([false, true])("gives the last states alone without returnSequences; bidirectional: %s", async (both) => {
    const options = { layers: 2, bidirectional: both };
    const whole = await compiled(make(3, 5, options), { input: [6, 3] });
    const last = await compiled(make(3, 5, { ...options, returnSequences: false }), { input: [6, 3] });
    last.load(whole.parameters);
    const x = floats(2 * 6 * 3);
    const all = await whole.predict(x);
    const states = await last.predict(x);
    const width = both ? 10 : 5;
    expect(states.length).toBe(2 * width);
    for (let sample = 0; sample < 2; sample++) {
      // The forward network ends at the last step, the backward one at the first.
      const at = (step: number, unit: number) => all[(sample * 6 + step) * width + unit]!;
      const expected = Array.from({ length: width }, (_, unit) => at(unit < 5 ? 5 : 0, unit));
      expect([...states.subarray(sample * width, (sample + 1) * width)]).toEqual(expected);
    }
  });

  test("hands states on from one call to the next", async () => {
    const cell = make(3, 5, { layers: 2 });
    const model = (x: Tensor, context: Context) => {
      const half = (start: number, end: number) => ops.slice(x, { start, end }, 1);
      const first = cell.run(half(0, 4), {}, context);
      const second = cell.run(half(4, 6), first, context);
      return { whole: cell.forward(x, context), parts: ops.concat([first.output, second.output], 1) };
    };
    const trainer = await compile(model, { input: [6, 3] });
    opened.push(trainer);
    const { whole, parts } = await trainer.predictAll(floats(3 * 6 * 3));
    expectClose(parts!, [...whole!], 1e-6);
  });

  test("drops between its layers in training, and nowhere else", () => {
    const droppedIn = (options: object, training: boolean) => {
      const y = make(3, 4, options).forward(input("x", [2, 5, 3]), new Context(training));
      return reachable([y]).filter(({ op }) => op.name === "dropout");
    };
    expect(droppedIn({ layers: 3, dropout: 0.5 }, false)).toEqual([]);
    expect(droppedIn({ layers: 1, dropout: 0.5 }, true)).toEqual([]);
    const nodes = droppedIn({ layers: 3, dropout: 0.5 }, true);
    expect(nodes.map(({ attrs }) => attrs)).toEqual([
      { p: 0.5, stream: 0 },
      { p: 0.5, stream: 1 },
    ]);
  });

  test("predicts without dropout, and trains with it", async () => {
    const plain = await compiled(make(3, 8, { layers: 2 }), { input: [5, 3] });
    const dropping = await compiled(make(3, 8, { layers: 2, dropout: 0.5 }), { input: [5, 3] });
    dropping.load(plain.parameters);
    const [x, y] = [floats(4 * 5 * 3), floats(4 * 5 * 8)];
    expect(await dropping.predict(x)).toEqual(await plain.predict(x));
    const [with_, without] = [await dropping.gradients(x, y), await plain.gradients(x, y)];
    expect(with_.loss).not.toBe(without.loss);
  });

  test("is the same again from a checkpoint", async () => {
    const model = sequential(
      make(3, 4, { layers: 2, bidirectional: true, dropout: 0.25, bias: false }),
      make(8, 2, { returnSequences: false }),
      linear(2, 1),
    );
    const trainer = await compiled(model, { input: [4, 3] });
    await trainer.fit({ x: floats(8 * 12), y: floats(8) }, { epochs: 2, batchSize: 3 });
    const again = await loadCheckpoint(saveCheckpoint(trainer));
    opened.push(again);
    expect(again.state.model.module!.children["0"]!.options).toEqual(model.children["0"]!.options);
    const x = floats(5 * 12);
    expect(await again.predict(x)).toEqual(await trainer.predict(x));
    const [ours, theirs] = [await trainer.step(x, floats(5).fill(1)), await again.step(x, floats(5).fill(1))];
    expect(theirs).toEqual(ours);
  });

  test("learns", async () => {
    // Whether the first of the sequence was positive.
    const x = floats(64 * 6);
    const y = Float32Array.from({ length: 64 }, (_, i) => Math.sign(x[i * 6]!));
    const trainer = await compiled(sequential(make(1, 12, { returnSequences: false }), linear(12, 1)), {
      input: [6, 1],
      optimizer: adam({ lr: 0.02 }),
    });
    const history = await trainer.fit({ x, y }, { epochs: 60, batchSize: 16 });
    expect(history.at(-1)!.loss).toBeLessThan(0.5 * history[0]!.loss);
  });

  test("refuses sizes, options and inputs that make no sense", async () => {
    expect(() => make(0, 4)).toThrow(new RangeError(`${kind}: inputSize must be a whole number of at least 1, got 0`));
    expect(() => make(3, 1.5)).toThrow(`${kind}: hiddenSize must be a whole number of at least 1, got 1.5`);
    expect(() => make(3, 4, { layers: 0 })).toThrow(`${kind}: layers must be a whole number of at least 1, got 0`);
    expect(() => make(3, 4, { dropout: 2 })).toThrow(`${kind}: dropout must be a number from 0 to 1, got 2`);
    expect(() => make(3, 4, { bias: 1 } as never)).toThrow(`${kind}: bias must be true or false, got 1`);
    expect(() => make(3, 4, { projSize: 2 } as never)).toThrow(`${kind}: unknown option "projSize"`);
    await expect(compiled(sequential(make(3, 4)), { input: [5, 2] })).rejects.toThrow(
      new ShapeError(
        `layer "0" (${kind}): ${kind}: the input is [1, 5, 2], but the layer expects [batch, steps, 3]; check the layer before it`,
      ),
    );
    await expect(compiled(make(3, 4))).rejects.toThrow("the shape of one sample is not known");
  });
});

test("rnn takes relu, and no other nonlinearity than that and tanh", async () => {
  const trainer = await compiled(rnn(1, 1, { nonlinearity: "relu", bias: false }), { input: [3, 1] });
  trainer.load({ weight_ih_l0: [1], weight_hh_l0: [0.5] });
  expect([...(await trainer.predict([2, 1, -4]))]).toEqual([2, 2, 0]);
  expect(rnn(1, 1, { nonlinearity: "relu" }).options).toEqual({ inputSize: 1, hiddenSize: 1, nonlinearity: "relu" });
  expect(() => rnn(1, 1, { nonlinearity: "gelu" } as never)).toThrow(
    new RangeError('rnn: nonlinearity must be "tanh" or "relu", got "gelu"'),
  );
});

test("states of another number of layers, or of another batch, are refused", () => {
  const cell = lstm(3, 4, { layers: 2 });
  const run = (h: Tensor) => cell.run(input("x", [2, 5, 3]), { h }, new Context(false));
  expect(() => run(input("h", [1, 2, 4]))).toThrow(
    new ShapeError("lstm: initial states are [1, 2, 4], expected [2, 2, 4]"),
  );
  expect(() => run(input("h", [2, 3, 4]))).toThrow(
    new ShapeError("lstm: an initial state is [3, 4], expected [2, 4], batch and hidden size"),
  );
});
