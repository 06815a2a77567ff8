// Reductions of x seen as [outer, n, inner], over n.
//
//   sum: y[o,i] = scale * Σ x[o,j,i]        max: y[o,i] = max x[o,j,i]        argmax: y[r] = first place of row r's maximum
//
// With inner = 1 they run along rows, else down columns, 16 columns (one line) at a time. The order of additions is
// fixed by the shape alone: f32 within blocks of rows, at most 18 in a chain, and f64 between blocks (see row.ts for the
// same along rows). y and x are distinct.

import { highPair, loadTail, maxRow, narrow, storeTail, sumRow } from "./row";

/** y[outer, inner] = scale * sum over n of x[outer, n, inner] */
export function sum(y: usize, x: usize, outer: i32, n: i32, inner: i32, scale: f32): void {
  if (inner == 1) {
    for (let o = 0; o < outer; o++, y += 4, x += (<usize>n) << 2) store<f32>(y, <f32>sumRow(x, n) * scale);
    return;
  }
  const factor = f32x4.splat(scale);
  const stride = (<usize>inner) << 2;
  for (let o = 0; o < outer; o++, x += stride * (n - 1)) {
    let i = inner;
    for (; i >= 16; i -= 16, y += 64, x += 64) sumLines(y, x, n, stride, factor);
    for (; i >= 4; i -= 4, y += 16, x += 16) v128.store(y, f32x4.mul(sumColumns(x, n, stride, 4), factor));
    if (i > 0) {
      storeTail(y, f32x4.mul(sumColumns(x, n, stride, i), factor), i);
      y += (<usize>i) << 2;
      x += (<usize>i) << 2;
    }
  }
}

/** Sums of 16 columns: one line of each row. */
function sumLines(y: usize, x: usize, n: i32, stride: usize, factor: v128): void {
  let t0 = f64x2.splat(0);
  let t1 = f64x2.splat(0);
  let t2 = f64x2.splat(0);
  let t3 = f64x2.splat(0);
  let t4 = f64x2.splat(0);
  let t5 = f64x2.splat(0);
  let t6 = f64x2.splat(0);
  let t7 = f64x2.splat(0);
  while (n > 0) {
    let rows = n < 32 ? n : 32;
    n -= rows;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (; rows >= 2; rows -= 2, x += stride << 1) {
      const next = x + stride;
      s0 = f32x4.add(s0, f32x4.add(v128.load(x), v128.load(next)));
      s1 = f32x4.add(s1, f32x4.add(v128.load(x, 16), v128.load(next, 16)));
      s2 = f32x4.add(s2, f32x4.add(v128.load(x, 32), v128.load(next, 32)));
      s3 = f32x4.add(s3, f32x4.add(v128.load(x, 48), v128.load(next, 48)));
    }
    if (rows > 0) {
      s0 = f32x4.add(s0, v128.load(x));
      s1 = f32x4.add(s1, v128.load(x, 16));
      s2 = f32x4.add(s2, v128.load(x, 32));
      s3 = f32x4.add(s3, v128.load(x, 48));
      x += stride;
    }
    t0 = f64x2.add(t0, f64x2.promote_low_f32x4(s0));
    t1 = f64x2.add(t1, f64x2.promote_low_f32x4(highPair(s0)));
    t2 = f64x2.add(t2, f64x2.promote_low_f32x4(s1));
    t3 = f64x2.add(t3, f64x2.promote_low_f32x4(highPair(s1)));
    t4 = f64x2.add(t4, f64x2.promote_low_f32x4(s2));
    t5 = f64x2.add(t5, f64x2.promote_low_f32x4(highPair(s2)));
    t6 = f64x2.add(t6, f64x2.promote_low_f32x4(s3));
    t7 = f64x2.add(t7, f64x2.promote_low_f32x4(highPair(s3)));
  }
  v128.store(y, f32x4.mul(narrow(t0, t1), factor));
  v128.store(y, f32x4.mul(narrow(t2, t3), factor), 16);
  v128.store(y, f32x4.mul(narrow(t4, t5), factor), 32);
  v128.store(y, f32x4.mul(narrow(t6, t7), factor), 48);
}

