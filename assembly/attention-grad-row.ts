// Rows of a tile of attention's backward pass: one key, and the queries side by side. See attention-grad.ts.
//
// A row may be computed up to a multiple of 4 queries; what lies behind the last one is never used.

import { AttentionFlag, AttentionWord } from "../src/shared/attention";
import { maskOf } from "./attention";
import { dropoutBits, factorsOf } from "./attention-row";
import { MINUS_INFINITY } from "./constants";
import { real, word } from "./simd";
import { expNegativeV } from "./simd-math";

/**
 * From scores p[n] and dP in ds[n]: the weights, and dS. `stats` and `delta` begin at the first query, whose number is
 * `from`; the key is number j.
 */
export function keyRow(
  at: usize,
  p: usize,
  ds: usize,
  stats: usize,
  delta: usize,
  n: i32,
  sample: i32,
  head: i32,
  j: i32,
  from: i32,
): void {
  const tq = word(at, AttentionWord.Tq);
  const mask = maskOf(at, sample, head);
  if (mask) maskColumn(at, p, mask + ((<usize>j) << 2), n, tq, from);
  const scale = f32x4.splat(real(at, AttentionWord.Scale));
  const left = f32x4.splat(mask ? 1 : real(at, AttentionWord.Scale));
  const inverse = stats + ((<usize>tq) << 2);
  const end = (<usize>n) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const distance = f32x4.mul(f32x4.sub(v128.load(p + i), v128.load(stats + i)), left);
    const weight = f32x4.mul(expNegativeV(distance), v128.load(inverse + i));
    v128.store(p + i, weight);
    const slope = f32x4.sub(v128.load(ds + i), v128.load(delta + i));
    v128.store(ds + i, f32x4.mul(f32x4.mul(weight, slope), scale));
  }
}

/** Scales scores and applies a column of the mask, from query `from` on. */
function maskColumn(at: usize, p: usize, mask: usize, n: i32, tq: i32, from: i32): void {
  const row = (<usize>word(at, AttentionWord.MaskRow)) << 2;
  const boolean = word(at, AttentionWord.Flags) & AttentionFlag.Boolean;
  const scale = f32x4.splat(real(at, AttentionWord.Scale));
  const last = tq - 1;
  for (let i = from; i < from + n; i += 4, p += 16) {
    let m = v128.load32_zero(mask + <usize>i * row);
    m = v128.load32_lane(mask + <usize>min(i + 1, last) * row, m, 1);
    m = v128.load32_lane(mask + <usize>min(i + 2, last) * row, m, 2);
    m = v128.load32_lane(mask + <usize>min(i + 3, last) * row, m, 3);
    const scaled = f32x4.mul(v128.load(p), scale);
    if (boolean) v128.store(p, v128.bitselect(v128.load32_splat(MINUS_INFINITY), scaled, i32x4.eq(m, i32x4.splat(0))));
    else v128.store(p, f32x4.add(scaled, m));
  }
}

/** Makes the first `count` elements of a row 0: queries that do not see the key. */
export function hideBefore(p: usize, ds: usize, count: i32): void {
  for (; count > 0; count--, p += 4, ds += 4) {
    store<f32>(p, 0);
    store<f32>(ds, 0);
  }
}

/** p[n] = p · f */
export function multiplyRow(p: usize, f: usize, n: i32): void {
  for (const end = p + ((<usize>n) << 2); p < end; p += 16, f += 16) {
    v128.store(p, f32x4.mul(v128.load(p), v128.load(f)));
  }
}

/**
 * Multiplies dP of a strip of four keys, from number j on, by the factors of dropout, and leaves these at `factors`.
 * The random bits lie with queries in rows, as the forward pass has them; here they are turned.
 */
export function dropGradStrip(
  at: usize,
  control: usize,
  ds: usize,
  factors: usize,
  ld: usize,
  rows: i32,
  n: i32,
  bits: usize,
  number: i32,
  j: i32,
  from: i32,
): void {
  const p = real(at, AttentionWord.Dropout);
  const stream = word(at, AttentionWord.Stream);
  const byKeys = (word(at, AttentionWord.Tk) + 3) >> 2;
  const byQueries = (word(at, AttentionWord.Tq) + 3) >> 2;
  let tile = (number * byQueries + (from >> 2)) * byKeys + (j >> 2);
  for (; n > 0; n -= 4, ds += 16, factors += 16, tile += byKeys) {
    dropoutBits(bits, tile, stream, control);
    for (let r: usize = 0; r < <usize>rows; r++) {
      const from = bits + (r << 2);
      let turned = v128.load32_zero(from);
      turned = v128.load32_lane(from, turned, 1, 16);
      turned = v128.load32_lane(from, turned, 2, 32);
      turned = v128.load32_lane(from, turned, 3, 48);
      const f = factorsOf(turned, p);
      v128.store(factors + r * ld, f);
      v128.store(ds + r * ld, f32x4.mul(v128.load(ds + r * ld), f));
    }
  }
}
