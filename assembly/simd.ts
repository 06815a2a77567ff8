// The few helpers that the kernels share, and the only file that may carry decorators (see .prettierignore).

/** a * b + c: fused where the build has relaxed SIMD, rounded twice elsewhere. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  else return f32x4.add(f32x4.mul(a, b), c);
}

/** Whether the engine keeps a microtile of 6 x 8 in registers; asked for by builds with relaxed SIMD alone. */
// @ts-ignore: decorator
@external("env", "wide")
export declare const WIDE: i32;

/** Sum of the four lanes, as (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Word `index` of an instruction or a block of words. */
// @ts-ignore: decorator
@inline
export function word(at: usize, index: i32): i32 {
  return load<i32>(at + ((<usize>index) << 2));
}

/** Word `index` as the f32 whose bits it holds. */
// @ts-ignore: decorator
@inline
export function real(at: usize, index: i32): f32 {
  return load<f32>(at + ((<usize>index) << 2));
}
