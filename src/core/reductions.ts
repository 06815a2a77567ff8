// Operations that bring elements together: sums, dot products, maxima, norms, and softmax along rows. Sums add f32 in
// blocks and the blocks in f64, in an order that the shape alone decides (assembly/row.ts).

import { Opcode } from "../shared/opcodes.js";
import { Activations } from "./activations.js";
import { shapesDiffer } from "./desk.js";
import type { Matrix } from "./matrix.js";
import { ShapeError } from "./shape-error.js";
import type { Values } from "./values.js";

export class Reductions extends Activations {
  /** Sum of x · y, element by element. */
  dot(x: Values, y: Values): number {
    const left = this.place("dot", x);
    const right = this.place("dot", y);
    if (x.rows !== y.rows || x.cols !== y.cols) throw shapesDiffer("dot", x, y);
    const words = this.begin(Opcode.Dot, 5);
    words[1] = this.resultAddress;
    words[2] = left;
    words[3] = right;
    words[4] = x.length;
    this.execute();
    return this.result;
  }

  /** Sum of all elements. */
  sum(x: Values): number {
    this.reduce("sum", Opcode.Sum, this.resultAddress, x, 1, x.length, 1, 1);
    return this.result;
  }

  /** Mean of all elements. */
  mean(x: Values): number {
    return this.sum(x) / x.length;
  }

  /** Largest element; NaN wins. */
  max(x: Values): number {
    this.reduce("max", Opcode.Max, this.resultAddress, x, 1, x.length, 1);
    return this.result;
  }

  /** Root of the sum of squares. */
  norm(x: Values): number {
    const from = this.place("norm", x);
    const words = this.begin(Opcode.SumSquares, 4);
    words[1] = this.resultAddress;
    words[2] = from;
    words[3] = x.length;
    this.execute();
    return Math.sqrt(this.result);
  }

  /** Place of the largest element: the first of equals; NaN counts as the largest. */
  argmax(x: Values): number {
    this.rowwise("argmax", Opcode.Argmax, this.resultAddress, x, 1, x.length);
    return this.wholeResult;
  }

  /** Sum of each row of x [rows, cols], times `scale` (1 / cols for means), into y [rows]. */
  rowSums<T extends Values>(y: T, x: Matrix, scale = 1): T {
    this.reduce("rowSums", Opcode.Sum, this.column("rowSums", y, x, x?.rows), x, x.rows, x.cols, 1, scale);
    return y;
  }

  /** Sum of each column of x [rows, cols], times `scale` (1 / rows for means), into y [cols]. */
  columnSums<T extends Values>(y: T, x: Matrix, scale = 1): T {
    this.reduce("columnSums", Opcode.Sum, this.column("columnSums", y, x, x?.cols), x, 1, x.rows, x.cols, scale);
    return y;
  }

  /** Largest element of each row of x [rows, cols], into y [rows]; NaN wins. */
  rowMax<T extends Values>(y: T, x: Matrix): T {
    this.reduce("rowMax", Opcode.Max, this.column("rowMax", y, x, x?.rows), x, x.rows, x.cols, 1);
    return y;
  }

  /** Largest element of each column of x [rows, cols], into y [cols]; NaN wins. */
  columnMax<T extends Values>(y: T, x: Matrix): T {
    this.reduce("columnMax", Opcode.Max, this.column("columnMax", y, x, x?.cols), x, 1, x.rows, x.cols);
    return y;
  }

  /** e^x of each row, divided by its sum. Without x, in place. */
  softmax<T extends Values>(y: T, x: Values = y): T {
    return this.alongRows("softmax", Opcode.Softmax, y, x);
  }

  /** Logarithm of the softmax of each row. Without x, in place. */
  logSoftmax<T extends Values>(y: T, x: Values = y): T {
    return this.alongRows("logSoftmax", Opcode.LogSoftmax, y, x);
  }

  /** Gradient of softmax, from its output y; dx may be dy. */
  softmaxGrad<T extends Values>(dx: T, dy: Values, y: Values): T {
    return this.gradAlongRows("softmaxGrad", Opcode.SoftmaxGrad, dx, dy, y);
  }

  /** Gradient of logSoftmax, from its output y; dx may be dy. */
  logSoftmaxGrad<T extends Values>(dx: T, dy: Values, y: Values): T {
    return this.gradAlongRows("logSoftmaxGrad", Opcode.LogSoftmaxGrad, dx, dy, y);
  }

  /** x seen as [outer, n, inner], reduced over n. */
  private reduce(op: string, code: Opcode, to: number, x: Values, outer: number, n: number, inner: number, scale = 0) {
    const from = this.place(op, x);
    const words = this.begin(code, 7);
    words[1] = to;
    words[2] = from;
    words[3] = outer;
    words[4] = n;
    words[5] = inner;
    this.real(6, scale);
    this.execute();
  }

  private rowwise(op: string, code: Opcode, to: number, x: Values, rows: number, cols: number): void {
    const from = this.place(op, x);
    const words = this.begin(code, 5);
    words[1] = to;
    words[2] = from;
    words[3] = rows;
    words[4] = cols;
    this.execute();
  }

  private alongRows<T extends Values>(op: string, code: Opcode, y: T, x: Values): T {
    const to = this.place(op, y);
    this.place(op, x);
    if (y.rows !== x.rows || y.cols !== x.cols) throw shapesDiffer(op, y, x);
    this.rowwise(op, code, to, x, x.rows, x.cols);
    return y;
  }

  private gradAlongRows<T extends Values>(op: string, code: Opcode, dx: T, dy: Values, y: Values): T {
    const to = this.place(op, dx);
    const from = this.place(op, dy);
    const out = this.place(op, y);
    if (dx.rows !== dy.rows || dx.cols !== dy.cols) throw shapesDiffer(op, dx, dy);
    if (dx.rows !== y.rows || dx.cols !== y.cols) throw shapesDiffer(op, dx, y);
    const words = this.begin(code, 6);
    words[1] = to;
    words[2] = from;
    words[3] = out;
    words[4] = y.rows;
    words[5] = y.cols;
    this.execute();
    return dx;
  }

  /** The address of y, the `count` results of reducing x: a vector or a matrix of one row or one column. */
  private column(op: string, y: Values, x: Values, count: number): number {
    const to = this.place(op, y);
    this.place(op, x);
    if (y.length !== count || (y.rows !== 1 && y.cols !== 1) || y === x) {
      throw new ShapeError(
        `${op}: ${x} has ${count} results, but ${y} is to hold them; pass another vector [${count}]`,
      );
    }
    return to;
  }
}
