// The rows that index, in plain f64.

import type { Node, Shape } from "../../src/graph/tensor.js";
import { indicesOf, placeIn, rowsOf, type Reference } from "./reference-tensor.js";

const axisOf = ({ attrs }: Node) => attrs.axis as number;
const zeros = (shape: Shape) => new Array<number>(shape.reduce((product, size) => product * size, 1)).fill(0);

/** For each element of `take`'s output: where it lies in x. */
function taken(x: Shape, ids: Shape, axis: number, values: readonly number[]): number[] {
  const shape = [...x.slice(0, axis), ...ids, ...x.slice(axis + 1)];
  return indicesOf(shape).map((index) => {
    const id = values[placeOf(ids, index.slice(axis, axis + ids.length))]!;
    return placeOf(x, [...index.slice(0, axis), id, ...index.slice(axis + ids.length)]);
  });
}

/** For each element of `gather`'s output: where it lies in x. */
function gathered(x: Shape, ids: Shape, axis: number, values: readonly number[]): number[] {
  return indicesOf(ids).map((index, i) => placeOf(x, index.with(axis, values[i]!)));
}

/** Without broadcasting. */
const placeOf = (shape: Shape, index: readonly number[]) =>
  shape.reduce((place, size, axis) => place * size + index[axis]!, 0);

const read =
  (places: typeof taken): Reference =>
  ([x, ids], node) => [
    places(node.inputs[0]!.shape, node.inputs[1]!.shape, axisOf(node), ids!).map((place) => x![place]!),
  ];

const addUp =
  (places: typeof taken): Reference =>
  ([dy, ids], node) => {
    const dx = zeros(node.outputs[0]!.shape);
    const to = places(node.outputs[0]!.shape, node.inputs[1]!.shape, axisOf(node), ids!);
    to.forEach((place, i) => (dx[place]! += dy![i]!));
    return [dx];
  };

export const indexingReferences: Record<string, Reference> = {
  take: read(taken),
  takeGrad: addUp(taken),
  gather: read(gathered),
  gatherGrad: addUp(gathered),
  where: ([c, a, b], { inputs, outputs }) => {
    const [cShape, aShape, bShape] = inputs.map(({ shape }) => shape);
    const choose = (at: number[]) =>
      c![placeIn(cShape!, at)] !== 0 ? a![placeIn(aShape!, at)]! : b![placeIn(bShape!, at)]!;
    return [indicesOf(outputs[0]!.shape).map(choose)];
  },
  pad: ([x], { inputs, outputs, attrs }) => {
    const { before, value } = attrs as unknown as { before: number[]; value: number };
    const inner = inputs[0]!.shape;
    const from = (index: number[]) => index.map((i, axis) => i - before[axis]!);
    const within = (index: number[]) => index.every((i, axis) => i >= 0 && i < inner[axis]!);
    return [
      indicesOf(outputs[0]!.shape)
        .map(from)
        .map((index) => (within(index) ? x![placeOf(inner, index)]! : value)),
    ];
  },
  cumsum: ([x], { inputs, attrs }) => {
    const { axis, reversed } = attrs as unknown as { axis: number; reversed: boolean };
    const { shape } = inputs[0]!;
    return [
      indicesOf(shape).map((index) => {
        let sum = 0;
        const [first, end] = reversed ? [index[axis]!, shape[axis]!] : [0, index[axis]! + 1];
        for (let i = first; i < end; i++) sum += x![placeOf(shape, index.with(axis, i))]!;
        return sum;
      }),
    ];
  },
  topK: ([x], { inputs, attrs }) => {
    const ranked = rowsOf(x!, inputs[0]!.shape.at(-1)!).map((row) =>
      row
        .map((value, place) => ({ value, place }))
        .sort((a, b) => b.value - a.value || a.place - b.place)
        .slice(0, attrs.k as number),
    );
    return [ranked.flat().map(({ value }) => value), ranked.flat().map(({ place }) => place)];
  },
  oneHot: ([ids], { attrs }) => [
    ids!.flatMap((id) => Array.from({ length: attrs.classes as number }, (_, i) => Number(i === id))),
  ],
  clamp: ([x], { attrs }) => {
    const { min, max } = attrs as unknown as { min: number; max: number };
    return [x!.map((value) => Math.min(Math.max(value, Math.fround(min)), Math.fround(max)))];
  },
  clampGrad: ([dy, x], { attrs }) => {
    const { min, max } = attrs as unknown as { min: number; max: number };
    return [dy!.map((value, i) => (x![i]! >= Math.fround(min) && x![i]! <= Math.fround(max) ? value : 0))];
  },
  pow: ([x], { attrs }) => [x!.map((value) => value ** (attrs.exponent as number))],
};
