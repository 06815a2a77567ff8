// Products of bytes with bytes, for builds with relaxed SIMD. The instruction takes signed bytes on one side, and on the
// other only 0 to 127 if it is to give the same in every engine. So a row of whole numbers q is split by sign, and what is
// to be subtracted is added with the code's bits inverted, which is -code - 1:
//
//   q = h - g,   h = max(q, 0), g = max(-q, 0)        q · code = h · code + g · ~code + g
//
// The last term is the same for each row of codes: its sum, the compensation, is added at the end. All sums are exact, hence
// the same bits as in int8-rows.ts. A processor that has the instruction does with four what takes five there; one that has
// not needs more than there.

import { rowOf, scatter } from "./gemm-finish";
import { dotProducts, scaleRow, sumLanesI32 } from "./int8-rows";

/**
 * Splits a row of q (i16), of `bytes` bytes, where it lies: of each 32 bytes the first half becomes h (i8), the other g.
 * Returns the compensation.
 */
export function splitSigns(q: usize, bytes: usize): i32 {
  let sum = i32x4.splat(0);
  for (const end = q + bytes; q < end; q += 32) {
    const low = v128.load(q);
    const high = v128.load(q, 16);
    const zero = i8x16.splat(0);
    const g = i8x16.max_s(i8x16.narrow_i16x8_s(i16x8.neg(low), i16x8.neg(high)), zero);
    v128.store(q, i8x16.max_s(i8x16.narrow_i16x8_s(low, high), zero));
    v128.store(q, g, 16);
    sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(g)));
  }
  return sumLanesI32(sum);
}

/** What even columns have added. From memory, as newer engines rebuild a constant at every use. */
const ADDED: usize = memory.data<u8>([128, 0, 128, 0], 4);

/** One row of q, split, against n rows of codes: as single() in int8-rows.ts. */
export function singleDots(
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
  const offset = v128.load32_splat(ADDED);
  const inverted = v128.not(offset);
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
      const h = v128.load(at);
      const g = v128.load(at, 16);
      let w = v128.load(w0);
      s0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, offset), h, s0);
      s0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, inverted), g, s0);
      w = v128.load(w1);
      s1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, offset), h, s1);
      s1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, inverted), g, s1);
      w = v128.load(w2);
      s2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, offset), h, s2);
      s2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, inverted), g, s2);
      w = v128.load(w3);
      s3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, offset), h, s3);
      s3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, inverted), g, s3);
      w = v128.load(w4);
      s4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, offset), h, s4);
      s4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, inverted), g, s4);
      w = v128.load(w5);
      s5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, offset), h, s5);
      s5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, inverted), g, s5);
      w = v128.load(w6);
      s6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, offset), h, s6);
      s6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, inverted), g, s6);
      w = v128.load(w7);
      s7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, offset), h, s7);
      s7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.xor(w, inverted), g, s7);
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
