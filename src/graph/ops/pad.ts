// A tensor with a border of one value around it.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, ShapeError, type Op } from "../op.js";
import { kernelDims, strides } from "../shapes.js";
import { apply, showShape, sizeOf, type Shape, type Tensor } from "../tensor.js";
import { slices } from "./slice.js";

interface Attrs {
  /** Elements in front of each axis, and the whole shape. */
  before: readonly number[];
  shape: Shape;
  value: number;
}

export const padOp: Op<Attrs> = op<Attrs>({
  name: "pad",
  shape: (_, { shape }) => [{ shape }],
  grad: ([dy], { inputs: [x], attrs: { before } }) => [
    slices(
      dy!,
      before.map((start, axis) => ({ start, end: start + x!.shape[axis]! })),
    ),
  ],
  emit: ({ inputs: [x], attrs: { before, shape, value } }, { inputs, outputs: [y] }) => {
    const by = strides(shape);
    const [dims, steps] = kernelDims("pad", x!.shape, by);
    const first = before.reduce((sum, index, axis) => sum + index * by[axis]!, 0);
    const inside = { ...y!, offset: (y!.offset ?? 0) + first * 4 };
    return [
      [Opcode.Fill, y!, sizeOf(shape), real(value)],
      [Opcode.StridedPut, inside, inputs[0]!, ...dims!, ...steps!],
    ];
  },
});

/**
 * x with `before` and `after` elements of `value` at the ends of its axes (torch.nn.functional.pad, mode "constant").
 *
 * @param ends [before, after] for each of the last axes: pad(x, [[1, 1], [2, 0]]) gives x [batch, 4, 5] the shape
 *   [batch, 6, 7]
 * @param value default 0; it may be infinite
 * @throws ShapeError for more pairs than axes; RangeError for a number that is not whole, or below 0
 */
export function pad(x: Tensor, ends: readonly (readonly [before: number, after: number])[], value = 0): Tensor {
  const lead = x.shape.length - ends.length;
  if (lead < 0) {
    throw new ShapeError(`pad: ${ends.length} pairs for the ${x.shape.length} axes of ${showShape(x.shape)}`);
  }
  for (const pair of ends) {
    if (pair.length === 2 && pair.every((count) => Number.isInteger(count) && count >= 0)) continue;
    throw new RangeError(
      `pad: [${pair.join(", ")}] must be two whole numbers of at least 0, before and after; to cut off, use slice`,
    );
  }
  if (ends.every(([before, after]) => before === 0 && after === 0)) return x;
  const endsOf = (axis: number) => (axis < lead ? [0, 0] : ends[axis - lead]!) as [number, number];
  return apply(padOp, [x], {
    before: x.shape.map((_, axis) => endsOf(axis)[0]),
    shape: x.shape.map((size, axis) => endsOf(axis)[0] + size + endsOf(axis)[1]),
    value,
  });
}
