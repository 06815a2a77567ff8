// Microkernels of the matrix product: MR rows of C, strip by strip.
//
//                    b  panel, panel + bPanel, …            for each p < k:   8 (or 4) floats at b + p * bStep
//                  ┌──────────┬──────────┬─────
//                  │          │          │
//   a   ┌───────┐  ├──────────┼──────────┼─────
//       │ rows  │  │  4 x 8   │  4 x 8   │        c
//       └───────┘  └──────────┴──────────┴─────
//
// Two readers, one source (K chooses, at compile time):
//   Packed    rows of A with steps of one float, panels of B with steps of 8: every step is an immediate offset
//   InPlace   element (i, p) of A at a + i * aRow + p * aStep, B's rows bStep apart: serves A transposed and B unpacked
// All steps are in bytes.
//
// Eight accumulators are all that every engine keeps in registers. The k loop leaves in the middle instead of having
// a tail, and not only for odd k: each exit ends a basic block. V8 before 13 moves all loads of a block to its front
// and would run out of registers, if two steps shared one.
//
// Missing rows repeat the last one and are stored over it. Missing columns are computed from whatever lies there (at
// most 12 bytes past a row) and not stored. Each element of C is the sum over p in ascending order, from zero, then
// + C (if add), + bias, activation: wherever the tile lies and whichever reader, the same bits. k >= 1.

import { finish, rectify, storeLanes } from "./gemm-finish";
import { madd } from "./simd";

// Types that only name a reader; isInteger tells them apart.
export type Packed = i32;
export type InPlace = f32;

