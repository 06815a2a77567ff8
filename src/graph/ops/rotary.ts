// Where a vector stands in its sequence, without anything to learn: sines and cosines that are added to it
// (sinusoidal), or by which it is turned (rotary).

import { Opcode } from "../../shared/opcodes.js";
import { cos, pow, sin } from "../../shared/scalar.js";
import { op, ShapeError, type Op } from "../op.js";
import { apply, showShape, type Tensor } from "../tensor.js";
import { constantOf } from "./leaf.js";

interface RotaryAttrs {
  /** Elements of a row, of which the first heads * dim are turned. */
  width: number;
  heads: number;
  dim: number;
  /** Rows of a sequence. */
  length: number;
  /** 1 turns the other way. */
  backward: 0 | 1;
  interleaved: boolean;
}

/** y from x, the tables of cosines and sines [positions, dim / 2], and the position of each sequence's first row. */
export const rotaryOp: Op<RotaryAttrs> = op<RotaryAttrs>({
  name: "rotary",
  whole: [3],
  ids: ({ inputs: [, cosines, , starts], attrs: { length } }) =>
    starts ? [{ input: 3, below: cosines!.shape[0]! - length + 1, by: `for ${length} rows` }] : [],
  shape: ([x]) => [{ shape: x!.shape }],
  grad: ([dy], { inputs: [, ...others], attrs }) => [
    apply(rotaryOp, [dy!, ...others], { ...attrs, backward: 1 - attrs.backward }),
    ...others.map(() => null),
  ],
  inPlace: () => [0],
  emit: ({ inputs: [of, table, , given], attrs }, { inputs: [x, cosines, sines, starts], outputs: [y] }) => {
    const { width, heads, dim, length, backward, interleaved } = attrs;
    const rows = of!.size / width;
    const sizes = [rows, length, width, heads, dim, table!.shape[0]!, given ? rows / given.size : 1];
    return [[Opcode.Rotary, y!, x!, cosines!, sines!, starts ?? 0, ...sizes, backward, interleaved ? 1 : 0]];
  },
});

export interface RotaryOptions {
  /** The slowest pair turns once in 2π times (nearly) this many positions. Default 10000. */
  base?: number;
  /** Position of the first row. Default 0. */
  offset?: number;
  /** True to pair neighbouring elements, false to pair the halves of a vector, as Llama's checkpoints do. Default false. */
  interleaved?: boolean;
  /** Position of the first row as a tensor, i32: one number, or one for each sample. Added to the offset. */
  position?: Tensor;
  /** Positions that the tables reach to, with `position`: position + length is at most this. */
  maxLength?: number;
}

/**
 * Turns pairs of each vector's elements by angles that grow with its place in the sequence, so that products of vectors
 * depend on their distance. Su et al. 2021, https://arxiv.org/abs/2104.09864
 *
 * @param x [.., length, dim], dim being even
 * @throws ShapeError for another shape; RangeError for an option out of range; TypeError for a position that is f32
 */
export function rotary(x: Tensor, options: RotaryOptions = {}): Tensor {
  const [length, dim] = x.shape.slice(-2) as [number, number];
  if (x.shape.length < 2) throw new ShapeError(`rotary: needs an input [.., length, dim], got ${showShape(x.shape)}`);
  return rotateRows(x, { length, width: dim, heads: 1, dim }, options);
}

/** x as rows of `width` elements, of which the first `heads` vectors of `dim` are turned. */
export function rotateRows(
  x: Tensor,
  { length, width, heads, dim }: { length: number; width: number; heads: number; dim: number },
  { base = 10000, offset = 0, interleaved = false, position, maxLength }: RotaryOptions = {},
): Tensor {
  if (dim % 2 !== 0) {
    throw new ShapeError(`rotary: vectors are turned in pairs, so their size must be even, got ${dim}`);
  }
  if (!(base > 0 && base < Infinity)) throw new RangeError(`rotary: base must be a positive number, got ${base}`);
  if (!Number.isInteger(offset)) throw new RangeError(`rotary: offset must be a whole number, got ${offset}`);
  if (position) checkPosition(x, position, length, maxLength);
  const [cosines, sines] = tables(position ? maxLength! : length, dim, base, offset);
  const inputs = [x, cosines, sines, ...(position ? [position] : [])];
  return apply(rotaryOp, inputs, { width, heads, dim, length, backward: 0, interleaved });
}

function checkPosition(x: Tensor, position: Tensor, length: number, maxLength: number | undefined): void {
  if (position.dtype !== "i32") {
    throw new TypeError(`rotary: the position must be a whole number (i32), got f32 ${showShape(position.shape)}`);
  }
  if (position.size !== 1 && position.size !== x.shape[0]) {
    throw new ShapeError(
      `rotary: the position must be one number, or one for each of ${x.shape[0]} samples, got ${showShape(position.shape)}`,
    );
  }
  if (maxLength === undefined || !Number.isInteger(maxLength) || maxLength < length) {
    throw new RangeError(
      `rotary: with a position, maxLength must be a whole number of at least the length ${length}, got ${maxLength}`,
    );
  }
}

/** Tables that are in use, since every layer of a model wants the same. */
const kept = new Map<string, readonly [WeakRef<Tensor>, WeakRef<Tensor>]>();

/** Cosines and sines of the angles of `positions` positions, [positions, dim / 2] each. */
function tables(positions: number, dim: number, base: number, offset: number): [Tensor, Tensor] {
  const key = [positions, dim, base, offset].join();
  const found = kept.get(key)?.map((table) => table.deref());
  if (found?.[0] && found[1]) return [found[0], found[1]];
  const half = dim / 2;
  const made = [cos, sin].map((of) =>
    constantOf([positions, half], () => angleTable(positions, half, (i) => pow(base, -i / half), of, offset)),
  ) as [Tensor, Tensor];
  kept.set(key, [new WeakRef(made[0]), new WeakRef(made[1])]);
  return made;
}

/** f of (offset + row) · frequency(col), [rows, cols]. */
function angleTable(
  rows: number,
  cols: number,
  frequency: (col: number) => number,
  f: (angle: number, col: number) => number,
  offset = 0,
): Float32Array {
  const frequencies = Array.from({ length: cols }, (_, col) => frequency(col));
  const table = new Float32Array(rows * cols);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) table[i++] = f((offset + row) * frequencies[col]!, col);
  }
  return table;
}

/**
 * Sines (even columns) and cosines (odd columns) of position / base^(2i / dim), to be added to the vectors of a
 * sequence. Vaswani et al. 2017, section 3.5, https://arxiv.org/abs/1706.03762
 *
 * @returns [length, dim], a constant
 * @throws RangeError for a size that is no whole number of at least 1
 */
export function sinusoidal(length: number, dim: number, { base = 10000 }: { base?: number } = {}): Tensor {
  const frequency = (col: number) => pow(base, -(col - (col % 2)) / dim);
  return constantOf([length, dim], () =>
    angleTable(length, dim, frequency, (angle, col) => (col % 2 === 0 ? sin(angle) : cos(angle))),
  );
}
