// Reductions over any axes, and what undoes them: expanding a tensor to a larger shape.
//
// The kernels reduce the middle of [outer, n, inner]; axes that do not touch are reduced one group after another.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, ShapeError } from "../op.js";
import { around, broadcastShapes, broadcastStrides, kernelDims, normalAxes } from "../shapes.js";
import { apply, sameShape, showShape, sizeOf, type Shape, type Tensor } from "../tensor.js";
import { div, equal, mul } from "./elementwise.js";
import { permute, reshape } from "./shape.js";

interface Axes {
  first: number;
  last: number;
}

const kept = (shape: Shape, { first, last }: Axes) =>
  shape.map((size, axis) => (axis >= first && axis <= last ? 1 : size));

/** Scaled sum over neighbouring axes, which stay with size 1. */
export const sumOp = op<Axes & { scale: number }>({
  name: "sum",
  shape: ([x], attrs) => [{ shape: kept(x!.shape, attrs) }],
  grad: ([dy], { inputs: [x], attrs }) => [expand(attrs.scale === 1 ? dy! : mul(dy!, attrs.scale), x!.shape)],
  emit: ({ inputs: [x], attrs }, places) => {
    const { outer, n, inner } = around(x!.shape, attrs.first, attrs.last);
    return [[Opcode.Sum, places.outputs[0]!, places.inputs[0]!, outer, n, inner, real(attrs.scale)]];
  },
});

/** Largest value over neighbouring axes, which stay with size 1. `max` below gives it its gradient. */
export const maxOp = op<Axes>({
  name: "max",
  shape: ([x], attrs) => [{ shape: kept(x!.shape, attrs) }],
  // Equal largest elements share the gradient evenly, as torch.amax has it.
  grad: ([dy], { inputs: [x], outputs: [y], attrs }) => {
    const largest = equal(x!, y!);
    const count = apply(sumOp, [largest], { ...attrs, scale: 1 });
    return [mul(largest, div(dy!, count))];
  },
  emit: ({ inputs: [x], attrs }, places) => {
    const { outer, n, inner } = around(x!.shape, attrs.first, attrs.last);
    return [[Opcode.Max, places.outputs[0]!, places.inputs[0]!, outer, n, inner]];
  },
});

export const expandOp = op<{ shape: Shape }>({
  name: "expand",
  shape: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  grad: ([dy], { inputs: [x] }) => [sumTo(dy!, x!.shape)],
  whole: [0],
  emit: ({ inputs: [x], attrs }, places) => {
    const [dims, steps] = kernelDims("expand", attrs.shape, broadcastStrides(x!.shape, attrs.shape));
    return [[Opcode.StridedCopy, places.outputs[0]!, places.inputs[0]!, ...dims!, ...steps!]];
  },
});

export interface ReduceOptions {
  /** Axes to reduce, negative ones count from the end; default all. */
  axes?: readonly number[] | number;
  /** True to keep the reduced axes with size 1; default false. */
  keepDims?: boolean;
}

/** Sum over `axes`. */
export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduceSum("sum", x, options, () => 1);

/** Mean over `axes`. */
export const mean = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  reduceSum("mean", x, options, (count) => 1 / count);

/** Largest value over `axes`. Equal largest elements share the gradient evenly (torch.amax). */
export function max(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  const list = normalAxes("max", x.shape.length, axes);
  // One reduction even if the axes do not touch, so that ties share evenly over all of them.
  const { tensor, groups } = touching(x, list);
  const y = groups.length === 0 ? x : apply(maxOp, [tensor], { ...groups[0] });
  return reshape(y, without(x.shape, list, keepDims));
}

function reduceSum(
  name: string,
  x: Tensor,
  { axes, keepDims = false }: ReduceOptions,
  scaleOf: (count: number) => number,
) {
  const list = normalAxes(name, x.shape.length, axes);
  const scale = scaleOf(sizeOf(list.map((axis) => x.shape[axis]!)));
  let y = x;
  let rest = scale;
  // From the last group to the first: the innermost sums are the fastest and leave the least.
  for (const group of groupsOf(list).reverse()) {
    y = apply(sumOp, [y], { ...group, scale: rest });
    rest = 1;
  }
  return reshape(y, without(x.shape, list, keepDims));
}

/** Runs of neighbouring axes. */
function groupsOf(axes: readonly number[]): Axes[] {
  const groups: Axes[] = [];
  for (const axis of axes) {
    const last = groups.at(-1);
    if (last && last.last === axis - 1) last.last = axis;
    else groups.push({ first: axis, last: axis });
  }
  return groups;
}

/** x with the axes moved together at the end, if they are not neighbours already. */
function touching(x: Tensor, axes: readonly number[]): { tensor: Tensor; groups: Axes[] } {
  const groups = groupsOf(axes);
  if (groups.length <= 1) return { tensor: x, groups };
  const rank = x.shape.length;
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return { tensor: permute(x, [...others, ...axes]), groups: [{ first: others.length, last: rank - 1 }] };
}

function without(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  if (keepDims) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** x repeated along axes of size 1, or new leading ones, up to `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes("expand", x.shape, shape), shape)) {
    throw new ShapeError(
      `expand: ${showShape(x.shape)} does not expand to ${showShape(shape)}; only axes of size 1 can be repeated`,
    );
  }
  return apply(expandOp, [x], { shape });
}

/** Sums x over the axes that broadcasting from `shape` had repeated. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < lead || (shape[axis - lead] === 1 && x.shape[axis] !== 1));
  return reshape(sum(x, { axes, keepDims: true }), shape);
}
