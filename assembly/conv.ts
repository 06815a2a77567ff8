// Convolution and its transpose, NCHW, groups side by side.
//
//   conv2d           y[n, o, oy, ox] = act(Σ over c, ky, kx of weight[o, c, ky, kx] · x[n, c, iy, ix] + bias[o])
//   convTranspose2d  x[n, c, iy, ix] =     Σ over o, ky, kx of weight[o, c, ky, kx] · y[n, o, oy, ox] + bias[c]
//                    iy = oy sy + ky dy - top,  ix = ox sx + kx dx - left,  weight [groups outs, channels, kh, kw]
//
// The transpose is the gradient of conv2d by its input. Both are products of a matrix of coefficients by quads of
// pixels that are read where they lie (assembly/conv-frame.ts, conv-micro.ts): no patches are written.
//
//   conv2d                      reads quads of the frame, k = channels kh kw, writes the grid
//   conv2d, flipped             the transpose at stride 1: a conv2d of y in a frame of its own, the taps last to first
//   convTranspose2d             reads quads of the grid, k = outs, and adds them to the frame, tap after tap
//
// The second is the best where picture and grid are of a size, the third where the grid is smaller, and for any stride.
// Groups and images are outermost: their results are independent. Sums run in blocks of at most ConvBlock.Depth, each from zero.

import { Opcode } from "../src/shared/opcodes";
import { ConvBlock, Window } from "../src/shared/window";
import { activate } from "./activate";
import {
  emptyFrame,
  fillFrame,
  frameBytes,
  lines,
  QUAD,
  quadCount,
  tapOffset,
  writeQuads,
  writeTaps,
} from "./conv-frame";
import { tile1x16, tile4x8 } from "./conv-micro";
import { storeTail } from "./row";
import { word } from "./simd";

/** Quads that go through all coefficients before the next ones. */
const BAND = ConvBlock.Band / 4;

/**
 * y = act(conv(x, weight) + bias) for `groups` groups of `channels` inputs and `outs` outputs each; yStep and xStep are
 * the floats from an image to the next.
 *
 * Flipped, it is the transpose at stride 1: `channels` are then the outs of the weight and `outs` its channels, and the
 * window is that of a picture as large as the weight's grid. Weight: [groups, channels, outs, kh, kw].
 * `bias` 0: none. `activation` 0 or an Opcode from Relu to HardSwish. For the scratch, see src/graph/ops/conv.ts.
 */
export function conv2d(
  y: usize,
  x: usize,
  weight: usize,
  bias: usize,
  scratch: usize,
  images: i32,
  groups: i32,
  channels: i32,
  outs: i32,
  yStep: i32,
  xStep: i32,
  activation: i32,
  alpha: f32,
  flipped: i32,
  window: usize,
): void {
  const framed = word(window, Window.Framed);
  const kernel = word(window, Window.KernelHeight) * word(window, Window.KernelWidth);
  const k = channels * kernel;
  const count = quadCount(window);
  const taps = scratch + frameBytes(window, channels);
  const quads = taps + lines(k);
  const spare = quads + lines(3 * count);
  const packed = spare + lines(16);
  writeTaps(taps, window, channels, flipped);
  writeQuads(quads, window, 0);

  const fused = activation <= Opcode.LeakyRelu ? activation : 0;
  const picture = (<usize>(channels * word(window, Window.Height) * word(window, Window.Width))) << 2;
  const ldc = (<usize>(word(window, Window.Rows) * word(window, Window.Columns))) << 2;
  for (let group = 0; group < groups; group++) {
    const own = weight + ((<usize>(group * outs * k)) << 2);
    const repack = flipped && channels > 1 && outs > 1;
    if (repack) exchange(packed, own, channels, outs, kernel);
    const a = repack ? packed : own;
    const offset = bias ? bias + ((<usize>(group * outs)) << 2) : 0;
    for (let image = 0; image < images; image++) {
      const from = x + ((<usize>(image * xStep)) << 2) + <usize>group * picture;
      if (framed) fillFrame(scratch, from, channels, window, 0);
      const b = framed ? scratch : from;
      const c = y + ((<usize>(image * yStep)) << 2) + <usize>(group * outs) * ldc;
      for (let band = 0; band < count; band += BAND) {
        const here = quads + <usize>band * QUAD;
        product(c, a, b, taps, here, min(BAND, count - band), k, outs, ldc, offset, 0, fused, alpha);
      }
      if (activation != fused) activatePart(activation, c, outs * <i32>(ldc >> 2), alpha, spare);
    }
  }
}

/**
 * x = act(the transpose of conv2d applied to y, + bias), for any stride; sizes as in conv2d, of which this is the
 * transpose: `channels` belong to x and `outs` to y.
 */
