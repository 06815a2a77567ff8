// Constants of the vector kernels, for v128.load32_splat; a name is an address. V8 builds a v128.const anew at every use
// inside a loop, in three instructions, where a load is one.
//
// Only read: a kernel that wrote here would break every later one.

export const ZERO: usize = memory.data<f32>([0]);
export const HALF: usize = memory.data<f32>([0.5]);
export const ONE: usize = memory.data<f32>([1]);
export const INFINITY: usize = memory.data<f32>([Infinity]);
export const MINUS_INFINITY: usize = memory.data<f32>([-Infinity]);
/** The sign bit. */
export const SIGN: usize = memory.data<u32>([0x80000000]);
/** All bits but the sign. */
export const MAGNITUDE: usize = memory.data<u32>([0x7fffffff]);
/** The number of each lane. */
export const LANES: usize = memory.data<i32>([0, 1, 2, 3], 16);

// exp(x) = 2^n * exp(t), n = round(x / ln 2), t = x - n ln 2 in two steps (Cody and Waite): LN2_HIGH has 10 bits, so that
// n * LN2_HIGH is exact. Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
export const LOG2_E: usize = memory.data<f32>([1.4426950408889634]);
export const LN2_HIGH: usize = memory.data<f32>([0.693359375]);
export const LN2_LOW: usize = memory.data<f32>([-2.1219444e-4]);
/** 1.5 * 2^23 */
export const ROUND: usize = memory.data<f32>([12582912]);
/** 1.5 * 2^23 + 127: leaves the exponent field of 2^n. */
export const ROUND_BIASED: usize = memory.data<f32>([12583039]);
/** Here 2^n is 0. */
export const EXP_FLOOR: usize = memory.data<f32>([-88]);
/** Here 2^n is the largest that is finite; -EXP_FLOOR. */
export const EXP_TOP: usize = memory.data<f32>([88]);
/** Here 2^n is infinite. */
export const EXP_CEILING: usize = memory.data<f32>([88.5]);
/** ln(2^-126): below, exp is subnormal. */
export const EXP_LEAST: usize = memory.data<f32>([-87.33654]);
/** ln of the largest f32. */
export const EXP_MOST: usize = memory.data<f32>([88.72283]);
/** exp(t) = 1 + t + t² P(t) on |t| <= ln(2) / 2, highest power first (Cephes expf). */
export const EXP_P: usize = memory.data<f32>([
  0.000198756915, 0.0013981999507, 0.0083334519073, 0.041665795894, 0.16666665459, 0.50000001201,
]);

// log(x) = log(1 + f) + e ln 2 with 1 + f in [sqrt(1/2), sqrt(2)).
/** Bits of sqrt(1/2). */
export const SQRT_HALF_BITS: usize = memory.data<i32>([0x3f3504f3]);
/** 2^-126 */
export const SMALLEST_NORMAL: usize = memory.data<f32>([1.1754943508222875e-38]);
export const TWO_TO_25: usize = memory.data<f32>([33554432]);
export const MINUS_25: usize = memory.data<f32>([-25]);
export const SQRT2_MINUS_1: usize = memory.data<f32>([0.4142135623730951]);
/** log(1 + f) = f - f² / 2 + f³ P(f), highest power first (Cephes logf). */
export const LOG_P: usize = memory.data<f32>([
  0.070376836292, -0.1151461031, 0.1167699874, -0.12420140846, 0.14249322787, -0.16668057665, 0.20000714765,
  -0.24999993993, 0.33333331174,
]);

// tanh(x) = x P(x²) / Q(x²) and erf(x) = x P(x²) / Q(x²), minimax in the relative error over [0, limit]; highest power
// first. Beyond the limit both round to 1. Scaled by a constant for which the rounded coefficients do best.
export const TANH_LIMIT: usize = memory.data<f32>([8.6]);
export const TANH_LIMIT_NEGATIVE: usize = memory.data<f32>([-8.6]);
export const MINUS_ONE: usize = memory.data<f32>([-1]);
/** At most 5.6 ulp with TANH_Q. */
export const TANH_P: usize = memory.data<f32>([
  2.498304318976352e-8, 3.7472131225513294e-5, 0.006256000138819218, 0.2378440648317337, 1.7740452289581299,
]);
/** Denominator of tanh. */
export const TANH_Q: usize = memory.data<f32>([
  1.4317715795186814e-6, 0.0005918701062910259, 0.046114370226860046, 0.8291922807693481, 1.7740452289581299,
]);
export const ERF_LIMIT: usize = memory.data<f32>([3.92]);
export const ERF_LIMIT_NEGATIVE: usize = memory.data<f32>([-3.92]);
/** At most 5 ulp with ERF_Q. */
export const ERF_P: usize = memory.data<f32>([
  2.0500888240349013e-6, 0.00028488360112532973, 0.003765637055039406, 0.05274878442287445, 0.19040687382221222,
  1.1283791065216064,
]);
/** Denominator of erf. */
export const ERF_Q: usize = memory.data<f32>([
  3.8091777241788805e-5, 0.0011625412153080106, 0.014969255775213242, 0.11410928517580032, 0.5020764470100403, 1.0,
]);

// Activations.
export const SQRT_HALF: usize = memory.data<f32>([0.7071067811865476]);
/** 1 / sqrt(2 π) */
export const INV_SQRT_2PI: usize = memory.data<f32>([0.3989422804014327]);
/** 2 sqrt(2 / π) */
export const GELU_SLOPE: usize = memory.data<f32>([1.5957691216057308]);
export const GELU_CUBIC: usize = memory.data<f32>([0.044715]);
/** 3 * 0.044715 */
export const GELU_CUBIC_SLOPE: usize = memory.data<f32>([0.134145]);
export const TEN: usize = memory.data<f32>([10]);
export const MINUS_TEN: usize = memory.data<f32>([-10]);
export const SELU_SCALE: usize = memory.data<f32>([1.0507009873554805]);
/** 1.0507009873554805 * 1.6732632423543772 */
export const SELU_SCALE_ALPHA: usize = memory.data<f32>([1.7580993408473766]);
export const THREE: usize = memory.data<f32>([3]);
export const MINUS_THREE: usize = memory.data<f32>([-3]);
export const SIX: usize = memory.data<f32>([6]);
export const SIXTH: usize = memory.data<f32>([0.16666666666666666]);
export const THIRD: usize = memory.data<f32>([0.3333333333333333]);
