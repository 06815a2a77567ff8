// What vectors and matrices have in common: f32 numbers at a place in the core's memory, a live view of them, and
// three ways to give the place back: free(), a scope (numeric-core.ts), or being forgotten.

// For users of these declarations whose compiler settings know no Symbol.dispose:
/// <reference lib="esnext.disposable" preserve="true" />

import type { Desk } from "./desk.js";
import { ShapeError } from "./shape-error.js";

/** The view of what is freed or detached; its length 0 says that it must be derived again. */
const NONE = new Float32Array(0);

/** Whoever holds a view holds its vector or matrix, too: else the memory under the view could be given to another. */
const ownerOfView = new WeakMap<Float32Array, Values>();

/** f32 numbers [rows, cols] in WebAssembly memory, row after row. A vector counts as one row. */
export abstract class Values {
  readonly rows: number;
  readonly cols: number;
  readonly length: number;
  private place: number;
  private view: Float32Array = NONE;
  private label = "";

  /**
   * Takes memory of `owner`'s core: zeros, one value everywhere, or the given values. By core.vector, core.matrix.
   * @param shape [length] of a vector, [rows, cols] of a matrix
   * @throws RangeError for a size that is not a whole number of at least 1, or when the memory does not suffice.
   * @throws ShapeError for another number of values than rows · cols.
   */
  protected constructor(
    readonly owner: Desk,
    readonly kind: "vector" | "matrix",
    readonly shape: readonly number[],
    values: ArrayLike<number> | number = 0,
  ) {
    for (const size of shape) {
      if (Number.isSafeInteger(size) && size >= 1) continue;
      throw new RangeError(`${kind}: sizes must be whole numbers of at least 1, got [${shape.join(", ")}]`);
    }
    this.rows = shape.length === 1 ? 1 : shape[0]!;
    this.cols = shape.at(-1)!;
    this.length = this.rows * this.cols;
    if (typeof values === "object" && values.length !== this.length) throw this.misfit(values.length);
    this.place = owner.core.memory.alloc(this.length * 4);
    owner.core.freeWith(this, [this.place]);
    if (typeof values === "object") this.values.set(values);
    else if (values !== 0) this.values.fill(values);
  }

  /**
   * The numbers themselves, row after row: what you write here, the core reads, and the other way round. A growing
   * memory detaches every view, so keep the vector or matrix and ask for its values again, rather than the view.
   * @throws Error after free().
   */
  get values(): Float32Array {
    if (this.view.length === 0) this.view = this.part(0, this.length);
    return this.view;
  }

  /** Overwrites the numbers. @throws ShapeError unless there are as many as before. */
  set(values: ArrayLike<number>): this {
    if (values.length !== this.length) throw this.misfit(values.length);
    this.values.set(values);
    return this;
  }

  /** Gives it a name, which errors will show. */
  named(name: string): this {
    this.label = name;
    return this;
  }

  /** Byte address in the core's memory, for instructions of your own. @throws Error after free(). */
  get address(): number {
    if (this.place === 0) throw new Error(`${this} was freed; make a new one, or free it later`);
    return this.place;
  }

  get freed(): boolean {
    return this.place === 0;
  }

  /** Gives the memory back. Views of it must not be used any more. The second time does nothing. */
  free(): void {
    if (this.place === 0) return;
    this.owner.core.release(this, [this.place]);
    this.place = 0;
    this.view = NONE;
  }

  [Symbol.dispose](): void {
    this.free();
  }

  /** `matrix "weights" [3, 4]` */
  toString(): string {
    return `${this.kind}${this.label && ` "${this.label}"`} [${this.shape.join(", ")}]`;
  }

  /** What Node's console shows, instead of the whole core behind it. */
  [Symbol.for("nodejs.util.inspect.custom")](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return `${this} ${this.freed ? "freed" : inspect(this.values, options)}`;
  }

  /** A live view of `length` numbers from the one at `start` on. */
  protected part(start: number, length: number): Float32Array {
    const view = this.owner.core.floats(this.address + start * 4, length);
    ownerOfView.set(view, this);
    return view;
  }

  private misfit(count: number): ShapeError {
    return new ShapeError(`${this} holds ${this.length} values, got ${count}; pass as many, row after row`);
  }
}
