// Which of two ways to multiply 8-bit weights is faster here. Both give the same bits (assembly/int8-dots.ts), but only the
// processor knows: one with an instruction for such products is faster by it, others lose. No engine tells which
// it is, so it is measured, once for each core and only when a model has such weights.

import type { Core } from "../core/core.js";
import { int8ScratchBytes } from "../graph/ops/int8.js";
import { Opcode } from "../shared/opcodes.js";

/** Weights of the product that is timed, small enough for a processor's second cache. */
const ROWS = 256;
const COLUMNS = 768;
/** Milliseconds until the engine has compiled both ways well. */
const WARM = 20;
/** Milliseconds between two looks at the clock, at least: a page's may step by one. */
const LONG = 2;
const ROUNDS = 5;

const known = new WeakMap<Core, boolean>();

/** What measureDots() found; false where it was not asked. */
export const dotsAreFaster = (core: Core): boolean => known.get(core) ?? false;

/** Measures it, unless that has been done. The core must have relaxed SIMD, and the instructions of all families. */
export function measureDots(core: Core): void {
  if (!known.has(core)) known.set(core, measure(core));
}

function measure(core: Core): boolean {
  const { memory } = core;
  const sizes = [4 * ROWS, 4 * COLUMNS, ROWS * COLUMNS, 4 * ROWS, int8ScratchBytes(COLUMNS)];
  const places: number[] = [];
  try {
    for (const bytes of sizes) places.push(memory.alloc(bytes));
    const [y, x, codes, scales, scratch] = places as [number, number, number, number, number];
    const time = (dots: number, times: number): number => {
      const began = performance.now();
      for (let i = 0; i < times; i++) {
        core.execute([Opcode.LinearInt8, y, x, codes, scales, 0, 1, ROWS, COLUMNS, COLUMNS, ROWS, scratch, dots]);
      }
      return performance.now() - began;
    };
    for (const began = performance.now(); performance.now() - began < WARM;) [time(0, 8), time(1, 8)];
    let times = 8;
    while (time(0, times) < LONG) times *= 2;
    const least = [Infinity, Infinity];
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of [0, 1]) least[way] = Math.min(least[way]!, time(way, times));
    }
    return least[1]! < least[0]!;
  } finally {
    for (const at of places) memory.free(at);
  }
}
