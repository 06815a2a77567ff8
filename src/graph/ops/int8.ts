// Linear layers and tables whose weight is 8-bit codes with a scale for each row, for models that only predict
// (src/graph/int8.ts puts them in place of the others). They have no gradients.

import { EightBit } from "../../shared/eight-bit.js";
import { Opcode } from "../../shared/opcodes.js";
import { op, ShapeError, type Op } from "../op.js";
import { showShape, type Tensor } from "../tensor.js";

/** Bytes of a row of `cols` codes: codes [rows, codeBytes(cols)] are laid by offsetEvenCodes() and padded. */
export const codeBytes = (cols: number): number => Math.ceil(cols / EightBit.Line) * EightBit.Line;

/** Bytes of scratch that a product with rows of `cols` codes takes. */
export const int8ScratchBytes = (cols: number): number => EightBit.Rows * (2 * codeBytes(cols) + EightBit.OfRow);

/** @throws ShapeError unless codes and scales belong together, and have `cols` columns */
function checkRows(name: string, codes: Tensor, scales: Tensor, cols: number): void {
  const [rows, bytes] = codes.shape;
  const fits = codes.dtype === "i8" && codes.shape.length === 2 && scales.shape.length === 1;
  if (fits && rows === scales.shape[0] && bytes === codeBytes(cols) && cols <= EightBit.Longest) return;
  throw new ShapeError(
    `${name}: codes ${codes.dtype} ${showShape(codes.shape)} with scales ${showShape(scales.shape)}, expected i8 ` +
      `[rows, ${codeBytes(cols)}] and [rows] for ${cols} columns, of which there can be ${EightBit.Longest}`,
  );
}

/** Inputs x [rows, in], codes i8 [out, codeBytes(in)] laid by offsetEvenCodes(), scales [out], bias? [out]. `dots`: see assembly/int8.ts. */
export const linearInt8Op: Op<{ dots: boolean }> = op<{ dots: boolean }>({
  name: "linearInt8",
  whole: [1],
  shape: ([x, codes, scales, bias]) => {
    checkRows("linearInt8", codes!, scales!, x!.shape[1]!);
    const out = codes!.shape[0]!;
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== out)) {
      throw new ShapeError(`linearInt8: the bias is ${showShape(bias.shape)}, expected [${out}]`);
    }
    return [{ shape: [x!.shape[0]!, out] }];
  },
  scratchBytes: ({ inputs: [x] }) => int8ScratchBytes(x!.shape[1]!),
  emit: ({ inputs: [of, table], attrs }, { inputs: [x, codes, scales, bias], outputs: [y], scratch }) => {
    const [m, k] = of!.shape as [number, number];
    const [n, ld] = table!.shape as [number, number];
    return [[Opcode.LinearInt8, y!, x!, codes!, scales!, bias ?? 0, m, n, k, ld, n, scratch, attrs.dots ? 1 : 0]];
  },
});

/** Inputs codes i8 [rows, codeBytes(cols)] laid alike, scales [rows], ids [..] i32; without ids, all rows in their order. */
export const embeddingInt8Op: Op<{ cols: number }> = op<{ cols: number }>({
  name: "embeddingInt8",
  whole: [0, 2],
  ids: ({ inputs: [codes, , ids] }) => (ids ? [{ input: 2, below: codes!.shape[0]!, by: String(codes) }] : []),
  shape: ([codes, scales, ids], { cols }) => {
    checkRows("embeddingInt8", codes!, scales!, cols);
    return [{ shape: [...(ids ? ids.shape : [codes!.shape[0]!]), cols] }];
  },
  emit: ({ inputs: [table, , of], attrs: { cols } }, { inputs: [codes, scales, ids], outputs: [y] }) => {
    const [rows, ld] = table!.shape as [number, number];
    return [[Opcode.EmbeddingInt8, y!, ids ?? 0, codes!, scales!, of?.size ?? rows, rows, cols, ld]];
  },
});
