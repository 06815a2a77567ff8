// Recurrent networks against plain loops in f64, over random sizes and options: outputs, last states, and gradients by
// central differences. The loops are PyTorch's formulas and share nothing with the library (support/naive-recurrent.ts).
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { grad, ops, type Tensor } from "wasmgrad";
import { Random } from "../src/data/random.js";
import { gruOp, lstmOp, rnnOp } from "../src/graph/ops/recurrent.js";
import { createNode } from "../src/graph/tensor.js";
import { expectClose } from "./support/close.js";
import { slopes } from "./support/finite-differences.js";
import { leavesOf, openGraphs, type Given, type Graphs } from "./support/graph.js";
import { run, type Cube, type Kind, type Network } from "./support/naive-recurrent.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

interface Setup {
  kind: Kind;
  steps: number;
  batch: number;
  input: number;
  hidden: number;
  layers: number;
  bidirectional: boolean;
  bias: boolean;
  h0: boolean;
  c0: boolean;
  relu: boolean;
  seed: number;
}

const size = (max: number) => fc.integer({ min: 1, max });
const setups = (steps: number, hidden: number) =>
  fc.record<Setup>({
    kind: fc.constantFrom("rnn", "gru", "lstm"),
    steps: size(steps),
    batch: size(6),
    input: size(9),
    hidden: size(hidden),
    layers: size(3),
    bidirectional: fc.boolean(),
    bias: fc.boolean(),
    h0: fc.boolean(),
    c0: fc.boolean(),
    relu: fc.boolean(),
    seed: fc.nat(),
  });

const GATES: Record<Kind, number> = { rnn: 1, gru: 3, lstm: 4 };

/** Parameters, input and states of a setup, by name. */
function givenFor({ kind, steps, batch, input, hidden, layers, bidirectional, bias, h0, c0, seed }: Setup) {
  const random = new Random(seed);
  // Weights small enough that states neither grow nor tip over, which would magnify every rounding.
  const make = (...shape: number[]): Given => ({
    shape,
    values: Array.from({ length: shape.reduce((a, b) => a * b) }, () =>
      Math.fround(random.normal(0, shape.length === 2 ? 0.7 / Math.sqrt(shape[1]!) : 0.5)),
    ),
  });
  const directions = bidirectional ? 2 : 1;
  const rows = GATES[kind] * hidden;
  const given: Record<string, Given> = { x: make(batch, steps, input) };
  for (let layer = 0; layer < layers; layer++) {
    for (const suffix of [`_l${layer}`, `_l${layer}_reverse`].slice(0, directions)) {
      given[`weight_ih${suffix}`] = make(rows, layer === 0 ? input : directions * hidden);
      given[`weight_hh${suffix}`] = make(rows, hidden);
      if (bias) given[`bias_ih${suffix}`] = make(rows);
      if (bias) given[`bias_hh${suffix}`] = make(rows);
    }
  }
  if (h0) given.h0 = make(layers * directions, batch, hidden);
  if (c0 && kind === "lstm") given.c0 = make(layers * directions, batch, hidden);
  return given;
}

/** Output and last states, as the library traces them. */
function traced({ kind, layers, bidirectional, relu }: Setup, leaves: Record<string, Tensor>): Record<string, Tensor> {
  const suffixes = Array.from({ length: layers }, (_, layer) => [`_l${layer}`, `_l${layer}_reverse`]).flatMap((pair) =>
    pair.slice(0, bidirectional ? 2 : 1),
  );
  const weights = suffixes.map((suffix) => ({
    weightIh: leaves[`weight_ih${suffix}`]!,
    weightHh: leaves[`weight_hh${suffix}`]!,
    biasIh: leaves[`bias_ih${suffix}`],
    biasHh: leaves[`bias_hh${suffix}`],
  }));
  const options = {
    bidirectional,
    h0: leaves.h0,
    c0: leaves.c0,
    nonlinearity: relu ? ("relu" as const) : ("tanh" as const),
  };
  if (kind === "lstm") return { ...ops.lstm(leaves.x!, weights, options) };
  const { output, h } = ops[kind](leaves.x!, weights, options);
  return { output, h };
}

