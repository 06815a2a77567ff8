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
// A row of codes has k bytes, those of even columns with 128 added, and is padded to a multiple of 16 (ld). A sum stays below
// 2^31 for k up to 133,143. A row of x that is not finite gives NaN. How rows are multiplied: int8-rows.ts, and int8-dots.ts
// with the same results in builds with relaxed SIMD.
//
//                     n, in chunks that stay in cache while all rows of a strip of x pass by
//              ┌──────┬──────┬──
//    ROWS of x │      │      │          a strip is quantised once, into scratch; then pairs of rows meet four rows
//              └──────┴──────┴──        of codes at a time; one row alone goes through all of them at once

import { idAt } from "./embedding";
import { storeLanes } from "./gemm-finish";
import { singleDots, splitSigns } from "./int8-dots";
import { pair, single, splitPairs } from "./int8-rows";
import { highPair, loadTail } from "./row";
import { EightBit } from "../src/shared/eight-bit";

/** Bytes of codes that stay in a cache of 32 KB beside the rows of q that meet them. */
const CHUNK = 16384;

/**
 * y[m, n], its rows ldy floats apart. Scratch: EightBit.Rows rows of q, then EightBit.OfRow bytes of each. `dots` is 1 to multiply bytes
 * by bytes where the build can, which is faster on some processors and slower on others.
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
  const ofRows = scratch + <usize>EightBit.Rows * rowOfQ;
  const columns = m == 1 ? n : max(8, (CHUNK / ld) & -8);
  for (; m > 0; m -= EightBit.Rows) {
    const rows = min(m, EightBit.Rows);
    for (let r: usize = 0; r < <usize>rows; r++)
      quantize(scratch + r * rowOfQ, ofRows + r * <usize>EightBit.OfRow, x + r * rowOfX, k, ld, dots);
    for (let first = 0; first < n; first += columns) {
      const count = min(columns, n - first);
      const at = (<usize>first) << 2;
      const own = bias ? bias + at : 0;
      const from = codes + <usize>first * <usize>ld;
      let to = y + at;
      let q = scratch;
      let ofRow = ofRows;
      for (let left = rows; left > 0;) {
        let done = 1;
        if (ASC_FEATURE_RELAXED_SIMD && dots) {
          singleDots(to, q, ofRow, from, scales + at, own, count, ld);
        } else if (left > 1) {
          done = 2;
          pair(to, to + rowOfY, q, ofRow, from, scales + at, own, count, ld);
        } else {
          single(to, q, ofRow, from, scales + at, own, count, ld);
        }
        left -= done;
        to += <usize>done * rowOfY;
        q += <usize>done * rowOfQ;
        ofRow += <usize>done * <usize>EightBit.OfRow;
      }
    }
    x += <usize>EightBit.Rows * rowOfX;
    y += <usize>EightBit.Rows * rowOfY;
  }
}

/** Adding 1.5 · 2^23 rounds to a whole number and leaves it in the low bits. */
const ROUND: usize = memory.data<f32>([12582912, 12582912, 12582912, 12582912], 16);

/** q[ld] from x[k], with zeros behind, split as the products take it, and its EightBit.OfRow. */
function quantize(q: usize, ofRow: usize, x: usize, k: i32, ld: i32, dots: i32): void {
  const most = largest(x, k);
  // Too small to divide by; and not finite, to which there is no scale.
  const finite = most < Infinity;
  const factor: f32 = most > 1e-30 && finite ? 127 / most : 0;
  store<f32>(ofRow, finite ? (factor ? most / 127 : 0) : NaN);

  const scale = f32x4.splat(factor);
  const row = q;
  const bytes = (<usize>ld) << 1;
  for (; k >= 8; k -= 8, x += 32, q += 16) {
    v128.store(q, i16x8.narrow_i32x4_s(rounded(v128.load(x), scale), rounded(v128.load(x, 16), scale)));
  }
  if (k > 0) {
    const low = k >= 4 ? v128.load(x) : loadTail(x, k);
    const high = k > 4 ? loadTail(x + 16, k - 4) : f32x4.splat(0);
    v128.store(q, i16x8.narrow_i32x4_s(rounded(low, scale), rounded(high, scale)));
    q += 16;
  }
  for (; q < row + bytes; q += 16) v128.store(q, i16x8.splat(0));
  store<i32>(ofRow, ASC_FEATURE_RELAXED_SIMD && dots ? splitSigns(row, bytes) : splitPairs(row, bytes), 4);
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

/** y[n] = codes[n] · scale, even columns without their 128 */
function widen(y: usize, codes: usize, scale: f32, n: i32): void {
  const factor = f32x4.splat(scale);
  const added = i16x8.splat(0x80);
  for (; n > 0; n -= 8, codes += 8, y += 32) {
    const words = i16x8.extend_low_i8x16_s(v128.xor(v128.load64_zero(codes), added));
    const low = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), factor);
    const high = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), factor);
    storeLanes(y, low, n);
    if (n > 4) storeLanes(y + 16, high, n - 4);
  }
}
