// Layer norm, RMS norm and group norm in one: each row of x is moved to mean 0 and scaled to variance 1.
//
//            channels x inner
//         ┌──────────────────┐      x̂ = (x - μ) r,   μ = mean of the row,  r = 1 / √(mean of (x - μ)² + eps)
//   rows  │ row r of group   │      y = w x̂ + b,      w, b of the element's channel in the row's group
//         │ r % groups       │
//         └──────────────────┘      dx = r (g - mean g - x̂ mean(g x̂)),  g = w dy
//                                   dw = Σ dy x̂,  db = Σ dy over rows and inner
//
//   layer norm   groups = 1, inner = 1, channels = the elements of a row
//   RMS norm     the same, with μ = 0 (centred = 0), which leaves out the first mean of dx as well
//   group norm   channels = those of a group, inner = the pixels; the rows of one sample are its groups
//
// Means and variances are taken in two passes; their sums are f64 between blocks of 256. Rows are tight; y may be x, and
// dx may be dy or x.

import { gradRun, scaleRun, sumsOfRun, sumSquaredDistances, weightedSums } from "./norm-row";
import { highPair, loadTail, narrow, storeTail, sumRow } from "./row";

/** y, and stats[rows, 2] = (μ, r) of each row */
export function norm(
  y: usize,
  stats: usize,
  x: usize,
  weight: usize,
  bias: usize,
  rows: i32,
  groups: i32,
  channels: i32,
  inner: i32,
  eps: f32,
  centred: i32,
): void {
  const n = channels * inner;
  const size = (<usize>n) << 2;
  const run = (<usize>inner) << 2;
  for (let row = 0; row < rows; row++, stats += 8) {
    const mean: f64 = centred ? sumRow(x, n) / <f64>n : 0;
    const m = <f32>mean;
    const off = mean - <f64>m;
    const variance = max(sumSquaredDistances(x, n, m) / <f64>n - off * off, 0);
    const r = <f32>(1 / sqrt<f64>(variance + <f64>eps));
    store<f32>(stats, m);
    store<f32>(stats, r, 4);
    const first = (<usize>((row % groups) * channels)) << 2;
    if (inner == 1) {
      scaleRow(y, x, weight + first, bias + first, n, m, r);
      x += size;
      y += size;
    } else {
      for (let at = first; at < first + ((<usize>channels) << 2); at += 4, x += run, y += run) {
        scaleRun(y, x, inner, m, r * load<f32>(weight + at), load<f32>(bias + at));
      }
    }
  }
}

/** y[n] = (x - m) r w + b with weights and biases for each element */
function scaleRow(y: usize, x: usize, w: usize, b: usize, n: i32, m: f32, r: f32): void {
  const center = f32x4.splat(m);
  const scale = f32x4.splat(r);
  for (const end = x + ((<usize>(n >> 2)) << 4); x < end; x += 16, y += 16, w += 16, b += 16) {
    const unit = f32x4.mul(f32x4.sub(v128.load(x), center), scale);
    v128.store(y, f32x4.add(f32x4.mul(unit, v128.load(w)), v128.load(b)));
  }
  const rest = n & 3;
  if (rest) {
    const unit = f32x4.mul(f32x4.sub(loadTail(x, rest), center), scale);
    storeTail(y, f32x4.add(f32x4.mul(unit, loadTail(w, rest)), loadTail(b, rest)), rest);
  }
}

/** dx from dy, x and the stats that the forward pass has left */
export function normGrad(
  dx: usize,
  dy: usize,
  x: usize,
  stats: usize,
  weight: usize,
  rows: i32,
  groups: i32,
  channels: i32,
  inner: i32,
  centred: i32,
): void {
  const n = channels * inner;
  const size = (<usize>n) << 2;
  const run = (<usize>inner) << 2;
  for (let row = 0; row < rows; row++, stats += 8) {
    const m = load<f32>(stats);
    const r = load<f32>(stats, 4);
    const first = weight + ((<usize>((row % groups) * channels)) << 2);
    const sums = inner == 1 ? weightedSums(dy, first, x, n, m) : sumsOfRuns(dy, x, first, channels, inner, m);
    const mean: f64 = centred ? f64x2.extract_lane(sums, 0) / <f64>n : 0;
    // dx = r w dy - r mean(g) - r³ mean(g (x - μ)) (x - μ)
    const slope = (-(<f64>r) * <f64>r * <f64>r * f64x2.extract_lane(sums, 1)) / <f64>n;
    const shift = <f32>(-(<f64>r) * mean);
    if (inner == 1) {
      gradRow(dx, dy, x, first, n, m, r, shift, <f32>slope);
      x += size;
      dy += size;
      dx += size;
    } else {
      for (let at = first; at < first + ((<usize>channels) << 2); at += 4, x += run, dy += run, dx += run) {
        gradRun(dx, dy, x, inner, m, r * load<f32>(at), shift, <f32>slope);
      }
    }
  }
}