export function convTranspose2d(
  x: usize,
  y: usize,
  weight: usize,
  bias: usize,
  scratch: usize,
  images: i32,
  groups: i32,
  channels: i32,
  outs: i32,
  yStep: i32,
  xStep: i32,
  activation: i32,
  alpha: f32,
  window: usize,
): void {
  const framed = word(window, Window.Framed);
  const height = word(window, Window.KernelHeight);
  const width = word(window, Window.KernelWidth);
  const pixels = word(window, Window.Rows) * word(window, Window.Columns);
  const plane = word(window, Window.FramePlane);
  const count = quadCount(window);
  const steps = scratch + frameBytes(window, channels);
  const quads = steps + lines(outs);
  const spare = quads + lines(3 * count);
  const packed = spare + lines(16);
  for (let o = 0; o < outs; o++) store<i32>(steps + ((<usize>o) << 2), (o * pixels) << 2);
  writeQuads(quads, window, 1);

  const picture = (<usize>(channels * word(window, Window.Height) * word(window, Window.Width))) << 2;
  const ldc = (<usize>plane) << 2;
  const matrix = (<usize>(channels * outs)) << 2;
  for (let group = 0; group < groups; group++) {
    byTap(packed, weight + <usize>(group * height * width) * matrix, outs, channels, height * width);
    for (let image = 0; image < images; image++) {
      const b = y + ((<usize>(image * yStep + group * outs * pixels)) << 2);
      const to = x + ((<usize>(image * xStep)) << 2) + <usize>group * picture;
      const c = framed ? scratch : to;
      for (let channel = 0; channel < channels; channel++) {
        const start: f32 = bias ? load<f32>(bias + ((<usize>(group * channels + channel)) << 2)) : 0;
        fill(c + <usize>channel * ldc, start, plane);
      }
      for (let band = 0; band < count; band += BAND) {
        const here = quads + <usize>band * QUAD;
        const size = min(BAND, count - band);
        let a = packed;
        for (let ky = 0; ky < height; ky++) {
          for (let kx = 0; kx < width; kx++, a += matrix) {
            const at = c + tapOffset(window, ky, kx);
            product(at, a, b, steps, here, size, outs, channels, ldc, 0, 1, 0, 0);
          }
        }
      }
      if (framed) emptyFrame(to, scratch, channels, window);
      if (activation) activatePart(activation, to, <i32>(picture >> 2), alpha, spare);
    }
  }
}

/** c[m, quads] = act(a[m, k] · b (+ c) + bias): over blocks of k, then strips of four rows, or single ones. */
function product(
  c: usize,
  a: usize,
  b: usize,
  taps: usize,
  quads: usize,
  count: i32,
  k: i32,
  m: i32,
  ldc: usize,
  bias: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  const blocks = (k + ConvBlock.Depth - 1) / ConvBlock.Depth;
  const depth = (k + blocks - 1) / blocks;
  const aRow = (<usize>k) << 2;
  for (let pc = 0; pc < k; pc += depth) {
    const kc = min(depth, k - pc);
    const last = pc + kc == k;
    const plus = pc ? 1 : add;
    const act = last ? activation : 0;
    const skip = (<usize>pc) << 2;
    for (let i = 0; i < m;) {
      const rows = m - i;
      const at = c + <usize>i * ldc;
      const strip = a + <usize>i * aRow + skip;
      const offset = last && bias ? bias + ((<usize>i) << 2) : 0;
      if (rows < 3) {
        tile1x16(at, strip, b, taps + skip, quads, count, kc, offset, plus, act, alpha);
        i++;
      } else {
        tile4x8(at, strip, b, taps + skip, quads, count, kc, rows, ldc, aRow, offset, plus, act, alpha);
        i += 4;
      }
    }
  }
}

/** y[n] = act(y[n]) and nothing behind it, which may be another image's; `spare` is room for a vector. */
function activatePart(activation: i32, y: usize, n: i32, alpha: f32, spare: usize): void {
  const rest = n & 3;
  activate(activation, y, y, n - rest, alpha);
  if (rest == 0) return;
  const tail = y + ((<usize>(n - rest)) << 2);
  v128.store(spare, v128.load(tail));
  activate(activation, spare, spare, rest, alpha);
  storeTail(tail, v128.load(spare), rest);
}

/** [channels, outs, kernel] becomes [outs, channels, kernel]. */
function exchange(to: usize, from: usize, channels: i32, outs: i32, kernel: i32): void {
  for (let o = 0; o < outs; o++) {
    for (let c = 0; c < channels; c++) {
      const at = from + ((<usize>((c * outs + o) * kernel)) << 2);
      for (let i: usize = 0; i < (<usize>kernel) << 2; i += 4, to += 4) store<f32>(to, load<f32>(at + i));
    }
  }
}

/** [outs, channels, kernel] becomes [kernel, channels, outs]. */
function byTap(to: usize, from: usize, outs: i32, channels: i32, kernel: i32): void {
  const row = (<usize>(channels * kernel)) << 2;
  for (let tap = 0; tap < kernel; tap++) {
    for (let c = 0; c < channels; c++) {
      let at = from + ((<usize>(c * kernel + tap)) << 2);
      for (let o = 0; o < outs; o++, to += 4, at += row) store<f32>(to, load<f32>(at));
    }
  }
}

/** Exactly `count` floats: a picture that is read in place has the next image behind it. */
function fill(to: usize, value: f32, count: i32): void {
  const four = f32x4.splat(value);
  for (; count >= 4; count -= 4, to += 16) v128.store(to, four);
  if (count > 0) storeTail(to, four, count);
}
