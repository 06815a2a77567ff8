// What the tests of the op table call the poolings with.

import { Random } from "../../src/data/random.js";
import { grad } from "../../src/graph/grad.js";
import type { PerAxis } from "../../src/graph/ops/conv-window.js";
import { square } from "../../src/graph/ops/unary.js";
import { sum } from "../../src/graph/ops/reduce.js";
import {
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  globalAvgPool2d,
  type AvgPoolOptions,
} from "../../src/graph/ops/pool-average.js";
import { maxPool1d, maxPool2d, type MaxPoolOptions } from "../../src/graph/ops/pool-max.js";
import { sizeOf, type Shape, type Tensor } from "../../src/graph/tensor.js";
import type { Case } from "./reference-cases.js";

const random = new Random(230);

/** Numbers no two of which are near each other, so that the largest stays the largest. */
function apart(shape: Shape): number[] {
  const size = sizeOf(shape);
  return random.shuffle(Array.from({ length: size }, (_, i) => i)).map((i) => i / 16 - size / 32);
}

const one = (label: string, shape: Shape, trace: (x: Tensor) => Tensor): Case => ({
  label,
  given: { x: { shape, values: apart(shape) } },
  trace: ({ x }) => trace(x!),
  by: ["x"],
});

type Call<Options> = readonly [x: Shape, kernel: PerAxis, options?: Options];

function casesOf<Options>(
  functionOf: (rank: number) => (x: Tensor, kernel: PerAxis, options?: Options) => Tensor,
  calls: readonly Call<Options>[],
): Case[] {
  return calls.map(([shape, kernel, options]) =>
    one(`[${shape}] by ${JSON.stringify(kernel)} ${JSON.stringify(options ?? {})}`, shape, (x) =>
      functionOf(shape.length)(x, kernel, options),
    ),
  );
}

const both: readonly Call<Omit<MaxPoolOptions, "dilation">>[] = [
  [[2, 3, 8, 8], 2], // side by side
  [[1, 2, 9, 13], 2],
  [[2, 1, 5, 7], 2], // side by side, fewer than a vector
  [[2, 3, 9, 7], 3, { stride: 2, padding: 1 }],
  [[1, 2, 6, 9], [2, 3], { stride: 1 }],
  [[1, 2, 7, 8], [3, 2], { stride: [1, 3], padding: [1, 0] }],
  [[2, 2, 7, 9], 2, { ceilMode: true }],
  [[1, 3, 6, 6], 3, { stride: 2, padding: 1, ceilMode: true }],
  [[1, 1, 4, 4], 4],
  [[2, 3, 17], 2],
  [[2, 3, 16], 3, { stride: 2, padding: 1 }],
];

const maxima: readonly Call<MaxPoolOptions>[] = [
  ...both,
  [[1, 2, 9, 11], 3, { dilation: 2, stride: 1 }],
  [[1, 2, 9, 11], [2, 3], { dilation: [3, 2], stride: 2, padding: [1, 1] }],
];

const averages: readonly Call<AvgPoolOptions>[] = [
  ...both,
  [[2, 3, 9, 7], 3, { stride: 2, padding: 1, countIncludePad: false }],
  [[1, 3, 6, 6], 3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }],
  [[1, 2, 8, 8], 2, { divisorOverride: 3 }],
  [[1, 2, 7, 7], 3, { stride: 2, padding: 1, divisorOverride: 5 }],
];

const adaptive: readonly (readonly [Shape, number | readonly (number | null)[]])[] = [
  [
    [2, 3, 7, 9],
    [3, 4],
  ],
  [[1, 2, 8, 6], 3],
  [
    [1, 2, 6, 5],
    [null, 2],
  ],
  [[1, 2, 3, 3], 5], // more windows than elements
];

export const poolCases: Readonly<Record<string, readonly Case[]>> = {
  maxPool: casesOf((rank) => (rank === 3 ? maxPool1d : maxPool2d), maxima),
  // The gradient of a gradient: of the squares of dx, by x, through the index alone.
  maxPoolGrad: [one("gradient of its gradient", [1, 2, 6, 6], (x) => grad(sum(square(maxPool2d(x, 2))), [x])[0]!)],
  avgPool: casesOf((rank) => (rank === 3 ? avgPool1d : avgPool2d), averages),
  adaptiveAvgPool: [
    ...adaptive.map(([shape, size]) =>
      one(`[${shape}] to ${JSON.stringify(size)}`, shape, (x) => adaptiveAvgPool2d(x, size)),
    ),
    one("to one mean", [2, 3, 4, 5], (x) => adaptiveAvgPool2d(x, 1)),
    one("of all", [2, 3, 4, 5], globalAvgPool2d),
  ],
};
