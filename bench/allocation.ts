// How many bytes training allocates between two calls into WebAssembly: in JavaScript's heap, and in linear memory.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Core } from "../src/core/core.js";
import { median } from "./harness.js";

export interface Allocation {
  /** Bytes of JavaScript's heap from one call to the next, in the median. */
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
export async function allocation(core: Core, work: () => unknown): Promise<Allocation> {
  const heaps = new Float64Array(CALLS);
  const steps = new Float64Array(CALLS);
  const memories = new Float64Array(CALLS);
  let calls = 0;
  let bytes = 0;

  const { memory } = core;
  const originals = { run: core.run, alloc: memory.alloc };
  memory.alloc = (size) => {
    bytes += size;
    return originals.alloc.call(memory, size);
  };
  core.run = (control, count) => {
    if (calls < CALLS) {
      memories[calls] = bytes;
      steps[calls] = count;
      heaps[calls++] = process.memoryUsage().heapUsed;
    }
    return originals.run.call(core, control, count);
  };
  try {
    collectGarbage();
    await work();
  } finally {
    core.run = originals.run;
    memory.alloc = originals.alloc;
  }

  // A collection makes a difference negative: that interval says nothing.
  const intervals = Array.from({ length: calls - 1 }, (_, i) => ({
    heap: heaps[i + 1]! - heaps[i]!,
    steps: steps[i]!,
  }));
  const whole = intervals.filter(({ heap }) => heap >= 0);
  const ownHeap = bytesOfLooking();
  const allSteps = steps.subarray(0, calls - 1).reduce((sum, count) => sum + count, 0);
  return {
    heapPerCall: median(whole.map(({ heap }) => heap - ownHeap)),
    heapPerStep: median(whole.map(({ heap, steps }) => (heap - ownHeap) / steps)),
    memoryPerStep: (memories[calls - 1]! - memories[0]!) / allSteps,
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
