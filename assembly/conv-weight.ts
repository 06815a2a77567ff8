// Gradient of a convolution by its weight.
//
//   dw[o, c, ky, kx] = Σ over n, oy, ox of dy[n, o, oy, ox] · x[n, c, oy sy + ky dy - top, ox sx + kx dx - left]
//
// A product over the results (n, oy, ox): taps, read from the frame (assembly/conv-frame.ts) or the picture where they
// lie, by outs, packed so that those of a result lie side by side. A band of rows of one image after the other is
// summed from zero and added, in their order, to sums that lie as [taps, outs]; at the end they are turned round.
//
// Taps and outs are independent: they are the loops to split, so an instruction goes from one tap to another. One or two outs to a group, as in a depthwise
// convolution, would leave lanes idle; there four results go side by side instead.

import { ConvBlock, Window } from "../src/shared/window";
import { fillFrame, frameBytes, lines, QUAD, quadCount, writeQuads, writeTaps } from "./conv-frame";
import { taps4x1, taps4x4, taps4x8 } from "./conv-weight-micro";
import { packTransposedB } from "./gemm-pack";
import { word } from "./simd";

/**
 * dw[groups outs, channels, kh, kw], of the taps (channel, ky, kx) from `first` to before `end`; sizes and steps as in conv2d.
 * For the scratch, see src/graph/ops/conv.ts.
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
  for (let group = 0; group < groups; group++) {
    memory.fill(sums, 0, (<usize>(k * ld)) << 2);
    for (let image = 0; image < images; image++) {
      const from = x + ((<usize>(image * xStep)) << 2) + <usize>group * picture;
      const gradients = dy + ((<usize>(image * yStep + group * outs * pixels)) << 2);
      if (framed) fillFrame(scratch, from, channels, window, 0);
      const source = framed ? scratch : from;
      if (few) addFew(sums, source, gradients, taps, rest, first, end, outs, ld, window);
      else addBands(sums, source, gradients, taps, rest, first, end, outs, ld, window);
    }
    transpose(dw + ((<usize>(group * outs * k)) << 2), sums, first, end, k, outs, ld);
  }
}

/** Adds one image, eight outs at a time; `packed` has room for a band of all outs. */
function addBands(
  sums: usize,
  x: usize,
  dy: usize,
  taps: usize,
  packed: usize,
  firstTap: i32,
  endTap: i32,
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
      for (let p = firstTap; p < endTap; p += 4) {
        const c = sums + <usize>p * ldc + ((<usize>o) << 2);
        const here = taps + ((<usize>p) << 2);
        if (wide) taps4x8(c, ldc, from, here, endTap - p, b, columns, height, xRow);
        else taps4x4(c, ldc, from, here, endTap - p, b, columns, height, xRow);
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
  firstTap: i32,
  endTap: i32,
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
      for (let p = firstTap; p < endTap; p += 4) {
        const c = sums + <usize>p * ldc + ((<usize>o) << 2);
        const size = min(ConvBlock.Band / 4, count - first);
        taps4x1(c, ldc, x, taps + ((<usize>p) << 2), endTap - p, dy + <usize>o * plane, here, size);
      }
    }
  }
}

/** to[outs, k] from[k, ld], of the k from `first` to before `end` */
function transpose(to: usize, from: usize, first: i32, end: i32, k: i32, outs: i32, ld: i32): void {
  const row = (<usize>ld) << 2;
  from += <usize>first * row;
  for (let o = 0; o < outs; o++, from += 4, to += (<usize>k) << 2) {
    let at = from;
    for (let p = first; p < end; p++, at += row) store<f32>(to + ((<usize>p) << 2), load<f32>(at));
  }
}
