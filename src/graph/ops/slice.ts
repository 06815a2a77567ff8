// A part of a tensor: from an index to before another along each axis, in steps.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, ShapeError, type Op, type Ref } from "../op.js";
import { kernelDims, normalAxes, strides } from "../shapes.js";
import { apply, sizeOf, showShape, type Shape, type Tensor } from "../tensor.js";

interface Part {
  /** First index along each axis, step, and how many. */
  begin: readonly number[];
  step: readonly number[];
  shape: Shape;
}

/** Where the part lies in a tensor of shape `whole`: dimensions and strides for the kernels, and its first element. */
function walk(name: string, whole: Shape, { begin, step, shape }: Part) {
  const own = strides(whole);
  const [dims, by] = kernelDims(
    name,
    shape,
    own.map((stride, axis) => stride * step[axis]!),
  );
  const first = begin.reduce((sum, index, axis) => sum + index * own[axis]!, 0);
  const at = (ref: Ref): Ref => ({ ...ref, offset: (ref.offset ?? 0) + first * 4 });
  return { dims: dims!, by: by!, at };
}

export const sliceOp: Op<Part> = op<Part>({
  name: "slice",
  whole: [0],
  shape: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  grad: ([dy], { inputs: [x], attrs }) => [apply(sliceGradOp, [dy!], { ...attrs, whole: x!.shape })],
  emit: ({ inputs: [x], attrs }, places) => {
    const { dims, by, at } = walk("slice", x!.shape, attrs);
    return [[Opcode.StridedCopy, places.outputs[0]!, at(places.inputs[0]!), ...dims, ...by]];
  },
});

/** dy in its place in a tensor of zeros of shape `whole`. */
export const sliceGradOp: Op<Part & { whole: Shape }> = op<Part & { whole: Shape }>({
  name: "sliceGrad",
  shape: (_, { whole }) => [{ shape: whole }],
  grad: ([dx], { attrs: { begin, step, shape } }) => [apply(sliceOp, [dx!], { begin, step, shape })],
  emit: ({ attrs }, places) => {
    const { dims, by, at } = walk("slice", attrs.whole, attrs);
    const dx = places.outputs[0]!;
    return [
      [Opcode.Fill, dx, sizeOf(attrs.whole), real(0)],
      [Opcode.StridedAdd, at(dx), places.inputs[0]!, ...dims, ...by],
    ];
  },
});

/** Indices along one axis; negative ones count from the end. */
export interface SliceRange {
  /** Default 0. */
  start?: number;
  /** The first index that is left out. Default: the size. */
  end?: number;
  /** Default 1. */
  step?: number;
}

/**
 * The elements of x from `start` to before `end` along `axis`, every `step`-th, as x[start:end:step] in Python.
 *
 * @param axis negative ones count from the end; default 0
 * @throws ShapeError if the axis does not exist, or nothing is left
 */
export function slice(x: Tensor, range: SliceRange, axis = 0): Tensor {
  const [at] = normalAxes("slice", x.shape.length, axis) as [number];
  const size = x.shape[at]!;
  const { start = 0, end = size, step = 1 } = range;
  const from = clamp(start < 0 ? start + size : start, size);
  const to = clamp(end < 0 ? end + size : end, size);
  if (![start, end, step].every(Number.isInteger) || step < 1 || to <= from) {
    throw new ShapeError(
      `slice: ${start} to ${end} in steps of ${step} leaves nothing of axis ${at} of ${showShape(x.shape)}; ` +
        `start must come before end, and step be at least 1`,
    );
  }
  if (from === 0 && to === size && step === 1) return x;
  const along = (value: number, other: number) => x.shape.map((_, i) => (i === at ? value : other));
  const count = Math.ceil((to - from) / step);
  const shape = x.shape.map((size, i) => (i === at ? count : size));
  return apply(sliceOp, [x], { begin: along(from, 0), step: along(step, 1), shape });
}

const clamp = (index: number, size: number) => Math.min(Math.max(index, 0), size);
