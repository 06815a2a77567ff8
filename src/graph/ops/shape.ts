// Other views of the same numbers: reshape, which costs nothing, and permute, which copies.

import { Opcode } from "../../shared/opcodes.js";
import { op, ShapeError } from "../op.js";
import { kernelDims, normalAxes, strides } from "../shapes.js";
import { apply, sameShape, showShape, sizeOf, type Shape, type Tensor } from "../tensor.js";

export const reshapeOp = op<{ shape: Shape }>({
  name: "reshape",
  shape: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  grad: ([dy], { inputs: [x] }) => [reshape(dy!, x!.shape)],
  whole: [0],
  alias: () => 0,
});

export const permuteOp = op<{ order: readonly number[] }>({
  name: "permute",
  shape: ([x], { order }) => [{ shape: order.map((axis) => x!.shape[axis]!), dtype: x!.dtype }],
  grad: ([dy], { attrs }) => [
    permute(
      dy!,
      attrs.order.map((_, axis) => attrs.order.indexOf(axis)),
    ),
  ],
  whole: [0],
  emit: ({ inputs: [x], outputs: [y], attrs }, places) => {
    const own = strides(x!.shape);
    const [dims, steps] = kernelDims(
      "permute",
      y!.shape,
      attrs.order.map((axis) => own[axis]!),
    );
    return [[Opcode.StridedCopy, places.outputs[0]!, places.inputs[0]!, ...dims!, ...steps!]];
  },
});

/**
 * The same elements, in row-major order, under another shape. One size may be -1: what the others leave.
 * @throws ShapeError if the sizes do not multiply to the same number of elements.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = sizeOf(shape.filter((size) => size !== -1));
  const full = shape.map((size) => (size === -1 ? x.size / known : size));
  const fits = full.every((size) => Number.isInteger(size) && size > 0) && sizeOf(full) === x.size;
  if (!fits || shape.filter((size) => size === -1).length > 1) {
    throw new ShapeError(`reshape: ${showShape(x.shape)} has ${x.size} elements and does not fit ${showShape(shape)}`);
  }
  return sameShape(x.shape, full) ? x : apply(reshapeOp, [x], { shape: full });
}

/**
 * Axes in another order; negative ones count from the end. Default: the last two exchanged (the transpose).
 * @throws ShapeError if `order` does not name every axis once.
 */
export function permute(x: Tensor, order?: readonly number[]): Tensor {
  const rank = x.shape.length;
  if (rank < 2 && !order) return x;
  const all = x.shape.map((_, axis) => axis);
  const axes = order?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? [...all.slice(0, -2), rank - 1, rank - 2];
  if (axes.length !== rank || !all.every((axis) => axes.includes(axis))) {
    throw new ShapeError(`permute: [${axes.join(", ")}] must name each axis of ${showShape(x.shape)} once`);
  }
  return axes.every((axis, i) => axis === i) ? x : apply(permuteOp, [x], { order: axes });
}

/**
 * Two axes exchanged (torch.transpose); negative ones count from the end. Default: the last two.
 * @throws ShapeError for an axis that does not exist
 */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  const rank = x.shape.length;
  const order = x.shape.map((_, axis) => axis);
  const [first] = normalAxes("transpose", rank, a) as [number];
  const [second] = normalAxes("transpose", rank, b) as [number];
  [order[first], order[second]] = [second, first];
  return permute(x, order);
}

/**
 * x without axes of size 1; negative ones count from the end. Default: without all of them (torch.squeeze).
 * @throws ShapeError for an axis that does not exist, or whose size is not 1
 */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  const named = normalAxes("squeeze", x.shape.length, axes);
  const gone = axes === undefined ? named.filter((axis) => x.shape[axis] === 1) : named;
  const large = gone.find((axis) => x.shape[axis] !== 1);
  if (large !== undefined) {
    throw new ShapeError(`squeeze: axis ${large} of ${showShape(x.shape)} has ${x.shape[large]} elements, not 1`);
  }
  return reshape(
    x,
    x.shape.filter((_, axis) => !gone.includes(axis)),
  );
}

/**
 * x with a new axis of size 1 (torch.unsqueeze).
 * @param axis where it stands in the result; negative ones count from its end
 * @throws ShapeError for an axis that does not exist
 */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const [at] = normalAxes("unsqueeze", x.shape.length + 1, axis) as [number];
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}
