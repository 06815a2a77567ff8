// The microkernel of builds with fused multiply-adds: 6 rows of C at a time, strip by strip. Twelve sums, two vectors of B
// and one element of A are all of the 15 registers that an engine on x64 has; a mul and an add apart would need one more.
//
//                    b  panel, panel + bPanel, …            for each p < k:   8 floats at b + p * bStep
//                  ┌──────────┬──────────┬─────
//   a   ┌───────┐  │          │          │
//       │6 rows │  │  6 x 8   │  6 x 8   │        c
//       └───────┘  └──────────┴──────────┴─────
//
// Rows of A have steps of one float (aStep = 4), and B is packed (bStep = 32, which is not asked); or A is stored transposed,
// the six floats of each p side by side (aRow = 4, which is not asked), and B lies anywhere. All rows are there. Each element of C is the same sum in the same order as in
// gemm-micro.ts, so it has the same bits. k >= 1; the k loop leaves in the middle, as there.

import { finish, storeLanes } from "./gemm-finish";
import { madd } from "./simd";

/** c[6, n] = act(a · b (+ c) + bias) by tiles of 6 x 8; stops before a last tile of 4 columns or fewer. */
export function micro6x8(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  ldc: usize,
  aRow: usize,
  aStep: usize,
  bStep: usize,
  bPanel: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  for (; n > 4; n -= 8) {
    let s00 = f32x4.splat(0),
      s01 = f32x4.splat(0),
      s10 = f32x4.splat(0),
      s11 = f32x4.splat(0),
      s20 = f32x4.splat(0),
      s21 = f32x4.splat(0),
      s30 = f32x4.splat(0),
      s31 = f32x4.splat(0),
      s40 = f32x4.splat(0),
      s41 = f32x4.splat(0),
      s50 = f32x4.splat(0),
      s51 = f32x4.splat(0);
    let b0: v128,
      b1: v128,
      x: v128,
      q = b;
    if (aStep == 4) {
      let p0 = a,
        p1 = p0 + aRow,
        p2 = p1 + aRow,
        p3 = p2 + aRow,
        p4 = p3 + aRow,
        p5 = p4 + aRow;
      for (let p = k; ; p -= 4) {
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
        x = v128.load32_splat(p4);
        s40 = madd(x, b0, s40);
        s41 = madd(x, b1, s41);
        x = v128.load32_splat(p5);
        s50 = madd(x, b0, s50);
        s51 = madd(x, b1, s51);
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
        x = v128.load32_splat(p4, 4);
        s40 = madd(x, b0, s40);
        s41 = madd(x, b1, s41);
        x = v128.load32_splat(p5, 4);
        s50 = madd(x, b0, s50);
        s51 = madd(x, b1, s51);
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
        x = v128.load32_splat(p4, 8);
        s40 = madd(x, b0, s40);
        s41 = madd(x, b1, s41);
        x = v128.load32_splat(p5, 8);
        s50 = madd(x, b0, s50);
        s51 = madd(x, b1, s51);
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
        x = v128.load32_splat(p4, 12);
        s40 = madd(x, b0, s40);
        s41 = madd(x, b1, s41);
        x = v128.load32_splat(p5, 12);
        s50 = madd(x, b0, s50);
        s51 = madd(x, b1, s51);
        if (p == 4) break;
        q += 128;
        p0 += 16;
        p1 += 16;
        p2 += 16;
        p3 += 16;
        p4 += 16;
        p5 += 16;
      }
    } else {
      for (let at = a, p = k; ; p--) {
        b0 = v128.load(q);
        b1 = v128.load(q, 16);
        x = v128.load32_splat(at);
        s00 = madd(x, b0, s00);
        s01 = madd(x, b1, s01);
        x = v128.load32_splat(at, 4);
        s10 = madd(x, b0, s10);
        s11 = madd(x, b1, s11);
        x = v128.load32_splat(at, 8);
        s20 = madd(x, b0, s20);
        s21 = madd(x, b1, s21);
        x = v128.load32_splat(at, 12);
        s30 = madd(x, b0, s30);
        s31 = madd(x, b1, s31);
        x = v128.load32_splat(at, 16);
        s40 = madd(x, b0, s40);
        s41 = madd(x, b1, s41);
        x = v128.load32_splat(at, 20);
        s50 = madd(x, b0, s50);
        s51 = madd(x, b1, s51);
        if (p == 1) break;
        at += aStep;
        q += bStep;
      }
    }
    const c1 = c + ldc,
      c2 = c1 + ldc,
      c3 = c2 + ldc,
      c4 = c3 + ldc,
      c5 = c4 + ldc;
    const right = bias ? bias + 16 : 0;
    v128.store(c, finish(s00, c, bias, add, activation, alpha));
    v128.store(c1, finish(s10, c1, bias, add, activation, alpha));
    v128.store(c2, finish(s20, c2, bias, add, activation, alpha));
    v128.store(c3, finish(s30, c3, bias, add, activation, alpha));
    v128.store(c4, finish(s40, c4, bias, add, activation, alpha));
    v128.store(c5, finish(s50, c5, bias, add, activation, alpha));
    storeLanes(c + 16, finish(s01, c + 16, right, add, activation, alpha), n - 4);
    storeLanes(c1 + 16, finish(s11, c1 + 16, right, add, activation, alpha), n - 4);
    storeLanes(c2 + 16, finish(s21, c2 + 16, right, add, activation, alpha), n - 4);
    storeLanes(c3 + 16, finish(s31, c3 + 16, right, add, activation, alpha), n - 4);
    storeLanes(c4 + 16, finish(s41, c4 + 16, right, add, activation, alpha), n - 4);
    storeLanes(c5 + 16, finish(s51, c5 + 16, right, add, activation, alpha), n - 4);
    c += 32;
    b += bPanel;
    if (bias) bias += 32;
  }
}

