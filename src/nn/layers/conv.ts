// Convolutional layers, with PyTorch's parameters, defaults and initialisers; the formulas are those of the tensor API.

import { initialisers, type Initialiser } from "../../graph/initialiser.js";
import {
  conv1d as conv1dOf,
  conv2d as conv2dOf,
  convSettings,
  convTranspose1d as convTranspose1dOf,
  convTranspose2d as convTranspose2dOf,
  convTransposeSettings,
  type ConvOptions,
  type ConvTransposeOptions,
} from "../../graph/ops/conv-functions.js";
import { perAxis, type PerAxis } from "../../graph/ops/conv-window.js";
import { parameter, type Parameter } from "../../graph/ops/leaf.js";
import type { Tensor } from "../../graph/tensor.js";
import { check, resolve, steps } from "../check-options.js";
import { defineModule, type Json, type Module } from "../module.js";
import type { Channels } from "../shape-types.js";

interface Weights {
  /** False for a layer without a bias. Default true. */
  bias?: boolean;
  /** How the weight starts. Default: uniform in ±1/√fanIn, as PyTorch's; fanIn: elements that a result sums up. */
  weightInit?: Initialiser;
  /** How the bias starts. Default: as the weight. */
  biasInit?: Initialiser;
}

export interface ConvLayerOptions extends ConvOptions, Weights {}

export interface ConvTransposeLayerOptions extends ConvTransposeOptions, Weights {}

/**
 * 2-D convolution: [batch, inChannels, height, width] → [batch, outChannels, …]. Parameters: weight [outChannels,
 * inChannels / groups, height, width], bias [outChannels].
 *
 * As torch.nn.Conv2d (https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html).
 *
 * @param kernel height and width, or one number for both
 * @throws RangeError or TypeError for sizes and options that make no convolution
 */
export function conv2d<const In extends number, const Out extends number>(
  inChannels: In,
  outChannels: Out,
  kernel: PerAxis,
  options: ConvLayerOptions = {},
): Module<Channels<In, Out, readonly [number, number]>> {
  return convolution("conv2d", 2, inChannels, outChannels, kernel, options, conv2dOf) as Module<
    Channels<In, Out, readonly [number, number]>
  >;
}

/**
 * 1-D convolution: [batch, inChannels, length] → [batch, outChannels, …]. Parameters: weight [outChannels,
 * inChannels / groups, length], bias [outChannels].
 *
 * As torch.nn.Conv1d (https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html).
 *
 * @throws RangeError or TypeError for sizes and options that make no convolution
 */
export function conv1d<const In extends number, const Out extends number>(
  inChannels: In,
  outChannels: Out,
  kernel: PerAxis,
  options: ConvLayerOptions = {},
): Module<Channels<In, Out, readonly [number]>> {
  return convolution("conv1d", 1, inChannels, outChannels, kernel, options, conv1dOf) as Module<
    Channels<In, Out, readonly [number]>
  >;
}

/**
 * The transpose of a 2-D convolution, which enlarges pictures: [batch, inChannels, height, width] → [batch,
 * outChannels, …]. Parameters: weight [inChannels, outChannels / groups, height, width], bias [outChannels].
 *
 * As torch.nn.ConvTranspose2d (https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html).
 *
 * @param kernel height and width, or one number for both
 * @throws RangeError or TypeError for sizes and options that make no convolution
 */
export function convTranspose2d<const In extends number, const Out extends number>(
  inChannels: In,
  outChannels: Out,
  kernel: PerAxis,
  options: ConvTransposeLayerOptions = {},
): Module<Channels<In, Out, readonly [number, number]>> {
  return transposed("convTranspose2d", 2, inChannels, outChannels, kernel, options, convTranspose2dOf) as Module<
    Channels<In, Out, readonly [number, number]>
  >;
}

/**
 * The transpose of a 1-D convolution: [batch, inChannels, length] → [batch, outChannels, …]. Parameters: weight
 * [inChannels, outChannels / groups, length], bias [outChannels].
 *
 * As torch.nn.ConvTranspose1d (https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html).
 *
 * @throws RangeError or TypeError for sizes and options that make no convolution
 */
