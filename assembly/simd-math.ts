// Transcendental functions of four lanes, out of the IEEE operations alone, so that every engine gives the same bits.
// Inlined by decorators, as Binaryen leaves functions of this size alone (see .prettierignore).
//
// NaN stays NaN throughout: pmin(x, c) and pmax(x, c) return x unless the comparison holds.

import {
  ERF_LIMIT, ERF_LIMIT_NEGATIVE, ERF_P, ERF_Q, EXP_CEILING, EXP_FLOOR, EXP_LEAST, EXP_MOST, EXP_P, INFINITY, LN2_HIGH,
  LN2_LOW, LOG2_E, LOG_P, MAGNITUDE, MINUS_25, MINUS_INFINITY, MINUS_ONE, ONE, HALF, ROUND, ROUND_BIASED, SIGN,
  SMALLEST_NORMAL, SQRT2_MINUS_1, SQRT_HALF_BITS, TANH_LIMIT, TANH_LIMIT_NEGATIVE, TANH_P, TANH_Q, TWO_TO_25, ZERO,
} from "./constants";
import { madd } from "./simd";

// @ts-ignore: decorator
@inline
export function absV(x: v128): v128 {
  return v128.and(x, v128.load32_splat(MAGNITUDE));
}

// @ts-ignore: decorator
@inline
export function negV(x: v128): v128 {
  return v128.xor(x, v128.load32_splat(SIGN));
}

/** x - n ln 2 */
// @ts-ignore: decorator
@inline
function reduced(x: v128, n: v128): v128 {
  return f32x4.sub(f32x4.sub(x, f32x4.mul(n, v128.load32_splat(LN2_HIGH))), f32x4.mul(n, v128.load32_splat(LN2_LOW)));
}

/** exp(t) - 1 for |t| <= ln(2) / 2 */
// @ts-ignore: decorator
@inline
function expm1Reduced(t: v128): v128 {
  let p = madd(v128.load32_splat(EXP_P), t, v128.load32_splat(EXP_P, 4));
  p = madd(p, t, v128.load32_splat(EXP_P, 8));
  p = madd(p, t, v128.load32_splat(EXP_P, 12));
  p = madd(p, t, v128.load32_splat(EXP_P, 16));
  p = madd(p, t, v128.load32_splat(EXP_P, 20));
  return madd(p, f32x4.mul(t, t), t);
}

/** exp(x) for x in [-88, 88.5]; infinite from 88.37 on. */
// @ts-ignore: decorator
@inline
export function expWithinV(x: v128): v128 {
  const biased = madd(x, v128.load32_splat(LOG2_E), v128.load32_splat(ROUND_BIASED));
  const q = expm1Reduced(reduced(x, f32x4.sub(biased, v128.load32_splat(ROUND_BIASED))));
  return f32x4.mul(f32x4.add(q, v128.load32_splat(ONE)), i32x4.shl(biased, 23));
}

/** exp(x) for x <= 0, at most 1 ulp; 0 below -87.7. */
// @ts-ignore: decorator
@inline
export function expNegativeV(x: v128): v128 {
  return expWithinV(f32x4.pmax(x, v128.load32_splat(EXP_FLOOR)));
}

/** exp(x) - 1 for x <= 0, with full relative accuracy near 0. */
// @ts-ignore: decorator
@inline
export function expm1NegativeV(x: v128): v128 {
  const within = f32x4.pmax(x, v128.load32_splat(EXP_FLOOR));
  const biased = madd(within, v128.load32_splat(LOG2_E), v128.load32_splat(ROUND_BIASED));
  const q = expm1Reduced(reduced(within, f32x4.sub(biased, v128.load32_splat(ROUND_BIASED))));
  const scale = i32x4.shl(biased, 23);
  return madd(q, scale, f32x4.sub(scale, v128.load32_splat(ONE)));
}

/** exp(x), at most 1 ulp; 0 where the result would be subnormal. */
// @ts-ignore: decorator
@inline
export function expV(x: v128): v128 {
  const rounded = madd(x, v128.load32_splat(LOG2_E), v128.load32_splat(ROUND));
  const q = expm1Reduced(reduced(x, f32x4.sub(rounded, v128.load32_splat(ROUND))));
  // n is added to the exponent field: 2^128 would be infinite, yet exp(x) = 2^128 * 0.9 is not.
  const y = i32x4.add(f32x4.add(q, v128.load32_splat(ONE)), i32x4.shl(rounded, 23));
  const beyond = f32x4.add(x, v128.load32_splat(INFINITY));
  const finite = v128.bitselect(y, beyond, f32x4.le(x, v128.load32_splat(EXP_MOST)));
  return v128.andnot(finite, f32x4.lt(x, v128.load32_splat(EXP_LEAST)));
}

/** log(1 + f) + e ln 2 for 1 + f in [sqrt(1/2), sqrt(2)) */
// @ts-ignore: decorator
@inline
function logReduced(f: v128, e: v128): v128 {
  const square = f32x4.mul(f, f);
  let p = madd(v128.load32_splat(LOG_P), f, v128.load32_splat(LOG_P, 4));
  p = madd(p, f, v128.load32_splat(LOG_P, 8));
  p = madd(p, f, v128.load32_splat(LOG_P, 12));
  p = madd(p, f, v128.load32_splat(LOG_P, 16));
  p = madd(p, f, v128.load32_splat(LOG_P, 20));
  p = madd(p, f, v128.load32_splat(LOG_P, 24));
  p = madd(p, f, v128.load32_splat(LOG_P, 28));
  p = madd(p, f, v128.load32_splat(LOG_P, 32));
  let y = madd(e, v128.load32_splat(LN2_LOW), f32x4.mul(f32x4.mul(p, f), square));
  y = f32x4.sub(y, f32x4.mul(square, v128.load32_splat(HALF)));
  return madd(e, v128.load32_splat(LN2_HIGH), f32x4.add(f, y));
}