/** The same as flat f64 numbers. */
function naive({ kind, hidden, layers, bidirectional, relu }: Setup, given: Record<string, Given>) {
  const matrix = ({ shape, values }: Given) => rowsOf(Array.from(values), shape[1] ?? 1);
  const cube = ({ shape, values }: Given): Cube => {
    const [, rows, cols] = shape as [number, number, number];
    return rowsOf(Array.from(values), rows * cols).map((plane) => rowsOf(plane, cols));
  };
  const network: Network = {
    kind,
    hidden,
    layers,
    bidirectional,
    nonlinearity: relu ? "relu" : "tanh",
    parameters: Object.fromEntries(
      Object.entries(given)
        .filter(([name]) => /^(weight|bias)/.test(name))
        .map(([name, one]) => [name, matrix(one)]),
    ),
  };
  const { output, h, c } = run(network, cube(given.x!), given.h0 && cube(given.h0), given.c0 && cube(given.c0));
  return { output: output.flat(2), h: h.flat(2), ...(kind === "lstm" && { c: c.flat(2) }) } as Record<string, number[]>;
}

const rowsOf = <T>(list: readonly T[], cols: number): T[][] =>
  Array.from({ length: list.length / cols }, (_, i) => list.slice(i * cols, (i + 1) * cols));

test("outputs and last states, forward", () => {
  fc.assert(
    fc.property(setups(9, 17), (setup) => {
      const given = givenFor(setup);
      const expected = naive(setup, given);
      const results = graphs.run(given, (leaves) => traced(setup, leaves));
      for (const [name, values] of Object.entries(expected)) expectClose(results[name]!, values, 1e-5);
    }),
    { numRuns: 150 },
  );
});

test("gradients of everything that goes in, from everything that comes out", () => {
  fc.assert(
    fc.property(setups(5, 9), (setup) => {
      const given = givenFor(setup);
      const random = new Random(setup.seed + 1);
      const names = Object.keys(given);
      // Of some results only, so that the others' gradients are missing and not merely 0.
      const shapes = traced(setup, leavesOf(given));
      const parts = Object.keys(shapes).filter((_, i, { length }) => i === setup.seed % length || random.integer(2));
      const upstream = Object.fromEntries(
        parts.map((name): [string, Given] => {
          const { shape, size } = shapes[name]!;
          return [`d ${name}`, { shape, values: Array.from({ length: size }, () => Math.fround(random.normal())) }];
        }),
      );
      const results = graphs.run({ ...given, ...upstream }, (leaves) => {
        const outputs = traced(setup, leaves);
        const loss = parts
          .map((name) => ops.sum(ops.mul(outputs[name]!, leaves[`d ${name}`]!)))
          .reduce((a, b) => ops.add(a, b));
        const wrt = grad(
          loss,
          names.map((name) => leaves[name]!),
        );
        return Object.fromEntries(names.map((name, i) => [name, wrt[i]!]));
      });

      for (const name of names) {
        const x = Array.from(given[name]!.values);
        const places = [...new Set([0, x.length - 1, random.integer(x.length)])];
        const loss = (values: number[]) => {
          const outputs = naive(setup, { ...given, [name]: { ...given[name]!, values } });
          return parts.reduce(
            (sum, part) => sum + outputs[part]!.reduce((s, y, i) => s + y * (upstream[`d ${part}`]!.values[i] as number), 0), // prettier-ignore
            0,
          );
        };
        expectClose(places.map((i) => results[name]![i]!), slopes(loss, x, places), 2e-5); // prettier-ignore
      }
    }),
    { numRuns: 40 },
  );
});

