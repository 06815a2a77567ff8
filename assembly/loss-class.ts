// Losses that choose one of `cols` classes for each row of x[rows, cols], and their gradients. Definitions are
// PyTorch's (torch.nn.CrossEntropyLoss, torch.nn.NLLLoss).
//
//   p    = softmax(x),  -ln p[c] = ln Σ e^(x - max) - (x[c] - max)
//   q[c] = (1 - smoothing) [c = t] + smoothing / cols       or, for given probabilities t,
//   q[c] = (1 - smoothing) t[c] + smoothing / cols
//   loss = mean over rows of  -Σ q ln p                     dx = dloss (p Σq - q) / rows
//
// Rows whose class is ignoreIndex count neither in the sum nor in the mean; if that leaves none, the loss is NaN, as it
// is in PyTorch. Classes have been checked by TypeScript.
//
// Rows are tight, so a vector may read into the next row but must not write there: gradients may overwrite p.

import { LANES } from "./constants";
import { maxRowFast, storeTail, sumRow, widen } from "./row";
import { logV } from "./simd-math";
import { expRow, scaleRow } from "./softmax";

function logOf(x: f32): f32 {
  return f32x4.extract_lane(logV(f32x4.splat(x)), 0);
}

/** Rows whose class counts. */
function countRows(t: usize, rows: i32, ignoreIndex: i32): i32 {
  let count = 0;
  for (; rows > 0; rows--, t += 4) count += i32(load<i32>(t) != ignoreIndex);
  return count;
}

/** p = softmax(x), terms[rows] = -Σ q ln p for classes t[rows] (i32); 0 in ignored rows. */
export function crossEntropyTerms(
  terms: usize,
  p: usize,
  x: usize,
  t: usize,
  rows: i32,
  cols: i32,
  smoothing: f32,
  ignoreIndex: i32,
): void {
  const stride = (<usize>cols) << 2;
  const weight = <f64>smoothing;
  for (; rows > 0; rows--, p += stride, x += stride, t += 4, terms += 4) {
    const max = maxRowFast(x, cols);
    const exps = <f32>expRow(p, x, cols, max);
    scaleRow(p, cols, 1 / exps);
    const index = load<i32>(t);
    let term: f64 = 0;
    if (index != ignoreIndex) {
      // -Σ q ln p = ln Σ e^(x - max) + (1 - smoothing) (max - x[t]) + smoothing (max - mean of x)
      term = <f64>max - <f64>load<f32>(x + ((<usize>index) << 2));
      if (weight != 0) term = (1 - weight) * term + weight * (<f64>max - sumRow(x, cols) / <f64>cols);
      term += <f64>logOf(exps);
    }
    store<f32>(terms, <f32>term);
  }
}

/** loss[0] = mean of terms[rows] over the rows that count, classes t[rows] (i32). */
export function crossEntropyMean(loss: usize, terms: usize, t: usize, rows: i32, ignoreIndex: i32): void {
  store<f32>(loss, <f32>(sumRow(terms, rows) / <f64>countRows(t, rows, ignoreIndex)));
}

/**
 * dx = dloss (p - q) / rows that count, 0 in ignored rows. dx may be p. Of the rows only `count` (0: all) from `first` on, with
 * which dx and p begin.
 */
export function crossEntropyGrad(
  dx: usize,
  dloss: usize,
  p: usize,
  t: usize,
  rows: i32,
  cols: i32,
  smoothing: f32,
  ignoreIndex: i32,
  first: i32,
  count: i32,
): void {
  const factor = load<f32>(dloss) / <f32>countRows(t, rows, ignoreIndex);
  const scale = f32x4.splat(factor);
  const everywhere = f32x4.splat(smoothing / <f32>cols);
  // First as if no row had a class, over all rows at once; then each row's class.
  const stride = (<usize>cols) << 2;
  if (!count) count = rows;
  const end = <usize>count * stride;
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(dx + at, f32x4.mul(f32x4.sub(v128.load(p + at), everywhere), scale));
  }
  const atClass = factor - smoothing * factor;
  t += (<usize>first) << 2;
  for (; count > 0; count--, dx += stride, t += 4) {
    const index = load<i32>(t);
    if (index == ignoreIndex) {
      memory.fill(dx, 0, stride);
    } else {
      const at = dx + ((<usize>index) << 2);
      store<f32>(at, load<f32>(at) - atClass);
    }
  }
}

