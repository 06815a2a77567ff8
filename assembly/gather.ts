// The batch out of the data set, which lies in memory in the type it came in:
//
//   y[r, c] = value(sample r of the batch, c) · scale + shift
//
// Which sample that is: the control block's order[position · batch + r] if the source is ordered; otherwise the batch
// itself lies at the source's address, row after row; there is nothing to do if that is where y lies. Rows are tight on both sides. Products of an index and a row's
// length are taken as usize, which reaches past 2 GiB.

import { Control, Source, SourceType } from "../src/shared/opcodes";
import { word } from "./simd";

/** y[rows, cols] (f32) = rows of the batch from row `first` on, scaled and shifted. */
export function gather(
  y: usize,
  source: usize,
  rows: i32,
  cols: i32,
  scale: f32,
  shift: f32,
  first: i32,
  control: usize,
): void {
  const data = <usize>word(source, Source.Address);
  const type = word(source, Source.Type);
  const bytes = <usize>cols * (type == SourceType.U8 ? 1 : 4);
  if (!word(source, Source.Ordered)) {
    const x = data + <usize>first * bytes;
    if (x != y) convert(y, x, rows * cols, type, scale, shift); // else the caller has put it there, as it shall be
    return;
  }
  let order = orderOf(first, control);
  for (let r = 0; r < rows; r++) {
    convert(y, data + <usize>load<u32>(order) * bytes, cols, type, scale, shift);
    y += (<usize>cols) << 2;
    order += 4;
  }
}

/** y[rows, cols] (i32) = rows of the batch from row `first` on; f32 are cut to whole numbers. */
export function gatherIds(y: usize, source: usize, rows: i32, cols: i32, first: i32, control: usize): void {
  const data = <usize>word(source, Source.Address);
  const type = word(source, Source.Type);
  const bytes = <usize>cols * (type == SourceType.U8 ? 1 : 4);
  if (!word(source, Source.Ordered)) {
    convertIds(y, data + <usize>first * bytes, rows * cols, type);
    return;
  }
  let order = orderOf(first, control);
  for (let r = 0; r < rows; r++) {
    convertIds(y, data + <usize>load<u32>(order) * bytes, cols, type);
    y += (<usize>cols) << 2;
    order += 4;
  }
}

/** Address of the index of the batch's sample `row`. */
function orderOf(row: i32, control: usize): usize {
  const at = <usize>word(control, Control.Position) * <usize>word(control, Control.Batch) + <usize>row;
  return <usize>word(control, Control.Order) + (at << 2);
}

function convert(y: usize, x: usize, n: i32, type: i32, scale: f32, shift: f32): void {
  if (type == SourceType.U8) convertBytes(y, x, n, scale, shift);
  else if (type == SourceType.F32) convertFloats(y, x, n, scale, shift);
  else convertInts(y, x, n, scale, shift);
}

function convertBytes(y: usize, x: usize, n: i32, scale: f32, shift: f32): void {
  const a = f32x4.splat(scale);
  const b = f32x4.splat(shift);
  for (; n >= 16; n -= 16, y += 64, x += 16) {
    const bytes = v128.load(x);
    const low = i16x8.extend_low_i8x16_u(bytes);
    const high = i16x8.extend_high_i8x16_u(bytes);
    v128.store(y, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), a), b), 0);
    v128.store(y, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), a), b), 16);
    v128.store(y, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), a), b), 32);
    v128.store(y, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), a), b), 48);
  }
  for (; n > 0; n--, y += 4, x++) store<f32>(y, <f32>load<u8>(x) * scale + shift);
}

function convertFloats(y: usize, x: usize, n: i32, scale: f32, shift: f32): void {
  const a = f32x4.splat(scale);
  const b = f32x4.splat(shift);
  for (; n >= 4; n -= 4, y += 16, x += 16) v128.store(y, f32x4.add(f32x4.mul(v128.load(x), a), b));
  for (; n > 0; n--, y += 4, x += 4) store<f32>(y, load<f32>(x) * scale + shift);
}

function convertInts(y: usize, x: usize, n: i32, scale: f32, shift: f32): void {
  const a = f32x4.splat(scale);
  const b = f32x4.splat(shift);
  for (; n >= 4; n -= 4, y += 16, x += 16) {
    v128.store(y, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(v128.load(x)), a), b));
  }
  for (; n > 0; n--, y += 4, x += 4) store<f32>(y, <f32>load<i32>(x) * scale + shift);
}

function convertIds(y: usize, x: usize, n: i32, type: i32): void {
  if (type == SourceType.U8) {
    for (; n > 0; n--, y += 4, x++) store<i32>(y, load<u8>(x));
  } else if (type == SourceType.F32) {
    for (; n >= 4; n -= 4, y += 16, x += 16) v128.store(y, i32x4.trunc_sat_f32x4_s(v128.load(x)));
    for (; n > 0; n--, y += 4, x += 4) store<i32>(y, <i32>load<f32>(x));
  } else {
    for (; n >= 4; n -= 4, y += 16, x += 16) v128.store(y, v128.load(x));
    for (; n > 0; n--, y += 4, x += 4) store<i32>(y, load<i32>(x));
  }
}
