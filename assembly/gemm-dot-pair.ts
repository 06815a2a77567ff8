// Products of two rows of A at once with rows of B: otherwise as gemm-dot.ts, and with the same bits.

import { finish, storeLanes } from "./gemm-finish";
import { liveLanes, sums } from "./gemm-dot";
import { madd } from "./simd";

/** Four columns at a time; of fewer the last repeats. */
export function dot2x4(
  c0: usize,
  c1: usize,
  a0: usize,
  a1: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  ldb: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  const live = liveLanes(k & 3);
  for (; n > 0; n -= 4) {
    let q0 = b,
      q1 = n > 1 ? q0 + ldb : q0,
      q2 = n > 2 ? q1 + ldb : q1,
      q3 = n > 3 ? q2 + ldb : q2,
      x0 = a0,
      x1 = a1;
    let s00 = f32x4.splat(0),
      s01 = f32x4.splat(0),
      s02 = f32x4.splat(0),
      s03 = f32x4.splat(0),
      s10 = f32x4.splat(0),
      s11 = f32x4.splat(0),
      s12 = f32x4.splat(0),
      s13 = f32x4.splat(0);
    let p = k;
    for (; p >= 4; p -= 4) {
      const ap = v128.load(x0);
      const aq = v128.load(x1);
      let bp = v128.load(q0);
      s00 = madd(ap, bp, s00);
      s10 = madd(aq, bp, s10);
      bp = v128.load(q1);
      s01 = madd(ap, bp, s01);
      s11 = madd(aq, bp, s11);
      bp = v128.load(q2);
      s02 = madd(ap, bp, s02);
      s12 = madd(aq, bp, s12);
      bp = v128.load(q3);
      s03 = madd(ap, bp, s03);
      s13 = madd(aq, bp, s13);
      x0 += 16;
      x1 += 16;
      q0 += 16;
      q1 += 16;
      q2 += 16;
      q3 += 16;
    }
    if (p > 0) {
      const ap = v128.and(v128.load(x0), live);
      const aq = v128.and(v128.load(x1), live);
      let bp = v128.and(v128.load(q0), live);
      s00 = madd(ap, bp, s00);
      s10 = madd(aq, bp, s10);
      bp = v128.and(v128.load(q1), live);
      s01 = madd(ap, bp, s01);
      s11 = madd(aq, bp, s11);
      bp = v128.and(v128.load(q2), live);
      s02 = madd(ap, bp, s02);
      s12 = madd(aq, bp, s12);
      bp = v128.and(v128.load(q3), live);
      s03 = madd(ap, bp, s03);
      s13 = madd(aq, bp, s13);
    }
    storeLanes(c0, finish(sums(s00, s01, s02, s03), c0, bias, add, activation, alpha), n);
    storeLanes(c1, finish(sums(s10, s11, s12, s13), c1, bias, add, activation, alpha), n);
    b += 4 * ldb;
    c0 += 16;
    c1 += 16;
    if (bias) bias += 16;
  }
}

/** Five columns at a time, for n that is a multiple of five. */
export function dot2x5(
  c0: usize,
  c1: usize,
  a0: usize,
  a1: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  ldb: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  const live = liveLanes(k & 3);
  for (; n > 0; n -= 5) {
    let q0 = b,
      q1 = q0 + ldb,
      q2 = q1 + ldb,
      q3 = q2 + ldb,
      q4 = q3 + ldb,
      x0 = a0,
      x1 = a1;
    let s00 = f32x4.splat(0),
      s01 = f32x4.splat(0),
      s02 = f32x4.splat(0),
      s03 = f32x4.splat(0),
      s04 = f32x4.splat(0),
      s10 = f32x4.splat(0),
      s11 = f32x4.splat(0),
      s12 = f32x4.splat(0),
      s13 = f32x4.splat(0),
      s14 = f32x4.splat(0);
    let p = k;
    for (; p >= 4; p -= 4) {
      const ap = v128.load(x0);
      const aq = v128.load(x1);
      let bp = v128.load(q0);
      s00 = madd(ap, bp, s00);
      s10 = madd(aq, bp, s10);
      bp = v128.load(q1);
      s01 = madd(ap, bp, s01);
      s11 = madd(aq, bp, s11);
      bp = v128.load(q2);
      s02 = madd(ap, bp, s02);
      s12 = madd(aq, bp, s12);
      bp = v128.load(q3);
      s03 = madd(ap, bp, s03);
      s13 = madd(aq, bp, s13);
      bp = v128.load(q4);
      s04 = madd(ap, bp, s04);
      s14 = madd(aq, bp, s14);
      x0 += 16;
      x1 += 16;
      q0 += 16;
      q1 += 16;
      q2 += 16;
      q3 += 16;
      q4 += 16;
    }
    if (p > 0) {
      const ap = v128.and(v128.load(x0), live);
      const aq = v128.and(v128.load(x1), live);
      let bp = v128.and(v128.load(q0), live);
      s00 = madd(ap, bp, s00);
      s10 = madd(aq, bp, s10);
      bp = v128.and(v128.load(q1), live);
      s01 = madd(ap, bp, s01);
      s11 = madd(aq, bp, s11);
      bp = v128.and(v128.load(q2), live);
      s02 = madd(ap, bp, s02);
      s12 = madd(aq, bp, s12);
      bp = v128.and(v128.load(q3), live);
      s03 = madd(ap, bp, s03);
      s13 = madd(aq, bp, s13);
      bp = v128.and(v128.load(q4), live);
      s04 = madd(ap, bp, s04);
      s14 = madd(aq, bp, s14);
    }
    storeLanes(c0, finish(sums(s00, s01, s02, s03), c0, bias, add, activation, alpha), 4);
    storeLanes(c1, finish(sums(s10, s11, s12, s13), c1, bias, add, activation, alpha), 4);
    const last = bias ? bias + 16 : 0;
    const fifth = sums(s04, s14, s04, s14);
    storeLanes(c0 + 16, finish(fifth, c0 + 16, last, add, activation, alpha), 1);
    const other = v128.shuffle<f32>(fifth, fifth, 1, 1, 1, 1);
    storeLanes(c1 + 16, finish(other, c1 + 16, last, add, activation, alpha), 1);
    b += 5 * ldb;
    c0 += 20;
    c1 += 20;
    if (bias) bias += 20;
  }
}
