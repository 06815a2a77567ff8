// A training that is watched: its progress on the terminal, an orderly end at Ctrl-C, and advice if it fails.

import type { Epoch, FitOptions } from "wasmgrad";
import { tenth } from "./html.js";
import { interruptions } from "./interrupt.js";
import { Progress } from "./progress.js";
import { UserError } from "./user-error.js";

export interface Watching {
  /** How many epochs are to come. */
  readonly epochs: number;
  /** Pictures of an epoch, and of a step. */
  readonly pictures: number;
  readonly batch: number;
  /** The learning rate, for the advice to lower it. */
  readonly rate: number;
}

/** A training that is over. */
export interface Trained {
  /** Those that were finished. */
  readonly epochs: readonly Epoch[];
  /** Whether it was stopped before its last epoch. */
  readonly stopped: boolean;
  /** What it took, the validation after each epoch included. */
  readonly seconds: number;
}

/**
 * Trains until the last epoch, or until Ctrl-C, which stops it between two steps.
 *
 * @param fit begins the training with what is added to its options
 * @throws UserError if the loss became NaN or infinite, most likely by a learning rate that is too high
 */
export async function watched(
  fit: (options: Pick<FitOptions, "onProgress" | "signal">) => AsyncIterable<Epoch>,
  { epochs, pictures, batch, rate }: Watching,
): Promise<Trained> {
  const progress = new Progress(epochs, pictures);
  const { signal, ignore } = interruptions(() => progress.stop());
  const steps = Math.ceil(pictures / batch);
  const finished: Epoch[] = [];
  const began = performance.now();
  try {
    for await (const epoch of fit({ signal, onProgress: (moment) => progress.update({ ...moment, steps }) })) {
      finished.push(epoch);
      progress.finish(epoch);
    }
  } catch (error) {
    if (!signal.aborted)
      throw diverged(error) ? new UserError(`${error.message}. Here: --rate ${tenth(rate)}.`) : error;
  } finally {
    progress.stop();
    ignore();
  }
  if (signal.aborted) console.log("Stopped. What was learned so far is tested and saved.");
  return { epochs: finished, stopped: signal.aborted, seconds: (performance.now() - began) / 1000 };
}

const diverged = (error: unknown): error is Error => error instanceof Error && error.name === "DivergedError";
