// Frames: pictures laid out so that each tap of a sliding window reads neighbours for neighbouring results.
//
//   picture row       a b c d e f g                 (padding 1, stride 2)
//   with padding    - a b c d e f g -
//   frame row      [- b d f -][a c e g  ]           phase 0, phase 1: every second column, then the others
//
// With a stride of s columns, a row is kept as s phases one behind the other. Result (oy, ox) reads its tap (c, ky, kx)
// at the sum of two offsets, in floats,
//
//   tap(c, ky, kx) = c plane + (ky dy s + kx dx mod s) row + floor(kx dx / s)
//   pixel(oy, ox)  = oy sy s row + ox
//
// so a table of taps and a pixel are all that a kernel needs to know of stride, dilation and padding, and four results
// of a row are one vector. A picture without padding and with neighbouring columns is its own frame, and not copied.
//
// Results come in quads: up to four neighbours of a row. A table of them holds, three i32 each, where the quad is read,
// where it is written, both in bytes, and its size.

import { Window } from "../src/shared/window";
import { storeTail } from "./row";
import { word } from "./simd";

/** Bytes of a quad in its table. */
export const QUAD: usize = 12;

/** Bytes of `count` words of scratch, padded to whole lines. */
export function lines(count: i32): usize {
  return (<usize>count * 4 + 63) & ~63;
}

/** Bytes of a frame, with room behind it for what vectors write and read past the end; 0 if pictures are read in place. */
export function frameBytes(window: usize, channels: i32): usize {
  return word(window, Window.Framed) ? lines(channels * word(window, Window.FramePlane) + 16) : 0;
}

/** Quads in a grid. */
export function quadCount(window: usize): i32 {
  return word(window, Window.Rows) * ((word(window, Window.Columns) + 3) >> 2);
}

/** Where a tap lies behind a pixel, in bytes. */
export function tapOffset(window: usize, ky: i32, kx: i32): i32 {
  const phases = word(window, Window.StrideX);
  const column = kx * word(window, Window.DilationX);
  const row = ky * word(window, Window.DilationY) * phases + (column % phases);
  return (row * word(window, Window.FrameRow) + column / phases) << 2;
}

/** The offsets of all taps of `channels` channels, in the order of a weight; `flipped`: each channel's from last to first. */
export function writeTaps(table: usize, window: usize, channels: i32, flipped: i32): void {
  const height = word(window, Window.KernelHeight);
  const width = word(window, Window.KernelWidth);
  const plane = word(window, Window.FramePlane) << 2;
  for (let c = 0; c < channels; c++) {
    for (let ky = 0; ky < height; ky++) {
      for (let kx = 0; kx < width; kx++, table += 4) {
        const tap = flipped ? tapOffset(window, height - 1 - ky, width - 1 - kx) : tapOffset(window, ky, kx);
        store<i32>(table, c * plane + tap);
      }
    }
  }
}

/** The quads of a grid, row after row: read in a frame and written to the grid, or the other way round. */
export function writeQuads(table: usize, window: usize, toFrame: i32): void {
  const rows = word(window, Window.Rows);
  const columns = word(window, Window.Columns);
  const frameRow = word(window, Window.StrideY) * word(window, Window.StrideX) * word(window, Window.FrameRow);
  const frameAt: usize = toFrame ? 4 : 0;
  for (let oy = 0; oy < rows; oy++) {
    for (let ox = 0; ox < columns; ox += 4, table += QUAD) {
      store<i32>(table + frameAt, (oy * frameRow + ox) << 2);
      store<i32>(table + (4 - frameAt), (oy * columns + ox) << 2);
      store<i32>(table, min(4, columns - ox), 8);
    }
  }
}

