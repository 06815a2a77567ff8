// Activations as layers: each a name for a function of the tensor API, which holds the formula.

import * as functions from "../../graph/ops/activation.js";
import { logSoftmax as logSoftmaxOf, softmax as softmaxOf, type SoftmaxOptions } from "../../graph/ops/softmax.js";
import type { Tensor } from "../../graph/tensor.js";
import { anyNumber, check, notNegative, resolve } from "../check-options.js";
import { defineModule, type Json, type Module } from "../module.js";
import type { SameShape } from "../shape-types.js";

export type Activation = Module<SameShape>;

const layer = (type: string, apply: (x: Tensor) => Tensor, options: Record<string, Json> = {}): Activation =>
  defineModule<SameShape>({ type, options, forward: (x) => apply(x) });

/** max(x, 0). https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html */
export const relu = (): Activation => layer("relu", functions.relu);

/**
 * x where x > 0, else negativeSlope · x. https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
 * @param negativeSlope at least 0; default 0.01
 * @throws RangeError for a slope below 0
 */
export function leakyRelu(negativeSlope = 0.01): Activation {
  check("leakyRelu", "negativeSlope", negativeSlope, notNegative);
  return layer("leakyRelu", (x) => functions.leakyRelu(x, negativeSlope), { negativeSlope });
}

/**
 * x where x > 0, else alpha · (e^x - 1). https://pytorch.org/docs/stable/generated/torch.nn.ELU.html
 * @param alpha at least 0; default 1
 * @throws RangeError for an alpha below 0
 */
export function elu(alpha = 1): Activation {
  check("elu", "alpha", alpha, notNegative);
  return layer("elu", (x) => functions.elu(x, alpha), { alpha });
}

/** Scaled ELU, which normalises itself. https://pytorch.org/docs/stable/generated/torch.nn.SELU.html */
export const selu = (): Activation => layer("selu", functions.selu);

export interface GeluOptions {
  /** "tanh" for the approximation that GPT-2 was trained with; default "none", exact by erf. */
  approximate?: "none" | "tanh";
}

/**
 * x · Φ(x). https://pytorch.org/docs/stable/generated/torch.nn.GELU.html
 * @throws RangeError for an approximation that is not there
 */
export function gelu(options: GeluOptions = {}): Activation {
  const { approximate } = resolve<Required<GeluOptions>>("gelu", { approximate: "none" }, options);
  if (approximate !== "none" && approximate !== "tanh") {
    throw new RangeError(`gelu: approximate must be "none" or "tanh", got ${JSON.stringify(approximate)}`);
  }
  const apply = approximate === "tanh" ? functions.geluTanh : functions.gelu;
  return layer("gelu", apply, approximate === "tanh" ? { approximate } : {});
}

/** 1 / (1 + e^-x). https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html */
export const sigmoid = (): Activation => layer("sigmoid", functions.sigmoid);

/** Hyperbolic tangent. https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html */
export const tanh = (): Activation => layer("tanh", functions.tanh);

/** log(1 + e^x). https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html */
export const softplus = (): Activation => layer("softplus", functions.softplus);

/** x · sigmoid(x), also called swish. https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html */
export const silu = (): Activation => layer("silu", functions.silu);

/** x · min(max(x + 3, 0), 6) / 6. https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html */
export const hardSwish = (): Activation => layer("hardSwish", functions.hardSwish);

/**
 * Probabilities along an axis. A model that is trained with crossEntropy() ends in logits instead: the loss contains
 * the softmax. https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html
 */
export function softmax(options: SoftmaxOptions = {}): Activation {
  const { axis } = resolve("softmax", { axis: -1 }, options);
  check("softmax", "axis", axis, anyNumber);
  return layer("softmax", (x) => softmaxOf(x, { axis }), axis === -1 ? {} : { axis });
}

/** Logarithms of probabilities along an axis. https://pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html */
export function logSoftmax(options: SoftmaxOptions = {}): Activation {
  const { axis } = resolve("logSoftmax", { axis: -1 }, options);
  check("logSoftmax", "axis", axis, anyNumber);
  return layer("logSoftmax", (x) => logSoftmaxOf(x, { axis }), axis === -1 ? {} : { axis });
}
