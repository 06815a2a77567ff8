// Products of bytes with bytes, for builds with relaxed SIMD. The instruction takes signed bytes on one side, and on the
// other only 0 to 127 if it is to give the same in every engine. So a row of whole numbers q is split by sign:
//
//   q = h - g,   h = max(q, 0), g = max(-q, 0)        Σ q · codes = Σ h · codes - Σ g · codes
//
// All sums are exact, hence the same bits as in int8.ts. A processor that has the instruction does in three steps what
// takes six there, and then waits for memory alone; one that has not needs more than there.

import { rowOf, scatter } from "./gemm-finish";
import { scaleRow, sums } from "./int8";

/** Splits `bytes` bytes of q (i16), where they lie: of each 32 bytes the first half becomes h (i8), the other g. */
export function splitSigns(q: usize, bytes: usize): void {
  for (const end = q + bytes; q < end; q += 32) {
    const low = v128.load(q);
    const high = v128.load(q, 16);
    const zero = i8x16.splat(0);
    v128.store(q, i8x16.max_s(i8x16.narrow_i16x8_s(low, high), zero));
    v128.store(q, i8x16.max_s(i8x16.narrow_i16x8_s(i16x8.neg(low), i16x8.neg(high)), zero), 16);
  }
}

/**
 * One row of q, split, against n rows of codes: as single() in int8.ts, but with eight rows at a time, as these wait for
 * nothing but memory.
 */
export function singleDots(
  y: usize,
  q: usize,
  step: usize,
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
      s7 = i32x4.splat(0),
      t0 = i32x4.splat(0),
      t1 = i32x4.splat(0),
      t2 = i32x4.splat(0),
      t3 = i32x4.splat(0),
      t4 = i32x4.splat(0),
      t5 = i32x4.splat(0),
      t6 = i32x4.splat(0),
      t7 = i32x4.splat(0);
    for (let at = q; at < end; at += 32) {
      const h = v128.load(at);
      const g = v128.load(at, 16);
      let w = v128.load(w0);
      s0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, h, s0);
      t0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, g, t0);
      w = v128.load(w1);
      s1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, h, s1);
      t1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, g, t1);
      w = v128.load(w2);
      s2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, h, s2);
      t2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, g, t2);
      w = v128.load(w3);
      s3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, h, s3);
      t3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, g, t3);
      w = v128.load(w4);
      s4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, h, s4);
      t4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, g, t4);
      w = v128.load(w5);
      s5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, h, s5);
      t5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, g, t5);
      w = v128.load(w6);
      s6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, h, s6);
      t6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, g, t6);
      w = v128.load(w7);
      s7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, h, s7);
      t7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, g, t7);
      w0 += 16;
      w1 += 16;
      w2 += 16;
      w3 += 16;
      w4 += 16;
      w5 += 16;
      w6 += 16;
      w7 += 16;
    }
    scatter(y, whole(sums(s0, s1, s2, s3), sums(t0, t1, t2, t3)), row, apart, n);
    scatter(y, whole(sums(s4, s5, s6, s7), sums(t4, t5, t6, t7)), row + 4 * apart, apart, n);
  }
  scaleRow(y, load<f32>(step), scales, bias, n);
}

/** The sums of h less those of g. */
function whole(h: v128, g: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.sub(h, g));
}
