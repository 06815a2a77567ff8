// A part of a tensor: from an index to before another along each axis, in steps, which may go backwards.

import { Layout, Opcode } from "../../shared/opcodes.js";
import { op, real, ShapeError, type Op, type Ref } from "../op.js";
import { kernelDims, normalAxes, strides } from "../shapes.js";
import { apply, sameShape, showShape, sizeOf, type Shape, type Tensor } from "../tensor.js";

interface Part {
  /** First index along each axis, step, and how many. */
  begin: readonly number[];
  step: readonly number[];
  shape: Shape;
}

/** Where the part lies in a tensor of shape `whole`: dimensions and strides for the kernels, and its first byte. */
function walk(name: string, whole: Shape, { begin, step, shape }: Part) {
  const own = strides(whole);
  const [dims, by] = kernelDims(
    name,
    shape,
    own.map((stride, axis) => stride * step[axis]!),
  );
  const first = begin.reduce((sum, index, axis) => sum + index * own[axis]!, 0) * 4;
  const at = (ref: Ref): Ref => ({ ...ref, offset: (ref.offset ?? 0) + first });
  const contiguous = dims!.slice(0, -1).every((size) => size === 1) && (dims!.at(-1) === 1 || by!.at(-1) === 1);
  return { dims: dims!, by: by!, at, first, contiguous };
}

export const sliceOp: Op<Part> = op<Part>({
  name: "slice",
  whole: [0],
  shape: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  grad: ([dy], { inputs: [x], attrs }) => [apply(sliceGradOp, [dy!], { ...attrs, whole: x!.shape })],
  alias: ({ inputs: [x], attrs }) => {
    const { first, contiguous } = walk("slice", x!.shape, attrs);
    return contiguous && first % Layout.Line === 0 ? first : undefined;
  },
  emit: ({ inputs: [x], attrs }, places) => {
    const { dims, by, at } = walk("slice", x!.shape, attrs);
    return [[Opcode.StridedCopy, places.outputs[0]!, at(places.inputs[0]!), ...dims, ...by]];
  },
});

/** dy in its place in a tensor of zeros of shape `whole`; where it is all of it, there are no zeros to write. */
export const sliceGradOp: Op<Part & { whole: Shape }> = op<Part & { whole: Shape }>({
  name: "sliceGrad",
  shape: (_, { whole }) => [{ shape: whole }],
  grad: ([dx], { attrs: { begin, step, shape } }) => [apply(sliceOp, [dx!], { begin, step, shape })],
  emit: ({ attrs }, places) => {
    const { dims, by, at } = walk("slice", attrs.whole, attrs);
    const dx = places.outputs[0]!;
    const put = [Opcode.StridedPut, at(dx), places.inputs[0]!, ...dims, ...by] as const;
    const size = sizeOf(attrs.whole);
    return sizeOf(attrs.shape) === size ? [put] : [[Opcode.Fill, dx, size, real(0)], put];
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
  return slices(
    x,
    x.shape.map((_, i) => (i === at ? range : {})),
  );
}

/** `slice` along all axes at once, with a range for each. */
export function slices(x: Tensor, ranges: readonly SliceRange[]): Tensor {
  const parts = ranges.map((range, axis) => resolve(x, range, axis));
  const shape = parts.map(({ count }) => count);
  if (sameShape(shape, x.shape)) return x;
  return apply(sliceOp, [x], { begin: parts.map(({ from }) => from), step: parts.map(({ step }) => step), shape });
}

/** First index, step and how many. */
function resolve(x: Tensor, { start = 0, end, step = 1 }: SliceRange, axis: number) {
  const size = x.shape[axis]!;
  const stop = end ?? size;
  const from = within(start < 0 ? start + size : start, size);
  const to = within(stop < 0 ? stop + size : stop, size);
  if (![start, stop, step].every(Number.isInteger) || step < 1 || to <= from) {
    throw new ShapeError(
      `slice: ${start} to ${stop} in steps of ${step} leaves nothing of axis ${axis} of ${showShape(x.shape)}; ` +
        `start must come before end, and step be at least 1`,
    );
  }
  return { from, step, count: Math.ceil((to - from) / step) };
}

const within = (index: number, size: number) => Math.min(Math.max(index, 0), size);

/**
 * x cut along `axis` into parts one behind the other (torch.split).
 *
 * @param sizes of each part; a number for parts of that size, of which the last may be smaller
 * @param axis negative ones count from the end; default 0
 * @throws ShapeError for an axis that does not exist, or sizes that do not add up to it
 */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const [at] = normalAxes("split", x.shape.length, axis) as [number];
  const whole = x.shape[at]!;
  const list = typeof sizes === "number" ? partsOf(whole, sizes) : sizes;
  const good = list.every((size) => Number.isInteger(size) && size > 0);
  if (!good || list.reduce((sum, size) => sum + size, 0) !== whole) {
    throw new ShapeError(
      `split: ${typeof sizes === "number" ? `parts of ${sizes}` : `[${list.join(", ")}]`} of axis ${at} of ` +
        `${showShape(x.shape)}; sizes must be whole numbers of at least 1 that add up to ${whole}`,
    );
  }
  let start = 0;
  return list.map((size) => slice(x, { start, end: (start += size) }, at));
}

const partsOf = (whole: number, size: number): number[] =>
  size >= 1 ? Array.from({ length: Math.ceil(whole / size) }, (_, i) => Math.min(size, whole - i * size)) : [];

/**
 * x with the order of its elements along some axes reversed (torch.flip).
 *
 * @param axes negative ones count from the end; default all
 * @throws ShapeError for an axis that does not exist
 */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  const turned = normalAxes("flip", x.shape.length, axes).filter((axis) => x.shape[axis]! > 1);
  if (turned.length === 0) return x;
  return apply(sliceOp, [x], {
    begin: x.shape.map((size, axis) => (turned.includes(axis) ? size - 1 : 0)),
    step: x.shape.map((_, axis) => (turned.includes(axis) ? -1 : 1)),
    shape: x.shape,
  });
}
