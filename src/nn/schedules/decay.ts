// Schedules that multiply the rate by a factor: in steps, steadily, or along a line.

import { pow, powInt } from "../../shared/scalar.js";
import { check, fraction, positive, required, resolve, steps, stepsOrNone } from "../check-options.js";
import { linearBetween, described, type Schedule } from "./schedule.js";

export interface StepLROptions {
  /** The rate to begin with. */
  lr: number;
  /** Updates between two changes. */
  stepSize: number;
  /** What the rate is multiplied by. Default 0.1. */
  gamma?: number;
}

/**
 * Multiplies the rate by `gamma` every `stepSize` updates: lr · gamma^floor(step / stepSize).
 * As torch.optim.lr_scheduler.StepLR (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html).
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function stepLR(options: StepLROptions): Schedule {
  const defaults: Required<StepLROptions> = { lr: required, stepSize: required, gamma: 0.1 };
  const { lr, stepSize, gamma } = resolve("stepLR", defaults, options);
  check("stepLR", "lr", lr, positive);
  check("stepLR", "stepSize", stepSize, steps);
  check("stepLR", "gamma", gamma, positive);
  return described("stepLR", options, (step) => lr * powInt(gamma, Math.floor(step / stepSize)));
}

export interface MultiStepLROptions {
  /** The rate to begin with. */
  lr: number;
  /** The updates at which the rate changes; one that is listed twice counts twice. */
  milestones: readonly number[];
  /** What the rate is multiplied by. Default 0.1. */
  gamma?: number;
}

/**
 * Multiplies the rate by `gamma` at each milestone.
 * As torch.optim.lr_scheduler.MultiStepLR
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html).
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function multiStepLR(options: MultiStepLROptions): Schedule {
  const defaults: Required<MultiStepLROptions> = { lr: required, milestones: required, gamma: 0.1 };
  const { lr, milestones, gamma } = resolve("multiStepLR", defaults, options);
  check("multiStepLR", "lr", lr, positive);
  check("multiStepLR", "gamma", gamma, positive);
  if (!Array.isArray(milestones)) throw new TypeError("multiStepLR: milestones must be an array of updates");
  milestones.forEach((milestone, i) => check("multiStepLR", `milestones[${i}]`, milestone, stepsOrNone));
  const sorted = [...milestones].sort((a, b) => a - b);
  return described("multiStepLR", options, (step) => {
    let passed = 0;
    while (passed < sorted.length && sorted[passed]! <= step) passed++;
    return lr * powInt(gamma, passed);
  });
}

export interface ExponentialLROptions {
  /** The rate to begin with. */
  lr: number;
  /** What the rate is multiplied by at every update. */
  gamma: number;
}

/**
 * Multiplies the rate by `gamma` at every update: lr · gamma^step.
 * As torch.optim.lr_scheduler.ExponentialLR
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html).
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function exponentialLR(options: ExponentialLROptions): Schedule {
  const defaults: Required<ExponentialLROptions> = { lr: required, gamma: required };
  const { lr, gamma } = resolve("exponentialLR", defaults, options);
  check("exponentialLR", "lr", lr, positive);
  check("exponentialLR", "gamma", gamma, positive);
  return described("exponentialLR", options, (step) => lr * powInt(gamma, Math.floor(step)));
}

export interface ConstantLROptions {
  /** The rate after `totalIters` updates. */
  lr: number;
  /** What the rate is multiplied by until then. Default 1/3. */
  factor?: number;
  /** Updates at the reduced rate. Default 5. */
  totalIters?: number;
}

/**
 * The rate lr · factor for `totalIters` updates, then lr.
 * As torch.optim.lr_scheduler.ConstantLR
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html).
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function constantLR(options: ConstantLROptions): Schedule {
  const defaults: Required<ConstantLROptions> = { lr: required, factor: 1 / 3, totalIters: 5 };
  const { lr, factor, totalIters } = resolve("constantLR", defaults, options);
  check("constantLR", "lr", lr, positive);
  check("constantLR", "factor", factor, fraction);
  check("constantLR", "totalIters", totalIters, stepsOrNone);
  return described("constantLR", options, (step) => (step < totalIters ? lr * factor : lr));
}

export interface LinearLROptions {
  /** The rate that the factors multiply. */
  lr: number;
  /** The factor at the first update. Default 1/3. */
  startFactor?: number;
  /** The factor from update `totalIters` on. Default 1. */
  endFactor?: number;
  /** Updates from the first factor to the last. Default 5. */
  totalIters?: number;
}

/**
 * Moves the rate along a line from lr · startFactor to lr · endFactor in `totalIters` updates, and stays there.
 * As torch.optim.lr_scheduler.LinearLR
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html).
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function linearLR(options: LinearLROptions): Schedule {
  const defaults: Required<LinearLROptions> = { lr: required, startFactor: 1 / 3, endFactor: 1, totalIters: 5 };
  const { lr, startFactor, endFactor, totalIters } = resolve("linearLR", defaults, options);
  check("linearLR", "lr", lr, positive);
  check("linearLR", "startFactor", startFactor, fraction);
  check("linearLR", "endFactor", endFactor, fraction);
  check("linearLR", "totalIters", totalIters, steps);
  return described(
    "linearLR",
    options,
    (step) => lr * linearBetween(startFactor, endFactor, Math.min(step, totalIters) / totalIters),
  );
}

export interface PolynomialLROptions {
  /** The rate to begin with. */
  lr: number;
  /** Updates until the rate is 0. Default 5. */
  totalIters?: number;
  /** Exponent; 1 is a straight line. Default 1. */
  power?: number;
}

/**
 * Lowers the rate to 0 in `totalIters` updates: lr · (1 - step / totalIters)^power. It stays at 0.
 * As torch.optim.lr_scheduler.PolynomialLR
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html).
 * @throws TypeError for an unknown option, RangeError for a value out of range
 */
export function polynomialLR(options: PolynomialLROptions): Schedule {
  const defaults: Required<PolynomialLROptions> = { lr: required, totalIters: 5, power: 1 };
  const { lr, totalIters, power } = resolve("polynomialLR", defaults, options);
  check("polynomialLR", "lr", lr, positive);
  check("polynomialLR", "totalIters", totalIters, steps);
  check("polynomialLR", "power", power, positive);
  return described("polynomialLR", options, (step) => lr * pow(1 - Math.min(step, totalIters) / totalIters, power));
}
