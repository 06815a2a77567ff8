// The desk of the numeric core: where an operation's instruction is written, and what lies beside it. All operations
// (arithmetic.ts and what builds on it) are methods that fill in one instruction and execute it.
//
// Nothing is allocated or looked up on the way: a call costs some 10 to 60 ns on top of the work (bench/core-calls.ts).

import { Control, Layout, type Opcode } from "../shared/opcodes.js";
import type { Core } from "./core.js";
import { ShapeError } from "./shape-error.js";
import type { Values } from "./values.js";

// The desk, in bytes: the instruction first, then
/** the result of operations that give one number, */
const RESULT = Layout.Words * 4;
/** the control block, which holds seeds for random numbers and the optimizers' step, */
const CONTROL = RESULT + Layout.Line;
/** the learning rate, f64, */
const RATE = CONTROL + Control.Words * 4;
/** hyperparameters of an optimizer, f64. */
const HYPER = RATE + Layout.Line;
const BYTES = HYPER + Layout.Line;

/** How many hyperparameters fit. */
export const HYPER_COUNT = (BYTES - HYPER) / 8;

export class Desk {
  private readonly desk: number;
  private i32 = new Int32Array(0);
  private f32 = new Float32Array(0);
  private f64 = new Float64Array(0);
  /** Words of the last instruction. */
  private written = 0;

  /** @param core whose memory holds the vectors and matrices; a trainer's will do. */
  constructor(readonly core: Core) {
    this.desk = core.memory.alloc(BYTES);
    core.freeWith(this, [this.desk]);
    this.derive();
    this.i32[(CONTROL >>> 2) + Control.Rates] = this.desk + RATE;
    this.i32[(CONTROL >>> 2) + Control.Capacity] = 1;
  }

  /**
   * Begins an instruction of `count` words, the opcode included.
   * @returns the words of the desk, live: the arguments go into 1 to count - 1. All behind them are 0.
   */
  protected begin(code: Opcode, count: number): Int32Array {
    if (this.i32.length === 0) this.derive();
    const words = this.i32;
    if (count < this.written) words.fill(0, count, this.written);
    this.written = count;
    words[0] = code;
    return words;
  }

  /** A growing memory detaches the views of the desk; a detached view has the length 0. */
  private derive(): void {
    const { buffer } = this.core.memory.wasm;
    this.i32 = new Int32Array(buffer, this.desk, BYTES >>> 2);
    this.f32 = new Float32Array(buffer, this.desk, BYTES >>> 2);
    this.f64 = new Float64Array(buffer, this.desk, BYTES >>> 3);
  }

  /** Writes an f32 argument. After `begin`, which sees to it that the views are live. */
  protected real(index: number, value: number): void {
    this.f32[index] = value;
  }

  /** Executes the instruction. */
  protected execute(): void {
    this.core.executeAt(this.desk, this.desk + CONTROL);
  }

  /** y = f(x): an instruction (y, x, n, alpha, beta). */
  protected unary<T extends Values>(op: string, code: Opcode, y: T, x: Values, alpha = 0, beta = 0): T {
    const to = this.place(op, y);
    const from = this.place(op, x);
    if (y.rows !== x.rows || y.cols !== x.cols) throw shapesDiffer(op, y, x);
    const words = this.begin(code, 6);
    words[1] = to;
    words[2] = from;
    words[3] = x.length;
    this.real(4, alpha);
    this.real(5, beta);
    this.execute();
    return y;
  }

  /** y = f(a, b), all of one shape: an instruction (y, a, b, n, alpha). */
  protected binary<T extends Values>(op: string, code: Opcode, y: T, a: Values, b: Values, alpha = 0): T {
    const to = this.place(op, y);
    const left = this.place(op, a);
    const right = this.place(op, b);
    if (y.rows !== a.rows || y.cols !== a.cols) throw shapesDiffer(op, y, a);
    if (y.rows !== b.rows || y.cols !== b.cols) throw shapesDiffer(op, y, b);
    const words = this.begin(code, 6);
    words[1] = to;
    words[2] = left;
    words[3] = right;
    words[4] = y.length;
    this.real(5, alpha);
    this.execute();
    return y;
  }

  /** Address of the number that `result` reads: the output of an operation that gives one. */
  protected get resultAddress(): number {
    return this.desk + RESULT;
  }

  /** The number that the operation gave. */
  protected get result(): number {
    return this.f32[RESULT >>> 2]!;
  }

  /** The same as a whole number. */
  protected get wholeResult(): number {
    return this.i32[RESULT >>> 2]!;
  }

  /** Sets a hyperparameter for the optimizer that comes next. */
  protected hyper(index: number, value: number): void {
    if (this.f64.length === 0) this.derive();
    this.f64[(HYPER >>> 3) + index] = value;
  }

  protected get hyperAddress(): number {
    return this.desk + HYPER;
  }

  /** Sets the rate and the updates done before. After `begin`. */
  protected rate(lr: number, steps: number): void {
    this.f64[RATE >>> 3] = lr;
    this.i32[(CONTROL >>> 2) + Control.Step] = steps;
  }

  /** Sets the seed of random numbers, a whole number up to 2^53. After `begin`. */
  protected seed(seed: number): void {
    this.i32[(CONTROL >>> 2) + Control.SeedLow] = seed;
    this.i32[(CONTROL >>> 2) + Control.SeedHigh] = Math.floor(seed / 2 ** 32);
  }

  /**
   * The address of an operand.
   * @throws TypeError if it is no vector or matrix of this core, Error if it was freed.
   */
  protected place(op: string, x: Values): number {
    if (x?.owner !== this || x.freed) throw this.unusable(op, x);
    return x.address;
  }

  private unusable(op: string, x: Values | undefined): Error {
    if (!(x?.owner instanceof Desk)) {
      const what = typeof x === "object" && x !== null ? Object.prototype.toString.call(x) : String(x);
      return new TypeError(`${op}: expected a vector or a matrix, got ${what}; make one by core.vector or core.matrix`);
    }
    if (x.owner !== this) return new TypeError(`${op}: ${x} belongs to another core; copy its values into one of this`);
    return new Error(`${op}: ${x} was freed; make a new one, or free it later`);
  }
}

/** The refusal of two operands that must be of one shape. */
export function shapesDiffer(op: string, y: Values, x: Values): ShapeError {
  return new ShapeError(`${op}: ${y} and ${x} must have the same shape`);
}
