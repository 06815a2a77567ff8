// The k largest elements along the last axis, with their places.

import { Opcode } from "../../shared/opcodes.js";
import { op, ShapeError } from "../op.js";
import { apply, createNode, showShape, type Tensor } from "../tensor.js";
import { gatherGradOp } from "./gather.js";

/** Along the last axis; outputs the values and their places (i32). */
export const topKOp = op<{ k: number }>({
  name: "topK",
  shape: ([x], { k }) => {
    const shape = [...x!.shape.slice(0, -1), k];
    return [{ shape }, { shape, dtype: "i32" }];
  },
  grad: ([dy], { inputs: [x], outputs: [, places] }) => [
    dy ? apply(gatherGradOp, [dy, places!], { axis: x!.shape.length - 1, shape: x!.shape }) : null,
  ],
  emit: ({ inputs: [x], attrs: { k } }, { inputs, outputs: [values, places] }) => {
    const cols = x!.shape.at(-1)!;
    return [[Opcode.TopK, values!, places!, inputs[0]!, x!.size / cols, cols, k]];
  },
});

/**
 * The k largest elements along the last axis, largest first, with their places as i32. Of equal ones the first comes
 * first; NaN counts as the largest. The derivative goes through the values.
 * https://pytorch.org/docs/stable/generated/torch.topk.html
 *
 * @param x [.., n]
 * @param k from 1 to n
 * @returns values and indices, both [.., k]
 * @throws ShapeError for a scalar, or a k out of range
 */
export function topK(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const n = x.shape.at(-1);
  if (n === undefined || !Number.isInteger(k) || k < 1 || k > n) {
    throw new ShapeError(
      `topK: k is ${k} for ${showShape(x.shape)}; it must be a whole number from 1 to the size of the last axis`,
    );
  }
  const [values, indices] = createNode(topKOp, [x], { k }).outputs;
  return { values: values!, indices: indices! };
}
