// Element-wise arithmetic. The output comes first, may be one of the inputs, and is returned.

import { Opcode } from "../shared/opcodes.js";
import { Desk } from "./desk.js";
import { ShapeError } from "./shape-error.js";
import type { Values } from "./values.js";

export class Arithmetic extends Desk {
  /** Every element of x becomes `value`. */
  fill<T extends Values>(x: T, value: number): T {
    const to = this.place("fill", x);
    const words = this.begin(Opcode.Fill, 4);
    words[1] = to;
    words[2] = x.length;
    this.real(3, value);
    this.execute();
    return x;
  }

  /** y = x */
  copy<T extends Values>(y: T, x: Values): T {
    return this.unary("copy", Opcode.Copy, y, x);
  }

  // Two inputs. Where their shapes differ, they are spread as in NumPy: a size of 1 repeats, and a vector counts as one
  // row. So [rows, cols] meets a vector [cols] (the same for each row) or a matrix [rows, 1] (the same along a row).

  /** y = a + b; a smaller side repeats along rows or columns. */
  add<T extends Values>(y: T, a: Values, b: Values): T {
    return this.spread("add", Opcode.Add, y, a, b);
  }
  /** y = a - b; a smaller side repeats along rows or columns. */
  sub<T extends Values>(y: T, a: Values, b: Values): T {
    return this.spread("sub", Opcode.Sub, y, a, b);
  }
  /** y = a · b, element by element; a smaller side repeats along rows or columns. */
  mul<T extends Values>(y: T, a: Values, b: Values): T {
    return this.spread("mul", Opcode.Mul, y, a, b);
  }
  /** y = a / b; a smaller side repeats along rows or columns. */
  div<T extends Values>(y: T, a: Values, b: Values): T {
    return this.spread("div", Opcode.Div, y, a, b);
  }
  /** The larger of a and b; NaN wins. A smaller side repeats along rows or columns. */
  maximum<T extends Values>(y: T, a: Values, b: Values): T {
    return this.spread("maximum", Opcode.Maximum, y, a, b);
  }
  /** The smaller of a and b; NaN wins. A smaller side repeats along rows or columns. */
  minimum<T extends Values>(y: T, a: Values, b: Values): T {
    return this.spread("minimum", Opcode.Minimum, y, a, b);
  }
  /** 1 where a equals b, else 0. A smaller side repeats along rows or columns. */
  equal<T extends Values>(y: T, a: Values, b: Values): T {
    return this.spread("equal", Opcode.Equal, y, a, b);
  }
  /** 1 where a > b, else 0. A smaller side repeats along rows or columns. */
  greater<T extends Values>(y: T, a: Values, b: Values): T {
    return this.spread("greater", Opcode.Greater, y, a, b);
  }

  /** y = y + alpha · x */
  axpy<T extends Values>(alpha: number, x: Values, y: T): T {
    return this.unary("axpy", Opcode.Axpy, y, x, alpha);
  }

  /** x = alpha · x */
  scale<T extends Values>(x: T, alpha: number): T {
    return this.unary("scale", Opcode.Affine, x, x, alpha);
  }

  /** y = x · factor + shift */
  affine<T extends Values>(y: T, x: Values, factor: number, shift: number): T {
    return this.unary("affine", Opcode.Affine, y, x, factor, shift);
  }

  // One input; without x, in place.

  /** e to the x, at most 1 ulp off. */
  exp<T extends Values>(y: T, x: Values = y): T {
    return this.unary("exp", Opcode.Exp, y, x);
  }
  /** Natural logarithm, at most 1 ulp off. */
  log<T extends Values>(y: T, x: Values = y): T {
    return this.unary("log", Opcode.Log, y, x);
  }
  /** Square root. */
  sqrt<T extends Values>(y: T, x: Values = y): T {
    return this.unary("sqrt", Opcode.Sqrt, y, x);
  }
  /** x² */
  square<T extends Values>(y: T, x: Values = y): T {
    return this.unary("square", Opcode.Square, y, x);
  }
  /** |x| */
  abs<T extends Values>(y: T, x: Values = y): T {
    return this.unary("abs", Opcode.Abs, y, x);
  }
  /** -1, 0 or 1; NaN stays. */
  sign<T extends Values>(y: T, x: Values = y): T {
    return this.unary("sign", Opcode.Sign, y, x);
  }
  /** -x */
  neg<T extends Values>(y: T, x: Values = y): T {
    return this.unary("neg", Opcode.Affine, y, x, -1);
  }

  private spread<T extends Values>(op: string, code: Opcode, y: T, a: Values, b: Values): T {
    if (a?.rows === b?.rows && a?.cols === b?.cols) return this.binary(op, code, y, a, b);
    const to = this.place(op, y);
    const left = this.place(op, a);
    const right = this.place(op, b);
    if (!fits(a, b, y)) {
      throw new ShapeError(
        `${op}: ${a} and ${b} into ${y}: rows and columns must be equal, or 1 on one side, and the output has the larger ones`,
      );
    }
    const words = this.begin(Opcode.Broadcast, 23);
    words[1] = to;
    words[2] = left;
    words[3] = right;
    words[4] = code;
    // Six dimensions, then the strides of a and b; ours are the last two.
    words.fill(1, 5, 9);
    words[9] = y.rows;
    words[10] = y.cols;
    words.fill(0, 11, 23);
    words[15] = a.rows === 1 ? 0 : a.cols;
    words[16] = a.cols === 1 ? 0 : 1;
    words[21] = b.rows === 1 ? 0 : b.cols;
    words[22] = b.cols === 1 ? 0 : 1;
    this.execute();
    return y;
  }
}

function fits(a: Values, b: Values, y: Values): boolean {
  return (
    (a.rows === y.rows || a.rows === 1) &&
    (b.rows === y.rows || b.rows === 1) &&
    (a.cols === y.cols || a.cols === 1) &&
    (b.cols === y.cols || b.cols === 1) &&
    y.rows === Math.max(a.rows, b.rows) &&
    y.cols === Math.max(a.cols, b.cols)
  );
}
