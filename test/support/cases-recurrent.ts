// The calls of the recurrent rows: with and without initial states and biases, in both directions; and of concat, which
// their layers end with.

import { Random } from "../../src/data/random.js";
import { sub } from "../../src/graph/ops/elementwise.js";
import { concat } from "../../src/graph/ops/concat.js";
import { gruOp, lstmOp, rnnOp } from "../../src/graph/ops/recurrent.js";
import { createNode, sizeOf, type Shape, type Tensor } from "../../src/graph/tensor.js";
import type { Given } from "./graph.js";
import type { Case } from "./reference-cases.js";

type Leaves = Parameters<Case["trace"]>[0];

const random = new Random(91);
const floats = (shape: Shape, spread = 1): Given => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal(0, spread))),
});

const SIZES: readonly (readonly [steps: number, batch: number, hidden: number])[] = [
  [1, 1, 1],
  [3, 2, 4],
  [5, 3, 5],
  [2, 1, 17],
  [4, 5, 9],
];

interface Layer {
  /** Hidden sizes in a row of x. */
  gates: number;
  /** Inputs behind x and w, in their order. */
  optional: readonly string[];
  /** Attributes of every call. */
  more?: Record<string, boolean>;
  trace(inputs: Tensor[], attrs: Record<string, boolean>): Tensor;
}

function layers({ gates, optional, more = {}, trace }: Layer): Case[] {
  return SIZES.flatMap(([steps, batch, hidden]) =>
    [false, true].map((backward) => {
      const there = optional.filter(() => random.integer(3) > 0);
      const shapes: Record<string, Shape> = { bias: [gates * hidden], h0: [batch, hidden], c0: [batch, hidden] };
      const given = {
        x: floats([steps, batch, gates * hidden], 2),
        w: floats([gates * hidden, hidden], 0.5),
        ...Object.fromEntries(there.map((name) => [name, floats(shapes[name]!, 0.5)])),
      };
      const attrs = { backward, ...more, ...Object.fromEntries(optional.map((name) => [name, there.includes(name)])) };
      const inputsOf = (leaves: Leaves) => ["x", "w", ...optional].flatMap((name) => leaves[name] ?? []);
      return {
        label: `[${steps}, ${batch}, ${hidden}] ${JSON.stringify(attrs)}`,
        given,
        trace: (leaves: Leaves) => trace(inputsOf(leaves), attrs),
        by: Object.keys(given),
      };
    }),
  );
}

const rnn: Omit<Layer, "more"> = {
  gates: 1,
  optional: ["h0"],
  trace: (inputs, attrs) => createNode(rnnOp, inputs, attrs).outputs[0]!,
};

const PARTS: readonly (readonly Shape[])[] = [
  [[4], [1], [17]],
  [
    [2, 3],
    [2, 5],
  ],
  [
    [3, 1, 5],
    [3, 4, 5],
    [3, 2, 5],
  ],
];

export const recurrentCases: Readonly<Record<string, readonly Case[]>> = {
  concat: PARTS.map((shapes) => ({
    label: shapes.map((shape) => `[${shape}]`).join(" and "),
    given: Object.fromEntries(shapes.map((shape, i) => [`x${i}`, floats(shape)])),
    trace: (leaves) =>
      concat(
        shapes.map((_, i) => leaves[`x${i}`]!),
        shapes[0]!.length === 1 ? 0 : 1,
      ),
    by: shapes.map((_, i) => `x${i}`),
  })),
  rnn: [...layers(rnn), ...layers({ ...rnn, more: { relu: true } })],
  lstm: layers({
    gates: 4,
    optional: ["h0", "c0"],
    // Now of both states, now of one.
    trace: (inputs, attrs) => {
      const [, h, c] = createNode(lstmOp, inputs, attrs).outputs;
      return attrs.h0 ? sub(h!, c!) : attrs.c0 ? c! : h!;
    },
  }),
  gru: layers({
    gates: 3,
    optional: ["bias", "h0"],
    trace: (inputs, attrs) => createNode(gruOp, inputs, attrs).outputs[1]!,
  }),
};
