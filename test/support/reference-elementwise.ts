// Element-wise ops in plain f64: the definitions, and their derivatives as the textbooks have them.
//
// Every function is of single numbers; `eachOf` and `eachOfTwo` spread it over tensors.

import type { Node } from "../../src/graph/tensor.js";
import { indicesOf, placeIn, type Reference } from "./reference-tensor.js";

type Attrs = { readonly [name: string]: number };

/** The error function to 1e-15: a series of positive terms near 0, one minus erfc beyond. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size > 2.5) return Math.sign(x) * (1 - erfc(size));
  let term = size;
  let sum = size;
  for (let n = 1; term > sum * 1e-17; n++) sum += term *= (2 * size * size) / (2 * n + 1);
  return ((Math.sign(x) * 2) / Math.sqrt(Math.PI)) * Math.exp(-size * size) * sum;
}

/** 1 - erf(x), with full relative accuracy for large x, where it is Legendre's continued fraction. */
export function erfc(x: number): number {
  if (x < 2.5) return 1 - erf(x);
  let fraction = x;
  for (let n = 200; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

/** Distribution function and density of the normal distribution. */
const phi = (x: number) => erfc(-x / Math.SQRT2) / 2;
const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

export const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const sigmoidSlope = (x: number) => sigmoid(x) * sigmoid(-x);

const SELU_SCALE = 1.0507009873554804934193349852946;
const SELU_ALPHA = 1.6732632423543772848170429916717;

/** The argument of geluTanh's tanh, and its derivative. */
const geluTanhOf = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
const geluTanhSlope = (x: number) => Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);

/** Each activation, and its derivative by x. */
export const activations: Record<
  string,
  [f: (x: number, attrs: Attrs) => number, slope: (x: number, attrs: Attrs) => number]
> = {
  relu: [(x) => (x < 0 ? 0 : x), (x) => (x > 0 ? 1 : 0)],
  leakyRelu: [(x, { alpha }) => (x > 0 ? x : alpha! * x), (x, { alpha }) => (x > 0 ? 1 : alpha!)],
  elu: [(x, { alpha }) => (x > 0 ? x : alpha! * Math.expm1(x)), (x, { alpha }) => (x > 0 ? 1 : alpha! * Math.exp(x))],
  selu: [
    (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)),
  ],
  gelu: [(x) => x * phi(x), (x) => phi(x) + x * density(x)],
  geluTanh: [
    (x) => x * sigmoid(2 * geluTanhOf(x)),
    (x) => sigmoid(2 * geluTanhOf(x)) + x * sigmoidSlope(2 * geluTanhOf(x)) * 2 * geluTanhSlope(x),
  ],
  sigmoid: [sigmoid, sigmoidSlope],
  tanh: [Math.tanh, (x) => 1 / Math.cosh(x) ** 2],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoid],
  silu: [(x) => x * sigmoid(x), (x) => sigmoid(x) + x * sigmoidSlope(x)],
  hardSwish: [(x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6, (x) => (x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1)],
};

/** x from y, for the activations whose gradient kernel reads the output. Undefined: it reads the input. */
const inverses: Record<string, (y: number, attrs: Attrs) => number> = {
  relu: (y) => y,
  leakyRelu: (y, { alpha }) => (y > 0 ? y : y / alpha!),
  elu: (y, { alpha }) => (y > 0 ? y : Math.log1p(y / alpha!)),
  selu: (y) => (y > 0 ? y / SELU_SCALE : Math.log1p(y / SELU_SCALE / SELU_ALPHA)),
  sigmoid: (y) => Math.log(y / (1 - y)),
  tanh: Math.atanh,
};

export const unary: Record<string, (x: number, attrs: Attrs) => number> = {
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  abs: Math.abs,
  sign: Math.sign,
  affine: (x, { scale, shift }) => x * Math.fround(scale!) + Math.fround(shift!),
};

export const binary: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  equal: (a, b) => Number(a === b),
  greater: (a, b) => Number(a > b),
};

const attrsOf = ({ attrs }: Node) => attrs as Attrs;

const eachOf =
  (f: (x: number, attrs: Attrs) => number): Reference =>
  ([x], node) => [x!.map((value) => f(value, attrsOf(node)))];

const eachOfTwo =
  (f: (a: number, b: number) => number): Reference =>
  ([a, b], { inputs, outputs }) => {
    const [aShape, bShape] = inputs.map(({ shape }) => shape);
    return [indicesOf(outputs[0]!.shape).map((at) => f(a![placeIn(aShape!, at)]!, b![placeIn(bShape!, at)]!))];
  };

const gradientOf =
  (name: string): Reference =>
  ([dy, from], node) => {
    const attrs = attrsOf(node);
    const xOf = inverses[name] ?? ((x: number) => x);
    return [dy!.map((value, i) => value * activations[name]![1](xOf(from![i]!, attrs), attrs))];
  };

const mapValues = <T, U>(from: Record<string, T>, f: (value: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, f(value, name)]));

export const elementwiseReferences: Record<string, Reference> = {
  ...mapValues(unary, eachOf),
  ...mapValues(binary, eachOfTwo),
  ...mapValues(activations, ([f]) => eachOf(f)),
  ...Object.fromEntries(Object.keys(activations).map((name) => [`${name}Grad`, gradientOf(name)])),
};