/** (Σ g, Σ g (x - m)) over a row of runs, g = w dy with a weight for each run */
function sumsOfRuns(dy: usize, x: usize, w: usize, channels: i32, inner: i32, m: f32): v128 {
  let sums = f64x2.splat(0);
  const run = (<usize>inner) << 2;
  for (; channels > 0; channels--, w += 4, dy += run, x += run) {
    sums = f64x2.add(sums, f64x2.mul(sumsOfRun(dy, x, inner, m), f64x2.splat(<f64>load<f32>(w))));
  }
  return sums;
}

/** dx[n] = a w dy + c (x - m) + b */
function gradRow(dx: usize, dy: usize, x: usize, w: usize, n: i32, m: f32, a: f32, b: f32, c: f32): void {
  const center = f32x4.splat(m);
  const scale = f32x4.splat(a);
  const shift = f32x4.splat(b);
  const slope = f32x4.splat(c);
  for (const end = x + ((<usize>(n >> 2)) << 4); x < end; x += 16, dy += 16, w += 16, dx += 16) {
    const direct = f32x4.mul(f32x4.mul(v128.load(dy), v128.load(w)), scale);
    const other = f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), center), slope), shift);
    v128.store(dx, f32x4.add(direct, other));
  }
  const rest = n & 3;
  if (rest) {
    const direct = f32x4.mul(f32x4.mul(loadTail(dy, rest), loadTail(w, rest)), scale);
    const other = f32x4.add(f32x4.mul(f32x4.sub(loadTail(x, rest), center), slope), shift);
    storeTail(dx, f32x4.add(direct, other), rest);
  }
}

/**
 * dweight and dbias[groups * channels]; channel after channel, over the rows in ascending order. Samples are `step`
 * elements apart.
 */
export function normWeightGrad(
  dweight: usize,
  dbias: usize,
  dy: usize,
  x: usize,
  stats: usize,
  rows: i32,
  groups: i32,
  channels: i32,
  inner: i32,
  step: i32,
): void {
  const size = (<usize>channels * inner) << 2;
  const samples = rows / groups;
  const sample = (<usize>step) << 2;
  const next = (<usize>groups) << 3;
  for (let group = 0; group < groups; group++, dy += size, x += size, stats += 8) {
    if (inner == 1) {
      for (let c: usize = 0; c < size; c += 16) {
        const width = min(4, channels - <i32>(c >> 2));
        columns(dweight + c, dbias + c, dy + c, x + c, stats, samples, sample, next, width);
      }
    } else {
      runs(dweight, dbias, dy, x, stats, samples, channels, inner, sample, next);
    }
    dweight += (<usize>channels) << 2;
    dbias += (<usize>channels) << 2;
  }
}

/** Sums down `width` (1 to 4) columns, over rows `step` bytes and stats `next` bytes apart: f32 within 32 rows, f64 between. */
function columns(
  dweight: usize,
  dbias: usize,
  dy: usize,
  x: usize,
  stats: usize,
  rows: i32,
  step: usize,
  next: usize,
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
    for (; block > 0; block--, dy += step, x += step, stats += next) {
      const g = width == 4 ? v128.load(dy) : loadTail(dy, width);
      const from = width == 4 ? v128.load(x) : loadTail(x, width);
      const unit = f32x4.mul(f32x4.sub(from, v128.load32_splat(stats)), v128.load32_splat(stats, 4));
      s = f32x4.add(s, f32x4.mul(g, unit));
      b = f32x4.add(b, g);
    }
    low = f64x2.add(low, f64x2.promote_low_f32x4(s));
    high = f64x2.add(high, f64x2.promote_low_f32x4(highPair(s)));
    lowBias = f64x2.add(lowBias, f64x2.promote_low_f32x4(b));
    highBias = f64x2.add(highBias, f64x2.promote_low_f32x4(highPair(b)));
  }
  if (width == 4) {
    v128.store(dweight, narrow(low, high));
    v128.store(dbias, narrow(lowBias, highBias));
  } else {
    storeTail(dweight, narrow(low, high), width);
    storeTail(dbias, narrow(lowBias, highBias), width);
  }
}

/** Sums over the runs of each channel of a group, in samples `sample` bytes and stats `next` bytes apart. */
function runs(
  dweight: usize,
  dbias: usize,
  dy: usize,
  x: usize,
  stats: usize,
  samples: i32,
  channels: i32,
  inner: i32,
  sample: usize,
  next: usize,
): void {
  const run = (<usize>inner) << 2;
  for (; channels > 0; channels--, dweight += 4, dbias += 4, dy += run, x += run) {
    let sums = f64x2.splat(0);
    let at: usize = 0;
    let row = stats;
    for (let left = samples; left > 0; left--, at += sample, row += next) {
      const pair = sumsOfRun(dy + at, x + at, inner, load<f32>(row));
      sums = f64x2.add(sums, f64x2.mul(pair, f64x2.replace_lane(f64x2.splat(1), 1, <f64>load<f32>(row, 4))));
    }
    store<f32>(dweight, <f32>f64x2.extract_lane(sums, 1));
    store<f32>(dbias, <f32>f64x2.extract_lane(sums, 0));
  }
}
