// Running sums.

import { Opcode } from "../../shared/opcodes.js";
import { op, type Op } from "../op.js";
import { around, normalAxes } from "../shapes.js";
import { apply, type Tensor } from "../tensor.js";

interface Attrs {
  axis: number;
  /** From the end to the front. */
  reversed: boolean;
}

export const cumsumOp: Op<Attrs> = op<Attrs>({
  name: "cumsum",
  shape: ([x]) => [{ shape: x!.shape }],
  grad: ([dy], { attrs: { axis, reversed } }) => [apply(cumsumOp, [dy!], { axis, reversed: !reversed })],
  inPlace: () => [0],
  emit: ({ inputs: [x], attrs: { axis, reversed } }, places) => {
    const { outer, n, inner } = around(x!.shape, axis, axis);
    return [[Opcode.CumSum, places.outputs[0]!, places.inputs[0]!, outer, n, inner, Number(reversed)]];
  },
});

/**
 * Running sums along an axis: each element with all before it. https://pytorch.org/docs/stable/generated/torch.cumsum.html
 *
 * @param axis negative ones count from the end; default -1
 * @throws ShapeError for an axis that does not exist
 */
export function cumsum(x: Tensor, axis = -1): Tensor {
  const [at] = normalAxes("cumsum", x.shape.length, axis) as [number];
  return apply(cumsumOp, [x], { axis: at, reversed: false });
}
