// Microkernels of the convolution's weight gradient: sums over a band of results, added to what is there.
//
//   c[tap, out] += Σ over the results (oy, ox) of the band of x[pixel(oy, ox) + tap] · dy[out, oy, ox]
//
// The first two walk the results one by one, four taps of the picture against 8 (or 4) outs that lie side by side
// (packed, see gemm-pack.ts); the third is for one or two outs and takes four results at a time. Every sum starts from
// zero, in the order of the results. Steps are in bytes.

import { QUAD } from "./conv-frame";
import { firstLanes } from "./row";
import { madd, sumLanes } from "./simd";

/**
 * c[4, 8] += x[4 taps] · b, for `height` rows of `width` results.
 * @param x place of the band's first result in the picture; rows are `xRow` apart
 * @param taps offsets of up to four taps (`count`); missing ones repeat the last
 * @param b packed gradients, 8 floats a result
 */
export function taps4x8(
  c: usize,
  ldc: usize,
  x0: usize,
  taps: usize,
  count: i32,
  b: usize,
  width: i32,
  height: i32,
  xRow: usize,
): void {
  let p0 = x0 + load<u32>(taps),
    p1 = count > 1 ? x0 + load<u32>(taps, 4) : p0,
    p2 = count > 2 ? x0 + load<u32>(taps, 8) : p1,
    p3 = count > 3 ? x0 + load<u32>(taps, 12) : p2;
  let s00 = f32x4.splat(0),
    s01 = f32x4.splat(0),
    s10 = f32x4.splat(0),
    s11 = f32x4.splat(0),
    s20 = f32x4.splat(0),
    s21 = f32x4.splat(0),
    s30 = f32x4.splat(0),
    s31 = f32x4.splat(0);
  let b0: v128, b1: v128, x: v128;
  // The loop over a row leaves in its middle; what it has not stepped over by then:
  const stepped = (<usize>((width - 1) >> 2)) << 2;
  const skip = xRow - (stepped << 2);
  const left = (<usize>width - stepped) << 5;
  for (; height > 0; height--) {
    for (let p = width; ; p -= 4) {
      b0 = v128.load(b);
      b1 = v128.load(b, 16);
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

      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
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

      b0 = v128.load(b, 64);
      b1 = v128.load(b, 80);
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

      b0 = v128.load(b, 96);
      b1 = v128.load(b, 112);
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
      b += 128;
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
    b += left;
    p0 += skip;
    p1 += skip;
    p2 += skip;
    p3 += skip;
  }
  addTo(c, s00, s01);
  if (count > 1) addTo(c + ldc, s10, s11);
  if (count > 2) addTo(c + 2 * ldc, s20, s21);
  if (count > 3) addTo(c + 3 * ldc, s30, s31);
}

function addTo(c: usize, low: v128, high: v128): void {
  v128.store(c, f32x4.add(v128.load(c), low));
  v128.store(c, f32x4.add(v128.load(c, 16), high), 16);
}

/** As taps4x8, for four outs: b has 4 floats a result. */
export function taps4x4(
  c: usize,
  ldc: usize,
  x0: usize,
  taps: usize,
  count: i32,
  b: usize,
  width: i32,
  height: i32,
  xRow: usize,
): void {
  let p0 = x0 + load<u32>(taps),
    p1 = count > 1 ? x0 + load<u32>(taps, 4) : p0,
    p2 = count > 2 ? x0 + load<u32>(taps, 8) : p1,
    p3 = count > 3 ? x0 + load<u32>(taps, 12) : p2;
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  const skip = xRow - ((<usize>width) << 2);
  for (; height > 0; height--) {
    for (let p = width; p > 0; p--) {
      const b0 = v128.load(b);
      s0 = madd(v128.load32_splat(p0), b0, s0);
      s1 = madd(v128.load32_splat(p1), b0, s1);
      s2 = madd(v128.load32_splat(p2), b0, s2);
      s3 = madd(v128.load32_splat(p3), b0, s3);
      b += 16;
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
    }
    p0 += skip;
    p1 += skip;
    p2 += skip;
    p3 += skip;
  }
  v128.store(c, f32x4.add(v128.load(c), s0));
  if (count > 1) v128.store(c + ldc, f32x4.add(v128.load(c + ldc), s1));
  if (count > 2) v128.store(c + 2 * ldc, f32x4.add(v128.load(c + 2 * ldc), s2));
  if (count > 3) v128.store(c + 3 * ldc, f32x4.add(v128.load(c + 3 * ldc), s3));
}

/** c[4] += x[4 taps] · dy, for one out: lanes side by side over the quads, then summed. */
export function taps4x1(
  c: usize,
  ldc: usize,
  x: usize,
  taps: usize,
  count: i32,
  dy: usize,
  quads: usize,
  quadCount: i32,
): void {
  const x0 = x + load<u32>(taps);
  const x1 = count > 1 ? x + load<u32>(taps, 4) : x0;
  const x2 = count > 2 ? x + load<u32>(taps, 8) : x1;
  const x3 = count > 3 ? x + load<u32>(taps, 12) : x2;
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  for (; quadCount > 0; quadCount--, quads += QUAD) {
    const at = <usize>load<u32>(quads);
    const n = load<i32>(quads, 8);
    const g = v128.load(dy + load<u32>(quads, 4));
    if (n == 4) {
      s0 = madd(v128.load(x0 + at), g, s0);
      s1 = madd(v128.load(x1 + at), g, s1);
      s2 = madd(v128.load(x2 + at), g, s2);
      s3 = madd(v128.load(x3 + at), g, s3);
    } else {
      const whole = firstLanes(g, n);
      s0 = madd(firstLanes(v128.load(x0 + at), n), whole, s0);
      s1 = madd(firstLanes(v128.load(x1 + at), n), whole, s1);
      s2 = madd(firstLanes(v128.load(x2 + at), n), whole, s2);
      s3 = madd(firstLanes(v128.load(x3 + at), n), whole, s3);
    }
  }
  store<f32>(c, load<f32>(c) + sumLanes(s0));
  if (count > 1) store<f32>(c + ldc, load<f32>(c + ldc) + sumLanes(s1));
  if (count > 2) store<f32>(c + 2 * ldc, load<f32>(c + 2 * ldc) + sumLanes(s2));
  if (count > 3) store<f32>(c + 3 * ldc, load<f32>(c + 3 * ldc) + sumLanes(s3));
}
