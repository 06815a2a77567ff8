// Gradient of a convolution by its weight.
//
//   dw[o, c, ky, kx] = Σ over n, oy, ox of dy[n, o, oy, ox] · x[n, c, oy sy + ky dy - top, ox sx + kx dx - left]
//
// A product over the results (n, oy, ox): taps, read from the frame (assembly/conv-frame.ts) or the picture where they
// lie, by outs, packed so that those of a result lie side by side. A band of rows of one image after the other is
// summed from zero and added, in their order, to sums that lie as [taps, outs]; at the end they are turned round.
//
// Large weights are split by outs or groups. Of small ones the images make several parts, each with a sum of its own, which
// are added up afterwards: so threads share the images as they do in the other instructions, and each finds what it wrote
// in its own cache. One or two outs to a group, as in a depthwise convolution, would leave lanes idle; there four results
// go side by side instead.

import { ConvBlock, Window } from "../src/shared/window";
import { fillFrame, frameBytes, lines, QUAD, quadCount, writeQuads, writeTaps } from "./conv-frame";
import { taps4x1, taps4x4, taps4x8 } from "./conv-weight-micro";
import { packTransposedB } from "./gemm-pack";
import { word } from "./simd";

/**
 * dw[parts, groups outs, channels, kh, kw], of the parts from `first` to before `end`: part i is over the images from
 * ⌊i · images / parts⌋ to before where the next begins. Sizes and steps as in conv2d; for the scratch, see
 * src/graph/ops/conv.ts.
 */
export function convWeightGrad(
  dw: usize,
  x: usize,
  dy: usize,
  scratch: usize,
  images: i32,
  groups: i32,
  channels: i32,
  outs: i32,
  xStep: i32,
  yStep: i32,
  parts: i32,
  first: i32,
  end: i32,
  window: usize,
): void {
  const framed = word(window, Window.Framed);
  const k = channels * word(window, Window.KernelHeight) * word(window, Window.KernelWidth);
  const ld = (outs + 3) & ~3;
  const taps = scratch + frameBytes(window, channels);
  const sums = taps + lines(k);
  const rest = sums + lines(k * ld);
  const few = outs <= ConvBlock.FewOuts;
  writeTaps(taps, window, channels, 0);
  if (few) writeQuads(rest, window, 0);

  const picture = (<usize>(channels * word(window, Window.Height) * word(window, Window.Width))) << 2;
  const pixels = word(window, Window.Rows) * word(window, Window.Columns);
  dw += (<usize>(first * groups * outs * k)) << 2;
  for (let part = first; part < end; part++) {
    const from = (part * images) / parts;
    const to = ((part + 1) * images) / parts;
    for (let group = 0; group < groups; group++) {
      memory.fill(sums, 0, (<usize>(k * ld)) << 2);
      for (let image = from; image < to; image++) {
        const own = x + ((<usize>(image * xStep)) << 2) + <usize>group * picture;
        const gradients = dy + ((<usize>(image * yStep + group * outs * pixels)) << 2);
        if (framed) fillFrame(scratch, own, channels, window, 0);
        const source = framed ? scratch : own;
        if (few) addFew(sums, source, gradients, taps, rest, k, outs, ld, window);
        else addBands(sums, source, gradients, taps, rest, k, outs, ld, window);
      }
      transpose(dw, sums, k, outs, ld);
      dw += (<usize>(outs * k)) << 2;
    }
  }
}

/** Adds one image, eight outs at a time; `packed` has room for a band of all outs. */
function addBands(
  sums: usize,
  x: usize,
  dy: usize,
  taps: usize,
  packed: usize,
  k: i32,
  outs: i32,
  ld: i32,
  window: usize,
): void {
  const rows = word(window, Window.Rows);
  const columns = word(window, Window.Columns);
  const band = max(1, ConvBlock.Band / columns);
  const xRow =
    (<usize>(word(window, Window.StrideY) * word(window, Window.StrideX) * word(window, Window.FrameRow))) << 2;
  const ldc = (<usize>ld) << 2;
  const plane = (<usize>(rows * columns)) << 2;
  for (let first = 0; first < rows; first += band) {
    const height = min(band, rows - first);
    const size = height * columns;
    packTransposedB(packed, dy + ((<usize>(first * columns)) << 2), outs, size, plane);
    const from = x + <usize>first * xRow;
    let b = packed;
    for (let o = 0; o < outs; o += 8) {
      const wide = outs - o > 4;
      for (let p = 0; p < k; p += 4) {
        const c = sums + <usize>p * ldc + ((<usize>o) << 2);
        const here = taps + ((<usize>p) << 2);
        if (wide) taps4x8(c, ldc, from, here, k - p, b, columns, height, xRow);
        else taps4x4(c, ldc, from, here, k - p, b, columns, height, xRow);
      }
      b += (<usize>size) << 5;
    }
  }
}

/** Adds one image, one out at a time. */
function addFew(
  sums: usize,
  x: usize,
  dy: usize,
  taps: usize,
  quads: usize,
  k: i32,
  outs: i32,
  ld: i32,
  window: usize,
): void {
  const count = quadCount(window);
  const ldc = (<usize>ld) << 2;
  const plane = (<usize>(word(window, Window.Rows) * word(window, Window.Columns))) << 2;
  for (let first = 0; first < count; first += ConvBlock.Band / 4) {
    const here = quads + <usize>first * QUAD;
    for (let o = 0; o < outs; o++) {
      for (let p = 0; p < k; p += 4) {
        const c = sums + <usize>p * ldc + ((<usize>o) << 2);
        const size = min(ConvBlock.Band / 4, count - first);
        taps4x1(c, ldc, x, taps + ((<usize>p) << 2), k - p, dy + <usize>o * plane, here, size);
      }
    }
  }
}

/** to[outs, k] from[k, ld] */
function transpose(to: usize, from: usize, k: i32, outs: i32, ld: i32): void {
  const row = (<usize>ld) << 2;
  for (let o = 0; o < outs; o++, from += 4) {
    let at = from;
    for (let p = 0; p < k; p++, to += 4, at += row) store<f32>(to, load<f32>(at));
  }
}
