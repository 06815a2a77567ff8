// Reductions, what undoes them, other views, softmax and products, in plain f64.

import type { Node, Shape } from "../../src/graph/tensor.js";
import { indicesOf, placeIn, rowsOf, sumOf, type Reference } from "./reference-tensor.js";

/** Reduces the axes from attrs.first to attrs.last, which stay with size 1. */
const reduction =
  (reduce: (values: number[], node: Node) => number): Reference =>
  ([x], node) => {
    const [input] = node.inputs;
    const groups: number[][] = Array.from({ length: node.outputs[0]!.size }, () => []);
    indicesOf(input!.shape).forEach((index, i) => groups[placeIn(node.outputs[0]!.shape, index)]!.push(x![i]!));
    return [groups.map((group) => reduce(group, node))];
  };

const alongRows =
  (f: (...rows: number[][]) => number[]): Reference =>
  (inputs, { outputs }) => {
    const rows = inputs.map((x) => rowsOf(x, outputs[0]!.shape.at(-1)!));
    return [rows[0]!.flatMap((_, r) => f(...rows.map((of) => of[r]!)))];
  };

export const logSoftmaxOf = (row: number[]): number[] => {
  const max = Math.max(...row);
  const rest = Math.log(sumOf(row.map((value) => Math.exp(value - max))));
  return row.map((value) => value - max - rest);
};
export const softmaxOf = (row: number[]): number[] => logSoftmaxOf(row).map(Math.exp);

/** Where an element of a part stands in the whole. */
const wholeIndex = (index: number[], { begin, step }: Node["attrs"]) =>
  index.map((i, axis) => (begin as number[])[axis]! + i * (step as number[])[axis]!);

/** First place of the largest. */
export const argmaxOf = (row: number[]): number => row.indexOf(Math.max(...row));

/** Element [row, col] of the matrix that is number `batch` of x, stored transposed or not. */
function elementOf(x: number[], shape: Shape, transposed: boolean | undefined) {
  const [rows, cols] = shape.slice(-2) as [number, number];
  const first = (batch: number) => (shape.length === 2 ? 0 : batch * rows * cols);
  return (batch: number, row: number, col: number) =>
    x[first(batch) + (transposed ? col * cols + row : row * cols + col)]!;
}

function product(a: number[], b: number[], node: Node, transA: boolean, transB: boolean): number[] {
  const [left, right] = node.inputs;
  const aAt = elementOf(a, left!.shape, transA);
  const bAt = elementOf(b, right!.shape, transB);
  const { shape, size } = node.outputs[0]!;
  const [m, n] = shape.slice(-2) as [number, number];
  const k = left!.shape.at(transA ? -2 : -1)!;
  return Array.from({ length: size }, (_, i) => {
    const [batch, row, col] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += aAt(batch, row, p) * bAt(batch, p, col);
    return sum;
  });
}

export const shapeReferences: Record<string, Reference> = {
  sum: reduction((values, { attrs }) => sumOf(values) * Math.fround(attrs.scale as number)),
  max: reduction((values) => Math.max(...values)),
  expand: ([x], { inputs, outputs }) => [
    indicesOf(outputs[0]!.shape).map((index) => x![placeIn(inputs[0]!.shape, index)]!),
  ],
  reshape: ([x]) => [x!],
  permute: ([x], { inputs, outputs, attrs }) => {
    const order = attrs.order as number[];
    const from = (index: number[]) => order.map((_, axis) => index[order.indexOf(axis)]!);
    return [indicesOf(outputs[0]!.shape).map((index) => x![placeIn(inputs[0]!.shape, from(index))]!)];
  },
  slice: ([x], { inputs, outputs, attrs }) => [
    indicesOf(outputs[0]!.shape).map((index) => x![placeIn(inputs[0]!.shape, wholeIndex(index, attrs))]!),
  ],
  sliceGrad: ([dy], { inputs, outputs, attrs }) => {
    const dx = new Array<number>(outputs[0]!.size).fill(0);
    indicesOf(inputs[0]!.shape).forEach(
      (index, i) => (dx[placeIn(outputs[0]!.shape, wholeIndex(index, attrs))] = dy![i]!),
    );
    return [dx];
  },
  concat: (inputs, { inputs: tensors, outputs, attrs }) => {
    const axis = attrs.axis as number;
    return [
      indicesOf(outputs[0]!.shape).map((index) => {
        let at = index[axis]!;
        let part = 0;
        while (at >= tensors[part]!.shape[axis]!) at -= tensors[part++]!.shape[axis]!;
        return inputs[part]![placeIn(tensors[part]!.shape, index.map((i, of) => (of === axis ? at : i)))]!; // prettier-ignore
      }),
    ];
  },
  softmax: alongRows(softmaxOf),
  softmaxGrad: alongRows((dy, y) => {
    const mean = sumOf(dy.map((value, i) => value * y[i]!));
    return y.map((value, i) => value * (dy[i]! - mean));
  }),
  logSoftmax: alongRows(logSoftmaxOf),
  logSoftmaxGrad: alongRows((dy, y) => dy.map((value, i) => value - Math.exp(y[i]!) * sumOf(dy))),
  argmax: ([x], { inputs }) => [rowsOf(x!, inputs[0]!.shape.at(-1)!).map(argmaxOf)],
  matmul: ([a, b], node) => [product(a!, b!, node, node.attrs.transA === true, node.attrs.transB === true)],
  linear: ([x, weight, bias], node) => {
    const features = node.outputs[0]!.shape[1]!;
    return [product(x!, weight!, node, false, true).map((sum, i) => sum + (bias?.[i % features] ?? 0))];
  },
};