/** Σ of q (logSum - (x - max)) over a row, with q = keep t + everywhere. */
function crossOfRow(x: usize, t: usize, cols: i32, max: f32, logSum: f32, keep: f32, everywhere: f32): f64 {
  const top = f32x4.splat(max);
  const log = f32x4.splat(logSum);
  const scale = f32x4.splat(keep);
  const shift = f32x4.splat(everywhere);
  let sum = f64x2.splat(0);
  for (; cols > 0; cols -= 4, x += 16, t += 16) {
    const q = f32x4.add(f32x4.mul(v128.load(t), scale), shift);
    const terms = f32x4.mul(q, f32x4.add(log, f32x4.sub(top, v128.load(x))));
    sum = f64x2.add(sum, widen(v128.and(terms, i32x4.gt_s(i32x4.splat(cols), v128.load(LANES)))));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** p = softmax(x), loss[0] = mean of -Σ q ln p, probabilities t[rows, cols]. */
export function crossEntropyProbs(
  loss: usize,
  p: usize,
  x: usize,
  t: usize,
  rows: i32,
  cols: i32,
  smoothing: f32,
): void {
  const stride = (<usize>cols) << 2;
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++, p += stride, x += stride, t += stride) {
    const max = maxRowFast(x, cols);
    const exps = <f32>expRow(p, x, cols, max);
    scaleRow(p, cols, 1 / exps);
    sum += crossOfRow(x, t, cols, max, logOf(exps), 1 - smoothing, smoothing / <f32>cols);
  }
  store<f32>(loss, <f32>(sum / <f64>rows));
}

/** dx = dloss (p Σq - q) / rows. dx may be p. */
export function crossEntropyProbsGrad(
  dx: usize,
  dloss: usize,
  p: usize,
  t: usize,
  rows: i32,
  cols: i32,
  smoothing: f32,
): void {
  const factor = load<f32>(dloss) / <f32>rows;
  const keep = f32x4.splat((1 - smoothing) * factor);
  const everywhere = f32x4.splat((smoothing / <f32>cols) * factor);
  for (; rows > 0; rows--) {
    const sum: f64 = (1 - <f64>smoothing) * sumRow(t, cols) + <f64>smoothing;
    const scale = f32x4.splat(<f32>(sum * <f64>factor));
    let left = cols;
    for (; left >= 4; left -= 4, dx += 16, p += 16, t += 16) {
      v128.store(dx, gradOf(v128.load(p), v128.load(t), scale, keep, everywhere));
    }
    if (left) storeTail(dx, gradOf(v128.load(p), v128.load(t), scale, keep, everywhere), left);
    const rest = (<usize>left) << 2;
    dx += rest;
    p += rest;
    t += rest;
  }
}

function gradOf(p: v128, t: v128, scale: v128, keep: v128, everywhere: v128): v128 {
  return f32x4.sub(f32x4.mul(p, scale), f32x4.add(f32x4.mul(t, keep), everywhere));
}

/** loss[0] = mean of -x[t] over the rows that count, of log-probabilities x and classes t[rows] (i32). */
export function negativeLogLikelihood(loss: usize, x: usize, t: usize, rows: i32, cols: i32, ignoreIndex: i32): void {
  const stride = (<usize>cols) << 2;
  let sum: f64 = 0;
  let count = 0;
  for (; rows > 0; rows--, x += stride, t += 4) {
    const index = load<i32>(t);
    if (index == ignoreIndex) continue;
    sum -= <f64>load<f32>(x + ((<usize>index) << 2));
    count++;
  }
  store<f32>(loss, <f32>(sum / <f64>count));
}

/** dx[t] = -dloss / count in the rows that count, 0 elsewhere. */
export function negativeLogLikelihoodGrad(
  dx: usize,
  dloss: usize,
  t: usize,
  rows: i32,
  cols: i32,
  ignoreIndex: i32,
): void {
  const stride = (<usize>cols) << 2;
  const slope = -load<f32>(dloss) / <f32>countRows(t, rows, ignoreIndex);
  memory.fill(dx, 0, <usize>rows * stride);
  for (; rows > 0; rows--, dx += stride, t += 4) {
    const index = load<i32>(t);
    if (index != ignoreIndex) store<f32>(dx + ((<usize>index) << 2), slope);
  }
}
