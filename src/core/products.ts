// Products of matrices and vectors, and moving rows and columns about. Row-major, f32; the output comes first, is none of
// the inputs, and is returned.

import { GemmFlag, Opcode } from "../shared/opcodes.js";
import { type Activation, activationCodes, atLeast0, LEAKY_SLOPE } from "./activations.js";
import { gemmScratchBytes } from "./gemm-scratch.js";
import type { Matrix } from "./matrix.js";
import { Reductions } from "./reductions.js";
import { ShapeError } from "./shape-error.js";
import type { Values } from "./values.js";
import type { Vector } from "./vector.js";

/** What a product does on the way out. */
export interface Epilogue {
  /** Add to what the output holds, instead of overwriting it. Default false. */
  accumulate?: boolean;
  /** Added to the product: to every row of a matrix, to a vector as it is. */
  bias?: Vector;
  /** Applied last. */
  activation?: Activation;
  /** For leakyRelu (default 0.01) and elu (default 1). */
  alpha?: number;
}

export interface MatmulOptions extends Epilogue {
  /** a is stored transposed, [k, m]. Default false. */
  transA?: boolean;
  /** b is stored transposed, [n, k]. Default false. */
  transB?: boolean;
  /** a, b and c each hold so many matrices, one below the other: as many products. Default 1. */
  batch?: number;
  /** b is one matrix for all products of a batch. Default false. */
  shareB?: boolean;
}

export interface MatvecOptions extends Epilogue {
  /** Multiply by the transposed matrix: y [cols] = aᵀ · x [rows]. Default false. */
  transA?: boolean;
}

const NONE: MatmulOptions = Object.freeze({});

export class Products extends Reductions {
  private scratch = 0;
  private scratchBytes = 0;
  private readonly scratchOwner = {};

  /**
   * c [m, n] = activation(a [m, k] · b [k, n] + bias [n]); a vector counts as a matrix of one row.
   * @throws ShapeError if the sizes do not fit, with all three shapes.
   */
  matmul<T extends Values>(c: T, a: Values, b: Values, options: MatmulOptions = NONE): T {
    this.place("matmul", c);
    this.place("matmul", a);
    this.place("matmul", b);
    const { transA, transB, batch = 1, shareB } = options;
    const m = c.rows / batch;
    const n = c.cols;
    const rowsOfA = a.rows / batch;
    const rowsOfB = shareB ? b.rows : b.rows / batch;
    const k = transA ? rowsOfA : a.cols;
    if ((transA ? a.cols : rowsOfA) !== m || (transB ? rowsOfB : b.cols) !== n || (transB ? b.cols : rowsOfB) !== k) {
      throw productMisfit(c, a, b, options);
    }
    if (batch !== 1 && !(Number.isInteger(batch) && Number.isInteger(m) && Number.isInteger(k) && batch > 0)) {
      throw new ShapeError(
        `matmul: a batch of ${batch} must divide the rows of ${c}, ${a}${shareB ? "" : ` and ${b}`}`,
      );
    }
    const flags = (transA ? GemmFlag.TransA : 0) | (transB ? GemmFlag.TransB : 0);
    const stepOfB = shareB ? 0 : rowsOfB * b.cols;
    return this.product("matmul", c, a, b, m, n, k, a.cols, b.cols, flags, options, batch, rowsOfA * a.cols, stepOfB);
  }

  /**
   * y [rows] = activation(a [rows, cols] · x [cols] + bias [rows])
   * @throws ShapeError if the sizes do not fit.
   */
  matvec<T extends Values>(y: T, a: Matrix, x: Values, options: MatvecOptions = NONE): T {
    this.place("matvec", y);
    this.place("matvec", a);
    this.place("matvec", x);
    const { transA } = options;
    const n = transA ? a.cols : a.rows;
    const k = transA ? a.rows : a.cols;
    if (x.length !== k || y.length !== n) {
      throw new ShapeError(
        `matvec: ${y} = ${a}${transA ? " transposed" : ""} · ${x}: it takes ${k} values and gives ${n}; check the vectors`,
      );
    }
    // As a product of one row: yᵀ = xᵀ · aᵀ.
    return this.product("matvec", y, x, a, 1, n, k, k, a.cols, transA ? 0 : GemmFlag.TransB, options, 1, 0, 0);
  }

  /**
   * c [m, n] = x [m] · y [n]ᵀ, every element of x times every element of y: the gradient of a weight from one sample.
   * With `accumulate`, it is added to c.
   */
  outer(c: Matrix, x: Values, y: Values, options: { accumulate?: boolean } = NONE): Matrix {
    this.place("outer", c);
    this.place("outer", x);
    this.place("outer", y);
    if (c.rows !== x.length || c.cols !== y.length) {
      throw new ShapeError(`outer: ${x} and ${y} give a matrix [${x.length}, ${y.length}], but the output is ${c}`);
    }
    return this.product("outer", c, x, y, x.length, y.length, 1, 1, y.length, 0, options, 1, 0, 0);
  }

