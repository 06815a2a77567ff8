// Microkernels of the convolution: results by quads, each the sum over k of a coefficient times a quad of a picture.
//
//   c[i, quad] = act(Σ over p < k of a[i, p] · b[quad + taps[p]] (+ c[i, quad]) + bias[i])
//
//                b   quad, quad            for each p: four floats at either, tap p further on
//                  ┌──────────┐
//   a   ┌───────┐  ├──────────┤
//       │ rows  │  │ 4 x 2·4  │   c      rows ldc apart, each quad at its own place
//       └───────┘  └──────────┘
//
// No patches are written: a table of taps (assembly/conv-frame.ts) says where a quad's element p lies. Each element of C
// is the sum over p in ascending order, from zero, then + C (if add), + bias, activation: the same bits in either kernel.
// Steps are in bytes; k >= 1. A quad that is short is computed as a whole, from whatever lies behind it, and stored in
// part. Missing rows repeat the last one. For the exits out of the loop over k, see gemm-micro.ts.

import { QUAD } from "./conv-frame";
import { rectify, storeLanes } from "./gemm-finish";
import { madd } from "./simd";

/** Up to four rows of C, over `count` quads, two at a time. */
export function tile4x8(
  c: usize,
  a: usize,
  b: usize,
  taps: usize,
  quads: usize,
  count: i32,
  k: i32,
  rows: i32,
  ldc: usize,
  aRow: usize,
  bias: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  const a1 = rows > 1 ? a + aRow : a;
  const a2 = rows > 2 ? a1 + aRow : a1;
  const a3 = rows > 3 ? a2 + aRow : a2;
  const row1 = rows > 1 ? ldc : 0;
  const row2 = rows > 2 ? row1 + ldc : row1;
  const row3 = rows > 3 ? row2 + ldc : row2;

  for (; count > 0; count -= 2, quads += 2 * QUAD) {
    const other = count > 1 ? quads + QUAD : quads;
    const q0 = b + load<u32>(quads);
    const q1 = b + load<u32>(other);
    let s00 = f32x4.splat(0),
      s01 = f32x4.splat(0),
      s10 = f32x4.splat(0),
      s11 = f32x4.splat(0),
      s20 = f32x4.splat(0),
      s21 = f32x4.splat(0),
      s30 = f32x4.splat(0),
      s31 = f32x4.splat(0);
    let p0 = a,
      p1 = a1,
      p2 = a2,
      p3 = a3,
      tap = taps;
    let b0: v128, b1: v128, x: v128, at: usize;
    for (let p = k; ; p -= 8) {
      at = load<u32>(tap);
      b0 = v128.load(q0 + at);
      b1 = v128.load(q1 + at);
      x = v128.load32_splat(p0);
      s00 = madd(x, b0, s00);
      s01 = madd(x, b1, s01);
      x = v128.load32_splat(p1);
      s10 = madd(x, b0, s10);
      s11 = madd(x, b1, s11);
      x = v128.load32_splat(p2);
      s20 = madd(x, b0, s20);
      s21 = madd(x, b1, s21);
      x = v128.load32_splat(p3);
      s30 = madd(x, b0, s30);
      s31 = madd(x, b1, s31);
      if (p == 1) break;

      at = load<u32>(tap, 4);
      b0 = v128.load(q0 + at);
      b1 = v128.load(q1 + at);
      x = v128.load32_splat(p0, 4);
      s00 = madd(x, b0, s00);
      s01 = madd(x, b1, s01);
      x = v128.load32_splat(p1, 4);
      s10 = madd(x, b0, s10);
      s11 = madd(x, b1, s11);
      x = v128.load32_splat(p2, 4);
      s20 = madd(x, b0, s20);
      s21 = madd(x, b1, s21);
      x = v128.load32_splat(p3, 4);
      s30 = madd(x, b0, s30);
      s31 = madd(x, b1, s31);
      if (p == 2) break;

      at = load<u32>(tap, 8);
      b0 = v128.load(q0 + at);
      b1 = v128.load(q1 + at);
      x = v128.load32_splat(p0, 8);
      s00 = madd(x, b0, s00);
      s01 = madd(x, b1, s01);
      x = v128.load32_splat(p1, 8);
      s10 = madd(x, b0, s10);
      s11 = madd(x, b1, s11);
      x = v128.load32_splat(p2, 8);
      s20 = madd(x, b0, s20);
      s21 = madd(x, b1, s21);
      x = v128.load32_splat(p3, 8);
      s30 = madd(x, b0, s30);
      s31 = madd(x, b1, s31);
      if (p == 3) break;

      at = load<u32>(tap, 12);
      b0 = v128.load(q0 + at);
      b1 = v128.load(q1 + at);
      x = v128.load32_splat(p0, 12);
      s00 = madd(x, b0, s00);
      s01 = madd(x, b1, s01);
      x = v128.load32_splat(p1, 12);
      s10 = madd(x, b0, s10);
      s11 = madd(x, b1, s11);
      x = v128.load32_splat(p2, 12);
      s20 = madd(x, b0, s20);
      s21 = madd(x, b1, s21);
      x = v128.load32_splat(p3, 12);
      s30 = madd(x, b0, s30);
      s31 = madd(x, b1, s31);
      if (p == 4) break;

      at = load<u32>(tap, 16);
      b0 = v128.load(q0 + at);
      b1 = v128.load(q1 + at);
      x = v128.load32_splat(p0, 16);
      s00 = madd(x, b0, s00);
      s01 = madd(x, b1, s01);
      x = v128.load32_splat(p1, 16);
      s10 = madd(x, b0, s10);
      s11 = madd(x, b1, s11);
      x = v128.load32_splat(p2, 16);
      s20 = madd(x, b0, s20);
      s21 = madd(x, b1, s21);
      x = v128.load32_splat(p3, 16);
      s30 = madd(x, b0, s30);
      s31 = madd(x, b1, s31);
      if (p == 5) break;

      at = load<u32>(tap, 20);
      b0 = v128.load(q0 + at);
      b1 = v128.load(q1 + at);
      x = v128.load32_splat(p0, 20);
      s00 = madd(x, b0, s00);
      s01 = madd(x, b1, s01);
      x = v128.load32_splat(p1, 20);
      s10 = madd(x, b0, s10);
      s11 = madd(x, b1, s11);
      x = v128.load32_splat(p2, 20);
      s20 = madd(x, b0, s20);
      s21 = madd(x, b1, s21);
      x = v128.load32_splat(p3, 20);
      s30 = madd(x, b0, s30);
      s31 = madd(x, b1, s31);
      if (p == 6) break;

      at = load<u32>(tap, 24);
      b0 = v128.load(q0 + at);
      b1 = v128.load(q1 + at);
      x = v128.load32_splat(p0, 24);
      s00 = madd(x, b0, s00);
      s01 = madd(x, b1, s01);
      x = v128.load32_splat(p1, 24);
      s10 = madd(x, b0, s10);
      s11 = madd(x, b1, s11);
      x = v128.load32_splat(p2, 24);
      s20 = madd(x, b0, s20);
      s21 = madd(x, b1, s21);
      x = v128.load32_splat(p3, 24);
      s30 = madd(x, b0, s30);
      s31 = madd(x, b1, s31);
      if (p == 7) break;

      at = load<u32>(tap, 28);
      b0 = v128.load(q0 + at);
      b1 = v128.load(q1 + at);
      x = v128.load32_splat(p0, 28);
      s00 = madd(x, b0, s00);
      s01 = madd(x, b1, s01);
      x = v128.load32_splat(p1, 28);
      s10 = madd(x, b0, s10);
      s11 = madd(x, b1, s11);
      x = v128.load32_splat(p2, 28);
      s20 = madd(x, b0, s20);
      s21 = madd(x, b1, s21);
      x = v128.load32_splat(p3, 28);
      s30 = madd(x, b0, s30);
      s31 = madd(x, b1, s31);
      if (p == 8) break;
      tap += 32;
      p0 += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
    }
    const c0 = c + load<u32>(quads, 4);
    const c1 = c + load<u32>(other, 4);
    if (add) {
      s00 = f32x4.add(s00, v128.load(c0));
      s01 = f32x4.add(s01, v128.load(c1));
      s10 = f32x4.add(s10, v128.load(c0 + row1));
      s11 = f32x4.add(s11, v128.load(c1 + row1));
      s20 = f32x4.add(s20, v128.load(c0 + row2));
      s21 = f32x4.add(s21, v128.load(c1 + row2));
      s30 = f32x4.add(s30, v128.load(c0 + row3));
      s31 = f32x4.add(s31, v128.load(c1 + row3));
    }
    if (bias) {
      const y0 = v128.load32_splat(bias);
      const y1 = rows > 1 ? v128.load32_splat(bias, 4) : y0;
      const y2 = rows > 2 ? v128.load32_splat(bias, 8) : y1;
      const y3 = rows > 3 ? v128.load32_splat(bias, 12) : y2;
      s00 = f32x4.add(s00, y0);
      s01 = f32x4.add(s01, y0);
      s10 = f32x4.add(s10, y1);
      s11 = f32x4.add(s11, y1);
      s20 = f32x4.add(s20, y2);
      s21 = f32x4.add(s21, y2);
      s30 = f32x4.add(s30, y3);
      s31 = f32x4.add(s31, y3);
    }
    if (activation) {
      s00 = rectify(s00, activation, alpha);
      s01 = rectify(s01, activation, alpha);
      s10 = rectify(s10, activation, alpha);
      s11 = rectify(s11, activation, alpha);
      s20 = rectify(s20, activation, alpha);
      s21 = rectify(s21, activation, alpha);
      s30 = rectify(s30, activation, alpha);
      s31 = rectify(s31, activation, alpha);
    }
    // From the last row up: a repeated row has the same value, and is stored before the row that it repeats.
    const n0 = load<i32>(quads, 8);
    const n1 = load<i32>(other, 8);
    if ((n0 & n1) == 4) {
      v128.store(c0 + row3, s30);
      v128.store(c1 + row3, s31);
      v128.store(c0 + row2, s20);
      v128.store(c1 + row2, s21);
      v128.store(c0 + row1, s10);
      v128.store(c1 + row1, s11);
      v128.store(c0, s00);
      v128.store(c1, s01);
    } else {
      storeLanes(c0 + row3, s30, n0);
      storeLanes(c1 + row3, s31, n1);
      storeLanes(c0 + row2, s20, n0);
      storeLanes(c1 + row2, s21, n1);
      storeLanes(c0 + row1, s10, n0);
      storeLanes(c1 + row1, s11, n1);
      storeLanes(c0, s00, n0);
      storeLanes(c1, s01, n1);
    }
  }
}

