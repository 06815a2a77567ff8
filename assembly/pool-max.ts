// Max pooling, its gradient, and the gradient of that.
//
//   y[p, oy, ox]     = max over ky, kx of x[p, iy, ix];  index[p, oy, ox] = iy width + ix of the largest
//   dx[p, index]    += dy[p, oy, ox]
//   take:  y[p, oy, ox] = x[p, index]
//   iy = oy sy + ky dy - top,  ix = ox sx + kx dx - left,  padding does not count;  p: planes
//
// As in PyTorch, the first of equals is the largest, and NaN is larger than everything, the last NaN of a window wins.
// Four results go side by side (assembly/conv-frame.ts). Windows of 2 x 2 that do not overlap have loops of their own.
// Planes are outermost: they are independent.

import { Window } from "../src/shared/window";
import { LANES, MINUS_INFINITY } from "./constants";
import { fillFrame, frameBytes, tapOffset } from "./conv-frame";
import { storeLanes } from "./gemm-finish";
import { halves } from "./pool-halves";
import { word } from "./simd";

/** Scratch: a frame of one plane, and two words for each tap (src/graph/ops/pool-max.ts). */
export function maxPool(y: usize, index: usize, x: usize, scratch: usize, planes: i32, window: usize): void {
  const width = word(window, Window.Width);
  const picture = (<usize>(word(window, Window.Height) * width)) << 2;
  const rows = word(window, Window.Rows);
  const columns = word(window, Window.Columns);
  if (halves(window)) {
    for (; planes > 0; planes--, x += picture) {
      for (let oy = 0; oy < rows; oy++) {
        halfRow(y, index, x + ((<usize>(2 * oy * width)) << 2), 2 * oy * width, width, columns);
        y += (<usize>columns) << 2;
        index += (<usize>columns) << 2;
      }
    }
    return;
  }
  const framed = word(window, Window.Framed);
  const table = scratch + frameBytes(window, 1);
  const taps = writeTaps(table, window);
  const strideY = word(window, Window.StrideY);
  const strideX = word(window, Window.StrideX);
  const frameRow = strideY * strideX * word(window, Window.FrameRow);
  const steps = i32x4.mul(v128.load(LANES), i32x4.splat(strideX));
  for (; planes > 0; planes--, x += picture) {
    if (framed) fillFrame(scratch, x, 1, window, -Infinity);
    const from = framed ? scratch : x;
    for (let oy = 0; oy < rows; oy++) {
      const row = (oy * strideY - word(window, Window.Top)) * width - word(window, Window.Left);
      for (let ox = 0; ox < columns; ox += 4) {
        const count = min(4, columns - ox);
        const pixel = from + ((<usize>(oy * frameRow + ox)) << 2);
        const first = i32x4.add(i32x4.splat(row + ox * strideX), steps);
        let largest = v128.load32_splat(MINUS_INFINITY);
        let place = i32x4.splat(0);
        for (let tap = table; tap < taps; tap += 8) {
          const value = v128.load(pixel + load<u32>(tap));
          const larger = v128.or(f32x4.gt(value, largest), f32x4.ne(value, value));
          largest = v128.bitselect(value, largest, larger);
          place = v128.bitselect(i32x4.add(first, v128.load32_splat(tap, 4)), place, larger);
        }
        storeLanes(y, largest, count);
        storeLanes(index, place, count);
        if (v128.any_true(f32x4.eq(largest, v128.load32_splat(MINUS_INFINITY)))) {
          for (let i = 0; i < count; i++) fixPlace(y, index, (<usize>i) << 2, oy, ox + i, window);
        }
        y += (<usize>count) << 2;
        index += (<usize>count) << 2;
      }
    }
  }
}

/** Each tap's place in the frame, in bytes, and in the picture, in floats. Returns the end. */
function writeTaps(table: usize, window: usize): usize {
  const width = word(window, Window.Width);
  for (let ky = 0; ky < word(window, Window.KernelHeight); ky++) {
    for (let kx = 0; kx < word(window, Window.KernelWidth); kx++, table += 8) {
      store<i32>(table, tapOffset(window, ky, kx));
      store<i32>(table, ky * word(window, Window.DilationY) * width + kx * word(window, Window.DilationX), 4);
    }
  }
  return table;
}

/** Where everything is -Infinity, the first element is the largest; nothing was larger than the padding. */
function fixPlace(y: usize, index: usize, at: usize, oy: i32, ox: i32, window: usize): void {
  if (load<f32>(y + at) != -Infinity) return;
  const dilationY = word(window, Window.DilationY);
  const dilationX = word(window, Window.DilationX);
  let iy = oy * word(window, Window.StrideY) - word(window, Window.Top);
  let ix = ox * word(window, Window.StrideX) - word(window, Window.Left);
  while (iy < 0) iy += dilationY;
  while (ix < 0) ix += dilationX;
  // Only a window that holds padding alone begins outside.
  iy = min(iy, word(window, Window.Height) - 1);
  ix = min(ix, word(window, Window.Width) - 1);
  store<i32>(index + at, iy * word(window, Window.Width) + ix);
}

