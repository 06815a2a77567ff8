// Average pooling and its gradient.
//
//   y[p, oy, ox]   = Σ over ky, kx of x[p, oy sy + ky - top, ox sx + kx - left] / size(oy, ox)
//   dx[p, iy, ix]  = Σ over the windows around it of dy[p, oy, ox] / size(oy, ox)
//
// The size of a window is a given divisor, or the number of its elements: with the padding, as far as that goes, or
// without. It is the product of what counts along a column and along a row.
//
// Four results go side by side (assembly/conv-frame.ts). Windows of 2 x 2 that do not overlap have loops of their own.
// Planes are outermost: they are independent.

import { Window } from "../src/shared/window";
import { emptyFrame, fillFrame, frameBytes, lines, tapOffset, writeTaps } from "./conv-frame";
import { storeLanes } from "./gemm-finish";
import { halves } from "./pool-halves";
import { word } from "./simd";

/** Elements of window `o` along an axis; at least 1, for windows that lie in the padding and have the sum 0. */
function sizeAlong(o: i32, size: i32, kernel: i32, stride: i32, before: i32, countPadding: i32): i32 {
  const start = o * stride - before;
  if (countPadding) return min(start + kernel, size + before) - start;
  return max(1, min(start + kernel, size) - max(start, 0));
}

/** Sizes along a row of windows, as floats; a divisor stands for all of a size. */
function writeSizes(table: usize, countPadding: i32, divisor: f32, window: usize): void {
  for (let ox = 0; ox < word(window, Window.Columns); ox++, table += 4) {
    const size = sizeAlong(
      ox,
      word(window, Window.Width),
      word(window, Window.KernelWidth),
      word(window, Window.StrideX),
      word(window, Window.Left),
      countPadding,
    );
    store<f32>(table, divisor ? divisor : <f32>size);
  }
}

/** The size along a column. */
function sizeOfRow(oy: i32, countPadding: i32, divisor: f32, window: usize): f32 {
  if (divisor) return 1;
  const size = sizeAlong(
    oy,
    word(window, Window.Height),
    word(window, Window.KernelHeight),
    word(window, Window.StrideY),
    word(window, Window.Top),
    countPadding,
  );
  return <f32>size;
}

/** `divisor` 0: none. Scratch: a frame of one plane, a word for each tap and two rows (src/graph/ops/pool-average.ts). */
export function avgPool(
  y: usize,
  x: usize,
  scratch: usize,
  planes: i32,
  countPadding: i32,
  divisor: f32,
  window: usize,
): void {
  const width = word(window, Window.Width);
  const picture = (<usize>(word(window, Window.Height) * width)) << 2;
  const rows = word(window, Window.Rows);
  const columns = word(window, Window.Columns);
  if (halves(window) && columns >= 4) {
    const scale: f32 = divisor ? 1 / divisor : 0.25;
    for (; planes > 0; planes--, x += picture) {
      for (let oy = 0; oy < rows; oy++, y += (<usize>columns) << 2) {
        halfRow(y, x + ((<usize>(2 * oy * width)) << 2), scale, width, columns);
      }
    }
    return;
  }
  const framed = word(window, Window.Framed);
  const taps = scratch + frameBytes(window, 1);
  const kernel = word(window, Window.KernelHeight) * word(window, Window.KernelWidth);
  const end = taps + ((<usize>kernel) << 2);
  const sizes = taps + lines(kernel);
  writeTaps(taps, window, 1, 0);
  writeSizes(sizes, countPadding, divisor, window);
  const frameRow = word(window, Window.StrideY) * word(window, Window.StrideX) * word(window, Window.FrameRow);
  for (; planes > 0; planes--, x += picture) {
    if (framed) fillFrame(scratch, x, 1, window, 0);
    const from = framed ? scratch : x;
    for (let oy = 0; oy < rows; oy++) {
      const size = f32x4.splat(sizeOfRow(oy, countPadding, divisor, window));
      for (let ox = 0; ox < columns; ox += 4) {
        const pixel = from + ((<usize>(oy * frameRow + ox)) << 2);
        let sum = f32x4.splat(0);
        for (let tap = taps; tap < end; tap += 4) sum = f32x4.add(sum, v128.load(pixel + load<u32>(tap)));
        const all = f32x4.mul(size, v128.load(sizes + ((<usize>ox) << 2)));
        const count = min(4, columns - ox);
        storeLanes(y, f32x4.div(sum, all), count);
        y += (<usize>count) << 2;
      }
    }
  }
}

