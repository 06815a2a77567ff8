// Batch norm: each channel of x[outer, channels, inner] is moved to mean 0 and scaled to variance 1 over outer and inner.
//
//   x̂ = (x - μ) r,  r = 1 / √(σ² + eps)       y = w x̂ + b
//   db = Σ dy,  dw = Σ dy x̂                     dx = r w (dy - (db + x̂ dw) / n),  n = outer · inner
//
// μ and σ² (biased) are those of the batch, or given ones: then dx = r w dy. Sums are f64 between blocks, and their order
// is fixed by the shape. With inner = 1 a channel is a column, and four of them run side by side; else it is `outer`
// runs of `inner` neighbours. From one of `outer` to the next there are `elements`; y may be x, and dx may be dy or x.

import { gradRun, scaleRun, sumsOfRun, sumSquaredDistances, total } from "./norm-row";
import { highPair, loadTail, narrow, storeTail, sumRow } from "./row";

/** mean and biased variance[channels] */
export function batchStats(
  mean: usize,
  variance: usize,
  x: usize,
  outer: i32,
  channels: i32,
  inner: i32,
  elements: i32,
): void {
  const step = (<usize>elements) << 2;
  if (inner == 1) {
    for (; channels > 0; channels -= 4, mean += 16, variance += 16, x += 16) {
      statsOfColumns(mean, variance, x, outer, step, min(4, channels));
    }
    return;
  }
  const run = (<usize>inner) << 2;
  const count = <f64>outer * <f64>inner;
  for (; channels > 0; channels--, mean += 4, variance += 4, x += run) {
    let sum: f64 = 0;
    let at = x;
    for (let o = outer; o > 0; o--, at += step) sum += sumRow(at, inner);
    const m = <f32>(sum / count);
    const off = sum / count - <f64>m;
    sum = 0;
    at = x;
    for (let o = outer; o > 0; o--, at += step) sum += sumSquaredDistances(at, inner, m);
    store<f32>(mean, m);
    store<f32>(variance, <f32>max(sum / count - off * off, 0));
  }
}

/** Mean and variance of `width` (1 to 4) columns of `rows` elements, `step` bytes apart. */
function statsOfColumns(mean: usize, variance: usize, x: usize, rows: i32, step: usize, width: i32): void {
  const divisor = f64x2.splat(<f64>rows);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let at = x;
  for (let r = rows; r > 0; r--, at += step) {
    const v = loadColumns(at, width);
    low = f64x2.add(low, f64x2.promote_low_f32x4(v));
    high = f64x2.add(high, f64x2.promote_low_f32x4(highPair(v)));
  }
  low = f64x2.div(low, divisor);
  high = f64x2.div(high, divisor);
  storeColumns(mean, narrow(low, high), width);

  let lowSquares = f64x2.splat(0);
  let highSquares = f64x2.splat(0);
  at = x;
  for (let r = rows; r > 0; r--, at += step) {
    const v = loadColumns(at, width);
    const a = f64x2.sub(f64x2.promote_low_f32x4(v), low);
    const b = f64x2.sub(f64x2.promote_low_f32x4(highPair(v)), high);
    lowSquares = f64x2.add(lowSquares, f64x2.mul(a, a));
    highSquares = f64x2.add(highSquares, f64x2.mul(b, b));
  }
  storeColumns(variance, narrow(f64x2.div(lowSquares, divisor), f64x2.div(highSquares, divisor)), width);
}

/** y = (x - mean) weight / √(variance + eps) + bias */
export function batchNorm(
  y: usize,
  x: usize,
  mean: usize,
  variance: usize,
  weight: usize,
  bias: usize,
  outer: i32,
  channels: i32,
  inner: i32,
  eps: f32,
  elements: i32,
): void {
  const step = (<usize>elements) << 2;
  const run = (<usize>inner) << 2;
  for (let c = 0; c < channels;) {
    const at = (<usize>c) << 2;
    if (inner == 1) {
      const width = min(4, channels - c);
      const center = loadColumns(mean + at, width);
      const scale = f32x4.mul(inverse(variance + at, eps, width), loadColumns(weight + at, width));
      const shift = loadColumns(bias + at, width);
      for (let o: usize = 0; o < <usize>outer * step; o += step) {
        const unit = f32x4.sub(loadColumns(x + o + at, width), center);
        storeColumns(y + o + at, f32x4.add(f32x4.mul(unit, scale), shift), width);
      }
      c += 4;
    } else {
      const scale = inverseOf(variance + at, eps) * load<f32>(weight + at);
      for (let o: usize = 0; o < <usize>outer * step; o += step) {
        const from = o + <usize>c * run;
        scaleRun(y + from, x + from, inner, load<f32>(mean + at), scale, load<f32>(bias + at));
      }
      c++;
    }
  }
}

/** dweight and dbias[channels] */
export function batchNormSums(
  dweight: usize,
  dbias: usize,
  dy: usize,
  x: usize,
  mean: usize,
  variance: usize,
  outer: i32,
  channels: i32,
  inner: i32,
  eps: f32,
  elements: i32,
): void {
  const run = (<usize>inner) << 2;
  const step = (<usize>elements) << 2;
  if (inner == 1) {
    for (; channels > 0; channels -= 4, dweight += 16, dbias += 16, dy += 16, x += 16, mean += 16, variance += 16) {
      const width = min(4, channels);
      sumsOfColumns(dweight, dbias, dy, x, loadColumns(mean, width), outer, step, width);
      storeColumns(dweight, f32x4.mul(loadColumns(dweight, width), inverse(variance, eps, width)), width);
    }
    return;
  }
  for (; channels > 0; channels--, dweight += 4, dbias += 4, dy += run, x += run, mean += 4, variance += 4) {
    let sums = f64x2.splat(0);
    for (let o: usize = 0; o < <usize>outer * step; o += step) {
      sums = f64x2.add(sums, sumsOfRun(dy + o, x + o, inner, load<f32>(mean)));
    }
    store<f32>(dbias, <f32>f64x2.extract_lane(sums, 0));
    store<f32>(dweight, <f32>(f64x2.extract_lane(sums, 1) * <f64>inverseOf(variance, eps)));
  }
}