/** Copies pictures [channels, height, width] into a frame whose padding is `pad`. */
export function fillFrame(frame: usize, x: usize, channels: i32, window: usize, pad: f32): void {
  const height = word(window, Window.Height);
  const width = word(window, Window.Width);
  const phases = word(window, Window.StrideX);
  const top = word(window, Window.Top);
  const left = word(window, Window.Left);
  const row = word(window, Window.FrameRow);
  const plane = word(window, Window.FramePlane);
  const rows = plane / (phases * row);
  const padding = f32x4.splat(pad);
  // Whatever a vector writes too far is written over by what comes behind it.
  for (let c = 0; c < channels; c++) {
    let to = frame + ((<usize>(c * plane)) << 2);
    for (let r = 0; r < rows; r++) {
      const iy = r - top;
      if (iy < 0 || iy >= height) {
        to = fillRun(to, padding, phases * row);
        continue;
      }
      const from = x + ((<usize>((c * height + iy) * width)) << 2);
      for (let phase = 0; phase < phases; phase++) {
        const first = firstColumn(phase, left, phases);
        const before = (first + left) / phases;
        const count = first < width ? (width - first + phases - 1) / phases : 0;
        to = fillRun(to, padding, before);
        to = takeRun(to, from + ((<usize>first) << 2), count, phases);
        to = fillRun(to, padding, row - before - count);
      }
    }
  }
}

/** Copies a frame's pictures out of it, without the padding. Writes exactly [channels, height, width]. */
export function emptyFrame(x: usize, frame: usize, channels: i32, window: usize): void {
  const height = word(window, Window.Height);
  const width = word(window, Window.Width);
  const phases = word(window, Window.StrideX);
  const top = word(window, Window.Top);
  const left = word(window, Window.Left);
  const row = word(window, Window.FrameRow);
  const plane = word(window, Window.FramePlane);
  for (let c = 0; c < channels; c++) {
    for (let iy = 0; iy < height; iy++) {
      const from = frame + ((<usize>(c * plane + (iy + top) * phases * row)) << 2);
      for (let phase = 0; phase < phases; phase++) {
        const first = firstColumn(phase, left, phases);
        const at = from + ((<usize>(phase * row + (first + left) / phases)) << 2);
        if (first < width) spreadRun(x + ((<usize>first) << 2), at, (width - first + phases - 1) / phases, phases);
      }
      x += (<usize>width) << 2;
    }
  }
}

/** The first column of a picture that lies in a phase. */
function firstColumn(phase: i32, left: i32, phases: i32): i32 {
  const first = (phase - left) % phases;
  return first < 0 ? first + phases : first;
}

/** Writes `count` floats, and up to three more; returns the end. */
function fillRun(to: usize, value: v128, count: i32): usize {
  const end = to + ((<usize>count) << 2);
  for (; to < end; to += 16) v128.store(to, value);
  return end;
}

/** Every `step`-th float becomes a run of `count`; may write three more. Returns the end. */
function takeRun(to: usize, from: usize, count: i32, step: i32): usize {
  const end = to + ((<usize>count) << 2);
  if (step == 1) {
    for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
    return end;
  }
  if (step == 2) {
    for (; count >= 4; count -= 4, to += 16, from += 32) {
      v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
    }
  }
  for (; to < end; to += 4, from += (<usize>step) << 2) store<f32>(to, load<f32>(from));
  return end;
}

/** A run of `count` floats goes to every `step`-th place. */
function spreadRun(to: usize, from: usize, count: i32, step: i32): void {
  if (step == 1) {
    for (; count >= 4; count -= 4, to += 16, from += 16) v128.store(to, v128.load(from));
    if (count > 0) storeTail(to, v128.load(from), count);
    return;
  }
  const far = (<usize>step) << 2;
  for (; count >= 4; count -= 4, to += far << 2, from += 16) {
    const four = v128.load(from);
    v128.store_lane<f32>(to, four, 0);
    v128.store_lane<f32>(to + far, four, 1);
    v128.store_lane<f32>(to + 2 * far, four, 2);
    v128.store_lane<f32>(to + 3 * far, four, 3);
  }
  for (; count > 0; count--, to += far, from += 4) store<f32>(to, load<f32>(from));
}
