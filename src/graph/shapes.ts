// Arithmetic on shapes: broadcasting, axes, and the strides that the strided kernels walk by.

import { Layout } from "../shared/opcodes.js";
import { ShapeError } from "./op.js";
import { showShape, sizeOf, type Shape } from "./tensor.js";

/**
 * Shape of an element-wise result, aligned at the last axis: sizes must be equal or 1.
 * NumPy's and PyTorch's rule, https://pytorch.org/docs/stable/notes/broadcasting.html
 */
export function broadcastShapes(label: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${label}: ${showShape(a)} and ${showShape(b)} do not broadcast: sizes ${x} and ${y} meet; ` +
          `from the last axis backwards, sizes must be equal or 1`,
      );
    }
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

/** Element strides of a row-major tensor. */
export function strides(shape: Shape): number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) result[axis] = result[axis + 1]! * shape[axis + 1]!;
  return result;
}

/** Strides that read a tensor of `shape` as if it had the shape `to`: 0 along repeated axes. */
export function broadcastStrides(shape: Shape, to: Shape): number[] {
  const own = strides(shape);
  return to.map((_, axis) => {
    const mine = axis - (to.length - shape.length);
    return mine < 0 || shape[mine] === 1 ? 0 : own[mine]!;
  });
}

/**
 * Dimensions and strides as the strided kernels take them: neighbouring axes that walk alike are joined, axes of size
 * 1 dropped, and leading ones padded up to Layout.Dims.
 * @throws ShapeError if more than Layout.Dims axes remain.
 */
export function kernelDims(label: string, dims: Shape, ...walks: readonly (readonly number[])[]): number[][] {
  const joined: number[] = [];
  const steps: number[][] = walks.map(() => []);
  for (const [axis, size] of dims.entries()) {
    if (size === 1) continue;
    const last = joined.length - 1;
    const joins = last >= 0 && walks.every((walk, w) => steps[w]![last] === walk[axis]! * size);
    if (joins) {
      joined[last]! *= size;
      walks.forEach((walk, w) => (steps[w]![last] = walk[axis]!));
    } else {
      joined.push(size);
      walks.forEach((walk, w) => steps[w]!.push(walk[axis]!));
    }
  }
  const missing = Layout.Dims - joined.length;
  if (missing < 0) {
    throw new ShapeError(
      `${label}: ${showShape(dims)} has more than ${Layout.Dims} axes that cannot be joined; reshape it to fewer`,
    );
  }
  const pad = (values: number[], by: number) => [...new Array<number>(missing).fill(by), ...values];
  return [pad(joined, 1), ...steps.map((step) => pad(step, 0))];
}

/** Axes as non-negative, ascending, unique numbers; undefined means all. */
export function normalAxes(label: string, rank: number, axes: readonly number[] | number | undefined): number[] {
  const list =
    axes === undefined ? Array.from({ length: rank }, (_, i) => i) : typeof axes === "number" ? [axes] : axes;
  const result = list.map((axis) => {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      const which = rank > 0 ? `give a number from ${-rank} to ${rank - 1}` : "reshape it";
      throw new ShapeError(`${label}: axis ${axis} does not exist in a tensor of ${rank} axes; ${which}`);
    }
    return axis < 0 ? axis + rank : axis;
  });
  if (new Set(result).size !== result.length)
    throw new ShapeError(`${label}: the axes [${list.join(", ")}] name one axis twice`);
  return result.sort((a, b) => a - b);
}

/** x seen as [outer, n, inner] around the axes from `first` to `last`, both included. */
export function around(shape: Shape, first: number, last: number): { outer: number; n: number; inner: number } {
  return {
    outer: sizeOf(shape.slice(0, first)),
    n: sizeOf(shape.slice(first, last + 1)),
    inner: sizeOf(shape.slice(last + 1)),
  };
}
