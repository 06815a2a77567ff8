// Dropout as a layer.

import { dropout as drop } from "../../graph/ops/step.js";
import { check, fraction } from "../check-options.js";
import { defineModule, type Module } from "../module.js";
import type { SameShape } from "../shape-types.js";

/**
 * In training, each element is 0 with probability p and else scaled by 1 / (1 - p); in evaluation nothing happens.
 * The mask depends on the trainer's seed, the step and the layer alone.
 *
 * As torch.nn.Dropout (https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html; Srivastava et al., 2014).
 *
 * @param p from 0 to 1; default 0.5
 * @throws RangeError for a p outside of that
 */
export function dropout(p = 0.5): Module<SameShape> {
  check("dropout", "p", p, fraction);
  return defineModule<SameShape>({
    type: "dropout",
    options: { p },
    forward: (x, context) => (context.training && p > 0 ? drop(x, p, context.stream()) : x),
  });
}
