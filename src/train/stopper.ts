// Early stopping: watches one figure of the epochs, remembers the parameters of the best, and says when to stop.

import { rises, type EarlyStopping, type Epoch } from "./options.js";
import type { State } from "./state.js";

export class Stopper {
  private best: number | undefined;
  private bestParameters: Float32Array | undefined;
  private without = 0;

  constructor(
    private readonly state: State,
    private readonly options: Required<EarlyStopping>,
  ) {}

  /** True if training should stop after this epoch, which has the figure that is watched. */
  after(epoch: Epoch): boolean {
    const { monitor, minDelta, patience, restoreBest } = this.options;
    const value = epoch[monitor]!;
    const gain = rises(monitor) ? value - (this.best ?? -Infinity) : (this.best ?? Infinity) - value;
    // A value that is NaN is no improvement on anything.
    if (gain > minDelta) {
      this.best = value;
      this.without = 0;
      if (restoreBest) this.bestParameters = this.state.snapshot();
    } else this.without++;
    return this.without >= patience;
  }

  /** Ends with the best epoch's parameters. */
  finish(): void {
    if (this.bestParameters && this.state.space.alive) this.state.restore(this.bestParameters);
  }
}
