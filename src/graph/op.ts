// What the system knows about an op: its shape rule, its gradient rule, where its output may lie, and the instructions
// that compute it. Rows of this form stand in src/graph/ops/; adding an op is adding a row, its kernel and, in the
// tests, its f64 reference.

import type { Opcode } from "../shared/opcodes.js";
import type { ElementType, Node, Shape, Tensor } from "./tensor.js";

export { ShapeError } from "../core/shape-error.js";

/** Shape and type of an output; f32 unless it says otherwise. */
export interface OutputType {
  readonly shape: Shape;
  readonly dtype?: ElementType;
}

/** A place in memory that the planner decides: a buffer of the plan, and bytes behind its start. */
export interface Ref {
  readonly buffer: number;
  readonly offset?: number;
}

/** A number to be stored by its f32 bits. */
export interface Real {
  readonly real: number;
}

/** A word of an instruction before the plan is known. */
export type Word = number | Real | Ref;

/** The opcode, then the kernel's arguments. */
export type Instruction = readonly [Opcode, ...Word[]];

/** What a row's `emit` may use: the places of a node's tensors. */
export interface Places {
  readonly inputs: readonly Ref[];
  readonly outputs: readonly Ref[];
  /** Scratch of `scratchBytes`, alive during this instruction only. */
  readonly scratch: Ref | 0;
}

// Rows of different ops stand in one table, so the attributes are typed where a row is written, not here.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export interface Op<Attrs = any> {
  readonly name: string;
  /** Output shapes; throws ShapeError if the inputs do not fit. */
  shape(inputs: readonly Tensor[], attrs: Attrs): readonly OutputType[];
  /**
   * Gradients with respect to the inputs, null where there is none, from those of the outputs. `dys[i]` is undefined
   * where output i plays no part in the loss. Absent: the op cannot be differentiated.
   */
  grad?(dys: readonly (Tensor | undefined)[], node: Node & { readonly attrs: Attrs }): readonly (Tensor | null)[];
  /** Inputs that may hold whole numbers (i32, i8); all others must be f32. "all": it moves words of either type. */
  readonly whole?: readonly number[] | "all";
  /** Inputs (i32) that are ids: they must lie from 0 to before `below`; `by` says what takes them. */
  ids?(node: Node & { readonly attrs: Attrs }): readonly {
    input: number;
    below: number;
    by: string;
    /** A number that stands for no id, and is not looked up. */
    ignored?: number;
  }[];
  /** A product into which the compiler may fuse the activation behind it, as the attributes `activation` and `alpha`. */
  readonly takesActivation?: boolean;
  /** Inputs whose bytes output 0 may take over if nobody reads them later. */
  inPlace?(node: Node & { readonly attrs: Attrs }): readonly number[];
  /**
   * Where output 0 begins in input 0, in bytes and on a line, if it is nothing but those bytes under its own shape, so
   * that no instruction is needed; undefined if it has to be computed.
   */
  alias?(node: Node & { readonly attrs: Attrs }): number | undefined;
  /** Bytes of scratch that the instruction needs. */
  scratchBytes?(node: Node & { readonly attrs: Attrs }): number;
  /** The instructions; leaves have none, and those of an alias are left out. */
  emit?(node: Node & { readonly attrs: Attrs }, places: Places): readonly Instruction[];
}

/** Declares a row; for the sake of its types. Bundlers drop rows that nobody uses, since they are told that nothing else happens here. */
/* @__NO_SIDE_EFFECTS__ */
export function op<Attrs = Record<string, never>>(row: Op<Attrs>): Op {
  return row;
}

/** An f32 argument. */
export const real = (value: number): Real => ({ real: value });
