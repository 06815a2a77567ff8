// Calls onProgress, at the first step, a few dozen times a second, and at the end.

import { SLICE } from "./breathe.js";
import type { FitOptions, Progress } from "./options.js";

export class Reporter {
  private last = -Infinity;

  constructor(
    private readonly onProgress: FitOptions["onProgress"],
    /** The last epoch of the training. */
    private readonly epochs: number,
  ) {}

  /** True if it is time for a report, after `done` epochs. */
  due(done: number): boolean {
    return this.onProgress !== undefined && (done >= this.epochs || performance.now() - this.last >= SLICE);
  }

  report(progress: Omit<Progress, "epochs">): void {
    this.last = performance.now();
    this.onProgress?.({ ...progress, epochs: this.epochs });
  }
}
