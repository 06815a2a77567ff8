// Where threads that run a program together have to wait for each other: in front of an instruction that reads what
// another thread has written since the last barrier, or writes what another may still be reading. Reusing bytes makes
// such hazards between instructions that have nothing to do with each other, so barriers are placed after planning.
//
// No barrier is needed where every thread meets only its own slice again: from one element-wise instruction to the next
// over the same elements, or between instructions that the first thread does alone.

import { Opcode } from "../shared/opcodes.js";
import type { Range, Step } from "./program.js";
import { isShared, sliceKey } from "./split/index.js";

/** Bytes that an instruction touches, and how the threads divide them, if they do. */
interface Access {
  readonly range: Range;
  readonly write: boolean;
  /** Equal keys on the same bytes: each thread touches the same ones. */
  readonly key: string | undefined;
  /** False: the first thread alone. */
  readonly shared: boolean;
}

/** An instruction at which all threads wait for each other. */
export const barrier: Step = { node: undefined, words: [Opcode.Barrier], reads: [], writes: [] };

/** The steps with barriers between them. */
export function withBarriers(steps: readonly Step[]): Step[] {
  const result: Step[] = [];
  let since: Access[] = [];
  for (const step of steps) {
    const accesses = accessesOf(step);
    if (accesses.some((access) => since.some((before) => inConflict(before, access)))) {
      result.push(barrier);
      since = [];
    }
    result.push(step);
    since.push(...accesses);
  }
  return result;
}

function accessesOf(step: Step): Access[] {
  const shared = isShared(step);
  const access = (write: boolean) => (range: Range) => ({ range, write, shared, key: sliceKey(step, range) });
  return [...step.reads.map(access(false)), ...step.writes.map(access(true))];
}

function inConflict(a: Access, b: Access): boolean {
  if (!(a.write || b.write) || !(a.shared || b.shared) || !meet(a.range, b.range)) return false;
  return a.key === undefined || a.key !== b.key;
}

const meet = (a: Range, b: Range) =>
  a.segment === b.segment && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
