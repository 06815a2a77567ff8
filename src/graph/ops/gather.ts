// Elements by ids along an axis: the same ids everywhere (take), or for each element its own (gather). The gradients
// add up what went to several places.

import { Opcode } from "../../shared/opcodes.js";
import { op, ShapeError, type Op } from "../op.js";
import { around, normalAxes } from "../shapes.js";
import { apply, showShape, type Shape, type Tensor } from "../tensor.js";
import { slices } from "./slice.js";

interface Attrs {
  axis: number;
}

/** Sizes for the kernels: [outer, size, inner] of x around the axis, and n ids along it. */
function sizes(x: Shape, axis: number, n: number): [outer: number, size: number, n: number, inner: number] {
  const { outer, n: size, inner } = around(x, axis, axis);
  return [outer, size, n, inner];
}

/** What checks of data say about ids that x is read by. */
const limit = (x: Tensor, axis: number) => [{ input: 1, below: x.shape[axis]!, by: `along axis ${axis} of ${x}` }];

/** Inputs x, ids; ids stand in place of x's axis. */
export const takeOp: Op<Attrs> = op<Attrs>({
  name: "take",
  whole: [0, 1],
  ids: ({ inputs: [x], attrs: { axis } }) => limit(x!, axis),
  shape: ([x, ids], { axis }) => [
    { shape: [...x!.shape.slice(0, axis), ...ids!.shape, ...x!.shape.slice(axis + 1)], dtype: x!.dtype },
  ],
  grad: ([dy], { inputs: [x, ids], attrs: { axis } }) => [
    apply(takeGradOp, [dy!, ids!], { axis, shape: x!.shape }),
    null,
  ],
  emit: ({ inputs: tensors, attrs: { axis } }, { inputs: [x, ids], outputs: [y] }) => [
    [Opcode.Take, y!, x!, ids!, ...sizes(tensors[0]!.shape, axis, tensors[1]!.size)],
  ],
});

/** Inputs dy, ids; output dx of `shape`. */
export const takeGradOp: Op<Attrs & { shape: Shape }> = op<Attrs & { shape: Shape }>({
  name: "takeGrad",
  whole: [1],
  shape: (_, { shape }) => [{ shape }],
  grad: ([dx], { inputs: [, ids], attrs: { axis } }) => [apply(takeOp, [dx!, ids!], { axis }), null],
  emit: ({ inputs: [, of], attrs: { axis, shape } }, { inputs: [dy, ids], outputs: [dx] }) => [
    [Opcode.TakeGrad, dx!, dy!, ids!, ...sizes(shape, axis, of!.size)],
  ],
});

/** Inputs x, ids, whose sizes differ along the axis at most. */
export const gatherOp: Op<Attrs> = op<Attrs>({
  name: "gather",
  whole: [0, 1],
  ids: ({ inputs: [x], attrs: { axis } }) => limit(x!, axis),
  shape: ([x, ids]) => [{ shape: ids!.shape, dtype: x!.dtype }],
  grad: ([dy], { inputs: [x, ids], attrs: { axis } }) => [
    apply(gatherGradOp, [dy!, ids!], { axis, shape: x!.shape }),
    null,
  ],
  emit: ({ inputs: tensors, attrs: { axis } }, { inputs: [x, ids], outputs: [y] }) => [
    [Opcode.GatherAlong, y!, x!, ids!, ...sizes(tensors[0]!.shape, axis, tensors[1]!.shape[axis]!)],
  ],
});

/** Inputs dy, ids; output dx of `shape`. */
export const gatherGradOp: Op<Attrs & { shape: Shape }> = op<Attrs & { shape: Shape }>({
  name: "gatherGrad",
  whole: [1],
  shape: (_, { shape }) => [{ shape }],
  grad: ([dx], { inputs: [, ids], attrs: { axis } }) => [apply(gatherOp, [dx!, ids!], { axis }), null],
  emit: ({ inputs: [, of], attrs: { axis, shape } }, { inputs: [dy, ids], outputs: [dx] }) => [
    [Opcode.GatherAlongGrad, dx!, dy!, ids!, ...sizes(shape, axis, of!.shape[axis]!)],
  ],
});

/**
 * The slices of x along `axis` whose places are `ids`, in their order: y[i, :] = x[ids[i], :] for axis 0. With ids of one
 * axis, torch.index_select; with more, they all stand where the axis was.
 *
 * Ids beyond the axis are refused where they come in; ids that another op computes, such as argmax, are held within it.
 *
 * @param x f32 or i32
 * @param ids whole numbers (i32) of any shape, from 0 to before the axis' size
 * @param axis negative ones count from the end; default 0
 * @returns x's shape with that of ids in place of the axis
 * @throws TypeError for ids that are f32; ShapeError for an axis that does not exist
 */
export function take(x: Tensor, ids: Tensor, axis = 0): Tensor {
  checkWhole("take", ids);
  const [at] = normalAxes("take", x.shape.length, axis) as [number];
  return apply(takeOp, [x, ids], { axis: at });
}

/**
 * For each element of `ids` the element of x at that place along `axis`, and at its own place along the others:
 * y[i, j] = x[ids[i, j], j] for axis 0. https://pytorch.org/docs/stable/generated/torch.gather.html
 *
 * Ids beyond the axis are refused or held within it, as take() does.
 *
 * @param x f32 or i32
 * @param axis negative ones count from the end
 * @param ids whole numbers (i32), as many axes as x, and along the others at most its sizes
 * @returns ids' shape
 * @throws TypeError for ids that are f32; ShapeError where sizes do not fit
 */
export function gather(x: Tensor, axis: number, ids: Tensor): Tensor {
  checkWhole("gather", ids);
  const [at] = normalAxes("gather", x.shape.length, axis) as [number];
  const fits = ids.shape.length === x.shape.length && ids.shape.every((size, i) => i === at || size <= x.shape[i]!);
  if (!fits) {
    throw new ShapeError(
      `gather: ids ${showShape(ids.shape)} along axis ${at} of ${showShape(x.shape)}; they need as many axes, ` +
        `and along the others at most its sizes`,
    );
  }
  const part = slices(
    x,
    ids.shape.map((size, i) => (i === at ? {} : { end: size })),
  );
  return apply(gatherOp, [part, ids], { axis: at });
}

function checkWhole(name: string, ids: Tensor): void {
  if (ids.dtype === "i32") return;
  throw new TypeError(
    `${name}: the ids ${showShape(ids.shape)} are f32; declare them as whole numbers, e.g. { shape: ${showShape(ids.shape)}, dtype: "i32" }`,
  );
}
