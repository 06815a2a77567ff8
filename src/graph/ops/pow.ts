// Powers with one exponent, which is a number.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, type Op } from "../op.js";
import { apply, type Tensor } from "../tensor.js";
import { mul } from "./elementwise.js";
import { constant } from "./leaf.js";
import { square } from "./unary.js";

export const powOp: Op<{ exponent: number }> = op<{ exponent: number }>({
  name: "pow",
  shape: ([x]) => [{ shape: x!.shape }],
  grad: ([dy], { inputs: [x], attrs: { exponent } }) => [mul(dy!, mul(pow(x!, exponent - 1), exponent))],
  inPlace: () => [0],
  emit: ({ outputs, attrs: { exponent } }, { inputs: [x], outputs: [y] }) => {
    // As a sum of two f32, since one would be off by up to 6e-8 of it.
    const high = Math.fround(exponent);
    return [[Opcode.Pow, y!, x!, outputs[0]!.size, real(high), real(exponent - high)]];
  },
});

/**
 * x to a power, element by element, correct to the last bit or nearly so, with the cases of IEEE 754 (C's pow): anything
 * to the 0 is 1, NaN below 0 unless the exponent is whole, 0 or infinite at 0.
 * https://pytorch.org/docs/stable/generated/torch.pow.html
 *
 * @param exponent any finite number
 * @throws RangeError for an exponent that is not finite
 */
export function pow(x: Tensor, exponent: number): Tensor {
  if (!Number.isFinite(exponent)) throw new RangeError(`pow: the exponent must be a finite number, got ${exponent}`);
  if (exponent === 0) return constant(1, x.shape);
  if (exponent === 1) return x;
  return exponent === 2 ? square(x) : apply(powOp, [x], { exponent });
}
