// Warmup, the small first steps that large models need, and the schedule that most of them are trained with.

import { check, notNegative, positive, required, resolve, steps, stepsOrNone } from "../check-options.js";
import { cosineBetween, described, type Schedule } from "./schedule.js";

/**
 * Raises the rate along a line for `warmupSteps` updates, then follows `schedule` from its own step 0. The rate of
 * update i is schedule(0) · (i + 1) / (warmupSteps + 1), so neither is the first 0 nor is the peak reached twice.
 *
 * @param warmupSteps updates, at least 0
 * @param schedule what comes afterwards; a number is a constant rate
 * @throws RangeError for a value out of range
 */
export function warmup(warmupSteps: number, schedule: number | Schedule): Schedule {
  check("warmup", "warmupSteps", warmupSteps, stepsOrNone);
  if (typeof schedule !== "function") check("warmup", "schedule", schedule, positive);
  const after: Schedule = typeof schedule === "function" ? schedule : () => schedule;
  const rate = (step: number) =>
    step < warmupSteps ? (after(0) * (step + 1)) / (warmupSteps + 1) : after(step - warmupSteps);
  const written = typeof schedule === "function" ? schedule.json : schedule;
  // A function of one's own cannot be written down, and then neither can this.
  return written === undefined ? rate : described("warmup", { warmupSteps, schedule: written }, rate);
}

export interface WarmupCosineOptions {
  /** The highest rate, reached after the warmup. */
  lr: number;
  /** The lowest rate, which stays after `totalSteps`. Default 0. */
  minLr?: number;
  /** Updates of the warmup. Default 0. */
  warmupSteps?: number;
  /** Updates until the rate is `minLr`, the warmup included. */
  totalSteps: number;
}

/**
 * Linear warmup, then half a cosine wave down to `minLr`: the usual schedule of language models, as in Karpathy's
 * nanoGPT (get_lr in train.py, https://github.com/karpathy/nanoGPT).
 *
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function warmupCosine(options: WarmupCosineOptions): Schedule {
  const defaults: Required<WarmupCosineOptions> = { lr: required, minLr: 0, warmupSteps: 0, totalSteps: required };
  const { lr, minLr, warmupSteps, totalSteps } = resolve("warmupCosine", defaults, options);
  check("warmupCosine", "lr", lr, positive);
  check("warmupCosine", "minLr", minLr, notNegative);
  check("warmupCosine", "warmupSteps", warmupSteps, stepsOrNone);
  check("warmupCosine", "totalSteps", totalSteps, steps);
  const fall = totalSteps - warmupSteps;
  if (fall <= 0) {
    throw new RangeError(
      `warmupCosine: totalSteps must be more than warmupSteps, got ${totalSteps} and ${warmupSteps}`,
    );
  }
  const schedule = warmup(warmupSteps, (step) => cosineBetween(lr, minLr, Math.min(step, fall) / fall));
  return described("warmupCosine", options, (step) => schedule(step));
}
