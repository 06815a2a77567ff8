// The fully connected layer.

import { initialisers, type Initialiser } from "../../graph/initialiser.js";
import { parameter } from "../../graph/ops/leaf.js";
import { linear as product } from "../../graph/ops/matmul.js";
import { check, resolve, steps } from "../check-options.js";
import { defineModule, type Module } from "../module.js";
import type { LastAxis } from "../shape-types.js";

export interface LinearOptions {
  /** False for a layer without a bias. Default true. */
  bias?: boolean;
  /** How the weight starts. Default: uniform in ±1/√in, as PyTorch's. */
  weightInit?: Initialiser;
  /** How the bias starts. Default: uniform in ±1/√in, as PyTorch's. */
  biasInit?: Initialiser;
}

/**
 * y = x · weightᵀ + bias over the last axis: [.., in] → [.., out]. Parameters: weight [out, in], bias [out].
 *
 * As torch.nn.Linear (https://pytorch.org/docs/stable/generated/torch.nn.Linear.html).
 *
 * @throws RangeError or TypeError unless both sizes are whole numbers of at least 1
 */
export function linear<const In extends number, const Out extends number>(
  inFeatures: In,
  outFeatures: Out,
  options: LinearOptions = {},
): Module<LastAxis<In, Out>> {
  check("linear", "inFeatures", inFeatures, steps);
  check("linear", "outFeatures", outFeatures, steps);
  // kaimingUniform(a = √5) of a [out, in] weight is uniform in ±1/√in; the bias has no fan-in of its own.
  const bound = 1 / Math.sqrt(inFeatures);
  const usual = initialisers.uniform(-bound, bound);
  const defaults = { bias: true, weightInit: usual, biasInit: usual };
  const { bias, weightInit, biasInit } = resolve<Required<LinearOptions>>("linear", defaults, options);
  const weight = parameter([outFeatures, inFeatures], { init: weightInit });
  const offset = bias ? parameter([outFeatures], { init: biasInit }) : undefined;
  return defineModule<LastAxis<In, Out>>({
    type: "linear",
    parameters: offset ? { weight, bias: offset } : { weight },
    options: { inFeatures, outFeatures, ...(!bias && { bias }) },
    inputShape: [inFeatures],
    forward: (x) => product(x, weight, offset),
  });
}
