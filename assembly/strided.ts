// Filling, copying, and the kernels that move elements between shapes.
//
//   stridedCopy: y[i] = x[strides · i]                                  i over six dimensions
//   stridedPut:  y[strides · i] = x[i]
//   stridedAdd:  y[strides · i] += x[i]
//
// One side is contiguous, the other goes by element strides, of which 0 repeats and negative ones go backwards. Inner
// dimensions that lie one behind the other are merged; planes that transpose go in 4x4 blocks. The sides are distinct.
// Nothing is read or written beyond a row's end.

import { Layout } from "../src/shared/opcodes";
import { loadTail, storeTail, sumRow } from "./row";
import { word } from "./simd";

enum Move {
  Copy,
  Put,
  Add,
}

/** y[n] = value */
export function fill(y: usize, n: i32, value: f32): void {
  const v = f32x4.splat(value);
  for (const end = y + ((<usize>n) << 2); y < end; y += 16) v128.store(y, v);
}

/** y[n] = x[n] */
export function copy(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) v128.store(y, v128.load(x));
}

/** y[dims] = x by strides; dims and strides point to Layout.Dims words. */
export function stridedCopy(y: usize, x: usize, dims: usize, strides: usize): void {
  start(y, x, dims, strides, Move.Copy);
}

/** y by strides = x[dims] */
export function stridedPut(y: usize, x: usize, dims: usize, strides: usize): void {
  start(x, y, dims, strides, Move.Put);
}

/** y by strides += x[dims] */
export function stridedAdd(y: usize, x: usize, dims: usize, strides: usize): void {
  start(x, y, dims, strides, Move.Add);
}

/** Merges dimensions and walks them; `flat` is the contiguous side, `other` the strided one. */
function start(flat: usize, other: usize, dims: usize, strides: usize, move: Move): void {
  let d = Layout.Dims - 1;
  let cols = word(dims, d);
  let col = word(strides, d);
  for (d--; d >= 0; d--) {
    const size = word(dims, d);
    if (size == 1) continue;
    if (cols == 1) col = word(strides, d);
    else if (word(strides, d) != col * cols) break;
    cols *= size;
  }
  let rows = 1;
  let row = 0;
  if (d >= 0) {
    rows = word(dims, d);
    row = word(strides, d);
    for (d--; d >= 0; d--) {
      const size = word(dims, d);
      if (size == 1) continue;
      if (word(strides, d) != row * rows) break;
      rows *= size;
    }
  }
  walk(flat, other, dims, strides, d, rows, cols, row << 2, col << 2, move);
}

/** Dimensions 0 to d around planes of [rows, cols]; from here on strides are in bytes. Returns the end of `flat`. */
function walk(
  flat: usize,
  other: usize,
  dims: usize,
  strides: usize,
  d: i32,
  rows: i32,
  cols: i32,
  row: usize,
  col: usize,
  move: Move,
): usize {
  if (d < 0) {
    if (move == Move.Copy) copyPlane(flat, other, rows, cols, row, col);
    else if (move == Move.Put) putPlane(other, flat, rows, cols, row, col);
    else addPlane(other, flat, rows, cols, row, col);
    return flat + ((<usize>(rows * cols)) << 2);
  }
  const step = (<usize>word(strides, 0)) << 2;
  for (let i = word(dims, 0); i > 0; i--, other += step) {
    flat = walk(flat, other, dims + 4, strides + 4, d - 1, rows, cols, row, col, move);
  }
  return flat;
}

function copyPlane(y: usize, x: usize, rows: i32, cols: i32, row: usize, col: usize): void {
  if (row == 4 && col > 4) return transpose(y, x, rows, cols, col);
  const whole = (<usize>(cols >> 2)) << 4;
  const rest = cols & 3;
  for (; rows > 0; rows--, x += row) {
    if (col == 4) {
      let at: usize = 0;
      for (; at < whole; at += 16) v128.store(y + at, v128.load(x + at));
      y += whole;
      if (rest) storeTail(y, loadTail(x + at, rest), rest);
      y += (<usize>rest) << 2;
    } else {
      let at = x;
      for (const end = y + ((<usize>cols) << 2); y < end; y += 4, at += col) store<f32>(y, load<f32>(at));
    }
  }
}

/** y[rows, cols] = x[cols, rows] transposed, where x's rows lie `stride` bytes apart. */
function transpose(y: usize, x: usize, rows: i32, cols: i32, stride: usize): void {
  const size = (<usize>cols) << 2;
  for (; rows >= 4; rows -= 4, y += size << 2, x += 16) {
    let at = x;
    let to = y;
    let c = cols;
    for (; c >= 4; c -= 4, at += stride << 2, to += 16) {
      const a = v128.load(at);
      const b = v128.load(at + stride);
      const d = v128.load(at + stride * 2);
      const e = v128.load(at + stride * 3);
      v128.store(to, pair(low(a, b), low(d, e)));
      v128.store(to + size, pairHigh(low(a, b), low(d, e)));
      v128.store(to + size * 2, pair(high(a, b), high(d, e)));
      v128.store(to + size * 3, pairHigh(high(a, b), high(d, e)));
    }
    for (; c > 0; c--, at += stride, to += 4) {
      store<f32>(to, load<f32>(at));
      store<f32>(to + size, load<f32>(at, 4));
      store<f32>(to + size * 2, load<f32>(at, 8));
      store<f32>(to + size * 3, load<f32>(at, 12));
    }
  }
  for (; rows > 0; rows--, x += 4) {
    let at = x;
    for (const end = y + size; y < end; y += 4, at += stride) store<f32>(y, load<f32>(at));
  }
}

function putPlane(y: usize, x: usize, rows: i32, cols: i32, row: usize, col: usize): void {
  const whole = (<usize>(cols >> 2)) << 4;
  const rest = cols & 3;
  const size = (<usize>cols) << 2;
  for (; rows > 0; rows--, x += size, y += row) {
    if (col == 4) {
      let at: usize = 0;
      for (; at < whole; at += 16) v128.store(y + at, v128.load(x + at));
      if (rest) storeTail(y + at, loadTail(x + at, rest), rest);
    } else {
      let to = y;
      for (let at: usize = 0; at < size; at += 4, to += col) store<f32>(to, load<f32>(x + at));
    }
  }
}

function addPlane(y: usize, x: usize, rows: i32, cols: i32, row: usize, col: usize): void {
  const whole = (<usize>(cols >> 2)) << 4;
  const rest = cols & 3;
  const size = (<usize>cols) << 2;
  for (; rows > 0; rows--, x += size, y += row) {
    if (col == 4) {
      let at: usize = 0;
      for (; at < whole; at += 16) v128.store(y + at, f32x4.add(v128.load(y + at), v128.load(x + at)));
      if (rest) storeTail(y + at, f32x4.add(loadTail(y + at, rest), loadTail(x + at, rest)), rest);
    } else if (col == 0) {
      store<f32>(y, load<f32>(y) + <f32>sumRow(x, cols));
    } else {
      let to = y;
      for (let at: usize = 0; at < size; at += 4, to += col) store<f32>(to, load<f32>(to) + load<f32>(x + at));
    }
  }
}

/** (a0, b0, a1, b1) */
function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

/** (a2, b2, a3, b3) */
function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

/** (a0, a1, b0, b1) */
function pair(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** (a2, a3, b2, b3) */
function pairHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}
