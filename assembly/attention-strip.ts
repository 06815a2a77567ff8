// What the passes of attention share: products of a strip of four rows with packed columns, and where a head lies.

import { micro4x4, micro4x8, Packed } from "./gemm-micro";

/** Rows of a strip, as those of a microtile. */
export const STRIP: i32 = 4;

/**
 * c[rows, n] (+)= a[rows, k] · B for the first n of B's columns, B being packed (gemm-pack.ts), `depth` rows of `columns`
 * columns, of which the rows from `skip` on are used. Behind the first n, c may be written up to a multiple of 8.
 * Strides of c and a in bytes.
 */
export function strip(
  c: usize,
  a: usize,
  packed: usize,
  n: i32,
  columns: i32,
  k: i32,
  depth: i32,
  skip: i32,
  rows: i32,
  ldc: usize,
  aRow: usize,
  add: i32,
): void {
  const rest = columns & 7;
  const whole = rest > 4 ? columns : columns - rest;
  const panel = (<usize>depth) << 5;
  const wide = min((n + 7) & ~7, whole);
  if (wide > 0) {
    const b = packed + ((<usize>skip) << 5);
    micro4x8<Packed>(c, a, b, 0, wide, k, rows, ldc, aRow, 4, 32, panel, add, 0, 0);
  }
  if (n > whole) {
    const b = packed + <usize>(whole >> 3) * panel + ((<usize>skip) << 4);
    micro4x4<Packed>(c + ((<usize>whole) << 2), a, b, 0, columns - whole, k, rows, ldc, aRow, 4, 16, add, 0, 0);
  }
}

/** Floats of `depth` packed rows of `columns` columns. */
export function packedSize(columns: i32, depth: i32): usize {
  return <usize>((columns + 3) & ~3) * <usize>depth;
}

/** Address of head `head` (of `heads`) of sample `sample`, each with t rows of d elements; row: the step between them. */
export function headAt(x: usize, sideBySide: i32, sample: i32, head: i32, heads: i32, t: i32, d: i32, row: i32): usize {
  const first = sideBySide
    ? <usize>sample * <usize>t * <usize>row + <usize>(head * d)
    : <usize>(sample * heads + head) * <usize>t * <usize>d;
  return x + (first << 2);
}

/** The first multiple of a line from `at` on. */
export function aligned(at: usize): usize {
  return (at + 63) & ~63;
}
