// What an optimizer remembers of one parameter between updates.

// For users of these declarations whose compiler settings know no Symbol.dispose:
/// <reference lib="esnext.disposable" preserve="true" />

import type { Opcode } from "../shared/opcodes.js";
import type { Desk } from "./desk.js";
import { Matrix } from "./matrix.js";
import type { Values } from "./values.js";
import { Vector } from "./vector.js";

/** An optimizer as plain data. What `sgd`, `adam` and the others of the main entry return is one. */
export interface UpdateRule {
  readonly name: string;
  readonly opcode: Opcode;
  /** The learning rate, or the function that gives it from the number of updates done. */
  readonly lr: number | ((step: number) => number);
  /** The kernel's f64 hyperparameters, in the order that its file (assembly/optimizer-*.ts) lists. */
  readonly hyper: readonly number[];
  /** Its arrays of state, at most three, and the value that each starts with. */
  readonly states: readonly { readonly name: string; readonly init: number }[];
}

/** State for one parameter, of the parameter's shape. Made by core.updateState() or core.adamState(). */
export class UpdateState {
  /** In the order of the rule's states. */
  readonly values: readonly Values[];
  /** Updates done. */
  steps = 0;

  constructor(owner: Desk, p: Values, states: UpdateRule["states"]) {
    this.values = states.map(({ name, init }) => {
      const values = p.kind === "vector" ? new Vector(owner, p.length, init) : new Matrix(owner, p.rows, p.cols, init);
      return values.named(name);
    });
  }

  /** Gives the memory back. */
  free(): void {
    for (const values of this.values) values.free();
  }

  [Symbol.dispose](): void {
    this.free();
  }
}
