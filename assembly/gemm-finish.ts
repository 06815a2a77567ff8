// What the kernels of the matrix product do with a finished sum: add to it, apply the activation, store it.

import { Opcode } from "../src/shared/opcodes";

/** What follows the sum: act(s (+ c) + bias). Reads four floats of c and bias, however many will be stored. */
export function finish(s: v128, c: usize, bias: usize, add: i32, activation: i32, alpha: f32): v128 {
  if (add) s = f32x4.add(s, v128.load(c));
  if (bias) s = f32x4.add(s, v128.load(bias));
  return activation ? rectify(s, activation, alpha) : s;
}

/** The activations cheap enough for a microkernel: x < 0 ? (0 or alpha x) : x. NaN stays NaN. */
export function rectify(x: v128, activation: i32, alpha: f32): v128 {
  const zero = f32x4.splat(0);
  if (activation == Opcode.Relu) return f32x4.pmax(x, zero);
  return v128.bitselect(f32x4.mul(x, f32x4.splat(alpha)), x, f32x4.lt(x, zero));
}

/** Stores the first `count` lanes; 4 or more: all. */
export function storeLanes(c: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(c, v);
  } else if (count == 3) {
    v128.store64_lane(c, v, 0);
    v128.store32_lane(c, v, 2, 8);
  } else if (count == 2) {
    v128.store64_lane(c, v, 0);
  } else if (count == 1) {
    v128.store32_lane(c, v, 0);
  }
}

/** Stores the lanes at c[first], c[first + apart], …, as far as there are n. */
export function scatter(c: usize, v: v128, first: i32, apart: i32, n: i32): void {
  const step = (<usize>apart) << 2;
  c += (<usize>first) << 2;
  if (first < n) v128.store32_lane(c, v, 0);
  if (first + apart < n) v128.store32_lane(c + step, v, 1);
  if (first + 2 * apart < n) v128.store32_lane(c + 2 * step, v, 2);
  if (first + 3 * apart < n) v128.store32_lane(c + 3 * step, v, 3);
}

/** The floats that scatter() would overwrite; the last in place of those beyond. */
export function gather(c: usize, first: i32, apart: i32, n: i32): v128 {
  let v = v128.load32_zero(rowOf(c, 4, first, n));
  v = v128.load32_lane(rowOf(c, 4, first + apart, n), v, 1);
  v = v128.load32_lane(rowOf(c, 4, first + 2 * apart, n), v, 2);
  return v128.load32_lane(rowOf(c, 4, first + 3 * apart, n), v, 3);
}

/** Where row i of n begins, `ld` bytes each; beyond the last, where that does. */
export function rowOf(first: usize, ld: usize, i: i32, n: i32): usize {
  return first + <usize>min(i, n - 1) * ld;
}
