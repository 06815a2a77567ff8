// Rows of a table by ids, in plain f64.

import { rowsOf, type Reference } from "./reference-tensor.js";

export const embeddingReferences: Record<string, Reference> = {
  embedding: ([ids, weight], { inputs }) => {
    const rows = rowsOf(weight!, inputs[1]!.shape[1]!);
    return [ids!.flatMap((id) => rows[id]!)];
  },
  embeddingGrad: ([dy, ids], { attrs }) => {
    const { shape, padding } = attrs as { shape: [number, number]; padding: number };
    const sums = new Array<number>(shape[0] * shape[1]).fill(0);
    rowsOf(dy!, shape[1]).forEach((row, i) => {
      if (ids![i] !== padding) row.forEach((value, col) => (sums[ids![i]! * shape[1] + col]! += value));
    });
    return [sums];
  },
};
