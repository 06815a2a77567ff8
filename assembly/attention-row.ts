// Rows of attention scores: masks, the softmax of a row, and the weights that dropout leaves.
//
//   e = exp(scale (s - max)),  weight = e / Σ e
//
// Scores lie in scratch, whose rows are padded to multiples of 8, so rows are worked on in whole pairs of vectors: what
// lies behind the last key becomes -inf first, whose exponential is 0. Sums add f32 within 256 elements and f64 between.

import { Control } from "../src/shared/opcodes";
import { MINUS_INFINITY, LANES } from "./constants";
import { philox, Purpose } from "./philox";
import { highPair, widen } from "./row";
import { word } from "./simd";
import { expNegativeV } from "./simd-math";

/** Bytes of a block of 256 elements. */
const BLOCK: usize = 1024;

/** s[n] = scale s + mask */
export function addMask(s: usize, mask: usize, n: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (const end = s + ((<usize>n) << 2); s < end; s += 16, mask += 16) {
    v128.store(s, f32x4.add(f32x4.mul(v128.load(s), factor), v128.load(mask)));
  }
}

/** s[n] = scale s where mask (i32) is not 0, else -inf */
export function chooseByMask(s: usize, mask: usize, n: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  const never = v128.load32_splat(MINUS_INFINITY);
  for (const end = s + ((<usize>n) << 2); s < end; s += 16, mask += 16) {
    const hidden = i32x4.eq(v128.load(mask), i32x4.splat(0));
    v128.store(s, v128.bitselect(never, f32x4.mul(v128.load(s), factor), hidden));
  }
}

/**
 * s[n] = exp(scale (s - max)), and 0 from there to `end`. Stores the largest score at `largest` and 1 / Σ at `inverse`; where
 * there is nothing to see, all become 0.
 */
export function softmaxStripRow(s: usize, n: i32, end: i32, scale: f32, largest: usize, inverse: usize): void {
  hideBehind(s, n);
  const stop = s + ((<usize>((n + 7) & ~7)) << 2);
  let m = v128.load32_splat(MINUS_INFINITY);
  let other = m;
  for (let at = s; at < stop; at += 32) {
    m = f32x4.pmax(m, v128.load(at));
    other = f32x4.pmax(other, v128.load(at, 16));
  }
  m = f32x4.pmax(m, other);
  m = f32x4.pmax(m, highPair(m));
  const max = f32.max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1));
  const nothing = max == -Infinity;
  store<f32>(largest, nothing ? 0 : max);
  const sum = expStripRow(s, stop, nothing ? 0 : max, scale);
  store<f32>(inverse, nothing ? 0 : <f32>(1 / sum));
  const last = s + ((<usize>end) << 2);
  for (let at = stop; at < last; at += 16) v128.store(at, f32x4.splat(0));
}

/** Makes what lies behind s[n], up to a multiple of 8, -inf. */
function hideBehind(s: usize, n: i32): void {
  const rest = n & 7;
  if (rest == 0) return;
  const never = v128.load32_splat(MINUS_INFINITY);
  s += (<usize>(n - rest)) << 2;
  const lanes = v128.load(LANES);
  const seen = i32x4.splat(rest);
  v128.store(s, v128.bitselect(v128.load(s), never, i32x4.gt_s(seen, lanes)));
  v128.store(s, v128.bitselect(v128.load(s, 16), never, i32x4.gt_s(seen, i32x4.add(lanes, i32x4.splat(4)))), 16);
}

/** s = exp(scale (s - max)) up to `stop`; returns the sum. */
function expStripRow(s: usize, stop: usize, max: f32, scale: f32): f64 {
  const shift = f32x4.splat(max);
  const factor = f32x4.splat(scale);
  let total = f64x2.splat(0);
  while (s < stop) {
    const block = s + BLOCK < stop ? s + BLOCK : stop;
    let sum = f32x4.splat(0);
    let other = f32x4.splat(0);
    for (; s < block; s += 32) {
      const a = expNegativeV(f32x4.mul(f32x4.sub(v128.load(s), shift), factor));
      const b = expNegativeV(f32x4.mul(f32x4.sub(v128.load(s, 16), shift), factor));
      v128.store(s, a);
      v128.store(s, b, 16);
      sum = f32x4.add(sum, a);
      other = f32x4.add(other, b);
    }
    total = f64x2.add(total, widen(f32x4.add(sum, other)));
  }
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/**
 * Random bits for 16 weights, in a line at `bits`: vector i holds those of query i of a strip, and of four keys from a
 * multiple of 4 on. `tile` is the number of this square of weights among all of the instruction.
 */
export function dropoutBits(bits: usize, tile: i32, stream: i32, control: usize): void {
  const step = word(control, Control.Step);
  philox(bits, tile, step, stream, Purpose.Dropout, word(control, Control.SeedLow), word(control, Control.SeedHigh));
}

/** The factors that dropout of probability p gives four weights by their bits: 0, or 1 / (1 - p). */
export function factorsOf(bits: v128, p: f32): v128 {
  // u >= p as integers: bits >> 8 > threshold. At p = 1 the factor is infinite, but no weight keeps it.
  const threshold = i32x4.splat(<i32>ceil<f32>(p * 16777216) - 1);
  return v128.and(f32x4.splat(1 / (1 - p)), i32x4.gt_s(i32x4.shr_u(bits, 8), threshold));
}

/** Drops weights of a strip of four rows, `ld` bytes apart, up to key n. */
export function dropStrip(
  s: usize,
  ld: usize,
  n: i32,
  bits: usize,
  tile: i32,
  p: f32,
  stream: i32,
  control: usize,
): void {
  for (const end = s + ((<usize>n) << 2); s < end; s += 16, tile++) {
    dropoutBits(bits, tile, stream, control);
    for (let row: usize = 0; row < 4; row++) {
      const at = s + row * ld;
      v128.store(at, f32x4.mul(v128.load(at), factorsOf(v128.load(bits + (row << 4)), p)));
    }
  }
}
