// y = a op b with broadcasting: six dimensions, y contiguous, a and b by element strides, of which 0 repeats.
//
// Dimensions that are contiguous in both inputs (or repeat in both) are merged first, so that [rows, cols] op scalar is
// one long row. The innermost strides are 0 or 1. y may be a if a is not repeated: each element of a row is read before
// it is written, and nothing is written beyond a row's end.

import { Layout, Opcode } from "../src/shared/opcodes";
import { AddOp, combine, DivOp, EqualOp, GreaterOp, MaximumOp, MinimumOp, MulOp, SubOp } from "./elementwise";
import { loadTail, storeTail } from "./row";
import { word } from "./simd";

/** y[dims] = a op b, where op is one of Opcode.Add … Greater, and dims and strides point to Layout.Dims words. */
export function broadcast(y: usize, a: usize, b: usize, op: i32, dims: usize, aStrides: usize, bStrides: usize): void {
  const last = Layout.Dims - 1;
  let cols = word(dims, last);
  let aCol = word(aStrides, last);
  let bCol = word(bStrides, last);
  let d = last - 1;
  for (; d >= 0; d--) {
    const size = word(dims, d);
    if (size == 1) continue;
    const aStride = word(aStrides, d);
    const bStride = word(bStrides, d);
    if (cols == 1 && <u32>aStride <= 1 && <u32>bStride <= 1) {
      aCol = aStride;
      bCol = bStride;
    } else if (aStride != aCol * cols || bStride != bCol * cols) break;
    cols *= size;
  }
  let rows = 1;
  let aRow = 0;
  let bRow = 0;
  if (d >= 0) {
    rows = word(dims, d);
    aRow = word(aStrides, d);
    bRow = word(bStrides, d);
    d--;
  }
  walk(y, a, b, op, dims, aStrides, bStrides, d, rows, cols, aRow << 2, aCol << 2, bRow << 2, bCol << 2);
}

/** Dimensions 0 to d around planes of [rows, cols]; from here on strides are in bytes. Returns the end of y. */
function walk(
  y: usize,
  a: usize,
  b: usize,
  op: i32,
  dims: usize,
  aStrides: usize,
  bStrides: usize,
  d: i32,
  rows: i32,
  cols: i32,
  aRow: usize,
  aCol: usize,
  bRow: usize,
  bCol: usize,
): usize {
  if (d < 0) {
    plane(op, y, a, b, rows, cols, aRow, aCol, bRow, bCol);
    return y + ((<usize>(rows * cols)) << 2);
  }
  const aStep = (<usize>word(aStrides, 0)) << 2;
  const bStep = (<usize>word(bStrides, 0)) << 2;
  for (let i = word(dims, 0); i > 0; i--, a += aStep, b += bStep) {
    y = walk(y, a, b, op, dims + 4, aStrides + 4, bStrides + 4, d - 1, rows, cols, aRow, aCol, bRow, bCol);
  }
  return y;
}

function plane(
  op: i32,
  y: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  aRow: usize,
  aCol: usize,
  bRow: usize,
  bCol: usize,
): void {
  // prettier-ignore
  switch (op) {
    case Opcode.Add: planeOf<AddOp>(y, a, b, rows, cols, aRow, aCol, bRow, bCol); break;
    case Opcode.Sub: planeOf<SubOp>(y, a, b, rows, cols, aRow, aCol, bRow, bCol); break;
    case Opcode.Mul: planeOf<MulOp>(y, a, b, rows, cols, aRow, aCol, bRow, bCol); break;
    case Opcode.Div: planeOf<DivOp>(y, a, b, rows, cols, aRow, aCol, bRow, bCol); break;
    case Opcode.Maximum: planeOf<MaximumOp>(y, a, b, rows, cols, aRow, aCol, bRow, bCol); break;
    case Opcode.Minimum: planeOf<MinimumOp>(y, a, b, rows, cols, aRow, aCol, bRow, bCol); break;
    case Opcode.Equal: planeOf<EqualOp>(y, a, b, rows, cols, aRow, aCol, bRow, bCol); break;
    case Opcode.Greater: planeOf<GreaterOp>(y, a, b, rows, cols, aRow, aCol, bRow, bCol); break;
  }
}

function planeOf<T>(
  y: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  aRow: usize,
  aCol: usize,
  bRow: usize,
  bCol: usize,
): void {
  const whole = (<usize>(cols >> 2)) << 4;
  const rest = cols & 3;
  for (; rows > 0; rows--, a += aRow, b += bRow) {
    let aAt = a;
    let bAt = b;
    const end = y + whole;
    if (aCol && bCol) {
      for (; y < end; y += 16, aAt += 16, bAt += 16) v128.store(y, combine<T>(v128.load(aAt), v128.load(bAt)));
      if (rest) storeTail(y, combine<T>(loadTail(aAt, rest), loadTail(bAt, rest)), rest);
    } else if (aCol) {
      const value = v128.load32_splat(b);
      for (; y < end; y += 16, aAt += 16) v128.store(y, combine<T>(v128.load(aAt), value));
      if (rest) storeTail(y, combine<T>(loadTail(aAt, rest), value), rest);
    } else {
      // a repeats, so y is not a, and b may do so as well.
      const value = v128.load32_splat(a);
      if (bCol) {
        for (; y < end; y += 16, bAt += 16) v128.store(y, combine<T>(value, v128.load(bAt)));
        if (rest) storeTail(y, combine<T>(value, loadTail(bAt, rest)), rest);
      } else {
        const result = combine<T>(value, v128.load32_splat(b));
        for (; y < end; y += 16) v128.store(y, result);
        if (rest) storeTail(y, result, rest);
      }
    }
    y += (<usize>rest) << 2;
  }
}
