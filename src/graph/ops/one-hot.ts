// Ids as rows of zeros with a one.

import { Opcode } from "../../shared/opcodes.js";
import { op, ShapeError } from "../op.js";
import { apply, showShape, type Tensor } from "../tensor.js";

export const oneHotOp = op<{ classes: number }>({
  name: "oneHot",
  whole: [0],
  ids: ({ attrs: { classes } }) => [{ input: 0, below: classes, by: `of ${classes} classes` }],
  shape: ([ids], { classes }) => [{ shape: [...ids!.shape, classes] }],
  grad: () => [null],
  emit: ({ inputs: [of], attrs: { classes } }, { inputs: [ids], outputs: [y] }) => [
    [Opcode.OneHot, y!, ids!, of!.size, classes],
  ],
});

/**
 * A row of zeros for each id, with a one at its place. https://pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
 *
 * Ids that are no class are refused where they come in; where another op computes them, their rows are zeros alone.
 *
 * @param ids [..], whole numbers (i32) from 0 to classes - 1
 * @param classes at least 1
 * @returns [.., classes], f32
 * @throws TypeError for ids that are f32; ShapeError for classes that are no whole number of at least 1
 */
export function oneHot(ids: Tensor, classes: number): Tensor {
  if (ids.dtype !== "i32") {
    throw new TypeError(`oneHot: the ids ${showShape(ids.shape)} are f32; declare them as whole numbers, dtype: "i32"`);
  }
  if (!Number.isInteger(classes) || classes < 1) {
    throw new ShapeError(`oneHot: classes must be a whole number of at least 1, got ${classes}`);
  }
  return apply(oneHotOp, [ids], { classes });
}
