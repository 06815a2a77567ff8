// Losses that compare x[n] with a target t[n] element by element, and their gradients.
//
//   loss = (sum of terms) / divisor            dx = dloss · d term/dx / divisor
//
// Definitions are PyTorch's (torch.nn.MSELoss and its neighbours). Terms are f32, their sum is f64. Sums stop exactly at
// n; gradients run over the padding, which nobody reads.

import { HALF, LANES, ONE } from "./constants";
import { expV, logV } from "./simd-math";

/** Logarithms are no less than this, as in PyTorch. */
const LEAST_LOG = memory.data<f32>([-100]);
const TINY = memory.data<f32>([1e-12]);

/** sum (two f64) + the first `left` of the four terms. */
function accumulate(sum: v128, terms: v128, left: i32): v128 {
  const kept = v128.and(terms, i32x4.gt_s(i32x4.splat(left), v128.load(LANES)));
  const upper = i64x2.shuffle(kept, kept, 1, 0);
  return f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(kept), f64x2.promote_low_f32x4(upper)));
}

function finish(loss: usize, sum: v128, divisor: f32): void {
  store<f32>(loss, <f32>((f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)) / <f64>divisor));
}

/** term = (x - t)² */
export function meanSquaredError(loss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  let sum = f64x2.splat(0);
  for (; n > 0; n -= 4, x += 16, t += 16) {
    const d = f32x4.sub(v128.load(x), v128.load(t));
    sum = accumulate(sum, f32x4.mul(d, d), n);
  }
  finish(loss, sum, divisor);
}

/** dx = 2 (x - t) dloss / divisor */
export function meanSquaredErrorGrad(dx: usize, dloss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  const scale = f32x4.splat((2 * load<f32>(dloss)) / divisor);
  for (; n > 0; n -= 4, dx += 16, x += 16, t += 16) {
    v128.store(dx, f32x4.mul(f32x4.sub(v128.load(x), v128.load(t)), scale));
  }
}

/** term = |x - t| */
export function meanAbsoluteError(loss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  let sum = f64x2.splat(0);
  for (; n > 0; n -= 4, x += 16, t += 16) {
    sum = accumulate(sum, f32x4.abs(f32x4.sub(v128.load(x), v128.load(t))), n);
  }
  finish(loss, sum, divisor);
}

/** dx = sign(x - t) dloss / divisor, 0 where x = t */
export function meanAbsoluteErrorGrad(dx: usize, dloss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  const zero = f32x4.splat(0);
  const scale = f32x4.splat(load<f32>(dloss) / divisor);
  const negative = f32x4.neg(scale);
  for (; n > 0; n -= 4, dx += 16, x += 16, t += 16) {
    const d = f32x4.sub(v128.load(x), v128.load(t));
    const above = v128.and(scale, f32x4.gt(d, zero));
    const beneath = v128.and(negative, f32x4.lt(d, zero));
    v128.store(dx, v128.or(above, beneath));
  }
}

/** term = d² / 2 where |d| ≤ delta, else delta (|d| - delta / 2), with d = x - t */
export function huber(loss: usize, x: usize, t: usize, n: i32, divisor: f32, delta: f32): void {
  const limit = f32x4.splat(delta);
  let sum = f64x2.splat(0);
  for (; n > 0; n -= 4, x += 16, t += 16) {
    // Both cases are c (|d| - c / 2) with c = min(|d|, delta).
    const d = f32x4.abs(f32x4.sub(v128.load(x), v128.load(t)));
    const c = f32x4.pmin(d, limit);
    sum = accumulate(sum, f32x4.mul(c, f32x4.sub(d, f32x4.mul(c, v128.load32_splat(HALF)))), n);
  }
  finish(loss, sum, divisor);
}

/** dx = d cut to ±delta, times dloss / divisor */
export function huberGrad(dx: usize, dloss: usize, x: usize, t: usize, n: i32, divisor: f32, delta: f32): void {
  const scale = f32x4.splat(load<f32>(dloss) / divisor);
  const limit = f32x4.splat(delta);
  const negative = f32x4.splat(-delta);
  for (; n > 0; n -= 4, dx += 16, x += 16, t += 16) {
    const d = f32x4.sub(v128.load(x), v128.load(t));
    v128.store(dx, f32x4.mul(f32x4.pmax(f32x4.pmin(d, limit), negative), scale));
  }
}

