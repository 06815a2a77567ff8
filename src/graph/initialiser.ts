// How parameters start. An initialiser names a distribution and derives its width from the parameter's shape; the
// numbers themselves come from the core's counter-based generator, so that they do not depend on the engine.
//
// PyTorch: https://pytorch.org/docs/stable/nn.init.html

import { showShape, sizeOf, type Shape } from "./tensor.js";

/** A distribution to fill a parameter from; `zeros` says which of its elements become 0 afterwards. */
export type Distribution = { readonly zeros?: { readonly first: number; readonly count: number } } & (
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly mean: number; readonly std: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "values"; readonly values: ArrayLike<number> }
);

export type Initialiser = (shape: Shape) => Distribution;

/** Which side of a weight sets the width: its inputs, which keeps activations in scale, or its outputs. */
export type Fan = "fanIn" | "fanOut";

/** Non-linearity that follows the weight; PyTorch's `calculate_gain`. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

export interface KaimingOptions {
  /** Negative slope of the leaky ReLU behind the weight; default 0. */
  a?: number;
  /** Default "fanIn". */
  mode?: Fan;
  /** Default "leakyRelu", as PyTorch's. */
  nonlinearity?: Nonlinearity;
}

/** Inputs and outputs of a weight [out, in, ...kernel]. PyTorch's `_calculate_fan_in_and_fan_out`. */
export function fans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new RangeError(
      `initialiser: fan-in and fan-out need a weight of at least two axes, got ${showShape(shape)}; use uniform() or normal()`,
    );
  }
  const receptive = sizeOf(shape.slice(2));
  return { fanIn: shape[1]! * receptive, fanOut: shape[0]! * receptive };
}

/** The recommended gain of a non-linearity; `a` is the slope of a leaky ReLU. */
export function gainOf(nonlinearity: Nonlinearity, a = 0.01): number {
  switch (nonlinearity) {
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.sqrt(2);
    case "leakyRelu":
      return Math.sqrt(2 / (1 + a * a));
    case "selu":
      return 3 / 4;
    default:
      return 1;
  }
}

const uniform = (low: number, high: number): Distribution => ({ kind: "uniform", low, high });
const normal = (mean: number, std: number): Distribution => ({ kind: "normal", mean, std });
const kaimingStd = (shape: Shape, { a = 0, mode = "fanIn", nonlinearity = "leakyRelu" }: KaimingOptions) =>
  gainOf(nonlinearity, a) / Math.sqrt(fans(shape)[mode]);
const xavierStd = (shape: Shape, gain: number) => {
  const { fanIn, fanOut } = fans(shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
};

/** The initialisers, by PyTorch's names. He is Kaiming, Glorot is Xavier. */
export const initialisers = {
  zeros: (): Initialiser => () => ({ kind: "constant", value: 0 }),
  ones: (): Initialiser => () => ({ kind: "constant", value: 1 }),
  constant:
    (value: number): Initialiser =>
    () => ({ kind: "constant", value }),
  /** Given numbers, in row-major order. @throws RangeError if their count is not the parameter's size. */
  values:
    (values: ArrayLike<number>): Initialiser =>
    (shape) => {
      if (values.length !== sizeOf(shape)) {
        throw new RangeError(
          `initialiser: ${values.length} values for a parameter of shape ${showShape(shape)}, which takes ${sizeOf(shape)}`,
        );
      }
      return { kind: "values", values };
    },
  /** Uniform in [low, high); default [0, 1). */
  uniform:
    (low = 0, high = 1): Initialiser =>
    () =>
      uniform(low, high),
  /** Normal; default mean 0, std 1. */
  normal:
    (mean = 0, std = 1): Initialiser =>
    () =>
      normal(mean, std),
  /** He et al. 2015, uniform in ±√3·gain/√fan. */
  kaimingUniform:
    (options: KaimingOptions = {}): Initialiser =>
    (shape) => {
      const bound = Math.sqrt(3) * kaimingStd(shape, options);
      return uniform(-bound, bound);
    },
  /** He et al. 2015, normal with std gain/√fan. */
  kaimingNormal:
    (options: KaimingOptions = {}): Initialiser =>
    (shape) =>
      normal(0, kaimingStd(shape, options)),
  /** Glorot and Bengio 2010, uniform in ±gain·√(6 / (fanIn + fanOut)). */
  xavierUniform:
    (gain = 1): Initialiser =>
    (shape) => {
      const bound = Math.sqrt(3) * xavierStd(shape, gain);
      return uniform(-bound, bound);
    },
  /** Glorot and Bengio 2010, normal with std gain·√(2 / (fanIn + fanOut)). */
  xavierNormal:
    (gain = 1): Initialiser =>
    (shape) =>
      normal(0, xavierStd(shape, gain)),
};
