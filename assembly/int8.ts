// Linear layers and tables whose weights are 8-bit whole numbers with a scale for each row, for models that only predict.
//
//   weight[n, k] = codes[n, k] · scales[n]        codes from -127 to 127
//
// The inputs are rounded on the way, each row to whole numbers of the same size, so that products and sums are whole,
// exact and in any order the same; only what leaves is scaled:
//
//   x[m, k] ≈ q[m, k] · step[m],  step[m] = max |x[m, :]| / 127
//   y[m, n] = (Σ q[m, k] · codes[n, k]) · step[m] · scales[n] + bias[n]
//
// A row of codes has k bytes and is padded with zeros to a multiple of 16 (ld). q has 16 bits, as two products of 8 bits
// then fit an instruction (i32x4.dot_i16x8_s); a sum stays below 2^31 for k up to 133,143. A row of x that is not finite
// gives NaN. Builds with relaxed SIMD have another way to the same numbers: int8-dots.ts.
//
//                     n, in chunks that stay in cache while all rows of a strip of x pass by
//              ┌──────┬──────┬──
//    ROWS of x │      │      │          a strip is quantised once, into scratch; then pairs of rows meet four rows
//              └──────┴──────┴──        of codes at a time; one row alone goes through all of them at once

import { idAt } from "./embedding";
import { rowOf, scatter, storeLanes } from "./gemm-finish";
import { singleDots, splitSigns } from "./int8-dots";
import { highPair, loadTail } from "./row";
import { EightBit } from "../src/shared/eight-bit";

/** Bytes of codes that stay in a cache of 32 KB beside the rows of q that meet them. */
const CHUNK = 16384;

/**
 * y[m, n], its rows ldy floats apart. Scratch: EightBit.Rows rows of q, then as many steps. `dots` is 1 to multiply bytes by
 * bytes where the build can, which is faster on some processors and slower on others.
 */
export function linearInt8(
  y: usize,
  x: usize,
  codes: usize,
  scales: usize,
  bias: usize,
  m: i32,
  n: i32,
  k: i32,
  ld: i32,
  ldy: i32,
  scratch: usize,
  dots: i32,
): void {
  const rowOfX = (<usize>k) << 2;
  const rowOfY = (<usize>ldy) << 2;
  const rowOfQ = (<usize>ld) << 1;
  const steps = scratch + <usize>EightBit.Rows * rowOfQ;
  const together = dots ? 8 : 4; // rows of codes that meet a row of q
  const columns = m == 1 ? n : max(together, (CHUNK / ld) & -together);
  for (; m > 0; m -= EightBit.Rows) {
    const rows = min(m, EightBit.Rows);
    for (let r: usize = 0; r < <usize>rows; r++)
      quantize(scratch + r * rowOfQ, steps + (r << 2), x + r * rowOfX, k, ld);
    if (ASC_FEATURE_RELAXED_SIMD) {
      if (dots) splitSigns(scratch, <usize>rows * rowOfQ);
    }
    for (let first = 0; first < n; first += columns) {
      const count = min(columns, n - first);
      const at = (<usize>first) << 2;
      const own = bias ? bias + at : 0;
      const from = codes + <usize>first * <usize>ld;
      let r: usize = 0;
      if (ASC_FEATURE_RELAXED_SIMD) {
        for (; dots && r < <usize>rows; r++) {
          const to = y + at + r * rowOfY;
          singleDots(to, scratch + r * rowOfQ, steps + (r << 2), from, scales + at, own, count, ld);
        }
      }
      for (; r + 2 <= <usize>rows; r += 2) {
        const to = y + at + r * rowOfY;
        pair(to, to + rowOfY, scratch + r * rowOfQ, steps + (r << 2), from, scales + at, own, count, ld);
      }
      if (r < <usize>rows)
        single(y + at + r * rowOfY, scratch + r * rowOfQ, steps + (r << 2), from, scales + at, own, count, ld);
    }
    x += <usize>EightBit.Rows * rowOfX;
    y += <usize>EightBit.Rows * rowOfY;
  }
}

