// Optimizers that scale each parameter's step by its past gradients: RMSprop, Adagrad, Adadelta. The kernels:
// assembly/optimizer-rmsprop.ts, -adagrad.ts and -adadelta.ts.

import { Opcode } from "../../shared/opcodes.js";
import { checkAll, fraction, notNegative, resolve } from "../check-options.js";
import { type CommonOptions, describe, type Optimizer, zeros } from "./optimizer.js";

export interface RmspropOptions extends CommonOptions {
  /** Decay of the running mean of squares. Default 0.99. */
  alpha?: number;
  /** Added to the denominator, against division by zero. Default 1e-8. */
  eps?: number;
  /** What remains of the last update. Default 0. */
  momentum?: number;
  /** Divide by an estimate of the gradient's standard deviation, not of its magnitude. Default false. */
  centered?: boolean;
}

/**
 * RMSprop: steps divided by the root of a running mean of squared gradients. `lr` is 1e-2 unless given.
 *
 * As torch.optim.RMSprop (https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html; Hinton, "Neural Networks
 * for Machine Learning", lecture 6e; centered: Graves, "Generating Sequences With Recurrent Neural Networks", 2013).
 *
 * @throws TypeError for an unknown option or a value of the wrong type
 * @throws RangeError for a value out of range, "rmsprop: lr must be a positive number, got -0.1"
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const defaults: Required<RmspropOptions> = {
    lr: 1e-2,
    alpha: 0.99,
    eps: 1e-8,
    weightDecay: 0,
    momentum: 0,
    centered: false,
    maximize: false,
  };
  const o = resolve("rmsprop", defaults, options);
  checkAll("rmsprop", o, ["alpha"], fraction);
  checkAll("rmsprop", o, ["eps", "momentum"], notNegative);
  const states = [zeros("square_avg")];
  if (o.momentum !== 0) states.push(zeros("momentum_buffer"));
  if (o.centered) states.push(zeros("grad_avg"));
  return describe("rmsprop", Opcode.RmsProp, o, [o.alpha, o.eps, o.momentum, Number(o.centered)], states);
}

export interface AdagradOptions extends CommonOptions {
  /** The rate of the step after t updates is lr / (1 + t · lrDecay). Default 0. */
  lrDecay?: number;
  /** What the sum of squares starts with. Default 0. */
  initialAccumulatorValue?: number;
  /** Added to the denominator, against division by zero. Default 1e-10. */
  eps?: number;
}

/**
 * Adagrad: steps divided by the root of the sum of all squared gradients so far. `lr` is 1e-2 unless given.
 *
 * As torch.optim.Adagrad (https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html; Duchi et al., "Adaptive
 * Subgradient Methods for Online Learning and Stochastic Optimization", 2011).
 *
 * @throws TypeError for an unknown option or a value of the wrong type
 * @throws RangeError for a value out of range, "adagrad: lr must be a positive number, got -0.1"
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  const defaults: Required<AdagradOptions> = {
    lr: 1e-2,
    lrDecay: 0,
    weightDecay: 0,
    initialAccumulatorValue: 0,
    eps: 1e-10,
    maximize: false,
  };
  const o = resolve("adagrad", defaults, options);
  checkAll("adagrad", o, ["lrDecay", "initialAccumulatorValue", "eps"], notNegative);
  const states = [{ name: "sum", init: o.initialAccumulatorValue }];
  return describe("adagrad", Opcode.Adagrad, o, [o.lrDecay, o.eps], states);
}

export interface AdadeltaOptions extends CommonOptions {
  /** Decay of the running means of squares. Default 0.9. */
  rho?: number;
  /** Added under both roots; it also sets the size of the first steps. Default 1e-6. */
  eps?: number;
}

/**
 * Adadelta: steps scaled by the ratio of running means of past steps and past gradients. `lr` is 1 unless given.
 *
 * As torch.optim.Adadelta (https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html; Zeiler, "ADADELTA: An
 * Adaptive Learning Rate Method", 2012).
 *
 * @throws TypeError for an unknown option or a value of the wrong type
 * @throws RangeError for a value out of range, "adadelta: lr must be a positive number, got -0.1"
 */
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  const defaults: Required<AdadeltaOptions> = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };
  const o = resolve("adadelta", defaults, options);
  checkAll("adadelta", o, ["rho"], fraction);
  checkAll("adadelta", o, ["eps"], notNegative);
  return describe("adadelta", Opcode.Adadelta, o, [o.rho, o.eps], [zeros("square_avg"), zeros("acc_delta")]);
}
