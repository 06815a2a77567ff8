// Cosine schedules: down, down again and again, and up and down.

import { check, fraction, notNegative, positive, required, resolve, steps } from "../check-options.js";
import { cosineBetween, linearBetween, described, type Schedule } from "./schedule.js";

export interface CosineAnnealingLROptions {
  /** The rate to begin with. */
  lr: number;
  /** Updates from `lr` to `etaMin`. */
  tMax: number;
  /** The lowest rate. Default 0. */
  etaMin?: number;
}

/**
 * Lowers the rate from `lr` to `etaMin` in `tMax` updates along half a cosine wave. Beyond them it rises again, and
 * falls, with a period of 2 · tMax, as PyTorch's does; warmupCosine stays at the lowest rate.
 *
 * As torch.optim.lr_scheduler.CosineAnnealingLR
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html).
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function cosineAnnealingLR(options: CosineAnnealingLROptions): Schedule {
  const defaults: Required<CosineAnnealingLROptions> = { lr: required, tMax: required, etaMin: 0 };
  const { lr, tMax, etaMin } = resolve("cosineAnnealingLR", defaults, options);
  check("cosineAnnealingLR", "lr", lr, positive);
  check("cosineAnnealingLR", "tMax", tMax, steps);
  check("cosineAnnealingLR", "etaMin", etaMin, notNegative);
  return described("cosineAnnealingLR", options, (step) => cosineBetween(lr, etaMin, (step % (2 * tMax)) / tMax));
}

export interface CosineAnnealingWarmRestartsOptions {
  /** The rate after each restart. */
  lr: number;
  /** Updates until the first restart. */
  t0: number;
  /** How many times longer each period is than the one before: a whole number. Default 1. */
  tMult?: number;
  /** The lowest rate. Default 0. */
  etaMin?: number;
}

/**
 * Lowers the rate from `lr` to `etaMin` along half a cosine wave, and starts again: after t0 updates, then after
 * t0 · tMult, after t0 · tMult² and so on (Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm
 * Restarts", 2016).
 *
 * As torch.optim.lr_scheduler.CosineAnnealingWarmRestarts
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html).
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function cosineAnnealingWarmRestarts(options: CosineAnnealingWarmRestartsOptions): Schedule {
  const owner = "cosineAnnealingWarmRestarts";
  const defaults: Required<CosineAnnealingWarmRestartsOptions> = { lr: required, t0: required, tMult: 1, etaMin: 0 };
  const { lr, t0, tMult, etaMin } = resolve(owner, defaults, options);
  check(owner, "lr", lr, positive);
  check(owner, "t0", t0, steps);
  check(owner, "tMult", tMult, steps);
  check(owner, "etaMin", etaMin, notNegative);
  return described("cosineAnnealingWarmRestarts", options, (step) => {
    let period = t0;
    let since = tMult === 1 ? step % t0 : step;
    while (since >= period) {
      since -= period;
      period *= tMult;
    }
    return cosineBetween(lr, etaMin, since / period);
  });
}

export interface OneCycleLROptions {
  /** The highest rate. */
  maxLr: number;
  /** Updates of the whole cycle. */
  totalSteps: number;
  /** The part of the cycle in which the rate rises, from 0 to 1. Default 0.3. */
  pctStart?: number;
  /** Whether rates follow a cosine wave or a straight line. Default "cos". */
  annealStrategy?: "cos" | "linear";
  /** The first rate is maxLr / divFactor. Default 25. */
  divFactor?: number;
  /** The last rate is the first / finalDivFactor. Default 1e4. */
  finalDivFactor?: number;
  /** Fall to the first rate as slowly as it rose, and only then to the last. Default false. */
  threePhase?: boolean;
}

/**
 * One cycle: the rate rises from maxLr / divFactor to maxLr and falls to almost nothing (Smith and Topin,
 * "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates", 2017). After `totalSteps`
 * updates it stays where it is.
 *
 * As torch.optim.lr_scheduler.OneCycleLR
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html), but for `cycle_momentum`: the
 * optimizer's momentum keeps its value.
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function oneCycleLR(options: OneCycleLROptions): Schedule {
  const defaults: Required<OneCycleLROptions> = {
    maxLr: required,
    totalSteps: required,
    pctStart: 0.3,
    annealStrategy: "cos",
    divFactor: 25,
    finalDivFactor: 1e4,
    threePhase: false,
  };
  const o = resolve("oneCycleLR", defaults, options);
  check("oneCycleLR", "maxLr", o.maxLr, positive);
  check("oneCycleLR", "totalSteps", o.totalSteps, steps);
  check("oneCycleLR", "pctStart", o.pctStart, fraction);
  check("oneCycleLR", "divFactor", o.divFactor, positive);
  check("oneCycleLR", "finalDivFactor", o.finalDivFactor, positive);
  if (o.annealStrategy !== "cos" && o.annealStrategy !== "linear") {
    throw new RangeError(
      `oneCycleLR: annealStrategy must be "cos" or "linear", got ${JSON.stringify(o.annealStrategy)}`,
    );
  }
  const between = o.annealStrategy === "cos" ? cosineBetween : linearBetween;

  const first = o.maxLr / o.divFactor;
  const last = first / o.finalDivFactor;
  const rise = o.pctStart * o.totalSteps; // updates, the first one included
  const phases = [{ end: rise - 1, from: first, to: o.maxLr }];
  if (o.threePhase) {
    phases.push({ end: 2 * rise - 2, from: o.maxLr, to: first }, { end: o.totalSteps - 1, from: first, to: last });
  } else {
    phases.push({ end: o.totalSteps - 1, from: o.maxLr, to: last });
  }

  return described("oneCycleLR", options, (step) => {
    let begin = 0;
    for (const { end, from, to } of phases) {
      if (step <= end) return between(from, to, end > begin ? (step - begin) / (end - begin) : 1);
      begin = end;
    }
    return last;
  });
}
