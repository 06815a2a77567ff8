// Matrix products without packing: few rows, or so little work that packing would be most of it.
//
//   B stored [n, k]   dot products along k, rows of A against rows of B             (logits of one sample)
//   B stored [k, n]   few rows: a row of C as a sum of rows of B, kept in registers  (one sample through [in, out])
//                     else: the microkernels, reading B as it lies
//
// Reads at most 12 bytes past the end of a row of A, B, C or bias. Steps are in bytes.

import { Block } from "../src/shared/blocking";
import { finish, gather, scatter, storeLanes } from "./gemm-finish";
import { InPlace, micro4x4, micro4x8 } from "./gemm-micro";
import { madd } from "./simd";

/** c[m, n] = act(a · b (+ c) + bias). Element (i, p) of A at a + i * aRow + p * aStep. */
export function gemmSmall(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  m: i32,
  n: i32,
  k: i32,
  ldc: usize,
  aRow: usize,
  aStep: usize,
  ldb: usize,
  transB: i32,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  if (transB) {
    for (; m > 0; m -= 2) {
      if (aStep != 4) {
        dotStrided(c, a, b, bias, n, k, aStep, ldb, add, activation, alpha);
        if (m > 1) dotStrided(c + ldc, a + aRow, b, bias, n, k, aStep, ldb, add, activation, alpha);
      } else if (m > 1) {
        dot2x4(c, c + ldc, a, a + aRow, b, bias, n, k, ldb, add, activation, alpha);
      } else {
        dot1x8(c, a, b, bias, n, k, ldb, add, activation, alpha);
      }
      a += 2 * aRow;
      c += 2 * ldc;
    }
  } else if (m < Block.MR || k < 4) {
    for (; m > 0; m--) {
      sumOfRows(c, a, b, bias, n, k, aStep, ldb, add, activation, alpha);
      a += aRow;
      c += ldc;
    }
  } else {
    const last = n & 7;
    const whole = last > 4 ? n : n - last;
    const skip = (<usize>whole) << 2;
    for (; m > 0; m -= Block.MR) {
      if (whole) micro4x8<InPlace>(c, a, b, bias, whole, k, m, ldc, aRow, aStep, ldb, 32, add, activation, alpha);
      if (whole < n) {
        const at = bias ? bias + skip : 0;
        micro4x4<InPlace>(c + skip, a, b + skip, at, n - whole, k, m, ldc, aRow, aStep, ldb, add, activation, alpha);
      }
      a += <usize>Block.MR * aRow;
      c += <usize>Block.MR * ldc;
    }
  }
}

/** c[n] = act(sum over p of a[p] * b[p, …] (+ c) + bias). */
function sumOfRows(
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
  for (; n >= 32; n -= 32) {
    let s0 = f32x4.splat(0),
      s1 = f32x4.splat(0),
      s2 = f32x4.splat(0),
      s3 = f32x4.splat(0),
      s4 = f32x4.splat(0),
      s5 = f32x4.splat(0),
      s6 = f32x4.splat(0),
      s7 = f32x4.splat(0);
    let x = a;
    let q = b;
    for (let p = k; p > 0; p--) {
      const ap = v128.load32_splat(x);
      s0 = madd(ap, v128.load(q), s0);
      s1 = madd(ap, v128.load(q, 16), s1);
      s2 = madd(ap, v128.load(q, 32), s2);
      s3 = madd(ap, v128.load(q, 48), s3);
      s4 = madd(ap, v128.load(q, 64), s4);
      s5 = madd(ap, v128.load(q, 80), s5);
      s6 = madd(ap, v128.load(q, 96), s6);
      s7 = madd(ap, v128.load(q, 112), s7);
      x += aStep;
      q += ldb;
    }
    finish4(c, s0, s1, s2, s3, bias, add, activation, alpha);
    finish4(c + 64, s4, s5, s6, s7, bias ? bias + 64 : 0, add, activation, alpha);
    b += 128;
    c += 128;
    if (bias) bias += 128;
  }
  for (; n > 0; n -= 4) {
    let s = f32x4.splat(0);
    let x = a;
    let q = b;
    for (let p = k; p > 0; p--) {
      s = madd(v128.load32_splat(x), v128.load(q), s);
      x += aStep;
      q += ldb;
    }
    storeLanes(c, finish(s, c, bias, add, activation, alpha), n);
    b += 16;
    c += 16;
    if (bias) bias += 16;
  }
}

