// Early stopping: watches one figure of the epochs, remembers the parameters of the best, and says when to stop.

import type { EarlyStopping, Epoch } from "./options.js";
import type { State } from "./state.js";

export class Stopper {
  private best: number | undefined;
  private bestParameters: Float32Array | undefined;
  private without = 0;

  constructor(
    private readonly state: State,
    private readonly options: Required<EarlyStopping>,
  ) {}

  /** True if training should stop after this epoch. @throws RangeError if the epoch has no such figure */
  after(epoch: Epoch): boolean {
    const { monitor, minDelta, patience, restoreBest } = this.options;
    const value = epoch[monitor];
    if (value === undefined) {
      throw new RangeError(
        `fit: earlyStopping watches "${monitor}", but this loss does not count right predictions; watch the loss`,
      );
    }
    const gain =
      this.best === undefined ? Infinity : monitor.endsWith("ccuracy") ? value - this.best : this.best - value;
    if (gain > minDelta) {
      this.best = value;
      this.without = 0;
      if (restoreBest) this.bestParameters = this.state.snapshot();
    } else this.without++;
    return this.without >= patience;
  }

  /** Ends with the best epoch's parameters. */
  finish(): void {
    if (this.bestParameters) this.state.restore(this.bestParameters);
  }
}
