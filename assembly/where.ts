// A choice for each element, with broadcasting:
//
//   y[i] = c[strides · i] ≠ 0 ? a[strides · i] : b[strides · i]        i over six dimensions
//
// NaN is not 0. y is contiguous; the others go by element strides, innermost 0 (repeated) or 1. y may be an input that
// is not repeated: each element is read before it is written, and nothing is written beyond a row's end.

import { Layout } from "../src/shared/opcodes";
import { loadTail, storeTail } from "./row";
import { word } from "./simd";

/** y[dims] = c ? a : b; dims and the strides point to Layout.Dims words. */
export function where(
  y: usize,
  c: usize,
  a: usize,
  b: usize,
  dims: usize,
  cStrides: usize,
  aStrides: usize,
  bStrides: usize,
): void {
  walk(y, c, a, b, dims, cStrides, aStrides, bStrides, 0);
}

/** Dimension d and those within it. Returns the end of y. */
function walk(
  y: usize,
  c: usize,
  a: usize,
  b: usize,
  dims: usize,
  cStrides: usize,
  aStrides: usize,
  bStrides: usize,
  d: i32,
): usize {
  const n = word(dims, d);
  const cStep = (<usize>word(cStrides, d)) << 2;
  const aStep = (<usize>word(aStrides, d)) << 2;
  const bStep = (<usize>word(bStrides, d)) << 2;
  if (d == Layout.Dims - 1) return row(y, c, a, b, n, cStep, aStep, bStep);
  for (let i = 0; i < n; i++, c += cStep, a += aStep, b += bStep) {
    y = walk(y, c, a, b, dims, cStrides, aStrides, bStrides, d + 1);
  }
  return y;
}

/** A row of n elements; steps are 0 or 4 bytes. Returns its end. */
function row(y: usize, c: usize, a: usize, b: usize, n: i32, cStep: usize, aStep: usize, bStep: usize): usize {
  for (; n >= 4; n -= 4, y += 16, c += cStep << 2, a += aStep << 2, b += bStep << 2) {
    v128.store(y, choose(fetch(c, cStep), fetch(a, aStep), fetch(b, bStep)));
  }
  if (n > 0) {
    storeTail(y, choose(fetchTail(c, cStep, n), fetchTail(a, aStep, n), fetchTail(b, bStep, n)), n);
    y += (<usize>n) << 2;
  }
  return y;
}

function choose(c: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, f32x4.ne(c, f32x4.splat(0)));
}

function fetch(x: usize, step: usize): v128 {
  return step ? v128.load(x) : v128.load32_splat(x);
}

function fetchTail(x: usize, step: usize, rest: i32): v128 {
  return step ? loadTail(x, rest) : v128.load32_splat(x);
}
