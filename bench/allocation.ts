// How many bytes work allocates: in JavaScript's heap, and in the core's linear memory.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Core } from "../src/core/core.js";
import { median, type Task } from "./harness.js";

/** Bytes for each further time that a task is done. */
export interface Allocation {
  readonly heap: number;
  readonly memory: number;
}

const REPEATS = 5;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/**
 * What doing the task `times` more often allocates, once: the difference between doing it 2 · `times` and `times` often,
 * so that what it costs to begin and to end does not count. Median of several differences.
 */
export async function allocation(core: Core, { run }: Task, times: number): Promise<Allocation> {
  const differences: Allocation[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const once = await allocated(core, () => run(times));
    const twice = await allocated(core, () => run(2 * times));
    differences.push({ heap: (twice.heap - once.heap) / times, memory: (twice.memory - once.memory) / times });
  }
  return {
    heap: median(differences.map(({ heap }) => heap)),
    memory: median(differences.map(({ memory }) => memory)),
  };
}

/** Counts what is allocated, whether it is freed or not. Correct as long as no collection comes in between. */
async function allocated(core: Core, work: () => unknown): Promise<Allocation> {
  const { memory } = core;
  const alloc = memory.alloc;
  let bytes = 0;
  memory.alloc = function (size) {
    bytes += size;
    return alloc.call(this, size);
  };
  try {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    await work();
    return { heap: process.memoryUsage().heapUsed - before, memory: bytes };
  } finally {
    memory.alloc = alloc;
  }
}
