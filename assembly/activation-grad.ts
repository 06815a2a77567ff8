// Gradients of the activations: dx[n] = dy[n] f'(·), from the output y where that suffices (so that y may have taken x's
// place), else from the input x.
//
// Loops have no tail: buffers are padded to whole lines. dx may be dy. NaN in y or x makes dx NaN or, where PyTorch
// does the same, lets dy through.

import {
  EXP_FLOOR,
  EXP_TOP,
  GELU_CUBIC,
  GELU_CUBIC_SLOPE,
  GELU_SLOPE,
  HALF,
  INV_SQRT_2PI,
  MINUS_TEN,
  MINUS_THREE,
  ONE,
  SELU_SCALE,
  SELU_SCALE_ALPHA,
  SQRT_HALF,
  TEN,
  THIRD,
  THREE,
  ZERO,
} from "./constants";
import { erfV, expNegativeV, expWithinV, negV, sigmoidV } from "./simd-math";

/** dx = y > 0 ? dy : 0 */
export function reluGrad(dx: usize, dy: usize, y: usize, n: i32): void {
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, y += 16) {
    v128.store(dx, v128.andnot(v128.load(dy), f32x4.le(v128.load(y), v128.load32_splat(ZERO))));
  }
}

/** dx = y > 0 ? dy : alpha dy */
export function leakyReluGrad(dx: usize, dy: usize, y: usize, n: i32, alpha: f32): void {
  const slope = f32x4.splat(alpha);
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, y += 16) {
    const slip = v128.load(dy);
    v128.store(dx, v128.bitselect(slip, f32x4.mul(slip, slope), f32x4.gt(v128.load(y), v128.load32_splat(ZERO))));
  }
}

/** dx = y > 0 ? dy : dy (y + alpha), as alpha exp(x) = y + alpha */
export function eluGrad(dx: usize, dy: usize, y: usize, n: i32, alpha: f32): void {
  const shift = f32x4.splat(alpha);
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, y += 16) {
    const out = v128.load(y);
    const slope = v128.bitselect(v128.load32_splat(ONE), f32x4.add(out, shift), f32x4.gt(out, v128.load32_splat(ZERO)));
    v128.store(dx, f32x4.mul(v128.load(dy), slope));
  }
}

/** dx = dy (y > 0 ? scale : y + scale alpha) */
export function seluGrad(dx: usize, dy: usize, y: usize, n: i32): void {
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, y += 16) {
    const out = v128.load(y);
    const negative = f32x4.add(out, v128.load32_splat(SELU_SCALE_ALPHA));
    const slope = v128.bitselect(v128.load32_splat(SELU_SCALE), negative, f32x4.gt(out, v128.load32_splat(ZERO)));
    v128.store(dx, f32x4.mul(v128.load(dy), slope));
  }
}

/** dx = dy (Φ(x) + x φ(x)), φ(x) = exp(-x²/2) / √(2π) */
export function geluGrad(dx: usize, dy: usize, x: usize, n: i32): void {
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, x += 16) {
    const value = v128.load(x);
    const half = v128.load32_splat(HALF);
    const power = f32x4.mul(value, f32x4.mul(value, half));
    const density = f32x4.mul(expNegativeV(negV(power)), v128.load32_splat(INV_SQRT_2PI));
    const cdf = f32x4.add(half, f32x4.mul(half, erfV(f32x4.mul(value, v128.load32_splat(SQRT_HALF)))));
    v128.store(dx, f32x4.mul(v128.load(dy), f32x4.add(cdf, f32x4.mul(value, density))));
  }
}

// Where s is near 1, 1 - s would be all rounding: it is e s, with s = 1 / (1 + e).

/** dx = dy (s + x s (1 - s) 2u'), s = σ(2u), 2u = 2√(2/π) (x + 0.044715 x³); x clamped to ±10, where s is 0 or 1 */
export function geluTanhGrad(dx: usize, dy: usize, x: usize, n: i32): void {
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, x += 16) {
    const value = f32x4.pmin(f32x4.pmax(v128.load(x), v128.load32_splat(MINUS_TEN)), v128.load32_splat(TEN));
    const one = v128.load32_splat(ONE);
    const square = f32x4.mul(value, value);
    const scaled = f32x4.mul(value, v128.load32_splat(GELU_SLOPE));
    const doubled = f32x4.mul(scaled, f32x4.add(f32x4.mul(square, v128.load32_splat(GELU_CUBIC)), one));
    const e = expWithinV(negV(doubled));
    const s = f32x4.div(one, f32x4.add(one, e));
    const slope = f32x4.mul(scaled, f32x4.add(f32x4.mul(square, v128.load32_splat(GELU_CUBIC_SLOPE)), one));
    const gate = f32x4.mul(s, f32x4.add(one, f32x4.mul(slope, f32x4.mul(e, s))));
    v128.store(dx, f32x4.mul(v128.load(dy), gate));
  }
}

/** dx = dy y (1 - y) */
export function sigmoidGrad(dx: usize, dy: usize, y: usize, n: i32): void {
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, y += 16) {
    const out = v128.load(y);
    v128.store(dx, f32x4.mul(v128.load(dy), f32x4.mul(out, f32x4.sub(v128.load32_splat(ONE), out))));
  }
}

/** dx = dy (1 - y²) */
export function tanhGrad(dx: usize, dy: usize, y: usize, n: i32): void {
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, y += 16) {
    const out = v128.load(y);
    v128.store(dx, f32x4.mul(v128.load(dy), f32x4.sub(v128.load32_splat(ONE), f32x4.mul(out, out))));
  }
}

/** dx = dy σ(x) */
export function softplusGrad(dx: usize, dy: usize, x: usize, n: i32): void {
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, x += 16) {
    v128.store(dx, f32x4.mul(v128.load(dy), sigmoidV(v128.load(x))));
  }
}

/** dx = dy s (1 + x (1 - s)), s = σ(x); x clamped to ±88, where that is 0 or 1 */
export function siluGrad(dx: usize, dy: usize, x: usize, n: i32): void {
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, x += 16) {
    const value = f32x4.pmin(f32x4.pmax(v128.load(x), v128.load32_splat(EXP_FLOOR)), v128.load32_splat(EXP_TOP));
    const one = v128.load32_splat(ONE);
    const e = expWithinV(negV(value));
    const s = f32x4.div(one, f32x4.add(one, e));
    const gate = f32x4.mul(s, f32x4.add(one, f32x4.mul(value, f32x4.mul(e, s))));
    v128.store(dx, f32x4.mul(v128.load(dy), gate));
  }
}

/** dx = dy (x <= -3 ? 0 : x < 3 ? x/3 + 1/2 : 1) */
export function hardSwishGrad(dx: usize, dy: usize, x: usize, n: i32): void {
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, x += 16) {
    const value = v128.load(x);
    const inner = f32x4.add(f32x4.mul(value, v128.load32_splat(THIRD)), v128.load32_splat(HALF));
    const slope = v128.bitselect(v128.load32_splat(ONE), inner, f32x4.ge(value, v128.load32_splat(THREE)));
    const masked = v128.andnot(slope, f32x4.le(value, v128.load32_splat(MINUS_THREE)));
    v128.store(dx, f32x4.mul(v128.load(dy), masked));
  }
}
