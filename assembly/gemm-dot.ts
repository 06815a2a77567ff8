// Products of one row of A with rows of B, by dot products along both: B is stored [n, k], as in gemm-small.ts.
//
// An element's four lanes are added as (0 + 2) + (1 + 3), but in dotStrided, where a lane is a column; and along k in one
// order, here and in gemm-dot-pair.ts: so a row has the same bits alone and among others. Reads at most 12 bytes past the
// end of a row. Steps are in bytes.

import { finish, gather, rowOf, scatter, storeLanes } from "./gemm-finish";
import { madd } from "./simd";

/**
 * c[n] = act(b[n, k] · a[k] (+ c) + bias), eight rows of B at a time, as one sum waits for the one before it. The eight lie
 * an eighth of B apart: a processor fetches ahead in each page of memory that is read by itself, so weights that are in
 * no cache come in faster from eight pages at once. Where fewer rows are left, the last repeats. The loop over k leaves in the
 * middle, for the sake of registers (gemm-micro.ts); engines that lack relaxed SIMD get two exits more, never taken, as each
 * ends a block, all of whose loads they move to its front.
 */
export function dot1x8(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  ldb: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  const apart = (n + 7) >> 3;
  for (let row = 0; row < apart; row++) {
    let q0 = rowOf(b, ldb, row, n),
      q1 = rowOf(b, ldb, row + apart, n),
      q2 = rowOf(b, ldb, row + 2 * apart, n),
      q3 = rowOf(b, ldb, row + 3 * apart, n),
      q4 = rowOf(b, ldb, row + 4 * apart, n),
      q5 = rowOf(b, ldb, row + 5 * apart, n),
      q6 = rowOf(b, ldb, row + 6 * apart, n),
      q7 = rowOf(b, ldb, row + 7 * apart, n),
      x = a;
    let s0 = f32x4.splat(0),
      s1 = f32x4.splat(0),
      s2 = f32x4.splat(0),
      s3 = f32x4.splat(0),
      s4 = f32x4.splat(0),
      s5 = f32x4.splat(0),
      s6 = f32x4.splat(0),
      s7 = f32x4.splat(0);
    let p = k;
    for (; p >= 4; p -= 8) {
      let ap = v128.load(x);
      s0 = madd(ap, v128.load(q0), s0);
      s1 = madd(ap, v128.load(q1), s1);
      s2 = madd(ap, v128.load(q2), s2);
      s3 = madd(ap, v128.load(q3), s3);
      if (!ASC_FEATURE_RELAXED_SIMD && p < 4) break;
      s4 = madd(ap, v128.load(q4), s4);
      s5 = madd(ap, v128.load(q5), s5);
      s6 = madd(ap, v128.load(q6), s6);
      s7 = madd(ap, v128.load(q7), s7);
      if (p < 8) break;
      ap = v128.load(x, 16);
      s0 = madd(ap, v128.load(q0, 16), s0);
      s1 = madd(ap, v128.load(q1, 16), s1);
      s2 = madd(ap, v128.load(q2, 16), s2);
      s3 = madd(ap, v128.load(q3, 16), s3);
      if (!ASC_FEATURE_RELAXED_SIMD && p < 8) break;
      s4 = madd(ap, v128.load(q4, 16), s4);
      s5 = madd(ap, v128.load(q5, 16), s5);
      s6 = madd(ap, v128.load(q6, 16), s6);
      s7 = madd(ap, v128.load(q7, 16), s7);
      x += 32;
      q0 += 32;
      q1 += 32;
      q2 += 32;
      q3 += 32;
      q4 += 32;
      q5 += 32;
      q6 += 32;
      q7 += 32;
    }
    // What is left is less than a vector, behind the first of two if the loop was left in the middle.
    if (p & 3) {
      const at: usize = p >= 4 ? 16 : 0;
      const live = liveLanes(p & 3);
      const ap = v128.and(v128.load(x + at), live);
      s0 = madd(ap, v128.and(v128.load(q0 + at), live), s0);
      s1 = madd(ap, v128.and(v128.load(q1 + at), live), s1);
      s2 = madd(ap, v128.and(v128.load(q2 + at), live), s2);
      s3 = madd(ap, v128.and(v128.load(q3 + at), live), s3);
      s4 = madd(ap, v128.and(v128.load(q4 + at), live), s4);
      s5 = madd(ap, v128.and(v128.load(q5 + at), live), s5);
      s6 = madd(ap, v128.and(v128.load(q6 + at), live), s6);
      s7 = madd(ap, v128.and(v128.load(q7 + at), live), s7);
    }
    let low = sums(s0, s1, s2, s3);
    let high = sums(s4, s5, s6, s7);
    if (add) {
      low = f32x4.add(low, gather(c, row, apart, n));
      high = f32x4.add(high, gather(c, row + 4 * apart, apart, n));
    }
    scatter(c, low, row, apart, n);
    scatter(c, high, row + 4 * apart, apart, n);
  }
  if (bias == 0 && activation == 0) return;
  for (; n > 0; n -= 4, c += 16) {
    storeLanes(c, finish(v128.load(c), c, bias, 0, activation, alpha), n);
    if (bias) bias += 16;
  }
}

/** c[n] = act(b[n, k] · a[k] (+ c) + bias) where a's elements lie aStep apart: four columns of Bᵀ gathered for each p. */
export function dotStrided(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  aStep: usize,
  ldb: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  for (; n > 0; n -= 4) {
    let q0 = b,
      q1 = n > 1 ? q0 + ldb : q0,
      q2 = n > 2 ? q1 + ldb : q1,
      q3 = n > 3 ? q2 + ldb : q2,
      x = a;
    let s = f32x4.splat(0);
    for (let p = k; p > 0; p--) {
      let bp = v128.load32_zero(q0);
      bp = v128.load32_lane(q1, bp, 1);
      bp = v128.load32_lane(q2, bp, 2);
      bp = v128.load32_lane(q3, bp, 3);
      s = madd(v128.load32_splat(x), bp, s);
      x += aStep;
      q0 += 4;
      q1 += 4;
      q2 += 4;
      q3 += 4;
    }
    storeLanes(c, finish(s, c, bias, add, activation, alpha), n);
    b += 4 * ldb;
    c += 16;
    if (bias) bias += 16;
  }
}

/** The four lane sums, each (0 + 2) + (1 + 3), side by side. */
export function sums(s0: v128, s1: v128, s2: v128, s3: v128): v128 {
  const pairs01 = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), v128.shuffle<f32>(s0, s1, 2, 6, 3, 7));
  const pairs23 = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), v128.shuffle<f32>(s2, s3, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f64>(pairs01, pairs23, 0, 2), v128.shuffle<f64>(pairs01, pairs23, 1, 3));
}

/** All bits in the first `count` lanes, none in the others. */
export function liveLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}
