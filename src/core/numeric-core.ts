// The numeric core as people meet it: vectors and matrices in WebAssembly memory, and operations on them. The operations
// come layer by layer (each file a class on top of the other): desk, arithmetic, activations, reductions, products,
// updates. This one adds making things and letting go of them.

import { Core, init, type InitOptions } from "./core.js";
import { Matrix } from "./matrix.js";
import { UpdateState, type UpdateRule } from "./update-state.js";
import { ShapeError } from "./shape-error.js";
import { Updates } from "./updates.js";
import type { Values } from "./values.js";
import { Vector } from "./vector.js";

export class NumericCore extends Updates {
  /** What the innermost scope has made so far. */
  private made: Values[] | undefined;

  /**
   * A new vector: of a length, and filled with zeros, one value or the given ones; or of the given values.
   * @throws RangeError for a length below 1, or when the memory does not suffice.
   * @throws ShapeError for another number of values than the length.
   */
  vector(length: number, values?: ArrayLike<number> | number): Vector;
  vector(values: ArrayLike<number>): Vector;
  vector(first: number | ArrayLike<number>, values?: ArrayLike<number> | number): Vector {
    return this.note(
      typeof first === "number" ? new Vector(this, first, values) : new Vector(this, first.length, first),
    );
  }

  /**
   * A new matrix: of so many rows and columns, and filled with zeros, one value or the given ones, row after row; or of
   * an array of rows.
   * @throws RangeError for a size below 1, or when the memory does not suffice.
   * @throws ShapeError for another number of values than rows · cols, or rows that differ in length.
   */
  matrix(rows: number, cols: number, values?: ArrayLike<number> | number): Matrix;
  matrix(rows: readonly ArrayLike<number>[]): Matrix;
  matrix(
    first: number | readonly ArrayLike<number>[],
    cols: number = typeof first === "number" ? NaN : (first[0]?.length ?? 0),
    values?: ArrayLike<number> | number,
  ): Matrix {
    if (typeof first === "number") return this.note(new Matrix(this, first, cols, values));
    first.forEach((row, at) => {
      if (row.length === cols) return;
      throw new ShapeError(`matrix: row 0 has ${cols} values, but row ${at} has ${row.length}; make them equally long`);
    });
    const matrix = new Matrix(this, first.length, cols);
    first.forEach((row, at) => matrix.row(at).set(row));
    return this.note(matrix);
  }

  override adamState(p: Values): UpdateState {
    return this.noteState(super.adamState(p));
  }

  override updateState(rule: UpdateRule, p: Values): UpdateState {
    return this.noteState(super.updateState(rule, p));
  }

  /**
   * Runs `work` and then frees every vector and matrix that it made, but for those that it returns: by itself, or in an
   * array or a plain object. Scopes may lie in each other.
   * @throws TypeError if `work` returns a promise: what it makes later would be missed. Use `using` or free() there.
   */
  scope<T>(work: () => T): T {
    const outer = this.made;
    const made: Values[] = (this.made = []);
    const kept = new Set<unknown>();
    try {
      const result = work();
      if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
        throw new TypeError("scope: the function must not be asynchronous; use `using` or free() there");
      }
      collect(result, kept);
      return result;
    } finally {
      this.made = outer;
      for (const values of made) {
        if (kept.has(values)) outer?.push(values);
        else values.free();
      }
    }
  }

  private note<T extends Values>(values: T): T {
    this.made?.push(values);
    return values;
  }

  private noteState(state: UpdateState): UpdateState {
    for (const values of state.values) this.note(values);
    return state;
  }
}

/** Finds the vectors and matrices in what a scope returns, and the objects on the way to them. */
function collect(result: unknown, into: Set<unknown>): void {
  if (typeof result !== "object" || result === null || into.has(result)) return;
  into.add(result);
  const proto: unknown = Object.getPrototypeOf(result);
  if (proto === Object.prototype || Array.isArray(result) || result instanceof UpdateState) {
    for (const value of Object.values(result)) collect(value, into);
  }
}

export interface OpenOptions extends InitOptions {
  /**
   * Share the memory with all models of this process. Default true, unless `wasm` is given: then the core is a new one,
   * with a memory of its own, which goes when the core and all that it made are forgotten.
   */
  shared?: boolean;
}

const ofCore = new WeakMap<Core, NumericCore>();

/**
 * Starts the numeric core, or returns the shared one if it runs already.
 * @throws Error if the engine lacks WebAssembly SIMD, or `wasm` is not this library's binary.
 */
export async function open({ wasm, shared = wasm === undefined }: OpenOptions = {}): Promise<NumericCore> {
  const options = wasm === undefined ? {} : { wasm };
  const core = await (shared ? init(options) : Core.start(options));
  let numeric = ofCore.get(core);
  if (!numeric) ofCore.set(core, (numeric = new NumericCore(core)));
  return numeric;
}
