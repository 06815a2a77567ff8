import type { Desk } from "./desk.js";
import { Values } from "./values.js";

/** `rows` times `cols` f32 numbers in WebAssembly memory, row after row without gaps. Made by core.matrix(). */
export class Matrix extends Values {
  declare readonly shape: readonly [number, number];

  constructor(owner: Desk, rows: number, cols: number, values?: ArrayLike<number> | number) {
    super(owner, "matrix", [rows, cols], values);
  }

  /** A live view of row `index`; as `values`, it does not survive a growing memory. */
  row(index: number): Float32Array {
    if (!Number.isInteger(index) || index < 0 || index >= this.rows) {
      throw new RangeError(`${this} has the rows 0 to ${this.rows - 1}, got ${index}`);
    }
    return this.part(index * this.cols, this.cols);
  }
}
