// Symbolic tensors: a shape, a type, and the node that computes it. A model is a function of tensors; calling it builds
// a graph of nodes, which the compiler turns into a program. Nothing here holds numbers.
//
// Nodes are immutable and point at their inputs, so a graph is whatever its outputs reach, and there is no tape.

import type { Op } from "./op.js";

/** Sizes of a tensor's axes; [] is a scalar. */
export type Shape = readonly number[];

/** f32 numbers, or i32 indices. */
export type DType = "f32" | "i32";

/** What a tensor holds: besides, i8 codes of weights (ops/int8.ts), which the compiler puts there and no model uses. */
export type ElementType = DType | "i8";

/** The operation that computes one or more tensors. */
export interface Node {
  /** Grows with creation, so ascending ids are a valid order of execution. */
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Tensor[];
}

/** One output of a node. */
export class Tensor {
  /** What error messages and listings call it. */
  label: string | undefined;

  constructor(
    readonly node: Node,
    /** Which of the node's outputs. */
    readonly index: number,
    readonly shape: Shape,
    readonly dtype: ElementType,
  ) {}

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  toString(): string {
    return `${this.label ?? `${this.node.op.name}#${this.node.id}`} ${showShape(this.shape)}`;
  }
}

let nextId = 0;

/**
 * Applies an op to inputs: checks their types and shapes and makes a node.
 * @throws TypeError if an input holds i32 and the op computes with f32
 */
export function createNode(op: Op, inputs: readonly Tensor[], attrs: Record<string, unknown> = {}): Node {
  for (const [i, { dtype, label, shape }] of inputs.entries()) {
    if (dtype !== "f32" && op.whole !== "all" && !op.whole?.includes(i)) {
      const name = label ? `"${label}"` : `input ${i}`;
      throw new TypeError(
        `${op.name}: ${name} ${showShape(shape)} holds whole numbers (${dtype}), but ${op.name} computes with floats; ` +
          `give it as f32, from a Float32Array`,
      );
    }
  }
  const outputs: Tensor[] = [];
  const node: Node = { id: nextId++, op, inputs, attrs, outputs };
  for (const [index, type] of op.shape(inputs, attrs).entries()) {
    outputs.push(new Tensor(node, index, type.shape, type.dtype ?? "f32"));
  }
  return node;
}

/** `createNode` for ops of one output. */
export function apply(op: Op, inputs: readonly Tensor[], attrs?: Record<string, unknown>): Tensor {
  return createNode(op, inputs, attrs).outputs[0]!;
}

/** Bytes that a tensor's elements take. */
export const bytesOf = ({ size, dtype }: Tensor): number => (dtype === "i8" ? size : size * 4);

/** Product of the sizes. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Nodes that `roots` depend on, themselves included, in an order of execution. */
export function reachable(roots: readonly (Tensor | Node)[]): Node[] {
  const seen = new Set<Node>();
  const waiting = roots.map((root) => (root instanceof Tensor ? root.node : root));
  while (waiting.length > 0) {
    const node = waiting.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) waiting.push(input.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