/** c[12, n] = act(a · b (+ c) + bias) for the last n <= 4 columns: as many sums at a time, so that none waits for another. */
export function micro12x4(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  ldc: usize,
  aRow: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0),
    s4 = f32x4.splat(0),
    s5 = f32x4.splat(0),
    s6 = f32x4.splat(0),
    s7 = f32x4.splat(0),
    s8 = f32x4.splat(0),
    s9 = f32x4.splat(0),
    s10 = f32x4.splat(0),
    s11 = f32x4.splat(0);
  let p0 = a,
    p1 = p0 + aRow,
    p2 = p1 + aRow,
    p3 = p2 + aRow,
    p4 = p3 + aRow,
    p5 = p4 + aRow,
    p6 = p5 + aRow,
    p7 = p6 + aRow,
    p8 = p7 + aRow,
    p9 = p8 + aRow,
    p10 = p9 + aRow,
    p11 = p10 + aRow;
  let b0: v128;
  for (; ; k -= 4) {
    b0 = v128.load(b);
    s0 = madd(v128.load32_splat(p0), b0, s0);
    s1 = madd(v128.load32_splat(p1), b0, s1);
    s2 = madd(v128.load32_splat(p2), b0, s2);
    s3 = madd(v128.load32_splat(p3), b0, s3);
    s4 = madd(v128.load32_splat(p4), b0, s4);
    s5 = madd(v128.load32_splat(p5), b0, s5);
    s6 = madd(v128.load32_splat(p6), b0, s6);
    s7 = madd(v128.load32_splat(p7), b0, s7);
    s8 = madd(v128.load32_splat(p8), b0, s8);
    s9 = madd(v128.load32_splat(p9), b0, s9);
    s10 = madd(v128.load32_splat(p10), b0, s10);
    s11 = madd(v128.load32_splat(p11), b0, s11);
    if (k == 1) break;

    b0 = v128.load(b, 16);
    s0 = madd(v128.load32_splat(p0, 4), b0, s0);
    s1 = madd(v128.load32_splat(p1, 4), b0, s1);
    s2 = madd(v128.load32_splat(p2, 4), b0, s2);
    s3 = madd(v128.load32_splat(p3, 4), b0, s3);
    s4 = madd(v128.load32_splat(p4, 4), b0, s4);
    s5 = madd(v128.load32_splat(p5, 4), b0, s5);
    s6 = madd(v128.load32_splat(p6, 4), b0, s6);
    s7 = madd(v128.load32_splat(p7, 4), b0, s7);
    s8 = madd(v128.load32_splat(p8, 4), b0, s8);
    s9 = madd(v128.load32_splat(p9, 4), b0, s9);
    s10 = madd(v128.load32_splat(p10, 4), b0, s10);
    s11 = madd(v128.load32_splat(p11, 4), b0, s11);
    if (k == 2) break;

    b0 = v128.load(b, 32);
    s0 = madd(v128.load32_splat(p0, 8), b0, s0);
    s1 = madd(v128.load32_splat(p1, 8), b0, s1);
    s2 = madd(v128.load32_splat(p2, 8), b0, s2);
    s3 = madd(v128.load32_splat(p3, 8), b0, s3);
    s4 = madd(v128.load32_splat(p4, 8), b0, s4);
    s5 = madd(v128.load32_splat(p5, 8), b0, s5);
    s6 = madd(v128.load32_splat(p6, 8), b0, s6);
    s7 = madd(v128.load32_splat(p7, 8), b0, s7);
    s8 = madd(v128.load32_splat(p8, 8), b0, s8);
    s9 = madd(v128.load32_splat(p9, 8), b0, s9);
    s10 = madd(v128.load32_splat(p10, 8), b0, s10);
    s11 = madd(v128.load32_splat(p11, 8), b0, s11);
    if (k == 3) break;

    b0 = v128.load(b, 48);
    s0 = madd(v128.load32_splat(p0, 12), b0, s0);
    s1 = madd(v128.load32_splat(p1, 12), b0, s1);
    s2 = madd(v128.load32_splat(p2, 12), b0, s2);
    s3 = madd(v128.load32_splat(p3, 12), b0, s3);
    s4 = madd(v128.load32_splat(p4, 12), b0, s4);
    s5 = madd(v128.load32_splat(p5, 12), b0, s5);
    s6 = madd(v128.load32_splat(p6, 12), b0, s6);
    s7 = madd(v128.load32_splat(p7, 12), b0, s7);
    s8 = madd(v128.load32_splat(p8, 12), b0, s8);
    s9 = madd(v128.load32_splat(p9, 12), b0, s9);
    s10 = madd(v128.load32_splat(p10, 12), b0, s10);
    s11 = madd(v128.load32_splat(p11, 12), b0, s11);
    if (k == 4) break;
    b += 64;
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    p4 += 16;
    p5 += 16;
    p6 += 16;
    p7 += 16;
    p8 += 16;
    p9 += 16;
    p10 += 16;
    p11 += 16;
  }
  storeLanes(c, finish(s0, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s1, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s2, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s3, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s4, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s5, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s6, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s7, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s8, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s9, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s10, c, bias, add, activation, alpha), n);
  c += ldc;
  storeLanes(c, finish(s11, c, bias, add, activation, alpha), n);
}
