// Softmax and its kin along the last axis of x[rows, cols].
//
//   softmax:    y = exp(x - max) / Σ exp(x - max)        dx = y (dy - Σ dy y)
//   logSoftmax: y = x - max - log Σ exp(x - max)         dx = dy - exp(y) Σ dy
//
// Rows are tight and y may be x, dx may be dy: nothing is written beyond a row's end. A row with NaN or +inf, or of -inf
// alone, becomes NaN, as in PyTorch.

import { dotRow, firstLanes, loadTail, loadTailRepeated, maxRowFast, storeTail, sumRow, widen } from "./row";
import { expNegativeV, logV } from "./simd-math";

/** y[rows, cols] = softmax of each row of x */
export function softmax(y: usize, x: usize, rows: i32, cols: i32): void {
  const size = (<usize>cols) << 2;
  for (let r = 0; r < rows; r++, y += size, x += size) {
    const total = expRow(y, x, cols, maxRowFast(x, cols));
    scaleRow(y, cols, <f32>(1.0 / total));
  }
}

/** y[rows, cols] = log of the softmax of each row of x */
export function logSoftmax(y: usize, x: usize, rows: i32, cols: i32): void {
  const size = (<usize>cols) << 2;
  for (let r = 0; r < rows; r++, y += size, x += size) {
    const m = maxRowFast(x, cols);
    const sum = <f32>sumExpRow(x, cols, m);
    logRow(y, x, cols, m, f32x4.extract_lane(logV(f32x4.splat(sum)), 0));
  }
}

/** dx = y (dy - Σ dy y), row by row */
export function softmaxGrad(dx: usize, dy: usize, y: usize, rows: i32, cols: i32): void {
  const size = (<usize>cols) << 2;
  for (let r = 0; r < rows; r++, dx += size, dy += size, y += size) {
    const mean = f32x4.splat(<f32>dotRow(dy, y, cols));
    let at: usize = 0;
    for (const end = (<usize>(cols >> 2)) << 4; at < end; at += 16) {
      v128.store(dx + at, f32x4.mul(v128.load(y + at), f32x4.sub(v128.load(dy + at), mean)));
    }
    const rest = cols & 3;
    if (rest) storeTail(dx + at, f32x4.mul(loadTail(y + at, rest), f32x4.sub(loadTail(dy + at, rest), mean)), rest);
  }
}

/** dx = dy - exp(y) Σ dy, row by row */
export function logSoftmaxGrad(dx: usize, dy: usize, y: usize, rows: i32, cols: i32): void {
  const size = (<usize>cols) << 2;
  for (let r = 0; r < rows; r++, dx += size, dy += size, y += size) {
    const total = f32x4.splat(<f32>sumRow(dy, cols));
    let at: usize = 0;
    for (const end = (<usize>(cols >> 2)) << 4; at < end; at += 16) {
      v128.store(dx + at, f32x4.sub(v128.load(dy + at), f32x4.mul(expNegativeV(v128.load(y + at)), total)));
    }
    const rest = cols & 3;
    if (rest) {
      const p = expNegativeV(loadTail(y + at, rest));
      storeTail(dx + at, f32x4.sub(loadTail(dy + at, rest), f32x4.mul(p, total)), rest);
    }
  }
}

/** y[n] = exp(x - m); returns the sum. f32 within blocks of 64 elements, f64 between them. */
export function expRow(y: usize, x: usize, n: i32, m: f32): f64 {
  const shift = f32x4.splat(m);
  let total = f64x2.splat(0);
  const end = x + ((<usize>(n >> 2)) << 4);
  while (x < end) {
    const stop = x + 256 < end ? x + 256 : end;
    let s = f32x4.splat(0);
    for (; x < stop; x += 16, y += 16) {
      const e = expNegativeV(f32x4.sub(v128.load(x), shift));
      v128.store(y, e);
      s = f32x4.add(s, e);
    }
    total = f64x2.add(total, widen(s));
  }
  const rest = n & 3;
  if (rest) {
    const e = expNegativeV(f32x4.sub(loadTailRepeated(x, rest), shift));
    storeTail(y, e, rest);
    total = f64x2.add(total, widen(firstLanes(e, rest)));
  }
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** Sum of exp(x - m) over x[n], in the order of expRow. */
export function sumExpRow(x: usize, n: i32, m: f32): f64 {
  const shift = f32x4.splat(m);
  let total = f64x2.splat(0);
  const end = x + ((<usize>(n >> 2)) << 4);
  while (x < end) {
    const stop = x + 256 < end ? x + 256 : end;
    let s = f32x4.splat(0);
    for (; x < stop; x += 16) s = f32x4.add(s, expNegativeV(f32x4.sub(v128.load(x), shift)));
    total = f64x2.add(total, widen(s));
  }
  const rest = n & 3;
  if (rest) {
    const e = expNegativeV(f32x4.sub(loadTailRepeated(x, rest), shift));
    total = f64x2.add(total, widen(firstLanes(e, rest)));
  }
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** y[n] = factor * y[n] */
export function scaleRow(y: usize, n: i32, factor: f32): void {
  const scale = f32x4.splat(factor);
  for (const end = y + ((<usize>(n >> 2)) << 4); y < end; y += 16) v128.store(y, f32x4.mul(v128.load(y), scale));
  const rest = n & 3;
  if (rest) storeTail(y, f32x4.mul(loadTail(y, rest), scale), rest);
}

/** y[n] = (x[n] - m) - logSum */
function logRow(y: usize, x: usize, n: i32, m: f32, logSum: f32): void {
  const shift = f32x4.splat(m);
  const rise = f32x4.splat(logSum);
  for (const end = y + ((<usize>(n >> 2)) << 4); y < end; y += 16, x += 16) {
    v128.store(y, f32x4.sub(f32x4.sub(v128.load(x), shift), rise));
  }
  const rest = n & 3;
  if (rest) storeTail(y, f32x4.sub(f32x4.sub(loadTail(x, rest), shift), rise), rest);
}
