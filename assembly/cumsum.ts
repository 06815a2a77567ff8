// Running sums along the middle axis of x[outer, n, inner]:
//
//   y[o, i, j] = Σ x[o, p, j] over p ≤ i, or over p ≥ i if reversed, which is the gradient of the other
//
// Summed in f64 and rounded once for each element. y may be x: an element is read before it is written.

import { highPair, loadTail, narrow, storeTail } from "./row";

/** y[outer, n, inner] */
export function cumSum(y: usize, x: usize, outer: i32, n: i32, inner: i32, reversed: i32): void {
  const row = (<usize>inner) << 2;
  const slab = <usize>n * row;
  const first = reversed ? slab - row : 0;
  const step: usize = reversed ? 0 - row : row;
  for (; outer > 0; outer--, y += slab, x += slab) {
    if (inner == 1) single(y + first, x + first, n, step);
    else {
      let j = 0;
      for (let at = first; j < inner; j += 4, at += 16) columns(y + at, x + at, n, step, inner - j);
    }
  }
}

function single(y: usize, x: usize, n: i32, step: usize): void {
  let sum: f64 = 0;
  for (; n > 0; n--, y += step, x += step) {
    sum += load<f32>(x);
    store<f32>(y, <f32>sum);
  }
}

/** Four columns side by side, or the last `left` < 4 of them. */
function columns(y: usize, x: usize, n: i32, step: usize, left: i32): void {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (; n > 0; n--, y += step, x += step) {
    const value = left < 4 ? loadTail(x, left) : v128.load(x);
    low = f64x2.add(low, f64x2.promote_low_f32x4(value));
    high = f64x2.add(high, f64x2.promote_low_f32x4(highPair(value)));
    const sum = narrow(low, high);
    if (left < 4) storeTail(y, sum, left);
    else v128.store(y, sum);
  }
}
