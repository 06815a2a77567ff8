// Pieces that the norms share: sums over runs of neighbouring elements, and the passes that write a run.
//
// Sums add f32 within blocks of 256 elements and the blocks in f64, as in row.ts; runs are tight, and nothing is read or
// written beyond their ends.

import { loadTail, storeTail, widen } from "./row";

/** Bytes of a block of 256 elements. */
const BLOCK: usize = 1024;

/** Both lanes. */
export function total(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Σ (x - m)² over x[n] */
export function sumSquaredDistances(x: usize, n: i32, m: f32): f64 {
  const center = f32x4.splat(m);
  let sum = f64x2.splat(0);
  const end = x + ((<usize>(n >> 2)) << 4);
  while (x < end) {
    const stop = x + BLOCK < end ? x + BLOCK : end;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    for (; x + 32 <= stop; x += 32) {
      const a = f32x4.sub(v128.load(x), center);
      const b = f32x4.sub(v128.load(x, 16), center);
      s0 = f32x4.add(s0, f32x4.mul(a, a));
      s1 = f32x4.add(s1, f32x4.mul(b, b));
    }
    if (x < stop) {
      const a = f32x4.sub(v128.load(x), center);
      s0 = f32x4.add(s0, f32x4.mul(a, a));
      x += 16;
    }
    sum = f64x2.add(sum, widen(f32x4.add(s0, s1)));
  }
  let result = total(sum);
  for (let rest = n & 3; rest > 0; rest--, x += 4) {
    const a = <f64>load<f32>(x) - <f64>m;
    result += a * a;
  }
  return result;
}

/** (Σ dy, Σ dy (x - m)) over a run of n elements, as two f64. */
export function sumsOfRun(dy: usize, x: usize, n: i32, m: f32): v128 {
  const center = f32x4.splat(m);
  let sums = f64x2.splat(0);
  let products = f64x2.splat(0);
  const end = x + ((<usize>(n >> 2)) << 4);
  while (x < end) {
    const stop = x + BLOCK < end ? x + BLOCK : end;
    let s = f32x4.splat(0);
    let p = f32x4.splat(0);
    for (; x < stop; x += 16, dy += 16) {
      const g = v128.load(dy);
      s = f32x4.add(s, g);
      p = f32x4.add(p, f32x4.mul(g, f32x4.sub(v128.load(x), center)));
    }
    sums = f64x2.add(sums, widen(s));
    products = f64x2.add(products, widen(p));
  }
  const rest = n & 3;
  if (rest) {
    const g = loadTail(dy, rest);
    sums = f64x2.add(sums, widen(g));
    products = f64x2.add(products, widen(f32x4.mul(g, f32x4.sub(loadTail(x, rest), center))));
  }
  return f64x2.replace_lane(f64x2.splat(total(sums)), 1, total(products));
}

/** (Σ g, Σ g (x - m)) over n elements, g = w dy with a weight for each, as two f64. */
export function weightedSums(dy: usize, w: usize, x: usize, n: i32, m: f32): v128 {
  const center = f32x4.splat(m);
  let sums = f64x2.splat(0);
  let products = f64x2.splat(0);
  const end = x + ((<usize>(n >> 2)) << 4);
  while (x < end) {
    const stop = x + BLOCK < end ? x + BLOCK : end;
    let s = f32x4.splat(0);
    let p = f32x4.splat(0);
    for (; x < stop; x += 16, dy += 16, w += 16) {
      const g = f32x4.mul(v128.load(dy), v128.load(w));
      s = f32x4.add(s, g);
      p = f32x4.add(p, f32x4.mul(g, f32x4.sub(v128.load(x), center)));
    }
    sums = f64x2.add(sums, widen(s));
    products = f64x2.add(products, widen(p));
  }
  const rest = n & 3;
  if (rest) {
    const g = f32x4.mul(loadTail(dy, rest), loadTail(w, rest));
    sums = f64x2.add(sums, widen(g));
    products = f64x2.add(products, widen(f32x4.mul(g, f32x4.sub(loadTail(x, rest), center))));
  }
  return f64x2.replace_lane(f64x2.splat(total(sums)), 1, total(products));
}

/** y[n] = (x - m) a + b; y may be x */
export function scaleRun(y: usize, x: usize, n: i32, m: f32, a: f32, b: f32): void {
  const center = f32x4.splat(m);
  const scale = f32x4.splat(a);
  const shift = f32x4.splat(b);
  for (const end = x + ((<usize>(n >> 2)) << 4); x < end; x += 16, y += 16) {
    v128.store(y, f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), center), scale), shift));
  }
  const rest = n & 3;
  if (rest) storeTail(y, f32x4.add(f32x4.mul(f32x4.sub(loadTail(x, rest), center), scale), shift), rest);
}

/** dx[n] = a dy + c (x - m) + b: what is left of a norm's gradient once its sums are known; dx may be dy or x */
export function gradRun(dx: usize, dy: usize, x: usize, n: i32, m: f32, a: f32, b: f32, c: f32): void {
  const center = f32x4.splat(m);
  const scale = f32x4.splat(a);
  const shift = f32x4.splat(b);
  const slope = f32x4.splat(c);
  for (const end = x + ((<usize>(n >> 2)) << 4); x < end; x += 16, dy += 16, dx += 16) {
    const direct = f32x4.mul(v128.load(dy), scale);
    const rest = f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), center), slope), shift);
    v128.store(dx, f32x4.add(direct, rest));
  }
  const rest = n & 3;
  if (rest) {
    const direct = f32x4.mul(loadTail(dy, rest), scale);
    const other = f32x4.add(f32x4.mul(f32x4.sub(loadTail(x, rest), center), slope), shift);
    storeTail(dx, f32x4.add(direct, other), rest);
  }
}