/** dx[planes, height, width]; sizes and scratch as in avgPool. */
export function avgPoolGrad(
  dx: usize,
  dy: usize,
  scratch: usize,
  planes: i32,
  countPadding: i32,
  divisor: f32,
  window: usize,
): void {
  const height = word(window, Window.Height);
  const width = word(window, Window.Width);
  const picture = (<usize>(height * width)) << 2;
  const rows = word(window, Window.Rows);
  const columns = word(window, Window.Columns);
  if (halves(window) && columns >= 4) {
    const scale: f32 = divisor ? 1 / divisor : 0.25;
    for (; planes > 0; planes--, dx += picture) {
      if (2 * columns < width || 2 * rows < height) memory.fill(dx, 0, picture);
      for (let oy = 0; oy < rows; oy++, dy += (<usize>columns) << 2) {
        halfRowGrad(dx + ((<usize>(2 * oy * width)) << 2), dy, scale, width, columns);
      }
    }
    return;
  }
  const framed = word(window, Window.Framed);
  const kernelHeight = word(window, Window.KernelHeight);
  const kernelWidth = word(window, Window.KernelWidth);
  const sizes = scratch + frameBytes(window, 1) + lines(kernelHeight * kernelWidth);
  const shares = sizes + lines(columns);
  writeSizes(sizes, countPadding, divisor, window);
  const bytes = framed ? (<usize>word(window, Window.FramePlane)) << 2 : picture;
  const frameRow = word(window, Window.StrideY) * word(window, Window.StrideX) * word(window, Window.FrameRow);
  for (; planes > 0; planes--, dx += picture) {
    const to = framed ? scratch : dx;
    memory.fill(to, 0, bytes);
    for (let oy = 0; oy < rows; oy++, dy += (<usize>columns) << 2) {
      const size = f32x4.splat(sizeOfRow(oy, countPadding, divisor, window));
      for (let at: usize = 0; at < (<usize>columns) << 2; at += 16) {
        v128.store(shares + at, f32x4.div(v128.load(dy + at), f32x4.mul(size, v128.load(sizes + at))));
      }
      const row = to + ((<usize>(oy * frameRow)) << 2);
      for (let ky = 0; ky < kernelHeight; ky++) {
        for (let kx = 0; kx < kernelWidth; kx++) addRow(row + tapOffset(window, ky, kx), shares, columns);
      }
    }
    if (framed) emptyFrame(dx, scratch, 1, window);
  }
}

/** to[n] += from[n] */
function addRow(to: usize, from: usize, n: i32): void {
  for (; n > 0; n -= 4, to += 16, from += 16) storeLanes(to, f32x4.add(v128.load(to), v128.load(from)), n);
}

/** A row of windows of 2 x 2, at least four. */
function halfRow(y: usize, x: usize, scale: f32, width: i32, columns: i32): void {
  const below = (<usize>width) << 2;
  const factor = f32x4.splat(scale);
  for (let ox = 0; ;) {
    const a = x + ((<usize>ox) << 3);
    const low = f32x4.add(v128.load(a), v128.load(a + below));
    const high = f32x4.add(v128.load(a, 16), v128.load(a + below, 16));
    const sum = f32x4.add(v128.shuffle<f32>(low, high, 0, 2, 4, 6), v128.shuffle<f32>(low, high, 1, 3, 5, 7));
    v128.store(y + ((<usize>ox) << 2), f32x4.mul(sum, factor));
    // The last four may overlap the ones before: nothing is read behind the row, nor written.
    if (ox == columns - 4) break;
    ox = min(ox + 4, columns - 4);
  }
}

/** The two rows of dx under a row of windows of 2 x 2, at least four. */
function halfRowGrad(dx: usize, dy: usize, scale: f32, width: i32, columns: i32): void {
  const below = (<usize>width) << 2;
  const factor = f32x4.splat(scale);
  for (let ox = 0; ;) {
    const g = f32x4.mul(v128.load(dy + ((<usize>ox) << 2)), factor);
    const low = v128.shuffle<f32>(g, g, 0, 0, 1, 1);
    const high = v128.shuffle<f32>(g, g, 2, 2, 3, 3);
    const to = dx + ((<usize>ox) << 3);
    v128.store(to, low);
    v128.store(to, high, 16);
    v128.store(to + below, low);
    v128.store(to + below, high, 16);
    if (ox == columns - 4) break;
    ox = min(ox + 4, columns - 4);
  }
}
