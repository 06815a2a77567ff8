// Ops that belong to a training step rather than to mathematics: dropout, metrics, and the record of a step.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, type Op } from "../op.js";
import { normalAxes } from "../shapes.js";
import { apply, createNode, type Node, type Tensor } from "../tensor.js";
import { permute } from "./shape.js";

/** Zeroes elements with probability p and scales the rest by 1 / (1 - p); the mask is recomputed, never stored. */
export const dropoutOp: Op<{ p: number; stream: number }> = op<{ p: number; stream: number }>({
  name: "dropout",
  shape: ([x]) => [{ shape: x!.shape }],
  grad: ([dy], { attrs }) => [apply(dropoutOp, [dy!], { ...attrs })],
  inPlace: () => [0],
  emit: ({ attrs, outputs }, { inputs: [x], outputs: [y] }) => [
    [Opcode.Dropout, y!, x!, outputs[0]!.size, real(attrs.p), attrs.stream],
  ],
});

/** Index of the largest element along the last axis, as i32. */
export const argmaxOp = op({
  name: "argmax",
  shape: ([x]) => [{ shape: x!.shape.slice(0, -1), dtype: "i32" }],
  emit: ({ inputs: [x] }, places) => {
    const cols = x!.shape.at(-1)!;
    return [[Opcode.Argmax, places.outputs[0]!, places.inputs[0]!, x!.size / cols, cols]];
  },
});

export type Target = "ids" | "binary" | "probabilities";

interface CorrectAttrs {
  target: Target;
  /** From which on a prediction counts as 1, for "binary". */
  threshold: number;
  /** Rows of this class are taken to be right as often as the others, for "ids". */
  ignoreIndex: number;
}

/** How many predictions are right, as one number. */
export const countCorrectOp = op<CorrectAttrs>({
  name: "countCorrect",
  shape: () => [{ shape: [] }],
  whole: [1],
  emit: ({ inputs: tensors, attrs }, { inputs: [x, t], outputs: [y] }) => {
    const { size, shape } = tensors[0]!;
    if (attrs.target === "binary") return [[Opcode.CountCorrectBinary, y!, x!, t!, size, real(attrs.threshold)]];
    const cols = shape.at(-1)!;
    if (attrs.target === "ids") return [[Opcode.CountCorrect, y!, x!, t!, size / cols, cols, attrs.ignoreIndex]];
    return [[Opcode.CountCorrectProbs, y!, x!, t!, size / cols, cols]];
  },
});

/** Writes the loss, and the count of correct predictions if there is one, into the history of the run. */
export const recordOp = op({
  name: "record",
  shape: () => [],
  emit: (_, { inputs: [loss, correct] }) => [[Opcode.Record, loss!, correct ?? 0]],
});

/** Dropout of probability p, on a stream of random numbers of its own. */
export const dropout = (x: Tensor, p: number, stream: number): Tensor => apply(dropoutOp, [x], { p, stream });

/**
 * Place (i32) of the largest element along an axis, which goes away; the first of equals, and NaN is the largest.
 * @param axis negative ones count from the end; default -1
 * @throws ShapeError for an axis that does not exist
 */
export function argmax(x: Tensor, axis = -1): Tensor {
  const [at] = normalAxes("argmax", x.shape.length, axis) as [number];
  const others = x.shape.map((_, i) => i).filter((i) => i !== at);
  return apply(argmaxOp, [permute(x, [...others, at])]);
}

export const countCorrect = (
  x: Tensor,
  target: Tensor,
  kind: Target,
  { threshold = 0.5, ignoreIndex = -100 }: Partial<Omit<CorrectAttrs, "target">> = {},
): Tensor => apply(countCorrectOp, [x, target], { target: kind, threshold, ignoreIndex });

/** The node that ends a forward pass; it has no output. */
export const recordNode = (loss: Tensor, correct?: Tensor): Node =>
  createNode(recordOp, correct ? [loss, correct] : [loss]);
