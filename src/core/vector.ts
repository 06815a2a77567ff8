import type { Desk } from "./desk.js";
import { Values } from "./values.js";

/** `length` f32 numbers in WebAssembly memory. Made by core.vector(). */
export class Vector extends Values {
  declare readonly shape: readonly [number];

  constructor(owner: Desk, length: number, values?: ArrayLike<number> | number) {
    super(owner, "vector", [length], values);
  }
}