  /** y [cols, rows] = x [rows, cols] transposed. */
  transpose(y: Matrix, x: Matrix): Matrix {
    const to = this.place("transpose", y);
    const from = this.place("transpose", x);
    if (y.rows !== x.cols || y.cols !== x.rows || y === x) {
      throw new ShapeError(`transpose: of ${x} into ${y}; pass another matrix [${x.cols}, ${x.rows}]`);
    }
    const words = this.begin(Opcode.StridedCopy, 15);
    words[1] = to;
    words[2] = from;
    // Six dimensions, then the strides of x; ours are the last two.
    words.fill(1, 3, 7);
    words[7] = y.rows;
    words[8] = y.cols;
    words.fill(0, 9, 13);
    words[13] = 1;
    words[14] = x.cols;
    this.execute();
    return y;
  }

  /**
   * Copies rows of x into y, in the order of `indices` from the one at `start` on: a batch of samples.
   * @throws RangeError for an index that is no row of x, ShapeError if the columns differ or the indices end too early.
   */
  takeRows(y: Matrix, x: Matrix, indices: ArrayLike<number>, start = 0): Matrix {
    const to = this.place("takeRows", y) / 4;
    const from = this.place("takeRows", x) / 4;
    const { cols } = x;
    if (y.cols !== cols || y === x || !(start + y.rows <= indices.length)) {
      throw new ShapeError(
        `takeRows: ${indices.length - start} of the rows of ${x} into ${y}: it needs as many columns, and an index for each row`,
      );
    }
    const { f32 } = this.core;
    for (let row = 0; row < y.rows; row++) {
      const index = indices[start + row]!;
      if (!Number.isInteger(index) || index < 0 || index >= x.rows) {
        throw new RangeError(`takeRows: ${x} has the rows 0 to ${x.rows - 1}, got ${index}`);
      }
      f32.copyWithin(to + row * cols, from + index * cols, from + (index + 1) * cols);
    }
    return y;
  }

  private product<T extends Values>(
    op: string,
    c: T,
    a: Values,
    b: Values,
    m: number,
    n: number,
    k: number,
    lda: number,
    ldb: number,
    form: number,
    { accumulate, bias, activation, alpha }: Epilogue,
    batch: number,
    aStep: number,
    bStep: number,
  ): T {
    if (c === a || c === b || (c as Values) === bias) {
      throw new Error(`${op}: the output ${c} is one of the inputs, too; give it a matrix or vector of its own`);
    }
    if (bias && bias.length !== n) throw new ShapeError(`${op}: ${c} needs a bias [${n}], got ${bias}`);
    const flags = form | (accumulate ? GemmFlag.Accumulate : 0);
    const code = activation === undefined ? 0 : activationCodes[activation];
    if (code === undefined) throw new TypeError(`${op}: unknown activation "${activation}"; ${KNOWN}`);
    const slope = code === Opcode.LeakyRelu ? LEAKY_SLOPE : 1;
    const scratch = this.scratchOf(gemmScratchBytes(m, n, k, flags));
    const biasPlace = bias ? this.place(op, bias) : 0;
    const words = this.begin(Opcode.Gemm, 19);
    words[1] = c.address;
    words[2] = a.address;
    words[3] = b.address;
    words[4] = biasPlace;
    words[5] = m;
    words[6] = n;
    words[7] = k;
    words[8] = lda;
    words[9] = ldb;
    words[10] = n;
    words[11] = flags;
    words[12] = code;
    this.real(13, alpha === undefined ? slope : atLeast0(op, alpha));
    words[14] = scratch;
    words[15] = batch;
    words[16] = aStep;
    words[17] = bStep;
    words[18] = m * n;
    this.execute();
    return c;
  }

  /** Room for packing: kept for the next product, and bounded by the blocks of the kernel (0.3 MB). */
  private scratchOf(bytes: number): number {
    if (bytes > this.scratchBytes) {
      if (this.scratch !== 0) this.core.release(this.scratchOwner, [this.scratch]);
      this.scratch = this.core.memory.alloc(bytes);
      this.scratchBytes = bytes;
      this.core.freeWith(this.scratchOwner, [this.scratch]);
    }
    return this.scratch;
  }
}

const KNOWN = `the activations are ${Object.keys(activationCodes).join(", ")}`;

function productMisfit(c: Values, a: Values, b: Values, options: MatmulOptions): ShapeError {
  const { transA, transB, batch = 1, shareB } = options;
  const m = transA ? a.cols : a.rows / batch;
  const k = transA ? a.rows / batch : a.cols;
  const rowsOfB = shareB ? b.rows : b.rows / batch;
  const [kOfB, n] = transB ? [b.cols, rowsOfB] : [rowsOfB, b.cols];
  const form = `${a}${transA ? " transposed" : ""} · ${b}${transB ? " transposed" : ""}`;
  const many = batch === 1 ? "" : ` in a batch of ${batch}${shareB ? " that share the second" : ""}`;
  const problem =
    k === kOfB
      ? `the product is [${m * batch}, ${n}]; make the output so`
      : `the first has ${k} columns but the second ${kOfB} rows; they must be equal`;
  return new ShapeError(`matmul: ${c} = ${form}${many}: ${problem}`);
}