/** Sums of `width` (1 to 4) columns, in the first lanes. */
function sumColumns(x: usize, n: i32, stride: usize, width: i32): v128 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  while (n > 0) {
    let rows = n < 64 ? n : 64;
    n -= rows;
    let s = f32x4.splat(0);
    if (width == 4) {
      for (; rows >= 4; rows -= 4, x += stride << 2) {
        const s01 = f32x4.add(v128.load(x), v128.load(x + stride));
        const s23 = f32x4.add(v128.load(x + stride * 2), v128.load(x + stride * 3));
        s = f32x4.add(s, f32x4.add(s01, s23));
      }
      for (; rows > 0; rows--, x += stride) s = f32x4.add(s, v128.load(x));
    } else {
      for (; rows > 0; rows--, x += stride) s = f32x4.add(s, loadTail(x, width));
    }
    low = f64x2.add(low, f64x2.promote_low_f32x4(s));
    high = f64x2.add(high, f64x2.promote_low_f32x4(highPair(s)));
  }
  return narrow(low, high);
}

/** y[outer, inner] = max over n of x[outer, n, inner]; NaN wins */
export function max(y: usize, x: usize, outer: i32, n: i32, inner: i32): void {
  if (inner == 1) {
    for (let o = 0; o < outer; o++, y += 4, x += (<usize>n) << 2) store<f32>(y, maxRow(x, n));
    return;
  }
  const stride = (<usize>inner) << 2;
  for (let o = 0; o < outer; o++, x += stride * (n - 1)) {
    let i = inner;
    for (; i >= 4; i -= 4, y += 16, x += 16) v128.store(y, maxColumns(x, n, stride, 4));
    if (i > 0) {
      storeTail(y, maxColumns(x, n, stride, i), i);
      y += (<usize>i) << 2;
      x += (<usize>i) << 2;
    }
  }
}

/** Maxima of `width` (1 to 4) columns, in the first lanes. */
function maxColumns(x: usize, n: i32, stride: usize, width: i32): v128 {
  if (width == 4) {
    let m = v128.load(x);
    for (x += stride; --n > 0; x += stride) m = f32x4.max(m, v128.load(x));
    return m;
  }
  let m = loadTail(x, width);
  for (x += stride; --n > 0; x += stride) m = f32x4.max(m, loadTail(x, width));
  return m;
}

/** y[rows] (i32) = place of the largest of each row of x[rows, cols]: the first of equals; NaN counts as the largest */
export function argmax(y: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++, y += 4, x += (<usize>cols) << 2) store<i32>(y, argmaxRow(x, cols));
}

/** Place of the largest of x[n]; see argmax. */
export function argmaxRow(x: usize, n: i32): i32 {
  const m = maxRow(x, n);
  if (m != m) {
    for (let i = 0; i < n; i++, x += 4) {
      const value = load<f32>(x);
      if (value != value) return i;
    }
  }
  const target = f32x4.splat(m);
  let i = 0;
  for (; i + 4 <= n; i += 4, x += 16) {
    const hits = i32x4.bitmask(f32x4.eq(v128.load(x), target));
    if (hits) return i + ctz(hits);
  }
  while (i < n - 1 && load<f32>(x) != m) {
    i++;
    x += 4;
  }
  return i;
}

/** y[0] = sum of x², in f64 inside */
export function sumSquares(y: usize, x: usize, n: i32): void {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  const end = x + ((<usize>(n >> 2)) << 4);
  for (; x + 32 <= end; x += 32) {
    const a = f64x2.promote_low_f32x4(v128.load64_zero(x));
    const b = f64x2.promote_low_f32x4(v128.load64_zero(x, 8));
    const c = f64x2.promote_low_f32x4(v128.load64_zero(x, 16));
    const d = f64x2.promote_low_f32x4(v128.load64_zero(x, 24));
    s0 = f64x2.add(s0, f64x2.mul(a, a));
    s1 = f64x2.add(s1, f64x2.mul(b, b));
    s2 = f64x2.add(s2, f64x2.mul(c, c));
    s3 = f64x2.add(s3, f64x2.mul(d, d));
  }
  const s = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let total = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (let rest = n & 7; rest > 0; rest--, x += 4) {
    const value = <f64>load<f32>(x);
    total += value * value;
  }
  store<f32>(y, <f32>total);
}
