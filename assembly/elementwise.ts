// Element-wise kernels of two inputs of one shape, and the scaled sums.
//
//   add …: y[i] = a[i] op b[i]        affine: y = x * scale + shift        axpy: y += alpha * x        dot: y[0] = Σ a * b
//
// Buffers are padded to whole lines (Layout.Line), so no loop but dot's has a tail: the last vector may compute padding,
// which nobody reads. y may be a or b.

import { dotRow } from "./row";

// Markers that name an operation to `combine` at compile time.
export class AddOp {}
export class SubOp {}
export class MulOp {}
export class DivOp {}
export class MaximumOp {}
export class MinimumOp {}
export class EqualOp {}
export class GreaterOp {}

/** One vector of the operation `T`; the branches fold away at compile time. Maximum and minimum let NaN win. */
export function combine<T>(a: v128, b: v128): v128 {
  if (idof<T>() == idof<AddOp>()) return f32x4.add(a, b);
  else if (idof<T>() == idof<SubOp>()) return f32x4.sub(a, b);
  else if (idof<T>() == idof<MulOp>()) return f32x4.mul(a, b);
  else if (idof<T>() == idof<DivOp>()) return f32x4.div(a, b);
  else if (idof<T>() == idof<MaximumOp>()) return f32x4.max(a, b);
  else if (idof<T>() == idof<MinimumOp>()) return f32x4.min(a, b);
  else if (idof<T>() == idof<EqualOp>()) return v128.and(f32x4.eq(a, b), f32x4.splat(1));
  else return v128.and(f32x4.gt(a, b), f32x4.splat(1));
}

function binary<T>(y: usize, a: usize, b: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, a += 16, b += 16) {
    v128.store(y, combine<T>(v128.load(a), v128.load(b)));
  }
}

export function add(y: usize, a: usize, b: usize, n: i32): void {
  binary<AddOp>(y, a, b, n);
}

export function sub(y: usize, a: usize, b: usize, n: i32): void {
  binary<SubOp>(y, a, b, n);
}

export function mul(y: usize, a: usize, b: usize, n: i32): void {
  binary<MulOp>(y, a, b, n);
}

export function div(y: usize, a: usize, b: usize, n: i32): void {
  binary<DivOp>(y, a, b, n);
}

export function maximum(y: usize, a: usize, b: usize, n: i32): void {
  binary<MaximumOp>(y, a, b, n);
}

export function minimum(y: usize, a: usize, b: usize, n: i32): void {
  binary<MinimumOp>(y, a, b, n);
}

/** y = 1 where a == b, else 0 */
export function equal(y: usize, a: usize, b: usize, n: i32): void {
  binary<EqualOp>(y, a, b, n);
}

/** y = 1 where a > b, else 0 */
export function greater(y: usize, a: usize, b: usize, n: i32): void {
  binary<GreaterOp>(y, a, b, n);
}

/** y = x * scale + shift */
export function affine(y: usize, x: usize, n: i32, scale: f32, shift: f32): void {
  const factor = f32x4.splat(scale);
  const offset = f32x4.splat(shift);
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    v128.store(y, f32x4.add(f32x4.mul(v128.load(x), factor), offset));
  }
}

/** y = y + alpha * x */
export function axpy(y: usize, x: usize, n: i32, alpha: f32): void {
  const factor = f32x4.splat(alpha);
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    v128.store(y, f32x4.add(v128.load(y), f32x4.mul(v128.load(x), factor)));
  }
}

/** y[0] = sum of a * b */
export function dot(y: usize, a: usize, b: usize, n: i32): void {
  store<f32>(y, <f32>dotRow(a, b, n));
}