/** log(x), at most 1 ulp; log(0) = -inf, NaN below. */
// @ts-ignore: decorator
@inline
export function logV(x: v128): v128 {
  const subnormal = f32x4.lt(x, v128.load32_splat(SMALLEST_NORMAL));
  const bits = v128.bitselect(f32x4.mul(x, v128.load32_splat(TWO_TO_25)), x, subnormal);
  const e = i32x4.shr_s(i32x4.sub(bits, v128.load32_splat(SQRT_HALF_BITS)), 23);
  const f = f32x4.sub(i32x4.sub(bits, i32x4.shl(e, 23)), v128.load32_splat(ONE));
  const exponent = f32x4.add(f32x4.convert_i32x4_s(e), v128.and(subnormal, v128.load32_splat(MINUS_25)));
  let y = logReduced(f, exponent);
  y = v128.or(y, f32x4.lt(x, v128.load32_splat(ZERO))); // all bits set: NaN
  y = v128.bitselect(y, x, f32x4.lt(x, v128.load32_splat(INFINITY)));
  return v128.bitselect(v128.load32_splat(MINUS_INFINITY), y, f32x4.eq(x, v128.load32_splat(ZERO)));
}

/** log(1 + u) for u in [0, 1], with full relative accuracy. */
// @ts-ignore: decorator
@inline
export function log1pUnitV(u: v128): v128 {
  const upper = f32x4.ge(u, v128.load32_splat(SQRT2_MINUS_1));
  const halved = f32x4.mul(f32x4.sub(u, v128.load32_splat(ONE)), v128.load32_splat(HALF));
  return logReduced(v128.bitselect(halved, u, upper), v128.and(upper, v128.load32_splat(ONE)));
}

/** 1 / (1 + exp(-x)), at most 4 ulp; 0 below -88.4. */
// @ts-ignore: decorator
@inline
export function sigmoidV(x: v128): v128 {
  const within = f32x4.pmin(f32x4.pmax(negV(x), v128.load32_splat(EXP_FLOOR)), v128.load32_splat(EXP_CEILING));
  const one = v128.load32_splat(ONE);
  return f32x4.div(one, f32x4.add(one, expWithinV(within)));
}

/** tanh(x), at most 6 ulp. */
// @ts-ignore: decorator
@inline
export function tanhV(x: v128): v128 {
  const within = f32x4.pmin(f32x4.pmax(x, v128.load32_splat(TANH_LIMIT_NEGATIVE)), v128.load32_splat(TANH_LIMIT));
  const square = f32x4.mul(within, within);
  let p = madd(v128.load32_splat(TANH_P), square, v128.load32_splat(TANH_P, 4));
  let q = madd(v128.load32_splat(TANH_Q), square, v128.load32_splat(TANH_Q, 4));
  p = madd(p, square, v128.load32_splat(TANH_P, 8));
  q = madd(q, square, v128.load32_splat(TANH_Q, 8));
  p = madd(p, square, v128.load32_splat(TANH_P, 12));
  q = madd(q, square, v128.load32_splat(TANH_Q, 12));
  p = madd(p, square, v128.load32_splat(TANH_P, 16));
  q = madd(q, square, v128.load32_splat(TANH_Q, 16));
  const y = f32x4.mul(within, f32x4.div(p, q));
  return f32x4.pmin(f32x4.pmax(y, v128.load32_splat(MINUS_ONE)), v128.load32_splat(ONE));
}

/** erf(x), at most 5 ulp. */
// @ts-ignore: decorator
@inline
export function erfV(x: v128): v128 {
  const within = f32x4.pmin(f32x4.pmax(x, v128.load32_splat(ERF_LIMIT_NEGATIVE)), v128.load32_splat(ERF_LIMIT));
  const square = f32x4.mul(within, within);
  let p = madd(v128.load32_splat(ERF_P), square, v128.load32_splat(ERF_P, 4));
  let q = madd(v128.load32_splat(ERF_Q), square, v128.load32_splat(ERF_Q, 4));
  p = madd(p, square, v128.load32_splat(ERF_P, 8));
  q = madd(q, square, v128.load32_splat(ERF_Q, 8));
  p = madd(p, square, v128.load32_splat(ERF_P, 12));
  q = madd(q, square, v128.load32_splat(ERF_Q, 12));
  p = madd(p, square, v128.load32_splat(ERF_P, 16));
  q = madd(q, square, v128.load32_splat(ERF_Q, 16));
  p = madd(p, square, v128.load32_splat(ERF_P, 20));
  q = madd(q, square, v128.load32_splat(ERF_Q, 20));
  const y = f32x4.div(f32x4.mul(within, p), q);
  return f32x4.pmin(f32x4.pmax(y, v128.load32_splat(MINUS_ONE)), v128.load32_splat(ONE));
}
