// y[n] = x[n] to one exponent, in f64 and rounded once, with the cases of IEEE 754's pow (C99, annex F.9.4.4).
//
//   whole exponents   repeated squaring, and the reciprocal for negative ones: zeros, infinities, signs and NaN follow
//   others            e^(exponent · ln x); NaN below 0
//
// Loops have no tail: buffers are padded to whole lines. y may be x.

import { highPair, narrow } from "./row";

/** y[n] = x[n] ^ exponent */
export function pow(y: usize, x: usize, n: i32, exponent: f64): void {
  const end = y + ((<usize>n) << 2);
  if (Math.floor(exponent) == exponent) {
    for (; y < end; y += 16, x += 16) {
      const v = v128.load(x);
      const low = whole(f64x2.promote_low_f32x4(v), exponent);
      v128.store(y, narrow(low, whole(f64x2.promote_low_f32x4(highPair(v)), exponent)));
    }
    return;
  }
  const atZero = f32x4.splat(exponent > 0 ? 0 : Infinity);
  const atInfinity = f32x4.splat(exponent > 0 ? Infinity : 0);
  for (; y < end; y += 16, x += 16) {
    const v = v128.load(x);
    const low = fractional(f64x2.promote_low_f32x4(v), exponent);
    let r = narrow(low, fractional(f64x2.promote_low_f32x4(highPair(v)), exponent));
    r = v128.bitselect(r, f32x4.splat(NaN), f32x4.gt(v, f32x4.splat(0)));
    r = v128.bitselect(atZero, r, f32x4.eq(v, f32x4.splat(0)));
    v128.store(y, v128.bitselect(atInfinity, r, f32x4.eq(f32x4.abs(v), f32x4.splat(Infinity))));
  }
}

/** x ^ exponent for whole exponents */
function whole(x: v128, exponent: f64): v128 {
  let product = f64x2.splat(1);
  for (let left = <i64>Math.abs(exponent); left > 0; left >>= 1) {
    if (left & 1) product = f64x2.mul(product, x);
    x = f64x2.mul(x, x);
  }
  return exponent < 0 ? f64x2.div(f64x2.splat(1), product) : product;
}

// Constants in memory, twice over: V8 builds a v128.const anew at every use inside a loop.
const ONE: usize = memory.data<f64>([1, 1], 16);
/** 1.5 · 2^52: added to a whole number, it leaves it in the low bits. */
const ROUND: usize = memory.data<f64>([6755399441055744, 6755399441055744], 16);
const SQRT_HALF: usize = memory.data<f64>([0.7071067811865476, 0.7071067811865476], 16);
const LN_2: usize = memory.data<f64>([0.6931471805599453, 0.6931471805599453], 16);
const LOG2_E: usize = memory.data<f64>([1.4426950408889634, 1.4426950408889634], 16);
/** Beyond, the result is infinite or 0 in f32. */
const MOST: usize = memory.data<f64>([200, 200], 16);
const LEAST: usize = memory.data<f64>([-200, -200], 16);
/** 2 / 15, 2 / 13 … 2: ln m = 2 (s + s³/3 + s⁵/5 + …), s = (m - 1) / (m + 1); the next term is below 3e-14 of it. */
// prettier-ignore
const LOG_P: usize = memory.data<f64>([
  0.13333333333333333, 0.13333333333333333, 0.15384615384615385, 0.15384615384615385,
  0.18181818181818182, 0.18181818181818182, 0.2222222222222222, 0.2222222222222222,
  0.2857142857142857, 0.2857142857142857, 0.4, 0.4, 0.6666666666666666, 0.6666666666666666, 2, 2,
], 16);
/** 1 / 10! … 1 / 1!, 1: Taylor on |r| ≤ ln 2 / 2, the next term below 3e-13 */
// prettier-ignore
const EXP_P: usize = memory.data<f64>([
  2.755731922398589e-7, 2.755731922398589e-7, 2.7557319223985893e-6, 2.7557319223985893e-6,
  0.0000248015873015873, 0.0000248015873015873, 0.0001984126984126984, 0.0001984126984126984,
  0.001388888888888889, 0.001388888888888889, 0.008333333333333333, 0.008333333333333333,
  0.041666666666666664, 0.041666666666666664, 0.16666666666666666, 0.16666666666666666,
  0.5, 0.5, 1, 1, 1, 1,
], 16);

/** e^(exponent · ln x) for finite x > 0 that were f32 */
function fractional(x: v128, exponent: f64): v128 {
  return exp(f64x2.mul(log(x), f64x2.splat(exponent)));
}

/** ln x for normal x > 0: x = m 2^k, √½ ≤ m < √2. */
function log(x: v128): v128 {
  const k = i64x2.shr_s(i64x2.sub(x, v128.load(SQRT_HALF)), 52);
  const m = i64x2.sub(x, i64x2.shl(k, 52));
  const one = v128.load(ONE);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const exponent = f64x2.sub(i64x2.add(k, v128.load(ROUND)), v128.load(ROUND));
  return f64x2.add(f64x2.mul(exponent, v128.load(LN_2)), f64x2.mul(s, horner(LOG_P, 8, f64x2.mul(s, s))));
}

/** e^t = 2^k e^r, |r| ≤ ln 2 / 2 */
function exp(t: v128): v128 {
  t = f64x2.pmax(f64x2.pmin(t, v128.load(MOST)), v128.load(LEAST));
  const k = f64x2.add(f64x2.mul(t, v128.load(LOG2_E)), v128.load(ROUND));
  const r = f64x2.sub(t, f64x2.mul(f64x2.sub(k, v128.load(ROUND)), v128.load(LN_2)));
  return i64x2.add(horner(EXP_P, 11, r), i64x2.shl(k, 52));
}

/** A polynomial by its coefficients, highest power first. */
function horner(coefficients: usize, count: i32, x: v128): v128 {
  let sum = v128.load(coefficients);
  for (let i = 1; i < count; i++) {
    coefficients += 16;
    sum = f64x2.add(f64x2.mul(sum, x), v128.load(coefficients));
  }
  return sum;
}
