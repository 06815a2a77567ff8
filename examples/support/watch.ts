// A training that is watched: its progress on the terminal, an orderly end at Ctrl-C, and advice if it fails.

import type { Epoch, FitOptions } from "wasmgrad";
import { tenth } from "./html.js";
import type { Progress } from "./progress.js";
import { UserError } from "./user-error.js";

export interface Watching {
  readonly progress: Progress;
  /** Stops the training between two steps. */
  readonly signal: AbortSignal;
  /** Steps of an epoch. */
  readonly steps: number;
  /** The learning rate, for the advice to lower it. */
  readonly rate: number;
}

/**
 * Trains until the last epoch, or until `signal` stops it.
 *
 * @param fit begins the training with what is added to its options
 * @returns the finished epochs
 * @throws UserError if the loss became NaN or infinite, most likely by a learning rate that is too high
 */
export async function watched(
  fit: (options: Pick<FitOptions, "onProgress" | "signal">) => AsyncIterable<Epoch>,
  { progress, signal, steps, rate }: Watching,
): Promise<Epoch[]> {
  const history: Epoch[] = [];
  try {
    for await (const epoch of fit({ signal, onProgress: (moment) => progress.update({ ...moment, steps }) })) {
      history.push(epoch);
      progress.finish(epoch);
    }
  } catch (error) {
    if (signal.aborted) return history;
    throw diverged(error) ? new UserError(`${error.message}. Here: --rate ${tenth(rate)}.`) : error;
  } finally {
    progress.stop();
  }
  return history;
}

const diverged = (error: unknown): error is Error => error instanceof Error && error.name === "DivergedError";
