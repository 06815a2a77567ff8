// Tensors of the references: flat arrays of f64 in row-major order, walked index by index, as slowly as plainly.

import type { Node, Shape } from "../../src/graph/tensor.js";

/** What a row of the op table computes, from its inputs' numbers; one array for each output. */
export type Reference = (inputs: readonly number[][], node: Node) => number[][];

/** Every index of a tensor, in row-major order. */
export function indicesOf(shape: Shape): number[][] {
  let indices: number[][] = [[]];
  for (const size of shape) {
    indices = indices.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i]));
  }
  return indices;
}

/** Where a tensor of `shape` has the element that stands at `index` after broadcasting. */
export function placeIn(shape: Shape, index: readonly number[]): number {
  const lead = index.length - shape.length;
  return shape.reduce((place, size, axis) => place * size + (size === 1 ? 0 : index[axis + lead]!), 0);
}

export const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** x as rows along its last axis. */
export function rowsOf(x: readonly number[], cols: number): number[][] {
  return Array.from({ length: x.length / cols }, (_, row) => x.slice(row * cols, (row + 1) * cols));
}