export function convTranspose1d<const In extends number, const Out extends number>(
  inChannels: In,
  outChannels: Out,
  kernel: PerAxis,
  options: ConvTransposeLayerOptions = {},
): Module<Channels<In, Out, readonly [number]>> {
  return transposed("convTranspose1d", 1, inChannels, outChannels, kernel, options, convTranspose1dOf) as Module<
    Channels<In, Out, readonly [number]>
  >;
}

const usual = { stride: 1, padding: 0, dilation: 1, groups: 1, bias: true };

function convolution(
  name: string,
  axes: number,
  inChannels: number,
  outChannels: number,
  kernel: PerAxis,
  options: ConvLayerOptions,
  apply: typeof conv2dOf,
): Module {
  checkSizes(name, inChannels, outChannels, options.groups);
  const sizes = perAxis(name, "kernel", kernel, axes, 1);
  const shape = [outChannels, inChannels / (options.groups ?? 1), ...sizes];
  const { weights, settings } = withWeights<ConvLayerOptions>(name, shape, outChannels, usual, options);
  convSettings(name, sizes, settings);
  return layer(name, { inChannels, outChannels, kernel, settings, weights }, (x, weight, bias) =>
    apply(x, weight, bias, settings),
  );
}

function transposed(
  name: string,
  axes: number,
  inChannels: number,
  outChannels: number,
  kernel: PerAxis,
  options: ConvTransposeLayerOptions,
  apply: typeof convTranspose2dOf,
): Module {
  checkSizes(name, inChannels, outChannels, options.groups);
  const shape = [inChannels, outChannels / (options.groups ?? 1), ...perAxis(name, "kernel", kernel, axes, 1)];
  const defaults = { ...usual, outputPadding: 0 };
  const { weights, settings } = withWeights<ConvTransposeLayerOptions>(name, shape, outChannels, defaults, options);
  convTransposeSettings(name, axes, settings);
  return layer(name, { inChannels, outChannels, kernel, settings, weights }, (x, weight, bias) =>
    apply(x, weight, bias, settings),
  );
}

function checkSizes(name: string, inChannels: number, outChannels: number, groups: number | undefined): void {
  check(name, "inChannels", inChannels, steps);
  check(name, "outChannels", outChannels, steps);
  if (groups === undefined) return;
  check(name, "groups", groups, steps);
  if (inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new RangeError(
    `${name}: ${inChannels} inChannels and ${outChannels} outChannels must be multiples of groups, got ${groups}`,
  );
}

interface Made {
  readonly weights: { readonly weight: Parameter; readonly bias?: Parameter };
  /** The options that tell how to convolve. */
  readonly settings: Record<string, unknown>;
}

/** The parameters, and the options without how these start. */
function withWeights<Options extends Weights>(
  name: string,
  shape: readonly number[],
  outChannels: number,
  defaults: Record<string, unknown>,
  given: Options,
): Made {
  // kaimingUniform(a = √5) of the weight is uniform in ±1/√fanIn, and the bias takes its fan-in from the weight.
  const bound = 1 / Math.sqrt(shape.slice(1).reduce((product, size) => product * size));
  const uniform = initialisers.uniform(-bound, bound);
  const all = { ...defaults, weightInit: uniform, biasInit: uniform } as unknown as Options;
  const { weightInit, biasInit, bias, ...settings } = resolve<Options>(name, all, given) as Required<Weights> &
    Record<string, unknown>;
  const weight = parameter(shape, { init: weightInit });
  return { settings, weights: bias ? { weight, bias: parameter([outChannels], { init: biasInit }) } : { weight } };
}

function layer(
  type: string,
  {
    inChannels,
    outChannels,
    kernel,
    settings,
    weights,
  }: Made & { inChannels: number; outChannels: number; kernel: PerAxis },
  apply: (x: Tensor, weight: Tensor, bias: Tensor | undefined) => Tensor,
): Module {
  const { weight, bias } = weights;
  const standard: Record<string, unknown> = { ...usual, outputPadding: 0 };
  const other = Object.entries(settings).filter(([option, value]) => standard[option] !== value);
  return defineModule({
    type,
    parameters: { ...weights },
    options: {
      ...{ inChannels, outChannels, kernel },
      ...(Object.fromEntries(other) as Record<string, Json>),
      ...(!bias && { bias: false }),
    },
    forward: (x) => apply(x, weight, bias),
  });
}