/**
 * ln(1 + e) to f32's last places also for tiny e: what rounding 1 + e lost, divided by 1 + e, is added again.
 * -Infinity at e = -1.
 */
function log1p(e: v128): v128 {
  const one = v128.load32_splat(ONE);
  const u = f32x4.add(one, e);
  const lost = f32x4.sub(e, f32x4.sub(u, one));
  return f32x4.add(logV(u), f32x4.div(lost, f32x4.pmax(u, v128.load32_splat(TINY))));
}

/** term = -t ln x - (1 - t) ln(1 - x), both logarithms at least -100, of probabilities x */
export function binaryCrossEntropy(loss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  let sum = f64x2.splat(0);
  for (; n > 0; n -= 4, x += 16, t += 16) {
    const probability = v128.load(x);
    const target = v128.load(t);
    const least = v128.load32_splat(LEAST_LOG);
    const yes = f32x4.pmax(logV(probability), least);
    const no = f32x4.pmax(log1p(f32x4.neg(probability)), least);
    const other = f32x4.sub(target, v128.load32_splat(ONE));
    sum = accumulate(sum, f32x4.sub(f32x4.mul(other, no), f32x4.mul(target, yes)), n);
  }
  finish(loss, sum, divisor);
}

/** dx = (x - t) / max(x (1 - x), 1e-12) dloss / divisor */
export function binaryCrossEntropyGrad(dx: usize, dloss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  const scale = f32x4.splat(load<f32>(dloss) / divisor);
  for (; n > 0; n -= 4, dx += 16, x += 16, t += 16) {
    const p = v128.load(x);
    const variance = f32x4.mul(p, f32x4.sub(v128.load32_splat(ONE), p));
    const slope = f32x4.div(f32x4.sub(p, v128.load(t)), f32x4.pmax(variance, v128.load32_splat(TINY)));
    v128.store(dx, f32x4.mul(slope, scale));
  }
}

/** term = max(x, 0) - x t + ln(1 + e^-|x|), of logits x */
export function binaryCrossEntropyLogits(loss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  const zero = f32x4.splat(0);
  let sum = f64x2.splat(0);
  for (; n > 0; n -= 4, x += 16, t += 16) {
    const logit = v128.load(x);
    const linear = f32x4.sub(f32x4.pmax(logit, zero), f32x4.mul(logit, v128.load(t)));
    sum = accumulate(sum, f32x4.add(linear, log1p(expV(f32x4.neg(f32x4.abs(logit))))), n);
  }
  finish(loss, sum, divisor);
}

/** dx = (sigmoid(x) - t) dloss / divisor */
export function binaryCrossEntropyLogitsGrad(dx: usize, dloss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  const zero = f32x4.splat(0);
  const scale = f32x4.splat(load<f32>(dloss) / divisor);
  for (; n > 0; n -= 4, dx += 16, x += 16, t += 16) {
    // sigmoid(x) = 1 / (1 + e) or, for x < 0, e / (1 + e), with e = e^-|x|, which cannot overflow
    const logit = v128.load(x);
    const one = v128.load32_splat(ONE);
    const e = expV(f32x4.neg(f32x4.abs(logit)));
    const sigmoid = f32x4.div(v128.bitselect(e, one, f32x4.lt(logit, zero)), f32x4.add(one, e));
    v128.store(dx, f32x4.mul(f32x4.sub(sigmoid, v128.load(t)), scale));
  }
}

/** term = t (ln t - x), of log-probabilities x; t ln t is 0 at t = 0 */
export function klDivergence(loss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  const zero = f32x4.splat(0);
  let sum = f64x2.splat(0);
  for (; n > 0; n -= 4, x += 16, t += 16) {
    const target = v128.load(t);
    const logT = v128.andnot(logV(target), f32x4.eq(target, zero));
    sum = accumulate(sum, f32x4.mul(target, f32x4.sub(logT, v128.load(x))), n);
  }
  finish(loss, sum, divisor);
}

/** dx = -t dloss / divisor */
export function klDivergenceGrad(dx: usize, dloss: usize, x: usize, t: usize, n: i32, divisor: f32): void {
  const scale = f32x4.splat(-load<f32>(dloss) / divisor);
  for (; n > 0; n -= 4, dx += 16, t += 16) v128.store(dx, f32x4.mul(v128.load(t), scale));
}