/** c[rows, n] = act(a · b (+ c) + bias) by tiles of 4 x 8; stops before a last tile of 4 columns or fewer. */
export function micro4x8<K>(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  rows: i32,
  ldc: usize,
  aRow: usize,
  aStep: usize,
  bStep: usize,
  bPanel: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  const a1 = rows > 1 ? a + aRow : a;
  const a2 = rows > 2 ? a1 + aRow : a1;
  const a3 = rows > 3 ? a2 + aRow : a2;
  let c0 = c;
  let c1 = rows > 1 ? c0 + ldc : c0;
  let c2 = rows > 2 ? c1 + ldc : c1;
  let c3 = rows > 3 ? c2 + ldc : c2;

  for (; n > 4; n -= 8) {
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
      q = b;
    let b0: v128, b1: v128, x: v128;
    if (isInteger<K>()) {
      for (let p = k; ; p -= 8) {
        b0 = v128.load(q);
        b1 = v128.load(q, 16);
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

        b0 = v128.load(q, 32);
        b1 = v128.load(q, 48);
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

        b0 = v128.load(q, 64);
        b1 = v128.load(q, 80);
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

        b0 = v128.load(q, 96);
        b1 = v128.load(q, 112);
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

        b0 = v128.load(q, 128);
        b1 = v128.load(q, 144);
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

        b0 = v128.load(q, 160);
        b1 = v128.load(q, 176);
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

        b0 = v128.load(q, 192);
        b1 = v128.load(q, 208);
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

        b0 = v128.load(q, 224);
        b1 = v128.load(q, 240);
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
        q += 256;
        p0 += 32;
        p1 += 32;
        p2 += 32;
        p3 += 32;
      }
    } else {
      for (let p = k; ; p--) {
        b0 = v128.load(q);
        b1 = v128.load(q, 16);
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
        q += bStep;
        p0 += aStep;
        p1 += aStep;
        p2 += aStep;
        p3 += aStep;
      }
    }
    if (add) {
      s00 = f32x4.add(s00, v128.load(c0));
      s01 = f32x4.add(s01, v128.load(c0, 16));
      s10 = f32x4.add(s10, v128.load(c1));
      s11 = f32x4.add(s11, v128.load(c1, 16));
      s20 = f32x4.add(s20, v128.load(c2));
      s21 = f32x4.add(s21, v128.load(c2, 16));
      s30 = f32x4.add(s30, v128.load(c3));
      s31 = f32x4.add(s31, v128.load(c3, 16));
    }
    if (bias) {
      const y0 = v128.load(bias);
      const y1 = v128.load(bias, 16);
      s00 = f32x4.add(s00, y0);
      s01 = f32x4.add(s01, y1);
      s10 = f32x4.add(s10, y0);
      s11 = f32x4.add(s11, y1);
      s20 = f32x4.add(s20, y0);
      s21 = f32x4.add(s21, y1);
      s30 = f32x4.add(s30, y0);
      s31 = f32x4.add(s31, y1);
      bias += 32;
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
    // From the last row up: a repeated row has the same value, so the order does not matter, but it must be complete
    // before any store that C is read by no row any more.
    v128.store(c3, s30);
    v128.store(c2, s20);
    v128.store(c1, s10);
    v128.store(c0, s00);
    if (n >= 8) {
      v128.store(c3, s31, 16);
      v128.store(c2, s21, 16);
      v128.store(c1, s11, 16);
      v128.store(c0, s01, 16);
    } else {
      storeLanes(c3 + 16, s31, n - 4);
      storeLanes(c2 + 16, s21, n - 4);
      storeLanes(c1 + 16, s11, n - 4);
      storeLanes(c0 + 16, s01, n - 4);
    }
    c0 += 32;
    c1 += 32;
    c2 += 32;
    c3 += 32;
    b += bPanel;
  }
}

/** c[rows, n] = act(a · b (+ c) + bias) for the last n <= 4 columns. */
export function micro4x4<K>(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  rows: i32,
  ldc: usize,
  aRow: usize,
  aStep: usize,
  bStep: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  let p0 = a;
  let p1 = rows > 1 ? p0 + aRow : p0;
  let p2 = rows > 2 ? p1 + aRow : p1;
  let p3 = rows > 3 ? p2 + aRow : p2;
  const c1 = rows > 1 ? c + ldc : c;
  const c2 = rows > 2 ? c1 + ldc : c1;
  const c3 = rows > 3 ? c2 + ldc : c2;
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  let b0: v128;
  if (isInteger<K>()) {
    for (; ; k -= 4) {
      b0 = v128.load(b);
      s0 = madd(v128.load32_splat(p0), b0, s0);
      s1 = madd(v128.load32_splat(p1), b0, s1);
      s2 = madd(v128.load32_splat(p2), b0, s2);
      s3 = madd(v128.load32_splat(p3), b0, s3);
      if (k == 1) break;

      b0 = v128.load(b, 16);
      s0 = madd(v128.load32_splat(p0, 4), b0, s0);
      s1 = madd(v128.load32_splat(p1, 4), b0, s1);
      s2 = madd(v128.load32_splat(p2, 4), b0, s2);
      s3 = madd(v128.load32_splat(p3, 4), b0, s3);
      if (k == 2) break;

      b0 = v128.load(b, 32);
      s0 = madd(v128.load32_splat(p0, 8), b0, s0);
      s1 = madd(v128.load32_splat(p1, 8), b0, s1);
      s2 = madd(v128.load32_splat(p2, 8), b0, s2);
      s3 = madd(v128.load32_splat(p3, 8), b0, s3);
      if (k == 3) break;

      b0 = v128.load(b, 48);
      s0 = madd(v128.load32_splat(p0, 12), b0, s0);
      s1 = madd(v128.load32_splat(p1, 12), b0, s1);
      s2 = madd(v128.load32_splat(p2, 12), b0, s2);
      s3 = madd(v128.load32_splat(p3, 12), b0, s3);
      if (k == 4) break;
      b += 64;
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
  } else {
    for (; k > 0; k--) {
      b0 = v128.load(b);
      s0 = madd(v128.load32_splat(p0), b0, s0);
      s1 = madd(v128.load32_splat(p1), b0, s1);
      s2 = madd(v128.load32_splat(p2), b0, s2);
      s3 = madd(v128.load32_splat(p3), b0, s3);
      b += bStep;
      p0 += aStep;
      p1 += aStep;
      p2 += aStep;
      p3 += aStep;
    }
  }
  s0 = finish(s0, c, bias, add, activation, alpha);
  s1 = finish(s1, c1, bias, add, activation, alpha);
  s2 = finish(s2, c2, bias, add, activation, alpha);
  s3 = finish(s3, c3, bias, add, activation, alpha);
  storeLanes(c3, s3, n);
  storeLanes(c2, s2, n);
  storeLanes(c1, s1, n);
  storeLanes(c, s0, n);
}
