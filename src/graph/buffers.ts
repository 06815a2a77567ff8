// Which tensors share a buffer, and from when to when each buffer is alive: what the planner needs to know.
//
// A reshape is its input's buffer under another shape, a contiguous slice a part of it. An op may write over an input
// that nobody reads later, if that is the whole buffer. A pinned buffer has a place of its own outside of the arena: a
// parameter, a gradient, a constant. Such a place must be padded to whole lines, as kernels write padding, and nothing
// else of the program may read or write it.

import { Layout } from "../shared/opcodes.js";
import type { Ref } from "./op.js";
import type { Lifetime } from "./plan.js";
import { constantOp, parameterOp } from "./ops/leaf.js";
import { bytesOf, type Node, type Tensor } from "./tensor.js";

/** A place outside of the arena. */
export interface Place {
  readonly segment: string;
  readonly offset: number;
}

export interface Buffer {
  /** Undefined for a pinned buffer. */
  lifetime: Lifetime | undefined;
  place: Place | undefined;
  /** Tensors that lie in it, for listings. */
  readonly tensors: Tensor[];
}

export interface Buffers {
  readonly buffers: readonly Buffer[];
  of(tensor: Tensor): Ref;
  /** Nodes that need no instruction, as their output is (a part of) their input. */
  readonly aliases: ReadonlySet<Node>;
  /** Scratch of a node, 0 if it needs none. */
  scratchOf(node: Node): Ref | 0;
  /** Pinned tensors whose buffer already had another place: they have to be copied there at the end. */
  readonly copies: readonly { readonly from: Tensor; readonly to: Place }[];
}

interface Draft {
  bytes: number;
  first: number;
  last: number;
  place: Place | undefined;
  /** Filled from outside of the program, so that it can neither be moved nor be written over. */
  readonly leaf: boolean;
  tensors: Tensor[];
}

/**
 * Assigns buffers to the tensors of `order`.
 * @param kept tensors that are read after the program has ended
 * @param pins tensors with a place of their own
 * @param threads how many need scratch of their own, in whole lines
 */
export function assignBuffers(
  order: readonly Node[],
  kept: ReadonlySet<Tensor>,
  pins: ReadonlyMap<Tensor, Place>,
  threads = 1,
): Buffers {
  const drafts: Draft[] = [];
  const idOf = new Map<Tensor, number>();
  const offsetOf = new Map<Tensor, number>();
  const aliases = new Set<Node>();
  const scratch = new Map<Node, number>();
  const copies: { from: Tensor; to: Place }[] = [];
  const lastUse = lastUses(order);

  const create = (bytes: number, at: number, leaf: boolean, place?: Place): number =>
    drafts.push({ bytes, first: at, last: at, place, leaf, tensors: [] }) - 1;

  const put = (tensor: Tensor, id: number, at: number) => {
    const draft = drafts[id]!;
    idOf.set(tensor, id);
    draft.tensors.push(tensor);
    draft.last = Math.max(draft.last, kept.has(tensor) ? order.length : (lastUse.get(tensor) ?? at));
    const pin = pins.get(tensor);
    if (!pin || draft.place === pin) return;
    // The first tensor that is pinned takes its buffer to its place; others of that buffer, parts and leaves are copied.
    if (draft.place || draft.leaf || draft.bytes !== bytesOf(tensor)) {
      copies.push({ from: tensor, to: pin });
      draft.last = order.length;
    } else draft.place = pin;
  };

  for (const [at, node] of order.entries()) {
    const leaf = node.op === parameterOp || node.op === constantOp;
    for (const [i, output] of node.outputs.entries()) {
      const input = node.inputs[0];
      const begin = i === 0 && input ? node.op.alias?.(node) : undefined;
      if (input && begin !== undefined) {
        offsetOf.set(output, (offsetOf.get(input) ?? 0) + begin);
        aliases.add(node);
        put(output, idOf.get(input)!, at);
        continue;
      }
      const over = i === 0 && !pins.has(output) ? overwritable(node, at) : undefined;
      put(output, over ?? create(bytesOf(output), at, leaf, leaf ? pins.get(output) : undefined), at);
    }
    const bytes = node.op.scratchBytes?.(node) ?? 0;
    const lines = Math.ceil(bytes / Layout.Line) * Layout.Line;
    if (bytes > 0) scratch.set(node, create(lines * threads, at, false));
  }

  function overwritable(node: Node, at: number): number | undefined {
    for (const index of node.op.inPlace?.(node) ?? []) {
      const input = node.inputs[index]!;
      const id = idOf.get(input)!;
      const draft = drafts[id]!;
      const readTwice = node.inputs.some((other, i) => i !== index && idOf.get(other) === id);
      if (!draft.leaf && !draft.place && draft.last === at && !readTwice && draft.bytes === bytesOf(node.outputs[0]!))
        return id;
    }
    return undefined;
  }

  return {
    buffers: drafts.map(({ bytes, first, last, place, tensors }) => ({
      lifetime: place ? undefined : { bytes, first, last },
      place,
      tensors,
    })),
    of: (tensor) => ({ buffer: idOf.get(tensor)!, ...(offsetOf.get(tensor) && { offset: offsetOf.get(tensor)! }) }),
    aliases,
    scratchOf: (node) => (scratch.has(node) ? { buffer: scratch.get(node)! } : 0),
    copies,
  };
}

/** The last node that reads each tensor; a pinned or kept alias keeps its buffer through `put`. */
function lastUses(order: readonly Node[]): Map<Tensor, number> {
  const last = new Map<Tensor, number>();
  for (const [at, node] of order.entries()) for (const input of node.inputs) last.set(input, at);
  return last;
}
