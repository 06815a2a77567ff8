// Element-wise functions of one input, y[n] = f(x[n]). Loops have no tail: buffers are padded to whole lines. y may be x.

import { ONE, SIGN, ZERO } from "./constants";
import { absV, expV, logV } from "./simd-math";

/** y = exp(x), at most 1 ulp; 0 where the result would be subnormal */
export function exp(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) v128.store(y, expV(v128.load(x)));
}

/** y = ln(x), at most 1 ulp */
export function log(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) v128.store(y, logV(v128.load(x)));
}

export function sqrt(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) v128.store(y, f32x4.sqrt(v128.load(x)));
}

/** y = x² */
export function square(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    v128.store(y, f32x4.mul(value, value));
  }
}

export function abs(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) v128.store(y, absV(v128.load(x)));
}

/** y = -1, 0 or 1 by the sign of x; NaN stays */
export function sign(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    const unit = v128.or(v128.and(value, v128.load32_splat(SIGN)), v128.load32_splat(ONE));
    v128.store(y, v128.bitselect(unit, value, f32x4.gt(absV(value), v128.load32_splat(ZERO))));
  }
}
