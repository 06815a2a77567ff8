// A program for each of several threads: barriers where they have to wait for each other, and of every instruction
// between them the slice that the thread does.

import { withBarriers } from "./barriers.js";
import type { Step } from "./program.js";
import { sliceOf } from "./split/index.js";

/** What each of `threads` threads does of the steps. */
export function cutForThreads(steps: readonly Step[], threads: number): Step[][] {
  const gated = withBarriers(steps);
  return Array.from({ length: threads }, (_, thread) => gated.flatMap((step) => sliceOf(step, thread, threads) ?? []));
}

export type CutForThreads = typeof cutForThreads;
