// The memory planner: gives every buffer a place in one arena; two buffers share bytes only if they are never alive at
// the same step.
//
// Largest first, each into the lowest gap between the buffers that are alive with it. Where that is more than the bytes
// that have to be alive at one time, the buffer that sticks out goes first in another try. Not optimal, which is NP-hard,
// but close: test/plan.test.ts bounds the waste.

import { Layout } from "../shared/opcodes.js";

/** Alive from instruction `first` to instruction `last`, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface Plan {
  /** Byte offset of each buffer, on a line. */
  readonly offsets: readonly number[];
  /** Bytes of the arena. */
  readonly bytes: number;
}

const padded = (bytes: number) => Math.ceil(bytes / Layout.Line) * Layout.Line;
const meet = (a: Lifetime, b: Lifetime) => a.first <= b.last && b.first <= a.last;

/** Tries for a smaller plan, each as long as the first. */
const TRIES = 24;

export function plan(buffers: readonly Lifetime[]): Plan {
  const order = buffers.map((_, id) => id).sort((a, b) => buffers[b]!.bytes - buffers[a]!.bytes || a - b);
  const bound = lowerBound(buffers);
  let best = place(buffers, order);
  let last = best;
  for (let tries = 0; tries < TRIES && best.bytes > bound; tries++) {
    const top = order.findIndex((id) => last.offsets[id]! + padded(buffers[id]!.bytes) === last.bytes);
    order.unshift(...order.splice(top, 1));
    last = place(buffers, order);
    if (last.bytes < best.bytes) best = last;
  }
  return best;
}

/** Places the buffers in the order given, each into the lowest gap. */
function place(buffers: readonly Lifetime[], order: readonly number[]): Plan {
  const offsets = buffers.map(() => 0);
  const placed: number[] = []; // by ascending offset
  let end = 0;
  for (const id of order) {
    const size = padded(buffers[id]!.bytes);
    let at = 0;
    for (const other of placed) {
      if (!meet(buffers[id]!, buffers[other]!)) continue;
      if (offsets[other]! - at >= size) break; // the gap before `other` is large enough
      at = Math.max(at, offsets[other]! + padded(buffers[other]!.bytes));
    }
    offsets[id] = at;
    const behind = placed.findIndex((other) => offsets[other]! > at);
    placed.splice(behind < 0 ? placed.length : behind, 0, id);
    end = Math.max(end, at + size);
  }
  return { offsets, bytes: end };
}

/** Most bytes alive at one time: no plan can be smaller. */
export function lowerBound(buffers: readonly Lifetime[]): number {
  const change = new Map<number, number>();
  const add = (at: number, bytes: number) => change.set(at, (change.get(at) ?? 0) + bytes);
  for (const { bytes, first, last } of buffers) {
    add(first, padded(bytes));
    add(last + 1, -padded(bytes));
  }
  let live = 0;
  let most = 0;
  for (const [, bytes] of [...change].sort(([a], [b]) => a - b)) most = Math.max(most, (live += bytes));
  return most;
}
