// What fit() takes and gives.

import { check, fraction, notNegative, resolve, steps } from "../nn/check-options.js";
import type { Data } from "./batch.js";

/** What one pass over the data came to. */
export interface Epoch {
  /** From 1; goes on counting over several fits. */
  readonly epoch: number;
  /** Mean loss over the samples, each as the model was when it saw it. */
  readonly loss: number;
  /** Share of right predictions, from 0 to 1, where the loss classifies. */
  readonly accuracy?: number;
  /** Loss and accuracy on the validation samples after the epoch, where there are some. */
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  /** Time of training, without validation. */
  readonly seconds: number;
  readonly samples: number;
  /** Updates done in the epoch. */
  readonly steps: number;
  /** Learning rate of the last update. */
  readonly lr: number;
}

/** How far training is, a few dozen times a second. */
export interface Progress {
  readonly epoch: number;
  /** The last epoch of this fit. */
  readonly epochs: number;
  /** Updates done in this epoch, and all of it; undefined where batches come from an iterable. */
  readonly step: number;
  readonly steps: number | undefined;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy?: number;
  readonly samplesPerSecond: number;
}

export type Monitor = "loss" | "accuracy" | "valLoss" | "valAccuracy";

export interface EarlyStopping {
  /** What has to improve: losses fall, accuracies rise. Default "valLoss" where there is validation, else "loss". */
  monitor?: Monitor;
  /** Epochs without improvement after which training stops. Default 5. */
  patience?: number;
  /** What counts as an improvement. Default 0. */
  minDelta?: number;
  /** End with the parameters of the best epoch. Default true. */
  restoreBest?: boolean;
}

export interface FitOptions {
  /** Passes over the data. Default 1. */
  epochs?: number;
  /** Samples for each update; the last batch of an epoch may be smaller. Default 32. */
  batchSize?: number;
  /** A new order for each epoch, decided by the trainer's seed. Default true. */
  shuffle?: boolean;
  /** Samples to judge each epoch by, or the share of the data, from its end, to hold back for that. */
  validation?: Data | number;
  earlyStopping?: EarlyStopping;
  /** Called after each epoch; training waits for what it returns. */
  onEpoch?(epoch: Epoch): void | Promise<void>;
  /** Called a few dozen times a second. */
  onProgress?(progress: Progress): void;
  /** Stops training between two updates; the fit then rejects with the signal's reason, and the trainer can go on later. */
  signal?: AbortSignal;
}

export interface ResolvedFit {
  epochs: number;
  batchSize: number;
  shuffle: boolean;
  validation: Data | number | undefined;
  earlyStopping: Required<EarlyStopping> | undefined;
  onEpoch: FitOptions["onEpoch"];
  onProgress: FitOptions["onProgress"];
  signal: AbortSignal | undefined;
}

const monitors: readonly Monitor[] = ["loss", "accuracy", "valLoss", "valAccuracy"];

/** @throws TypeError or RangeError for an option that is unknown or out of range */
export function resolveFit(given: FitOptions): ResolvedFit {
  const options: ResolvedFit = resolve<ResolvedFit>(
    "fit",
    {
      epochs: 1,
      batchSize: 32,
      shuffle: true,
      validation: undefined,
      earlyStopping: undefined,
      onEpoch: undefined,
      onProgress: undefined,
      signal: undefined,
    },
    given as Partial<ResolvedFit>,
  );
  check("fit", "epochs", options.epochs, steps);
  check("fit", "batchSize", options.batchSize, steps);
  if (typeof options.validation === "number") check("fit", "validation", options.validation, fraction);
  if (options.earlyStopping)
    options.earlyStopping = resolveEarlyStopping(options.earlyStopping, options.validation !== undefined);
  return options;
}

function resolveEarlyStopping(given: EarlyStopping, validates: boolean): Required<EarlyStopping> {
  const owner = "fit: earlyStopping";
  const defaults = { monitor: validates ? "valLoss" : "loss", patience: 5, minDelta: 0, restoreBest: true } as const;
  const options = resolve<Required<EarlyStopping>>(owner, defaults, given);
  check(owner, "patience", options.patience, steps);
  check(owner, "minDelta", options.minDelta, notNegative);
  if (!monitors.includes(options.monitor)) {
    throw new RangeError(
      `${owner}: monitor must be one of ${monitors.join(", ")}, got ${JSON.stringify(options.monitor)}`,
    );
  }
  if (options.monitor.startsWith("val") && !validates) {
    throw new RangeError(
      `${owner}: monitor is "${options.monitor}", but there is no validation; give validation: 0.1 or { x, y }`,
    );
  }
  return options;
}
