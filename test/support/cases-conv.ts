// What the tests of the op table call the convolutions with: every way that the kernels go, at small sizes.

import { Random } from "../../src/data/random.js";
import {
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  type ConvOptions,
  type ConvTransposeOptions,
} from "../../src/graph/ops/conv-functions.js";
import { convWeightGradOp } from "../../src/graph/ops/conv.js";
import { apply, sizeOf, type Shape, type Tensor } from "../../src/graph/tensor.js";
import type { Given } from "./graph.js";
import type { Case } from "./reference-cases.js";

const random = new Random(210);
const floats = (shape: Shape): Given => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal(0, 0.4))),
});

type Call<Options> = readonly [x: Shape, weight: Shape, options?: Options];

function casesOf<Options>(
  functionOf: (rank: number) => (x: Tensor, weight: Tensor, bias?: Tensor, options?: Options) => Tensor,
  calls: readonly Call<Options>[],
  outsOf: (weight: Shape, options: Options | undefined) => number,
): Case[] {
  return calls.map(([x, weight, options], i) => {
    const bias = i % 3 !== 1;
    return {
      label: `[${x}] by [${weight}] ${JSON.stringify(options ?? {})}${bias ? " and a bias" : ""}`,
      given: { x: floats(x), weight: floats(weight), ...(bias && { bias: floats([outsOf(weight, options)]) }) },
      trace: (leaves) => functionOf(x.length)(leaves.x!, leaves.weight!, leaves.bias, options),
      by: ["x", "weight", ...(bias ? ["bias"] : [])],
    };
  });
}

const forward: readonly Call<ConvOptions>[] = [
  [
    [1, 1, 3, 3],
    [1, 1, 2, 2],
  ],
  [
    [2, 3, 7, 9],
    [5, 3, 3, 3],
  ], // read in place
  [[2, 3, 7, 9], [4, 3, 3, 3], { padding: 1 }],
  [[1, 4, 6, 5], [10, 4, 3, 2], { padding: "same" }],
  [[2, 2, 9, 8], [3, 2, 3, 3], { stride: 2, padding: 1 }],
  [[1, 2, 8, 11], [6, 2, 2, 3], { stride: [3, 1], padding: [0, 2] }],
  [[1, 2, 11, 11], [3, 2, 3, 3], { padding: 2, dilation: 2 }],
  [[1, 2, 12, 13], [3, 2, 2, 3], { stride: [2, 3], padding: [2, 4], dilation: [3, 2] }],
  [[2, 6, 5, 7], [4, 3, 3, 3], { padding: 1, groups: 2 }],
  [[2, 5, 6, 7], [5, 1, 3, 3], { padding: 1, groups: 5 }], // depthwise
  [[1, 3, 7, 6], [6, 1, 3, 3], { stride: 2, padding: 1, groups: 3 }],
  [[1, 2, 6, 6], [6, 1, 3, 3], { groups: 2 }],
  [
    [3, 5, 4, 6],
    [7, 5, 1, 1],
  ], // pointwise
  [[2, 3, 5, 5], [4, 3, 1, 1], { stride: 2 }],
  [[2, 40, 4, 4], [9, 40, 3, 3], { padding: 1 }], // more than one block of the sum
  [
    [1, 1, 24, 24],
    [8, 1, 5, 5],
  ], // more results than a band has
  [
    [3, 2, 4, 3],
    [5, 2, 4, 3],
  ], // a linear layer
  [[2, 3, 17], [5, 3, 3], { padding: 1 }],
  [[2, 4, 20], [6, 2, 4], { stride: 2, padding: 3, dilation: 2, groups: 2 }],
  [[1, 2, 5], [3, 2, 5], { padding: "same" }],
];

const transposed: readonly Call<ConvTransposeOptions>[] = [
  [
    [1, 1, 2, 2],
    [1, 1, 2, 2],
  ],
  [[2, 4, 5, 5], [4, 3, 3, 3], { stride: 2, padding: 1, outputPadding: 1 }],
  [[2, 3, 4, 6], [3, 5, 3, 3], { padding: 1 }],
  [[1, 2, 4, 5], [2, 3, 2, 3], { stride: [3, 2], padding: [0, 1], dilation: [1, 2], outputPadding: [2, 1] }],
  [[1, 4, 3, 4], [4, 2, 3, 3], { stride: 2, groups: 2 }],
  [[2, 3, 4, 5], [3, 1, 3, 3], { padding: 1, groups: 3 }],
  [[1, 2, 4, 4], [2, 2, 3, 3], { padding: 3, dilation: 2, outputPadding: 1 }],
  [[1, 2, 5, 5], [2, 3, 1, 1], { padding: 1 }], // more padding than kernel
  [[2, 3, 6], [3, 4, 4], { stride: 2, padding: 1 }],
];

export const convCases: Readonly<Record<string, readonly Case[]>> = {
  conv2d: casesOf(
    (rank) => (rank === 3 ? conv1d : conv2d),
    forward,
    ([outs]) => outs!,
  ),
  convTranspose2d: casesOf(
    (rank) => (rank === 3 ? convTranspose1d : convTranspose2d),
    transposed,
    ([, perGroup], options) => perGroup! * (options?.groups ?? 1),
  ),
  // Images in fewer parts than there can be, in all of them, unevenly; and a weight too large for parts.
  convWeightGrad: [
    ...[1, 2, 3, 5, 8, 13].map((outs) => ({ images: 2, channels: 2, outs })),
    ...[1, 8, 11].map((images) => ({ images, channels: 1, outs: 3 })),
    { images: 9, channels: 64, outs: 33 },
  ].map(({ images, channels, outs }) => ({
    label: `${images} images, ${channels} channels, ${outs} outs`,
    given: { x: floats([images, channels, 5, 6]), y: floats([images, outs, 4, 5]) },
    trace: ({ x, y }) =>
      apply(convWeightGradOp, [x!, y!], {
        ...{ image: [5, 6], grid: [4, 5], kernel: [2, 2], stride: [1, 1], dilation: [1, 1], padding: [0, 0] },
        groups: 1,
      }),
    by: ["x", "y"],
  })),
};