describe("a sequence in two parts, with the states handed on, is the sequence as a whole", () => {
  const kinds: readonly Kind[] = ["rnn", "gru", "lstm"];
  test.each(kinds.flatMap((kind) => [1, 3, 5, 32].map((batch) => [kind, batch] as const)))(
    "%s, batch of %i",
    (kind, batch) => {
      const setup: Setup = { kind, steps: 7, batch, input: 5, hidden: 18, layers: 2, bidirectional: false, bias: true, h0: true, c0: true, relu: false, seed: 3 }; // prettier-ignore
      const results = graphs.run(givenFor(setup), (leaves) => {
        const run = (x: Tensor, h0: Tensor, c0?: Tensor) => traced(setup, { ...leaves, x, h0, ...(c0 && { c0 }) });
        const whole = run(leaves.x!, leaves.h0!, leaves.c0);
        const first = run(ops.slice(leaves.x!, { end: 4 }, 1), leaves.h0!, leaves.c0);
        const second = run(ops.slice(leaves.x!, { start: 4 }, 1), first.h!, first.c);
        return { whole: whole.output!, parts: ops.concat([first.output!, second.output!], 1), h: whole.h!, hParts: second.h! }; // prettier-ignore
      });
      expectClose(results.parts, [...results.whole], 1e-5);
      expectClose(results.hParts, [...results.h], 1e-5);
    },
  );
});

describe("what runs over time has the same bits", () => {
  const kinds: readonly Kind[] = ["rnn", "gru", "lstm"];
  const cells = {
    rnn: { op: rnnOp, states: [0] },
    gru: { op: gruOp, states: [1] },
    lstm: { op: lstmOp, states: [1, 2] },
  };
  const HIDDEN = 70;
  const random = new Random(12);
  const floats = (...shape: number[]): Given => ({
    shape,
    values: Array.from({ length: shape.reduce((a, b) => a * b) }, () => Math.fround(random.normal(0, 0.5))),
  });
  const givenOf = (kind: Kind, steps: number, batch: number) => ({
    x: floats(steps, batch, GATES[kind] * HIDDEN),
    w: floats(GATES[kind] * HIDDEN, HIDDEN),
    h0: floats(batch, HIDDEN),
    c0: floats(batch, HIDDEN),
  });
  type Leaves = Record<"x" | "w" | "h0" | "c0", Tensor>;

  /** All states: h, and c of an LSTM. */
  function run(kind: Kind, { x, w, h0, c0 }: Leaves, backward = false): Tensor[] {
    const { op, states } = cells[kind];
    const node = createNode(op, [x, w, h0, ...(kind === "lstm" ? [c0] : [])], {
      backward,
      h0: true,
      c0: kind === "lstm",
    });
    return states.map((i) => node.outputs[i]!);
  }

  test.each(kinds)("in each sample of %s, among others and in another place", (kind) => {
    const { whole, part } = graphs.run(givenOf(kind, 3, 11), (leaves) => {
      const cut = (x: Tensor, axis: number) => ops.slice(x, { start: 3, end: 9 }, axis);
      const some = { x: cut(leaves.x, 1), w: leaves.w, h0: cut(leaves.h0, 0), c0: cut(leaves.c0, 0) };
      return { whole: cut(run(kind, leaves)[0]!, 1), part: run(kind, some)[0]! };
    });
    expect([...part]).toEqual([...whole]);
  });

  test.each(kinds)("in %s run backwards, as of the sequence turned round", (kind) => {
    const { backward, turned } = graphs.run(givenOf(kind, 5, 2), (leaves) => ({
      backward: run(kind, leaves, true)[0]!,
      turned: ops.flip(run(kind, { ...leaves, x: ops.flip(leaves.x, 0) })[0]!, 0),
    }));
    expect([...turned]).toEqual([...backward]);
  });

  test.each(kinds.flatMap((kind) => [1, 2, 3, 4, 7].map((batch) => [kind, batch] as const)))(
    "in %s in two parts, batch of %i",
    (kind, batch) => {
      const { whole, parts } = graphs.run(givenOf(kind, 5, batch), (leaves) => {
        const first = run(kind, { ...leaves, x: ops.slice(leaves.x, { end: 2 }) });
        const [h0, c0 = leaves.c0] = first.map((states) => ops.reshape(ops.slice(states, { start: 2 }), [batch, HIDDEN])); // prettier-ignore
        const second = run(kind, { x: ops.slice(leaves.x, { start: 2 }), w: leaves.w, h0: h0!, c0 });
        return { whole: run(kind, leaves)[0]!, parts: ops.concat([first[0]!, ops.slice(second[0]!, { start: 1 })]) };
      });
      expect([...parts]).toEqual([...whole]);
    },
  );
});
