// Multilayer perceptrons: layers of neurons one after another.

import { relu } from "../nn/layers/activation.js";
import { dropout as drop } from "../nn/layers/dropout.js";
import { linear } from "../nn/layers/linear.js";
import { sequential } from "../nn/layers/sequential.js";
import { check, fraction, resolve, steps } from "../nn/check-options.js";
import type { Module } from "../nn/module.js";

export interface MlpOptions {
  /** The layer after each hidden linear layer: one is made for each. Default relu. */
  activation?: () => Module;
  /** Dropout after each activation. Default 0. */
  dropout?: number;
}

/**
 * linear → activation (→ dropout) for each hidden layer, then linear: [batch, sizes[0]] → [batch, sizes.at(-1)], logits or
 * numbers. Parameters are named by the layers' places: "0.weight", "2.weight".
 *
 * @param sizes of the input, of each hidden layer, and of the output: [784, 128, 10]
 * @throws RangeError or TypeError for fewer than two sizes, or sizes that are no whole numbers of at least 1
 */
export function mlp(sizes: readonly number[], options: MlpOptions = {}): Module {
  const { activation, dropout } = resolve<Required<MlpOptions>>("mlp", { activation: relu, dropout: 0 }, options);
  check("mlp", "dropout", dropout, fraction);
  if (!Array.isArray(sizes) || sizes.length < 2) {
    throw new RangeError("mlp: needs the sizes of the input and the output at least, e.g. [784, 128, 10]");
  }
  sizes.forEach((size: unknown, i) => check("mlp", `size ${i}`, size, steps));
  const last = sizes.length - 2;
  const layers = sizes.slice(1).flatMap((size: number, i): Module[] => {
    const product = linear(sizes[i] as number, size);
    if (i === last) return [product];
    return [product, activation(), ...(dropout > 0 ? [drop(dropout)] : [])];
  });
  return sequential(...layers) as Module;
}