/** Stores 16 finished columns. */
function finish4(
  c: usize,
  s0: v128,
  s1: v128,
  s2: v128,
  s3: v128,
  bias: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  v128.store(c, finish(s0, c, bias, add, activation, alpha));
  v128.store(c, finish(s1, c + 16, bias ? bias + 16 : 0, add, activation, alpha), 16);
  v128.store(c, finish(s2, c + 32, bias ? bias + 32 : 0, add, activation, alpha), 32);
  v128.store(c, finish(s3, c + 48, bias ? bias + 48 : 0, add, activation, alpha), 48);
}

/**
 * c[n] = act(b[n, k] · a[k] (+ c) + bias), eight rows of B at a time, as one sum waits for the one before it; lanes are summed
 * as (0 + 2) + (1 + 3). The eight rows lie an eighth of B apart: a processor fetches ahead in each page of memory that is
 * read by itself, so weights that are in no cache come in faster from eight pages at once. Where fewer rows are left, the
 * last repeats.
 */
function dot1x8(
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
  const live = firstLanes(k & 3);
  const apart = (n + 7) >> 3;
  for (let row = 0; row < apart; row++) {
    let q0 = b + <usize>row * ldb,
      q1 = b + <usize>min(row + apart, n - 1) * ldb,
      q2 = b + <usize>min(row + 2 * apart, n - 1) * ldb,
      q3 = b + <usize>min(row + 3 * apart, n - 1) * ldb,
      q4 = b + <usize>min(row + 4 * apart, n - 1) * ldb,
      q5 = b + <usize>min(row + 5 * apart, n - 1) * ldb,
      q6 = b + <usize>min(row + 6 * apart, n - 1) * ldb,
      q7 = b + <usize>min(row + 7 * apart, n - 1) * ldb,
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
    for (; p >= 8; p -= 8) {
      let ap = v128.load(x);
      s0 = madd(ap, v128.load(q0), s0);
      s1 = madd(ap, v128.load(q1), s1);
      s2 = madd(ap, v128.load(q2), s2);
      s3 = madd(ap, v128.load(q3), s3);
      s4 = madd(ap, v128.load(q4), s4);
      s5 = madd(ap, v128.load(q5), s5);
      s6 = madd(ap, v128.load(q6), s6);
      s7 = madd(ap, v128.load(q7), s7);
      ap = v128.load(x, 16);
      s0 = madd(ap, v128.load(q0, 16), s0);
      s1 = madd(ap, v128.load(q1, 16), s1);
      s2 = madd(ap, v128.load(q2, 16), s2);
      s3 = madd(ap, v128.load(q3, 16), s3);
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
    if (p >= 4) {
      const ap = v128.load(x);
      s0 = madd(ap, v128.load(q0), s0);
      s1 = madd(ap, v128.load(q1), s1);
      s2 = madd(ap, v128.load(q2), s2);
      s3 = madd(ap, v128.load(q3), s3);
      s4 = madd(ap, v128.load(q4), s4);
      s5 = madd(ap, v128.load(q5), s5);
      s6 = madd(ap, v128.load(q6), s6);
      s7 = madd(ap, v128.load(q7), s7);
      x += 16;
      q0 += 16;
      q1 += 16;
      q2 += 16;
      q3 += 16;
      q4 += 16;
      q5 += 16;
      q6 += 16;
      q7 += 16;
      p -= 4;
    }
    if (p > 0) {
      const ap = v128.and(v128.load(x), live);
      s0 = madd(ap, v128.and(v128.load(q0), live), s0);
      s1 = madd(ap, v128.and(v128.load(q1), live), s1);
      s2 = madd(ap, v128.and(v128.load(q2), live), s2);
      s3 = madd(ap, v128.and(v128.load(q3), live), s3);
      s4 = madd(ap, v128.and(v128.load(q4), live), s4);
      s5 = madd(ap, v128.and(v128.load(q5), live), s5);
      s6 = madd(ap, v128.and(v128.load(q6), live), s6);
      s7 = madd(ap, v128.and(v128.load(q7), live), s7);
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

/** Two rows of C at once, otherwise as dot1x8 and with the same bits. */
function dot2x4(
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
  const live = firstLanes(k & 3);
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

/** c[n] = act(b[n, k] · a[k] (+ c) + bias) where a's elements lie aStep apart: four columns of Bᵀ gathered for each p. */
function dotStrided(
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
function sums(s0: v128, s1: v128, s2: v128, s3: v128): v128 {
  const pairs01 = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), v128.shuffle<f32>(s0, s1, 2, 6, 3, 7));
  const pairs23 = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), v128.shuffle<f32>(s2, s3, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f64>(pairs01, pairs23, 0, 2), v128.shuffle<f64>(pairs01, pairs23, 1, 3));
}

/** All bits in the first `count` lanes, none in the others. */
function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}
