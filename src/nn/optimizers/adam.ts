// Adam and its relatives. The kernels: assembly/optimizer-adam.ts, -adamax.ts and -nadam.ts.

import { Opcode } from "../../shared/opcodes.js";
import { pow } from "../../shared/scalar.js";
import { check, notNegative, resolve } from "../check-options.js";
import { checkBetas, type CommonOptions, describe, type Optimizer, zeros } from "./optimizer.js";

export interface AdamaxOptions extends CommonOptions {
  /** Decay of the running mean of the gradient, and of that of its magnitude. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator, against division by zero. Default 1e-8. */
  eps?: number;
}

export interface AdamOptions extends AdamaxOptions {
  /** Divide by the largest mean of squares so far instead of the present one (Reddi et al., 2018). Default false. */
  amsgrad?: boolean;
}

export interface NAdamOptions extends AdamaxOptions {
  /** How fast the momentum grows to its full value. Default 4e-3. */
  momentumDecay?: number;
}

const adamDefaults: Required<AdamOptions> = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
};

/**
 * Adam: steps scaled by running means of the gradient and of its square. `lr` is 1e-3 unless given.
 *
 * As torch.optim.Adam (https://pytorch.org/docs/stable/generated/torch.optim.Adam.html; Kingma and Ba, "Adam: A Method
 * for Stochastic Optimization", 2014). Its weightDecay is an L2 penalty; adamW has the decoupled one.
 *
 * @throws TypeError for an unknown option or a value of the wrong type
 * @throws RangeError for a value out of range, "adam: lr must be a positive number, got -0.1"
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamOf("adam", resolve("adam", adamDefaults, options), false);
}

/**
 * Adam with decoupled weight decay: each update first shrinks the parameters by the factor 1 - lr · weightDecay, and
 * the running means do not see it. `lr` is 1e-3, `weightDecay` 0.01 unless given.
 *
 * As torch.optim.AdamW (https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html; Loshchilov and Hutter,
 * "Decoupled Weight Decay Regularization", 2017).
 *
 * @throws TypeError for an unknown option or a value of the wrong type
 * @throws RangeError for a value out of range, "adamW: lr must be a positive number, got -0.1"
 */
export function adamW(options: AdamOptions = {}): Optimizer {
  return adamOf("adamW", resolve("adamW", { ...adamDefaults, weightDecay: 1e-2 }, options), true);
}

function adamOf(name: string, o: Required<AdamOptions>, decoupled: boolean): Optimizer {
  const hyper = [...moments(name, o), Number(decoupled), Number(o.amsgrad)];
  const states = [zeros("exp_avg"), zeros("exp_avg_sq")];
  if (o.amsgrad) states.push(zeros("max_exp_avg_sq"));
  return describe(name, Opcode.Adam, o, hyper, states);
}

/**
 * Adam with the largest recent gradient in place of the mean of squares. `lr` is 2e-3 unless given.
 *
 * As torch.optim.Adamax (https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html; Kingma and Ba, "Adam: A
 * Method for Stochastic Optimization", 2014, section 7.1).
 *
 * @throws TypeError for an unknown option or a value of the wrong type
 * @throws RangeError for a value out of range, "adamax: lr must be a positive number, got -0.1"
 */
export function adamax(options: AdamaxOptions = {}): Optimizer {
  const defaults = { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false } as const;
  const o = resolve<Required<AdamaxOptions>>("adamax", defaults, options);
  return describe("adamax", Opcode.Adamax, o, moments("adamax", o), [zeros("exp_avg"), zeros("exp_inf")]);
}

/**
 * Adam with Nesterov's momentum. `lr` is 2e-3 unless given.
 *
 * As torch.optim.NAdam (https://pytorch.org/docs/stable/generated/torch.optim.NAdam.html; Dozat, "Incorporating Nesterov
 * Momentum into Adam", 2016). PyTorch's state mu_product follows from the step, and is not kept. The weight of the
 * momentum is that of PyTorch 1.13, whose denominator has one factor more than the paper's.
 *
 * @throws TypeError for an unknown option or a value of the wrong type
 * @throws RangeError for a value out of range, "nadam: lr must be a positive number, got -0.1"
 */
export function nadam(options: NAdamOptions = {}): Optimizer {
  const defaults: Required<NAdamOptions> = {
    lr: 2e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
    momentumDecay: 4e-3,
    maximize: false,
  };
  const o = resolve("nadam", defaults, options);
  check("nadam", "momentumDecay", o.momentumDecay, notNegative);
  const hyper = [...moments("nadam", o), pow(0.96, o.momentumDecay)];
  return describe("nadam", Opcode.NAdam, o, hyper, [zeros("exp_avg"), zeros("exp_avg_sq")]);
}

/** beta1, beta2, eps */
function moments(name: string, { betas, eps }: { betas: readonly number[]; eps: number }): number[] {
  checkBetas(name, betas);
  check(name, "eps", eps, notNegative);
  return [...betas, eps];
}