/** One row of C, over `count` quads, four at a time: for groups of a single channel, where four rows would be idle. */
export function tile1x16(
  c: usize,
  a: usize,
  b: usize,
  taps: usize,
  quads: usize,
  count: i32,
  k: i32,
  bias: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  const y = bias ? v128.load32_splat(bias) : f32x4.splat(0);
  for (; count > 0; count -= 4, quads += 4 * QUAD) {
    const quad1 = count > 1 ? quads + QUAD : quads;
    const quad2 = count > 2 ? quad1 + QUAD : quad1;
    const quad3 = count > 3 ? quad2 + QUAD : quad2;
    const q0 = b + load<u32>(quads);
    const q1 = b + load<u32>(quad1);
    const q2 = b + load<u32>(quad2);
    const q3 = b + load<u32>(quad3);
    let s0 = f32x4.splat(0),
      s1 = f32x4.splat(0),
      s2 = f32x4.splat(0),
      s3 = f32x4.splat(0);
    let p0 = a,
      tap = taps;
    let x: v128, at: usize;
    for (let p = k; ; p -= 4) {
      at = load<u32>(tap);
      x = v128.load32_splat(p0);
      s0 = madd(x, v128.load(q0 + at), s0);
      s1 = madd(x, v128.load(q1 + at), s1);
      s2 = madd(x, v128.load(q2 + at), s2);
      s3 = madd(x, v128.load(q3 + at), s3);
      if (p == 1) break;

      at = load<u32>(tap, 4);
      x = v128.load32_splat(p0, 4);
      s0 = madd(x, v128.load(q0 + at), s0);
      s1 = madd(x, v128.load(q1 + at), s1);
      s2 = madd(x, v128.load(q2 + at), s2);
      s3 = madd(x, v128.load(q3 + at), s3);
      if (p == 2) break;

      at = load<u32>(tap, 8);
      x = v128.load32_splat(p0, 8);
      s0 = madd(x, v128.load(q0 + at), s0);
      s1 = madd(x, v128.load(q1 + at), s1);
      s2 = madd(x, v128.load(q2 + at), s2);
      s3 = madd(x, v128.load(q3 + at), s3);
      if (p == 3) break;

      at = load<u32>(tap, 12);
      x = v128.load32_splat(p0, 12);
      s0 = madd(x, v128.load(q0 + at), s0);
      s1 = madd(x, v128.load(q1 + at), s1);
      s2 = madd(x, v128.load(q2 + at), s2);
      s3 = madd(x, v128.load(q3 + at), s3);
      if (p == 4) break;
      tap += 16;
      p0 += 16;
    }
    const c0 = c + load<u32>(quads, 4);
    const c1 = c + load<u32>(quad1, 4);
    const c2 = c + load<u32>(quad2, 4);
    const c3 = c + load<u32>(quad3, 4);
    if (add) {
      s0 = f32x4.add(s0, v128.load(c0));
      s1 = f32x4.add(s1, v128.load(c1));
      s2 = f32x4.add(s2, v128.load(c2));
      s3 = f32x4.add(s3, v128.load(c3));
    }
    if (bias) {
      s0 = f32x4.add(s0, y);
      s1 = f32x4.add(s1, y);
      s2 = f32x4.add(s2, y);
      s3 = f32x4.add(s3, y);
    }
    if (activation) {
      s0 = rectify(s0, activation, alpha);
      s1 = rectify(s1, activation, alpha);
      s2 = rectify(s2, activation, alpha);
      s3 = rectify(s3, activation, alpha);
    }
    storeLanes(c3, s3, load<i32>(quad3, 8));
    storeLanes(c2, s2, load<i32>(quad2, 8));
    storeLanes(c1, s1, load<i32>(quad1, 8));
    storeLanes(c0, s0, load<i32>(quads, 8));
  }
}
