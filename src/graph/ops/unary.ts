// Element-wise functions of one input, other than activations.

import { Opcode } from "../../shared/opcodes.js";
import { op, type Op } from "../op.js";
import { apply, type Tensor } from "../tensor.js";
import { div, mul } from "./elementwise.js";

/* @__NO_SIDE_EFFECTS__ */
function unary(name: string, code: Opcode, grad: (dy: Tensor, x: Tensor, y: Tensor) => Tensor): Op {
  return op({
    name,
    shape: ([x]) => [{ shape: x!.shape }],
    grad: ([dy], { inputs: [x], outputs: [y] }) => [grad(dy!, x!, y!)],
    inPlace: () => [0],
    emit: ({ outputs }, { inputs: [x], outputs: [y] }) => [[code, y!, x!, outputs[0]!.size]],
  });
}

export const expOp = unary("exp", Opcode.Exp, (dy, _, y) => mul(dy, y));
export const logOp = unary("log", Opcode.Log, (dy, x) => div(dy, x));
export const sqrtOp = unary("sqrt", Opcode.Sqrt, (dy, _, y) => mul(div(dy, y), 0.5));
export const squareOp = unary("square", Opcode.Square, (dy, x) => mul(mul(dy, x), 2));
export const absOp = unary("abs", Opcode.Abs, (dy, x) => mul(dy, sign(x)));
export const signOp = unary("sign", Opcode.Sign, (dy) => mul(dy, 0));

/** e to the x. */
export const exp = (x: Tensor): Tensor => apply(expOp, [x]);
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => apply(logOp, [x]);
/** Square root. */
export const sqrt = (x: Tensor): Tensor => apply(sqrtOp, [x]);
/** x squared. */
export const square = (x: Tensor): Tensor => apply(squareOp, [x]);
/** Absolute value; its derivative at 0 is 0. */
export const abs = (x: Tensor): Tensor => apply(absOp, [x]);
/** -1, 0 or 1; its derivative is 0. */
export const sign = (x: Tensor): Tensor => apply(signOp, [x]);
