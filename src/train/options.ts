// What fit() takes and gives.

import { check, fraction, notNegative, resolve, steps } from "../nn/check-options.js";
import { show } from "../nn/words.js";
import type { Data } from "./batch.js";
import type { Objective } from "./objective.js";

/** What one pass over the data came to. */
export interface Epoch {
  /** From 1; goes on counting over several fits. */
  readonly epoch: number;
  /** Mean loss over the samples, each as the model was when it saw it. */
  readonly loss: number;
  /**
   * Share of right predictions, from 0 to 1, where the loss classifies: the mean over the batches by their sizes, as the loss
   * is, where a batch's ignored rows count for nothing.
   */
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

/** How far training is. */
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
  /** Called after the first step, then a few dozen times a second at most, and at the end of the last epoch. */
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

/** True for figures that are better when they are higher. */
export const rises = (monitor: Monitor): boolean => monitor === "accuracy" || monitor === "valAccuracy";

/**
 * @param objective what is trained for, which has to count right predictions if an accuracy is watched
 * @throws TypeError or RangeError for an option that is unknown or out of range
 */
export function resolveFit(given: FitOptions, objective: Objective): ResolvedFit {
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
  const { epochs, batchSize, validation, earlyStopping, signal } = options;
  check("fit", "epochs", epochs, steps);
  check("fit", "batchSize", batchSize, steps);
  if (typeof validation === "number") check("fit", "validation", validation, fraction);
  else if (validation !== undefined && typeof validation !== "object") {
    throw new TypeError(`fit: validation must be { x, y } or a share such as 0.1, got ${show(validation)}`);
  }
  for (const name of ["onEpoch", "onProgress"] as const) {
    if (options[name] === undefined || typeof options[name] === "function") continue;
    throw new TypeError(`fit: ${name} must be a function, got ${show(options[name])}`);
  }
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw new TypeError(`fit: signal must be an AbortSignal, got ${show(signal)}; pass the controller's signal`);
  }
  const validates = validation !== undefined && validation !== 0;
  if (earlyStopping) options.earlyStopping = resolveEarlyStopping(earlyStopping, validates, objective.counts);
  return options;
}

function resolveEarlyStopping(given: EarlyStopping, validates: boolean, counts: boolean): Required<EarlyStopping> {
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
  if (rises(options.monitor) && !counts) {
    throw new RangeError(
      `${owner}: monitor is "${options.monitor}", but this loss does not count right predictions; watch the loss`,
    );
  }
  return options;
}
