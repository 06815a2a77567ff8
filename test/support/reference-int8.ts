// The rows on 8-bit weights in plain f64; the inputs are rounded as the kernel rounds them, with f32's factor.

import { offsetEvenCodes } from "../../src/core/int8.js";
import type { Shape } from "../../src/graph/tensor.js";
import { rowsOf, type Reference } from "./reference-tensor.js";

/** To the nearest whole number, halves to the even one. */
const nearest = (x: number): number => {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
};

/** A row as whole numbers from -127 to 127, and what one of them stands for. */
export function quantized(row: readonly number[]): { q: number[]; step: number } {
  const most = Math.max(...row.map(Math.abs));
  if (most <= 1e-30) return { q: row.map(() => 0), step: 0 };
  const factor = Math.fround(127 / most);
  return { q: row.map((x) => nearest(Math.fround(x * factor))), step: Math.fround(most / 127) };
}

/** Rows of codes, as they are laid for the kernels. */
function tableOf(codes: readonly number[], shape: Shape): number[][] {
  const table = Int8Array.from(codes);
  offsetEvenCodes(table);
  return rowsOf([...table], shape[1]!);
}

export const int8References: Record<string, Reference> = {
  linearInt8: ([x, codes, scales, bias], { inputs }) => {
    const table = tableOf(codes!, inputs[1]!.shape);
    const y = rowsOf(x!, inputs[0]!.shape[1]!).flatMap((row) => {
      const { q, step } = quantized(row);
      return table.map(
        (own, n) => q.reduce((sum, a, k) => sum + a * own[k]!, 0) * step * scales![n]! + (bias?.[n] ?? 0),
      );
    });
    return [y];
  },
  embeddingInt8: ([codes, scales, ids], { inputs, attrs }) => {
    const table = tableOf(codes!, inputs[0]!.shape).map((row) => row.slice(0, attrs.cols as number));
    const places = ids ?? table.map((_, row) => row);
    return [places.flatMap((row) => table[row]!.map((code) => code * scales![row]!))];
  },
};
