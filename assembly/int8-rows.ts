// Products of rows of whole numbers q with rows of codes, for every build. A vector of 16 codes is taken as it lies, as eight
// numbers w of 16 bits, in which an even column's code and the next one's share a number. Even ones have 128 added, so that
// they have no sign:
//
//   w = 256 · odd + (even + 128)        w >> 8 = odd
//
//   even · a + odd · b = w · a + (w >> 8) · (b - 256 · a) - 128 · a
//
// So one shift stands in for taking bytes apart. The second factor fits 16 bits, as a and b are at most 127. Sums may leave 32
// bits on the way: they are right modulo 2^32, and the last one fits. The last term is the same for each row of codes: its
// sum, the compensation, is added at the end.

import { rowOf, scatter, storeLanes } from "./gemm-finish";
import { EightBit } from "../src/shared/eight-bit";

/**
 * Splits a row of q (i16), of `bytes` bytes, where it lies: of each 32 bytes the first half becomes a, the other b - 256 · a.
 * Returns the compensation.
 */
export function splitPairs(q: usize, bytes: usize): i32 {
  let sum = i32x4.splat(0);
  for (const end = q + bytes; q < end; q += 32) {
    const low = v128.load(q);
    const high = v128.load(q, 16);
    const a = v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
    const b = v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
    v128.store(q, a);
    v128.store(q, i16x8.sub(b, i16x8.shl(a, 8)), 16);
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(a, i16x8.splat(-128)));
  }
  return sumLanesI32(sum);
}

/**
 * One row of q, split, against n rows of codes, eight at a time, which lie an eighth of the codes apart: a processor fetches
 * ahead in each page of memory that is read by itself, so codes that are in no cache come in faster from eight pages at
 * once. Where fewer rows are left, the last repeats.
 */
export function single(
  y: usize,
  q: usize,
  ofRow: usize,
  codes: usize,
  scales: usize,
  bias: usize,
  n: i32,
  ld: i32,
): void {
  const end = q + ((<usize>ld) << 1);
  const apart = (n + 7) >> 3;
  for (let row = 0; row < apart; row++) {
    let w0 = rowOf(codes, ld, row, n),
      w1 = rowOf(codes, ld, row + apart, n),
      w2 = rowOf(codes, ld, row + 2 * apart, n),
      w3 = rowOf(codes, ld, row + 3 * apart, n),
      w4 = rowOf(codes, ld, row + 4 * apart, n),
      w5 = rowOf(codes, ld, row + 5 * apart, n),
      w6 = rowOf(codes, ld, row + 6 * apart, n),
      w7 = rowOf(codes, ld, row + 7 * apart, n);
    let s0 = i32x4.splat(0),
      s1 = i32x4.splat(0),
      s2 = i32x4.splat(0),
      s3 = i32x4.splat(0),
      s4 = i32x4.splat(0),
      s5 = i32x4.splat(0),
      s6 = i32x4.splat(0),
      s7 = i32x4.splat(0);
    for (let at = q; at < end; at += 32) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      let w = v128.load(w0);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(w, a));
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(i16x8.shr_s(w, 8), b));
      w = v128.load(w1);
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(w, a));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(i16x8.shr_s(w, 8), b));
      w = v128.load(w2);
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(w, a));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(i16x8.shr_s(w, 8), b));
      w = v128.load(w3);
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(w, a));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(i16x8.shr_s(w, 8), b));
      w = v128.load(w4);
      s4 = i32x4.add(s4, i32x4.dot_i16x8_s(w, a));
      s4 = i32x4.add(s4, i32x4.dot_i16x8_s(i16x8.shr_s(w, 8), b));
      w = v128.load(w5);
      s5 = i32x4.add(s5, i32x4.dot_i16x8_s(w, a));
      s5 = i32x4.add(s5, i32x4.dot_i16x8_s(i16x8.shr_s(w, 8), b));
      w = v128.load(w6);
      s6 = i32x4.add(s6, i32x4.dot_i16x8_s(w, a));
      s6 = i32x4.add(s6, i32x4.dot_i16x8_s(i16x8.shr_s(w, 8), b));
      w = v128.load(w7);
      s7 = i32x4.add(s7, i32x4.dot_i16x8_s(w, a));
      s7 = i32x4.add(s7, i32x4.dot_i16x8_s(i16x8.shr_s(w, 8), b));
      w0 += 16;
      w1 += 16;
      w2 += 16;
      w3 += 16;
      w4 += 16;
      w5 += 16;
      w6 += 16;
      w7 += 16;
    }
    scatter(y, dotProducts(s0, s1, s2, s3, ofRow), row, apart, n);
    scatter(y, dotProducts(s4, s5, s6, s7, ofRow), row + 4 * apart, apart, n);
  }
  scaleRow(y, ofRow, scales, bias, n);
}