/** A row of windows of 2 x 2: x and the row below it, whose first element has the index `first`. */
function halfRow(y: usize, index: usize, x: usize, first: i32, width: i32, columns: i32): void {
  const below = (<usize>width) << 2;
  if (columns < 4) {
    for (; columns > 0; columns--, x += 8, y += 4, index += 4, first += 2) {
      let largest = load<f32>(x);
      let place = first;
      for (let tap = 1; tap < 4; tap++) {
        const value = load<f32>(x + ((<usize>(tap & 1)) << 2) + (tap > 1 ? below : 0));
        if (value > largest || value != value) {
          largest = value;
          place = first + (tap & 1) + (tap > 1 ? width : 0);
        }
      }
      store<f32>(y, largest);
      store<i32>(index, place);
    }
    return;
  }
  const even = i32x4.shl(v128.load(LANES), 1);
  const one = i32x4.splat(1);
  const down = i32x4.splat(width);
  for (let ox = 0; ;) {
    const a = x + ((<usize>ox) << 3);
    const above0 = v128.load(a);
    const above1 = v128.load(a, 16);
    const below0 = v128.load(a + below);
    const below1 = v128.load(a + below, 16);
    let place = i32x4.add(i32x4.splat(first + 2 * ox), even);
    let largest = v128.shuffle<f32>(above0, above1, 0, 2, 4, 6);
    let value = v128.shuffle<f32>(above0, above1, 1, 3, 5, 7);
    let larger = v128.or(f32x4.gt(value, largest), f32x4.ne(value, value));
    const right = i32x4.add(place, one);
    const under = i32x4.add(place, down);
    largest = v128.bitselect(value, largest, larger);
    place = v128.bitselect(right, place, larger);
    value = v128.shuffle<f32>(below0, below1, 0, 2, 4, 6);
    larger = v128.or(f32x4.gt(value, largest), f32x4.ne(value, value));
    largest = v128.bitselect(value, largest, larger);
    place = v128.bitselect(under, place, larger);
    value = v128.shuffle<f32>(below0, below1, 1, 3, 5, 7);
    larger = v128.or(f32x4.gt(value, largest), f32x4.ne(value, value));
    v128.store(y + ((<usize>ox) << 2), v128.bitselect(value, largest, larger));
    v128.store(index + ((<usize>ox) << 2), v128.bitselect(i32x4.add(under, one), place, larger));
    // The last four may overlap the ones before: nothing is read behind the row, nor written.
    if (ox == columns - 4) break;
    ox = min(ox + 4, columns - 4);
  }
}

/** dx[planes, height, width] = dy at its index, summed where windows share it, 0 elsewhere. */
export function maxPoolGrad(dx: usize, dy: usize, index: usize, planes: i32, window: usize): void {
  const height = word(window, Window.Height);
  const width = word(window, Window.Width);
  const rows = word(window, Window.Rows);
  const columns = word(window, Window.Columns);
  const fast = halves(window) && columns >= 4;
  const picture = (<usize>(height * width)) << 2;
  const grid = (<usize>(rows * columns)) << 2;
  for (; planes > 0; planes--, dx += picture) {
    if (!fast || 2 * columns < width || 2 * rows < height) memory.fill(dx, 0, picture);
    if (fast) {
      for (let oy = 0; oy < rows; oy++) {
        halfRowGrad(dx + ((<usize>(2 * oy * width)) << 2), dy, index, 2 * oy * width, width, columns);
        dy += (<usize>columns) << 2;
        index += (<usize>columns) << 2;
      }
    } else {
      for (const end = dy + grid; dy < end; dy += 4, index += 4) {
        const at = dx + ((<usize>load<u32>(index)) << 2);
        store<f32>(at, load<f32>(at) + load<f32>(dy));
      }
    }
  }
}

/** The two rows of dx under a row of windows of 2 x 2. */
function halfRowGrad(dx: usize, dy: usize, index: usize, first: i32, width: i32, columns: i32): void {
  const below = (<usize>width) << 2;
  const even = i32x4.shl(v128.load(LANES), 1);
  const one = i32x4.splat(1);
  const down = i32x4.splat(width);
  for (let ox = 0; ;) {
    const g = v128.load(dy + ((<usize>ox) << 2));
    const place = v128.load(index + ((<usize>ox) << 2));
    const left = i32x4.add(i32x4.splat(first + 2 * ox), even);
    const under = i32x4.add(left, down);
    const a = v128.and(g, i32x4.eq(place, left));
    const b = v128.and(g, i32x4.eq(place, i32x4.add(left, one)));
    const c = v128.and(g, i32x4.eq(place, under));
    const d = v128.and(g, i32x4.eq(place, i32x4.add(under, one)));
    const to = dx + ((<usize>ox) << 3);
    v128.store(to, v128.shuffle<f32>(a, b, 0, 4, 1, 5));
    v128.store(to, v128.shuffle<f32>(a, b, 2, 6, 3, 7), 16);
    v128.store(to + below, v128.shuffle<f32>(c, d, 0, 4, 1, 5));
    v128.store(to + below, v128.shuffle<f32>(c, d, 2, 6, 3, 7), 16);
    if (ox == columns - 4) break;
    ox = min(ox + 4, columns - 4);
  }
}

/** y[planes, rows, columns] = x[planes, height, width] at the index. */
export function maxPoolTake(y: usize, x: usize, index: usize, planes: i32, window: usize): void {
  const picture = (<usize>(word(window, Window.Height) * word(window, Window.Width))) << 2;
  const grid = (<usize>(word(window, Window.Rows) * word(window, Window.Columns))) << 2;
  for (; planes > 0; planes--, x += picture) {
    for (const end = y + grid; y < end; y += 4, index += 4) {
      store<f32>(y, load<f32>(x + ((<usize>load<u32>(index)) << 2)));
    }
  }
}
