// Stochastic gradient descent. The kernel: assembly/optimizer-sgd.ts.

import { Opcode } from "../../shared/opcodes.js";
import { anyNumber, check, notNegative, required, resolve } from "../check-options.js";
import type { Schedule } from "../schedules/schedule.js";
import { type CommonOptions, describe, type Optimizer, zeros } from "./optimizer.js";

export interface SgdOptions extends CommonOptions {
  /** Learning rate; there is no default. */
  lr: number | Schedule;
  /** What remains of the last update's direction. Default 0. */
  momentum?: number;
  /** The new gradient enters the momentum by 1 - dampening. Default 0. */
  dampening?: number;
  /** Nesterov's momentum; needs momentum above 0 and no dampening. Default false. */
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent, with momentum if asked for.
 *
 * As torch.optim.SGD (https://pytorch.org/docs/stable/generated/torch.optim.SGD.html; Sutskever et al., "On the
 * importance of initialization and momentum in deep learning", 2013): the first update's momentum is the gradient.
 *
 * @throws TypeError for an unknown option or a value of the wrong type
 * @throws RangeError for a value out of range, "sgd: lr must be a positive number, got -0.1"
 */
export function sgd(options: SgdOptions): Optimizer {
  const defaults: Required<SgdOptions> = {
    lr: required,
    momentum: 0,
    dampening: 0,
    weightDecay: 0,
    nesterov: false,
    maximize: false,
  };
  const o = resolve("sgd", defaults, options);
  check("sgd", "momentum", o.momentum, notNegative);
  check("sgd", "dampening", o.dampening, anyNumber);
  if (o.nesterov && (o.momentum === 0 || o.dampening !== 0)) {
    throw new RangeError(
      `sgd: nesterov needs a momentum above 0 and a dampening of 0, got ${o.momentum} and ${o.dampening}`,
    );
  }
  const hyper = [o.momentum, o.dampening, Number(o.nesterov)];
  return describe("sgd", Opcode.Sgd, o, hyper, o.momentum === 0 ? [] : [zeros("momentum_buffer")]);
}
