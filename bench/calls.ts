// How often training calls into WebAssembly, and what it allocates between two calls: in JavaScript's heap, and in
// linear memory.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Core } from "../src/core/core.js";
import { median } from "./harness.js";

export interface Calls {
  readonly perSecond: number;
  /** Bytes of JavaScript's heap from one call to the next. */
  readonly heapPerCall: number;
  /** The same for each step that a call does. */
  readonly heapPerStep: number;
  /** Bytes of linear memory for each step. */
  readonly memoryPerStep: number;
}

/** Calls into WebAssembly that are looked at, at most. */
const CALLS = 1024;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/**
 * Does the work, a training, once. What is allocated before the first call and after the last one does not count: to
 * place the data, and to report. Freed or not, all bytes count.
 */
export async function observeCalls(core: Core, work: () => unknown): Promise<Calls> {
  const heaps = new Float64Array(CALLS);
  const steps = new Float64Array(CALLS);
  const memories = new Float64Array(CALLS);
  const times = new Float64Array(CALLS);
  let calls = 0;
  let bytes = 0;

  const { memory } = core;
  const originals = { run: core.run, runTogether: core.runTogether, alloc: memory.alloc };
  memory.alloc = (size) => {
    bytes += size;
    return originals.alloc.call(memory, size);
  };
  const look = (count: number) => {
    if (calls === CALLS) return;
    memories[calls] = bytes;
    steps[calls] = count;
    times[calls] = performance.now();
    heaps[calls++] = process.memoryUsage().heapUsed;
  };
  core.run = (control, count) => {
    look(count);
    return originals.run.call(core, control, count);
  };
  core.runTogether = (control, count) => {
    look(count);
    return originals.runTogether.call(core, control, count);
  };
  try {
    collectGarbage();
    await work();
  } finally {
    core.run = originals.run;
    core.runTogether = originals.runTogether;
    memory.alloc = originals.alloc;
  }

  // The first calls of a training are short, to find out how long a step takes: only the second half is looked at. A
  // collection makes a difference negative; that interval says nothing.
  const begin = calls >> 1;
  const ownHeap = bytesOfLooking();
  const intervals = Array.from({ length: calls - 1 - begin }, (_, i) => ({
    heap: heaps[begin + i + 1]! - heaps[begin + i]! - ownHeap,
    steps: steps[begin + i]!,
  })).filter(({ heap }) => heap >= 0);
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  return {
    perSecond: (calls - 1 - begin) / ((times[calls - 1]! - times[begin]!) / 1000),
    heapPerCall: median(intervals.map(({ heap }) => heap)),
    heapPerStep: total(intervals.map(({ heap }) => heap)) / total(intervals.map(({ steps }) => steps)),
    memoryPerStep: (memories[calls - 1]! - memories[begin]!) / total([...steps.subarray(begin, calls - 1)]),
  };
}

/** What asking for the size of the heap allocates itself. */
function bytesOfLooking(): number {
  const looks = Array.from({ length: 9 }, () => {
    const before = process.memoryUsage().heapUsed;
    return process.memoryUsage().heapUsed - before;
  });
  return median(looks.filter((bytes) => bytes >= 0));
}
