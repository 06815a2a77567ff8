// One update on one batch.

import type { Samples } from "./batch.js";
import { after } from "./control.js";
import type { PlacedProgram } from "./placed.js";
import type { State } from "./state.js";

/** What one update, or one look at a batch, came to. */
export interface StepResult {
  /** Mean loss over the batch, before the update. */
  readonly loss: number;
  /** Share of right predictions, from 0 to 1, where the loss classifies; ignored rows do not count. */
  readonly accuracy?: number;
}

/** Sums over one batch; `predictions` are those that right ones were counted among, 0 where they were not. */
export interface BatchSums {
  readonly loss: number;
  readonly correct: number;
  readonly predictions: number;
}

export const resultOf = ({ loss, correct, predictions }: BatchSums): StepResult => ({
  loss,
  ...(predictions > 0 && { accuracy: correct / predictions }),
});

/** One update on one batch. @throws DivergedError at a loss that is not finite */
export async function trainOn(state: State, samples: Samples): Promise<BatchSums> {
  const { placed, predictions } = await state.programs.ready("train", {
    batch: samples.count,
    targets: samples.targets,
  });
  return state.turn(() => {
    for (const { name, values } of samples.fields) placed.put(name, values);
    state.single.program(placed);
    return after(state.update(), ({ loss, correct, ok }) => {
      return ok ? { loss, correct, predictions } : fail(state, placed, loss);
    });
  });
}

async function fail(state: State, placed: PlacedProgram, loss: number): Promise<never> {
  const { diverged } = await import("./diverged.js");
  throw diverged(state, placed, state.single, loss);
}
