// The calls of the rows that index: taking, gathering, choosing, padding, running sums, the largest, powers and limits.

import { Random } from "../../src/data/random.js";
import { clamp } from "../../src/graph/ops/clamp.js";
import { stack } from "../../src/graph/ops/concat.js";
import { cumsum } from "../../src/graph/ops/cumsum.js";
import { gather, take } from "../../src/graph/ops/gather.js";
import { oneHot } from "../../src/graph/ops/one-hot.js";
import { pad } from "../../src/graph/ops/pad.js";
import { pow } from "../../src/graph/ops/pow.js";
import { flip, split } from "../../src/graph/ops/slice.js";
import { argmax } from "../../src/graph/ops/step.js";
import { topK } from "../../src/graph/ops/topk.js";
import { where } from "../../src/graph/ops/where.js";
import { sizeOf, type Shape, type Tensor } from "../../src/graph/tensor.js";
import type { Given } from "./graph.js";
import type { Case } from "./reference-cases.js";

const random = new Random(255);
const SIZES = [1, 3, 4, 5, 15, 16, 17, 33, 64, 100];

type Draw = () => number;
const normal: Draw = () => random.normal(0, 2);
/** Numbers that lie 1/8 apart, from -256. */
const apart = (): Draw => {
  const taken = random.shuffle(Array.from({ length: 4096 }, (_, i) => i));
  return () => taken.pop()! / 8 - 256;
};

const floats = (shape: Shape, draw: Draw = normal): Given => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, () => Math.fround(draw())),
});
const ids = (shape: Shape, below: number): Given => ({
  shape,
  dtype: "i32",
  values: Array.from({ length: sizeOf(shape) }, () => random.integer(below)),
});

const ofShapes = (shapes: readonly Shape[], trace: (x: Tensor) => Tensor, draw: () => Draw = () => normal): Case[] =>
  shapes.map((shape) => ({
    label: `[${shape}]`,
    given: { x: floats(shape, draw()) },
    trace: ({ x }) => trace(x!),
    by: ["x"],
  }));
const vectors = SIZES.map((n): Shape => [n]);
const CUBES: readonly Shape[] = [[3, 4, 5], [1, 17, 3], [2, 33, 1], [5, 1, 16], [3, 7, 18]]; // prettier-ignore

/** x by ids along an axis: of few elements and of many, some never asked for and some more than once. */
const byIds = (
  name: string,
  calls: readonly (readonly [x: Shape, ids: Shape, axis: number])[],
  trace: (x: Tensor, ids: Tensor, axis: number) => Tensor,
): Case[] =>
  calls.map(([x, of, axis]) => ({
    label: `${name} [${of}] of [${x}] along ${axis}`,
    given: { x: floats(x), ids: ids(of, x.at(axis)!) },
    trace: (leaves) => trace(leaves.x!, leaves.ids!, axis),
    by: ["x"],
  }));

/** Of the three shapes that a choice is made with, some repeat. */
const choices: Case[] = (
  [
    [[3, 1], [3, 17], [17]],
    [[4, 5], [], [4, 5]],
    [[5], [2, 3, 1], [2, 1, 5]],
    [[2, 3, 4], [3, 1], []],
    [[1], [2, 1, 1, 3], [4, 1, 3]],
    ...SIZES.map((n) => [[n], [n], [n]]),
  ] as Shape[][]
).map(([c, a, b]) => ({
  label: `[${c}] ? [${a}] : [${b}]`,
  given: { c: floats(c!, () => random.integer(2)), a: floats(a!), b: floats(b!) },
  trace: (leaves) => where(leaves.c!, leaves.a!, leaves.b!),
  by: ["a", "b"],
}));

const PADS: readonly (readonly [Shape, (readonly [number, number])[]])[] = [
  [[5], [[1, 2]]],
  [[1, 17], [[0, 3]]],
  [[3, 4], [[2, 0], [0, 1]]],
  [[2, 3, 4, 5], [[1, 1], [2, 2]]],
  [[2, 3, 1], [[1, 0], [0, 0], [3, 4]]],
]; // prettier-ignore

export const indexingCases: Readonly<Record<string, readonly Case[]>> = {
  take: byIds(
    "take",
    [
      [[5], [7], 0],
      [[6, 4], [3], 0],
      [[6, 5], [2, 3], 0],
      [[3, 7], [4], -1],
      [[2, 9, 3], [5], 1],
      [[2, 4, 17], [2, 2], 1],
      [[1], [1], 0],
    ],
    take,
  ),
  gather: byIds(
    "gather",
    [
      [[5], [7], 0],
      [[6, 4], [3, 4], 0],
      [[3, 7], [3, 2], -1],
      [[2, 9, 5], [2, 4, 5], 1],
      [[2, 9, 5], [1, 11, 3], 1],
      [[4, 3, 6], [4, 2, 9], -1],
    ],
    (x, ids, axis) => gather(x, axis, ids),
  ),
  where: choices,
  pad: PADS.map(([shape, ends]) => ({
    label: `[${shape}] by ${JSON.stringify(ends)}`,
    given: { x: floats(shape) },
    trace: ({ x }) => pad(x!, ends, 1.5),
    by: ["x"],
  })),
  cumsum: [
    ...ofShapes(vectors, (x) => cumsum(x)),
    ...CUBES.flatMap((shape) => [0, 1, 2].flatMap((axis) => ofShapes([shape], (x) => cumsum(x, axis)))),
  ],
  topK: [
    ...vectors
      .map(([n]): Shape => [3, n!])
      .flatMap((shape) =>
        [...new Set([1, Math.ceil(shape[1]! / 3), shape[1]!])].map((k) => ({
          ...ofShapes([shape], (x) => topK(x, k).values, apart)[0]!,
          label: `${k} of [${shape}]`,
        })),
      ),
    ...ofShapes([[2, 3, 20]], (x) => topK(x, 4).indices, apart).map((one) => ({ ...one, by: [] })),
  ],
  oneHot: [[1], [4, 3], [17]].map((shape) => ({
    label: `[${shape}]`,
    given: { ids: ids(shape, 6) },
    trace: (leaves) => oneHot(leaves.ids!, 6),
    by: [],
  })),

  clamp: ofShapes(vectors, (x) => clamp(x, -1.03, 1.53), apart),
  pow: [
    ...[3, -1, -2, 7].flatMap((exponent) =>
      ofShapes(
        vectors,
        (x) => pow(x, exponent),
        () => signed,
      ),
    ),
    ...[2, 0.5, -0.3, 1.7].flatMap((exponent) =>
      ofShapes(
        vectors,
        (x) => pow(x, exponent),
        () => positive,
      ),
    ),
  ],
};

export const partCases: readonly Case[] = [
  ...CUBES.flatMap((shape) => [0, 1, 2, undefined].flatMap((axes) => ofShapes([shape], (x) => flip(x, axes)))),
  ...ofShapes([[7, 3]], (x) => stack(split(x, [3, 3, 1]).slice(0, 2), 1)),
  ...ofShapes([[2, 6]], (x) => stack(split(x, 2, -1), -1)),
];

export const argmaxCases: readonly Case[] = CUBES.flatMap((shape) =>
  [0, 1, -2].flatMap((axis) => ofShapes([shape], (x) => argmax(x, axis), apart)),
).map((one) => ({ ...one, by: [] }));

/** Of both signs, away from 0. */
function signed(): number {
  const x = random.uniform(0.4, 1.6);
  return random.integer(2) ? x : -x;
}
function positive(): number {
  return random.uniform(0.2, 3);
}
