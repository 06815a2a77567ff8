// How many predictions are right. Each kernel writes one f32 count, exact up to 2^24 where no row is ignored.

import { LANES } from "./constants";

/**
 * y[0] = number of rows of x[rows, cols] whose argmax is t[rows] (i32). A t outside 0 … cols - 1 is never right. Rows whose
 * t is `ignored` count as right in the share of the others: y[0] / rows is the share of right ones among those.
 */
export function countCorrect(y: usize, x: usize, t: usize, rows: i32, cols: i32, ignored: i32): void {
  let correct = 0;
  let counted = 0;
  const stride = (<usize>cols) << 2;
  for (let r = 0; r < rows; r++, x += stride, t += 4) {
    const label = load<i32>(t);
    counted += i32(label != ignored);
    correct += i32(label != ignored && argmaxOfRow(x, cols) == label);
  }
  store<f32>(y, <f32>((<f64>correct * <f64>rows) / <f64>max(counted, 1)));
}

/** y[0] = number of rows in which the argmax of x[rows, cols] is that of t[rows, cols]. */
export function countCorrectProbs(y: usize, x: usize, t: usize, rows: i32, cols: i32): void {
  let correct = 0;
  const stride = (<usize>cols) << 2;
  for (let r = 0; r < rows; r++, x += stride, t += stride) {
    correct += i32(argmaxOfRow(x, cols) == argmaxOfRow(t, cols));
  }
  store<f32>(y, <f32>correct);
}

/** y[0] = number of elements with (x[n] ≥ threshold) = (t[n] ≥ 1/2). */
export function countCorrectBinary(y: usize, x: usize, t: usize, n: i32, threshold: f32): void {
  const limit = f32x4.splat(threshold);
  const half = f32x4.splat(0.5);
  let correct = 0;
  for (; n > 0; n -= 4, x += 16, t += 16) {
    const agree = i32x4.eq(f32x4.ge(v128.load(x), limit), f32x4.ge(v128.load(t), half));
    const inside = n < 4 ? (1 << n) - 1 : 15;
    correct += popcnt(i32x4.bitmask(agree) & inside);
  }
  store<f32>(y, <f32>correct);
}

/** Index of the first of the largest elements of x[cols]; NaN are passed over, and if there is nothing else, cols. */
function argmaxOfRow(x: usize, cols: i32): i32 {
  const least = f32x4.splat(-Infinity);
  let best = least;
  let c = 0;
  for (; c <= cols - 4; c += 4) best = f32x4.pmax(best, v128.load(x + ((<usize>c) << 2)));
  if (c < cols) {
    const inside = i32x4.gt_s(i32x4.splat(cols - c), v128.load(LANES));
    best = f32x4.pmax(best, v128.bitselect(v128.load(x + ((<usize>c) << 2)), least, inside));
  }
  best = f32x4.pmax(best, i32x4.shuffle(best, best, 2, 3, 0, 1));
  best = f32x4.pmax(best, i32x4.shuffle(best, best, 1, 0, 3, 2));
  for (c = 0; c < cols; c += 4) {
    const equal = i32x4.bitmask(f32x4.eq(v128.load(x + ((<usize>c) << 2)), best));
    if (equal) return min(c + ctz(equal), cols);
  }
  return cols;
}
