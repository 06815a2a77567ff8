// Activations, y[n] = f(x[n]), by PyTorch's definitions. Their gradients are in activation-grad.ts.
//
// Loops have no tail: buffers are padded to whole lines (Layout.Line), and nobody reads the padding. y may be x. NaN
// stays NaN.

import { Opcode } from "../src/shared/opcodes";
import {
  GELU_CUBIC,
  GELU_SLOPE,
  HALF,
  ONE,
  SELU_SCALE,
  SELU_SCALE_ALPHA,
  SIX,
  SIXTH,
  SQRT_HALF,
  THREE,
  ZERO,
} from "./constants";
import { absV, erfV, expm1NegativeV, expNegativeV, log1pUnitV, negV, sigmoidV, tanhV } from "./simd-math";

/** y = max(x, 0) */
export function relu(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    v128.store(y, f32x4.pmax(v128.load(x), v128.load32_splat(ZERO)));
  }
}

/** y = x > 0 ? x : alpha x */
export function leakyRelu(y: usize, x: usize, n: i32, alpha: f32): void {
  const slope = f32x4.splat(alpha);
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    v128.store(y, v128.bitselect(value, f32x4.mul(value, slope), f32x4.gt(value, v128.load32_splat(ZERO))));
  }
}

/** y = x > 0 ? x : alpha (exp(x) - 1) */
export function elu(y: usize, x: usize, n: i32, alpha: f32): void {
  const scale = f32x4.splat(alpha);
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    const negative = f32x4.mul(scale, expm1NegativeV(f32x4.pmin(value, v128.load32_splat(ZERO))));
    v128.store(y, v128.bitselect(value, negative, f32x4.gt(value, v128.load32_splat(ZERO))));
  }
}

/** y = scale (x > 0 ? x : alpha (exp(x) - 1)) with the constants of Klambauer et al. 2017 */
export function selu(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    const positive = f32x4.mul(value, v128.load32_splat(SELU_SCALE));
    const negative = f32x4.mul(
      v128.load32_splat(SELU_SCALE_ALPHA),
      expm1NegativeV(f32x4.pmin(value, v128.load32_splat(ZERO))),
    );
    v128.store(y, v128.bitselect(positive, negative, f32x4.gt(value, v128.load32_splat(ZERO))));
  }
}

/** y = x Φ(x) = x/2 (1 + erf(x / √2)) */
export function gelu(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    const half = f32x4.mul(value, v128.load32_splat(HALF));
    const bracket = f32x4.add(v128.load32_splat(ONE), erfV(f32x4.mul(value, v128.load32_splat(SQRT_HALF))));
    v128.store(y, f32x4.mul(half, bracket));
  }
}

/** y = x/2 (1 + tanh(u)) = x σ(2u), u = √(2/π) (x + 0.044715 x³) */
export function geluTanh(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    const square = f32x4.mul(value, value);
    const cubic = f32x4.add(f32x4.mul(square, v128.load32_splat(GELU_CUBIC)), v128.load32_splat(ONE));
    const doubled = f32x4.mul(f32x4.mul(value, v128.load32_splat(GELU_SLOPE)), cubic);
    v128.store(y, f32x4.mul(value, sigmoidV(doubled)));
  }
}

/** y = σ(x) = 1 / (1 + exp(-x)) */
export function sigmoid(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) v128.store(y, sigmoidV(v128.load(x)));
}

export function tanh(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) v128.store(y, tanhV(v128.load(x)));
}

/** y = log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)) */
export function softplus(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    const rest = log1pUnitV(expNegativeV(negV(absV(value))));
    v128.store(y, f32x4.add(f32x4.pmax(value, v128.load32_splat(ZERO)), rest));
  }
}

/** y = x σ(x) */
export function silu(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    v128.store(y, f32x4.mul(value, sigmoidV(value)));
  }
}

/** y = x relu6(x + 3) / 6 */
export function hardSwish(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    const value = v128.load(x);
    const shifted = f32x4.add(value, v128.load32_splat(THREE));
    const gate = f32x4.pmin(f32x4.pmax(shifted, v128.load32_splat(ZERO)), v128.load32_splat(SIX));
    v128.store(y, f32x4.mul(value, f32x4.mul(gate, v128.load32_splat(SIXTH))));
  }
}

/** Runs the activation `code` (an Opcode), e.g. behind a matrix product; `alpha` for those that take one. */
export function activate(code: i32, y: usize, x: usize, n: i32, alpha: f32): void {
  // prettier-ignore
  switch (code) {
    case Opcode.Relu: relu(y, x, n); break;
    case Opcode.LeakyRelu: leakyRelu(y, x, n, alpha); break;
    case Opcode.Elu: elu(y, x, n, alpha); break;
    case Opcode.Selu: selu(y, x, n); break;
    case Opcode.Gelu: gelu(y, x, n); break;
    case Opcode.GeluTanh: geluTanh(y, x, n); break;
    case Opcode.Sigmoid: sigmoid(y, x, n); break;
    case Opcode.Tanh: tanh(y, x, n); break;
    case Opcode.Softplus: softplus(y, x, n); break;
    case Opcode.Silu: silu(y, x, n); break;
    case Opcode.HardSwish: hardSwish(y, x, n); break;
  }
}