/** Adding 1.5 · 2^23 rounds to a whole number and leaves it in the low bits. */
const ROUND: usize = memory.data<f32>([12582912, 12582912, 12582912, 12582912], 16);

/** q[ld] (i16) and its step from x[k]; zeros behind k. */
function quantize(q: usize, step: usize, x: usize, k: i32, ld: i32): void {
  const most = largest(x, k);
  // Too small to divide by; and not finite, to which there is no scale.
  const finite = most < Infinity;
  const factor: f32 = most > 1e-30 && finite ? 127 / most : 0;
  store<f32>(step, finite ? (factor ? most / 127 : 0) : NaN);

  const scale = f32x4.splat(factor);
  const end = q + ((<usize>ld) << 1);
  for (; k >= 8; k -= 8, x += 32, q += 16) {
    v128.store(q, i16x8.narrow_i32x4_s(rounded(v128.load(x), scale), rounded(v128.load(x, 16), scale)));
  }
  if (k > 0) {
    const low = k >= 4 ? v128.load(x) : loadTail(x, k);
    const high = k > 4 ? loadTail(x + 16, k - 4) : f32x4.splat(0);
    v128.store(q, i16x8.narrow_i32x4_s(rounded(low, scale), rounded(high, scale)));
    q += 16;
  }
  for (; q < end; q += 16) v128.store(q, i16x8.splat(0));
}

/** x · scale as whole numbers (i32) */
function rounded(x: v128, scale: v128): v128 {
  const round = v128.load(ROUND);
  return i32x4.sub(f32x4.add(f32x4.mul(x, scale), round), round);
}

/** max |x[k]|; NaN if there is one */
function largest(x: usize, k: i32): f32 {
  let most = f32x4.splat(0);
  for (; k >= 4; k -= 4, x += 16) most = f32x4.max(most, f32x4.abs(v128.load(x)));
  if (k > 0) most = f32x4.max(most, f32x4.abs(loadTail(x, k)));
  most = f32x4.max(most, highPair(most));
  return max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
}

/**
 * One row of q against n rows of codes, four at a time, which lie a quarter of the codes apart: a processor fetches ahead in
 * each page of memory that is read by itself, so codes that are in no cache come in faster from four pages at once. Where
 * fewer rows are left, the last repeats.
 */
function single(y: usize, q: usize, step: usize, codes: usize, scales: usize, bias: usize, n: i32, ld: i32): void {
  const end = q + ((<usize>ld) << 1);
  const apart = (n + 3) >> 2;
  for (let row = 0; row < apart; row++) {
    let w0 = rowOf(codes, ld, row, n),
      w1 = rowOf(codes, ld, row + apart, n),
      w2 = rowOf(codes, ld, row + 2 * apart, n),
      w3 = rowOf(codes, ld, row + 3 * apart, n);
    let s0 = i32x4.splat(0),
      s1 = i32x4.splat(0),
      s2 = i32x4.splat(0),
      s3 = i32x4.splat(0);
    for (let at = q; at < end; at += 32) {
      let a = v128.load(at);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v128.load8x8_s(w0), a));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v128.load8x8_s(w1), a));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v128.load8x8_s(w2), a));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v128.load8x8_s(w3), a));
      a = v128.load(at, 16);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v128.load8x8_s(w0, 8), a));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v128.load8x8_s(w1, 8), a));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 8), a));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v128.load8x8_s(w3, 8), a));
      w0 += 16;
      w1 += 16;
      w2 += 16;
      w3 += 16;
    }
    scatter(y, f32x4.convert_i32x4_s(sums(s0, s1, s2, s3)), row, apart, n);
  }
  scaleRow(y, load<f32>(step), scales, bias, n);
}

/** y[n] = y[n] · step · scales[n] + bias[n] */
export function scaleRow(y: usize, step: f32, scales: usize, bias: usize, n: i32): void {
  for (; n > 0; n -= 4, y += 16, scales += 16) {
    storeLanes(y, scaled(v128.load(y), step, scales, bias), n);
    if (bias) bias += 16;
  }
}