/** Two rows of q, split, which lie one behind the other, against n rows of codes, four at a time. */
export function pair(
  y0: usize,
  y1: usize,
  q: usize,
  ofRow: usize,
  codes: usize,
  scales: usize,
  bias: usize,
  n: i32,
  ld: i32,
): void {
  const row = <usize>ld;
  const next = row << 1;
  const end = q + next;
  for (let left = n; left > 0; left -= 4, codes += row << 2) {
    let w0 = codes,
      w1 = left > 1 ? w0 + row : w0,
      w2 = left > 2 ? w1 + row : w1,
      w3 = left > 3 ? w2 + row : w2;
    let s00 = i32x4.splat(0),
      s01 = i32x4.splat(0),
      s02 = i32x4.splat(0),
      s03 = i32x4.splat(0),
      s10 = i32x4.splat(0),
      s11 = i32x4.splat(0),
      s12 = i32x4.splat(0),
      s13 = i32x4.splat(0);
    for (let at = q; at < end; at += 32) {
      const a0 = v128.load(at);
      const b0 = v128.load(at, 16);
      const a1 = v128.load(at + next);
      const b1 = v128.load(at + next, 16);
      let w = v128.load(w0);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(w, a0));
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(w, a1));
      w = i16x8.shr_s(w, 8);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(w, b0));
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(w, b1));
      w = v128.load(w1);
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(w, a0));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(w, a1));
      w = i16x8.shr_s(w, 8);
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(w, b0));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(w, b1));
      w = v128.load(w2);
      s02 = i32x4.add(s02, i32x4.dot_i16x8_s(w, a0));
      s12 = i32x4.add(s12, i32x4.dot_i16x8_s(w, a1));
      w = i16x8.shr_s(w, 8);
      s02 = i32x4.add(s02, i32x4.dot_i16x8_s(w, b0));
      s12 = i32x4.add(s12, i32x4.dot_i16x8_s(w, b1));
      w = v128.load(w3);
      s03 = i32x4.add(s03, i32x4.dot_i16x8_s(w, a0));
      s13 = i32x4.add(s13, i32x4.dot_i16x8_s(w, a1));
      w = i16x8.shr_s(w, 8);
      s03 = i32x4.add(s03, i32x4.dot_i16x8_s(w, b0));
      s13 = i32x4.add(s13, i32x4.dot_i16x8_s(w, b1));
      w0 += 16;
      w1 += 16;
      w2 += 16;
      w3 += 16;
    }
    const at = (<usize>(n - left)) << 2;
    storeLanes(y0 + at, dotProducts(s00, s01, s02, s03, ofRow), left);
    storeLanes(y1 + at, dotProducts(s10, s11, s12, s13, ofRow + <usize>EightBit.OfRow), left);
  }
  scaleRow(y0, ofRow, scales, bias, n);
  scaleRow(y1, ofRow + <usize>EightBit.OfRow, scales, bias, n);
}

/** The dot products with four rows of codes, whose sums are in the lanes of four vectors; `ofRow`: see EightBit.OfRow. */
export function dotProducts(s0: v128, s1: v128, s2: v128, s3: v128, ofRow: usize): v128 {
  const pairs01 = i32x4.add(v128.shuffle<i32>(s0, s1, 0, 4, 1, 5), v128.shuffle<i32>(s0, s1, 2, 6, 3, 7));
  const pairs23 = i32x4.add(v128.shuffle<i32>(s2, s3, 0, 4, 1, 5), v128.shuffle<i32>(s2, s3, 2, 6, 3, 7));
  const all = i32x4.add(v128.shuffle<i64>(pairs01, pairs23, 0, 2), v128.shuffle<i64>(pairs01, pairs23, 1, 3));
  return f32x4.convert_i32x4_s(i32x4.add(all, v128.load32_splat(ofRow, 4)));
}

/** y[n] = y[n] · step · scales[n] + bias[n]. Reads whole vectors of scales and biases. */
export function scaleRow(y: usize, ofRow: usize, scales: usize, bias: usize, n: i32): void {
  const step = v128.load32_splat(ofRow);
  for (; n > 0; n -= 4, y += 16, scales += 16) {
    let v = f32x4.mul(v128.load(y), f32x4.mul(step, v128.load(scales)));
    if (bias) {
      v = f32x4.add(v, v128.load(bias));
      bias += 16;
    }
    storeLanes(y, v, n);
  }
}

/** The sum of four lanes. */
export function sumLanesI32(v: v128): i32 {
  const pairs = i32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}