/** dbias = Σ dy and dweight = Σ dy (x - center) of `width` (1 to 4) columns: f32 within 32 rows, f64 between. */
function sumsOfColumns(
  dweight: usize,
  dbias: usize,
  dy: usize,
  x: usize,
  center: v128,
  rows: i32,
  step: usize,
  width: i32,
): void {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let lowBias = f64x2.splat(0);
  let highBias = f64x2.splat(0);
  while (rows > 0) {
    let block = min(rows, 32);
    rows -= block;
    let s = f32x4.splat(0);
    let b = f32x4.splat(0);
    for (; block > 0; block--, dy += step, x += step) {
      const g = loadColumns(dy, width);
      s = f32x4.add(s, f32x4.mul(g, f32x4.sub(loadColumns(x, width), center)));
      b = f32x4.add(b, g);
    }
    low = f64x2.add(low, f64x2.promote_low_f32x4(s));
    high = f64x2.add(high, f64x2.promote_low_f32x4(highPair(s)));
    lowBias = f64x2.add(lowBias, f64x2.promote_low_f32x4(b));
    highBias = f64x2.add(highBias, f64x2.promote_low_f32x4(highPair(b)));
  }
  storeColumns(dweight, narrow(low, high), width);
  storeColumns(dbias, narrow(lowBias, highBias), width);
}

/** dx, from the sums of batchNormSums; dweight 0: the statistics were given, and do not depend on x. */
export function batchNormGrad(
  dx: usize,
  dy: usize,
  x: usize,
  mean: usize,
  variance: usize,
  weight: usize,
  dweight: usize,
  dbias: usize,
  outer: i32,
  channels: i32,
  inner: i32,
  eps: f32,
  elements: i32,
): void {
  const count = <f32>outer * <f32>inner;
  const run = (<usize>inner) << 2;
  const step = (<usize>elements) << 2;
  const all = <usize>outer * step;
  if (inner == 1) {
    for (; channels > 0; channels -= 4, dx += 16, dy += 16, x += 16, mean += 16, variance += 16, weight += 16) {
      const width = min(4, channels);
      const r = inverse(variance, eps, width);
      const scale = f32x4.mul(r, loadColumns(weight, width));
      if (!dweight) {
        for (let o: usize = 0; o < all; o += step) {
          storeColumns(dx + o, f32x4.mul(loadColumns(dy + o, width), scale), width);
        }
        continue;
      }
      const share = f32x4.div(scale, f32x4.splat(-count));
      const shift = f32x4.mul(share, loadColumns(dbias, width));
      const slope = f32x4.mul(f32x4.mul(share, loadColumns(dweight, width)), r);
      const center = loadColumns(mean, width);
      for (let o: usize = 0; o < all; o += step) {
        const direct = f32x4.mul(loadColumns(dy + o, width), scale);
        const other = f32x4.add(f32x4.mul(f32x4.sub(loadColumns(x + o, width), center), slope), shift);
        storeColumns(dx + o, f32x4.add(direct, other), width);
      }
      dweight += 16;
      dbias += 16;
    }
    return;
  }
  for (; channels > 0; channels--, dx += run, dy += run, x += run, mean += 4, variance += 4, weight += 4) {
    const r = inverseOf(variance, eps);
    const scale = r * load<f32>(weight);
    if (!dweight) {
      for (let o: usize = 0; o < all; o += step) scaleRun(dx + o, dy + o, inner, 0, scale, 0);
      continue;
    }
    const share = -scale / count;
    const shift = share * load<f32>(dbias);
    const slope = share * load<f32>(dweight) * r;
    for (let o: usize = 0; o < all; o += step) {
      gradRun(dx + o, dy + o, x + o, inner, load<f32>(mean), scale, shift, slope);
    }
    dweight += 4;
    dbias += 4;
  }
}

/** 1 / √(variance + eps) of one channel */
function inverseOf(variance: usize, eps: f32): f32 {
  return <f32>(1 / sqrt<f64>(<f64>load<f32>(variance) + <f64>eps));
}

/** 1 / √(variance + eps) of `width` (1 to 4) channels, in f64 inside */
function inverse(variance: usize, eps: f32, width: i32): v128 {
  const v = loadColumns(variance, width);
  const more = f64x2.splat(<f64>eps);
  const one = f64x2.splat(1);
  const low = f64x2.sqrt(f64x2.add(f64x2.promote_low_f32x4(v), more));
  const high = f64x2.sqrt(f64x2.add(f64x2.promote_low_f32x4(highPair(v)), more));
  return narrow(f64x2.div(one, low), f64x2.div(one, high));
}

/** `width` (1 to 4) neighbours, and zeros behind them. */
function loadColumns(x: usize, width: i32): v128 {
  return width == 4 ? v128.load(x) : loadTail(x, width);
}

function storeColumns(y: usize, v: v128, width: i32): void {
  if (width == 4) v128.store(y, v);
  else storeTail(y, v, width);
}
