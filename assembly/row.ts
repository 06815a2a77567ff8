// Pieces that the kernels on tight rows share: exact loads and stores of a row's last one to three elements, and the
// sum, the dot product and the maximum of a row.
//
// A row may end where the next one begins, or where the memory ends, so nothing here reads or writes beyond it. Sums add
// f32 within blocks of 256 elements, at most 16 in a chain, and the blocks in f64: the error stays below 1e-6 relative
// to the sum of magnitudes for any length, and the order depends on the length alone.

import { LANES } from "./constants";

/** Bytes of a block of 256 elements. */
const BLOCK: usize = 1024;

/** `rest` (1 to 3) elements, and zeros behind them. */
export function loadTail(x: usize, rest: i32): v128 {
  if (rest == 1) return v128.load32_zero(x);
  const pair = v128.load64_zero(x);
  return rest == 2 ? pair : v128.load_lane<f32>(x, pair, 2, 8);
}

/** `rest` (1 to 3) elements, some of them twice: for maxima. */
export function loadTailRepeated(x: usize, rest: i32): v128 {
  if (rest == 1) return v128.load32_splat(x);
  const pairs = v128.load64_splat(x);
  return rest == 2 ? pairs : v128.load_lane<f32>(x, pairs, 2, 8);
}

/** Stores the first `rest` (1 to 3) lanes. */
export function storeTail(y: usize, v: v128, rest: i32): void {
  if (rest == 1) v128.store_lane<f32>(y, v, 0);
  else {
    v128.store_lane<f64>(y, v, 0);
    if (rest == 3) v128.store_lane<f32>(y, v, 2, 8);
  }
}

/** The first `rest` (1 to 3) lanes, and zeros behind them. */
export function firstLanes(v: v128, rest: i32): v128 {
  return v128.and(v, i32x4.gt_s(i32x4.splat(rest), v128.load(LANES)));
}

/** Lanes 2 and 3, in the first places. */
export function highPair(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/** (v0 + v2, v1 + v3) in f64 */
export function widen(v: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(highPair(v)));
}

/** Four f64 as f32: `low` in the first two lanes, `high` in the others. */
export function narrow(low: v128, high: v128): v128 {
  const a = f32x4.demote_f64x2_zero(low);
  const b = f32x4.demote_f64x2_zero(high);
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** Sum of x[n]. */
export function sumRow(x: usize, n: i32): f64 {
  let total = f64x2.splat(0);
  const end = x + ((<usize>(n >> 2)) << 4);
  while (x < end) {
    const stop = x + BLOCK < end ? x + BLOCK : end;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (; x + 64 <= stop; x += 64) {
      s0 = f32x4.add(s0, v128.load(x));
      s1 = f32x4.add(s1, v128.load(x, 16));
      s2 = f32x4.add(s2, v128.load(x, 32));
      s3 = f32x4.add(s3, v128.load(x, 48));
    }
    for (; x < stop; x += 16) s0 = f32x4.add(s0, v128.load(x));
    total = f64x2.add(total, widen(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))));
  }
  if (n & 3) total = f64x2.add(total, widen(loadTail(x, n & 3)));
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** Sum of a[n] * b[n]. */
export function dotRow(a: usize, b: usize, n: i32): f64 {
  let total = f64x2.splat(0);
  const end = a + ((<usize>(n >> 2)) << 4);
  while (a < end) {
    const stop = a + BLOCK < end ? a + BLOCK : end;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (; a + 64 <= stop; a += 64, b += 64) {
      s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
    }
    for (; a < stop; a += 16, b += 16) s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    total = f64x2.add(total, widen(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))));
  }
  if (n & 3) total = f64x2.add(total, widen(f32x4.mul(loadTail(a, n & 3), loadTail(b, n & 3))));
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** Largest of x[n], n >= 1; NaN wins. */
export function maxRow(x: usize, n: i32): f32 {
  if (n < 4) return maxLanes(loadTailRepeated(x, n));
  let m = v128.load(x);
  const end = x + ((<usize>(n >> 2)) << 4);
  for (x += 16; x < end; x += 16) m = f32x4.max(m, v128.load(x));
  if (n & 3) m = f32x4.max(m, loadTailRepeated(end, n & 3));
  return maxLanes(m);
}

/** Largest of the four lanes; NaN wins. */
export function maxLanes(v: v128): f32 {
  const m = f32x4.max(v, highPair(v));
  return f32.max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1));
}

/** Largest of x[n], n >= 1, where a NaN may be passed over: for callers that meet it again. */
export function maxRowFast(x: usize, n: i32): f32 {
  let m = n < 4 ? loadTailRepeated(x, n) : v128.load(x);
  const end = x + ((<usize>(n >> 2)) << 4);
  for (x += 16; x < end; x += 16) m = f32x4.pmax(m, v128.load(x));
  if (n > 4 && n & 3) m = f32x4.pmax(m, loadTailRepeated(end, n & 3));
  m = f32x4.pmax(m, highPair(m));
  return f32.max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1));
}