/** Two rows of q, which lie one behind the other, against n rows of codes. */
function pair(
  y0: usize,
  y1: usize,
  q: usize,
  steps: usize,
  codes: usize,
  scales: usize,
  bias: usize,
  n: i32,
  ld: i32,
): void {
  const row = <usize>ld;
  const next = row << 1;
  const end = q + next;
  for (; n > 0; n -= 4, codes += row << 2, y0 += 16, y1 += 16, scales += 16) {
    let w0 = codes,
      w1 = n > 1 ? w0 + row : w0,
      w2 = n > 2 ? w1 + row : w1,
      w3 = n > 3 ? w2 + row : w2;
    let s00 = i32x4.splat(0),
      s01 = i32x4.splat(0),
      s02 = i32x4.splat(0),
      s03 = i32x4.splat(0),
      s10 = i32x4.splat(0),
      s11 = i32x4.splat(0),
      s12 = i32x4.splat(0),
      s13 = i32x4.splat(0);
    for (let at = q; at < end; at += 16) {
      const a = v128.load(at);
      const b = v128.load(at + next);
      let w = v128.load8x8_s(w0);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(w, a));
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(w, b));
      w = v128.load8x8_s(w1);
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(w, a));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(w, b));
      w = v128.load8x8_s(w2);
      s02 = i32x4.add(s02, i32x4.dot_i16x8_s(w, a));
      s12 = i32x4.add(s12, i32x4.dot_i16x8_s(w, b));
      w = v128.load8x8_s(w3);
      s03 = i32x4.add(s03, i32x4.dot_i16x8_s(w, a));
      s13 = i32x4.add(s13, i32x4.dot_i16x8_s(w, b));
      w0 += 8;
      w1 += 8;
      w2 += 8;
      w3 += 8;
    }
    storeLanes(y0, scaled(f32x4.convert_i32x4_s(sums(s00, s01, s02, s03)), load<f32>(steps), scales, bias), n);
    storeLanes(y1, scaled(f32x4.convert_i32x4_s(sums(s10, s11, s12, s13)), load<f32>(steps, 4), scales, bias), n);
    if (bias) bias += 16;
  }
}

/** Four sums as results. Reads four scales and biases, however many will be stored. */
function scaled(sums: v128, step: f32, scales: usize, bias: usize): v128 {
  const y = f32x4.mul(sums, f32x4.mul(f32x4.splat(step), v128.load(scales)));
  return bias ? f32x4.add(y, v128.load(bias)) : y;
}

/** The sums of the lanes of four vectors, side by side. */
export function sums(s0: v128, s1: v128, s2: v128, s3: v128): v128 {
  const pairs01 = i32x4.add(v128.shuffle<i32>(s0, s1, 0, 4, 1, 5), v128.shuffle<i32>(s0, s1, 2, 6, 3, 7));
  const pairs23 = i32x4.add(v128.shuffle<i32>(s2, s3, 0, 4, 1, 5), v128.shuffle<i32>(s2, s3, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i64>(pairs01, pairs23, 0, 2), v128.shuffle<i64>(pairs01, pairs23, 1, 3));
}

/** y[n, cols] = rows of the table by ids[n] (i32), held within it; by 0, all rows in their order. */
export function embeddingInt8(
  y: usize,
  ids: usize,
  codes: usize,
  scales: usize,
  n: i32,
  rows: i32,
  cols: i32,
  ld: i32,
): void {
  for (let i = 0; i < n; i++, y += (<usize>cols) << 2) {
    const row = ids ? idAt(ids + ((<usize>i) << 2), rows) : i;
    widen(y, codes + <usize>row * <usize>ld, load<f32>(scales + ((<usize>row) << 2)), cols);
  }
}

/** y[n] = codes[n] · scale */
function widen(y: usize, codes: usize, scale: f32, n: i32): void {
  const factor = f32x4.splat(scale);
  for (; n > 0; n -= 8, codes += 8, y += 32) {
    const words = v128.load8x8_s(codes);
    const low = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), factor);
    const high = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), factor);
    storeLanes(y, low, n);
    if (n > 4) storeLanes(y + 16, high, n - 4);
  }
}
