// The calls of the rows on 8-bit weights: rows that fill their bytes and rows that do not, one row of inputs, an odd number
// of them, and more than are rounded together. They have no gradients.

import { offsetEvenCodes } from "../../src/core/int8.js";
import { Random } from "../../src/data/random.js";
import { codeBytes, embeddingInt8Op, linearInt8Op } from "../../src/graph/ops/int8.js";
import { apply, sizeOf, type Shape, type Tensor } from "../../src/graph/tensor.js";
import type { Given } from "./graph.js";
import type { Case } from "./reference-cases.js";

const random = new Random(290);
const floats = (shape: Shape): Given => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal())),
});

/** Codes of [rows, cols], padded with zeros and laid as the kernels take them, and scales. */
function weight(rows: number, cols: number): { codes: Given; scales: Given } {
  const bytes = codeBytes(cols);
  const codes = Int8Array.from({ length: rows * bytes }, (_, i) => (i % bytes < cols ? random.integer(255) - 127 : 0));
  offsetEvenCodes(codes);
  const scales = Array.from({ length: rows }, () => Math.fround(random.uniform(0.001, 0.1)));
  return {
    codes: { shape: [rows, bytes], dtype: "i8", values: codes, as: "parameter" },
    scales: { shape: [rows], values: scales },
  };
}

const PRODUCTS: readonly (readonly [m: number, k: number, n: number])[] = [
  [1, 1, 1],
  [1, 16, 5],
  [1, 100, 17],
  [2, 15, 4],
  [3, 33, 7],
  [5, 8, 2],
  [33, 20, 9],
  [67, 5, 3],
  [2, 5000, 19], // several chunks of codes, the last partly filled
  [3, 5000, 19],
];

export const int8Cases: Readonly<Record<string, readonly Case[]>> = {
  linearInt8: PRODUCTS.flatMap(([m, k, n]) =>
    [true, false].map((bias) => ({
      label: `[${m}, ${k}] by [${n}, ${k}]${bias ? " and a bias" : ""}`,
      given: { x: floats([m, k]), ...weight(n, k), ...(bias && { bias: floats([n]) }) },
      trace: ({ x, codes, scales, bias }: Readonly<Record<string, Tensor>>) =>
        apply(linearInt8Op, [x!, codes!, scales!, ...(bias ? [bias] : [])], { dots: m % 2 === 1 }),
      by: [],
    })),
  ),
  embeddingInt8: [
    [1, 1],
    [5, 7],
    [20, 16],
    [9, 35],
  ].flatMap(([rows, cols]) =>
    [true, false].map((byIds) => ({
      label: `[${rows}, ${cols}]${byIds ? " by ids" : ""}`,
      given: {
        ...weight(rows!, cols!),
        ...(byIds && {
          ids: { shape: [2, 3], dtype: "i32", values: [0, 1, 2, 3, 4, 5].map((i) => i % rows!) } as const,
        }),
      },
      trace: ({ codes, scales, ids }: Readonly<Record<string, Tensor>>) =>
        apply(embeddingInt8Op, [codes!, scales!, ...(ids ? [ids] : [])], { cols }),
      by: [],
    })),
  ),
};
