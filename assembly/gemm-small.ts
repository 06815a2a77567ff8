// Matrix products without packing: few rows, 5, 10 or 15 columns, or so little work that packing would be most of it.
//
//   B stored [n, k]   dot products along k, rows of A against rows of B             (logits)
//   B stored [k, n]   few rows: a row of C as a sum of rows of B, kept in registers  (one sample through [in, out])
//                     else: the microkernels, reading B as it lies
//
// Reads at most 12 bytes past the end of a row of A, B, C or bias. Steps are in bytes.

import { Block, inFives } from "../src/shared/blocking";
import { dot1x8, dotStrided } from "./gemm-dot";
import { dot2x4, dot2x5 } from "./gemm-dot-pair";
import { finish, storeLanes } from "./gemm-finish";
import { InPlace, micro4x4, micro4x8 } from "./gemm-micro";
import { micro6x8 } from "./gemm-micro-wide";
import { madd, WIDE } from "./simd";

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
    // Ten classes, say, are two fives, or three fours with two columns for nothing.
    const fives = inFives(n, k);
    for (; m > 0; m -= 2) {
      if (aStep != 4) {
        dotStrided(c, a, b, bias, n, k, aStep, ldb, add, activation, alpha);
        if (m > 1) dotStrided(c + ldc, a + aRow, b, bias, n, k, aStep, ldb, add, activation, alpha);
      } else if (m > 1) {
        if (fives) dot2x5(c, c + ldc, a, a + aRow, b, bias, n, k, ldb, add, activation, alpha);
        else dot2x4(c, c + ldc, a, a + aRow, b, bias, n, k, ldb, add, activation, alpha);
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
    tiles(c, a, b, bias, m, n, k, ldc, aRow, aStep, ldb, add, activation, alpha);
  }
}

/** All of C by the microkernels, first what they do eight columns wide. */
function tiles(
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
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  let at = a;
  let to = c;
  let rows: i32 = Block.MR;
  for (let left = m; left > 0; left -= rows) {
    // Ten rows of Aᵀ are a tile of 6 and one of 4; in three of 4 two rows would be for nothing. Of 7, 8 and 11, fours are best.
    const tall = ASC_FEATURE_RELAXED_SIMD && WIDE && aStep != 4 && left >= 6 && left != 7 && left != 8 && left != 11;
    rows = tall ? 6 : Block.MR;
    if (tall) micro6x8(to, at, b, bias, n, k, ldc, aRow, aStep, ldb, 32, add, activation, alpha);
    else micro4x8<InPlace>(to, at, b, bias, n, k, left, ldc, aRow, aStep, ldb, 32, add, activation, alpha);
    at += <usize>rows * aRow;
    to += <usize>rows * ldc;
  }
  const narrow = n & 7;
  if (narrow == 0 || narrow > 4) return;
  const skip = (<usize>(n - narrow)) << 2;
  c += skip;
  b += skip;
  if (bias) bias += skip;
  for (; m > 0; m -= Block.MR) {
    micro4x4<InPlace>(c, a, b, bias, narrow, k, m, ldc, aRow, aStep, ldb, add, activation, alpha);
    a += <usize>Block.MR * aRow;
    c += <usize>Block.MR * ldc;
  }
}

/** c[n] = act(sum over p of a[p] * b[p, …] (+ c) + bias), p in ascending order as in the microkernels. */
export function sumOfRows(
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
    for (let p = 0; p < k; p++) {
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
    for (let p = 0; p < k; p++) {
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
