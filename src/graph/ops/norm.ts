// Norms that look at one sample at a time: layer norm, RMS norm and group norm, all of them one kernel on rows.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, ShapeError, type Op } from "../op.js";
import { apply, createNode, sameShape, showShape, sizeOf, type Shape, type Tensor } from "../tensor.js";
import { constant } from "./leaf.js";
import { reshape } from "./shape.js";

/** x as rows of [channels, inner]; row r belongs to group r % groups, and a channel's elements share a weight. */
interface NormAttrs {
  groups: number;
  channels: number;
  inner: number;
  eps: number;
  /** 0 leaves the mean where it is. */
  centred: 0 | 1;
}

const rowsOf = (x: Tensor, { channels, inner }: NormAttrs) => x.size / (channels * inner);
/** Elements of a sample, all its groups together. */
const sampleOf = ({ groups, channels, inner }: NormAttrs) => groups * channels * inner;
const sizesOf = (x: Tensor, attrs: NormAttrs) => [rowsOf(x, attrs), attrs.groups, attrs.channels, attrs.inner];

/** y, and mean and 1/σ of each row, from x, weight and bias [groups * channels]. */
export const normOp: Op<NormAttrs> = op<NormAttrs>({
  name: "norm",
  shape: ([x], attrs) => [{ shape: x!.shape }, { shape: [rowsOf(x!, attrs), 2] }],
  grad: ([dy], { inputs: [x, weight], outputs: [, stats], attrs }) => {
    const sums = createNode(normWeightGradOp, [dy!, x!, stats!], { ...attrs }).outputs;
    return [apply(normGradOp, [dy!, x!, stats!, weight!], { ...attrs }), sums[0]!, sums[1]!];
  },
  inPlace: () => [0],
  emit: ({ inputs: [of], attrs }, { inputs: [x, weight, bias], outputs: [y, stats] }) => [
    [Opcode.Norm, y!, stats!, x!, weight!, bias!, ...sizesOf(of!, attrs), real(attrs.eps), attrs.centred],
  ],
});

export const normGradOp = op<NormAttrs>({
  name: "normGrad",
  shape: ([dy]) => [{ shape: dy!.shape }],
  inPlace: () => [0, 1],
  emit: ({ inputs: [of], attrs }, { inputs: [dy, x, stats, weight], outputs: [dx] }) => [
    [Opcode.NormGrad, dx!, dy!, x!, stats!, weight!, ...sizesOf(of!, attrs), attrs.centred],
  ],
});

export const normWeightGradOp = op<NormAttrs>({
  name: "normWeightGrad",
  shape: (_, { groups, channels }) => [{ shape: [groups * channels] }, { shape: [groups * channels] }],
  emit: ({ inputs: [of], attrs }, { inputs: [dy, x, stats], outputs: [dweight, dbias] }) => [
    [Opcode.NormWeightGrad, dweight!, dbias!, dy!, x!, stats!, ...sizesOf(of!, attrs), sampleOf(attrs)],
  ],
});

/** The row of the table, for weights of any shape or none. */
function norm(x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined, attrs: NormAttrs): Tensor {
  const size = [attrs.groups * attrs.channels];
  const flat = (tensor: Tensor | undefined, value: number) => (tensor ? reshape(tensor, size) : constant(value, size));
  return apply(normOp, [x, flat(weight, 1), flat(bias, 0)], { ...attrs });
}

/** @throws ShapeError unless the weights there are have the shape `expected` */
export function checkWeights(
  name: string,
  x: Tensor,
  expected: Shape,
  weights: Readonly<Record<string, Tensor | undefined>>,
): void {
  for (const [called, tensor] of Object.entries(weights)) {
    if (!tensor || sameShape(tensor.shape, expected)) continue;
    throw new ShapeError(
      `${name}: for an input ${showShape(x.shape)} the ${called} must be ${showShape(expected)}, got ${showShape(tensor.shape)}`,
    );
  }
}

/** @throws RangeError unless eps is a number of at least 0 */
export function checkEps(name: string, eps: number): number {
  if (!(eps >= 0 && eps < Infinity)) throw new RangeError(`${name}: eps must be a number of at least 0, got ${eps}`);
  return eps;
}

export interface LayerNormOptions {
  /** Keeps rows of equal numbers from dividing by 0. Default 1e-5. */
  eps?: number;
  /** Sizes of the last axes, which are normalised together. Default: the weight's shape, or the last axis. */
  shape?: Shape;
}

/** Sizes of the last axes that are normalised together. */
function normalised(name: string, x: Tensor, weight: Tensor | undefined, shape: Shape | undefined): Shape {
  const last = shape ?? weight?.shape ?? x.shape.slice(-1);
  const found = x.shape.slice(x.shape.length - last.length);
  if (last.length === 0 || x.shape.length < last.length || !sameShape(found, last)) {
    throw new ShapeError(
      `${name}: the last axes of the input ${showShape(x.shape)} must be ${showShape(last)}; check the layer before it`,
    );
  }
  return last;
}

/**
 * (x - mean) / √(variance + eps) · weight + bias, mean and variance being those of each sample's last axes.
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html (Ba et al., 2016)
 *
 * @param x [.., ...shape]
 * @param weight [...shape]; default: ones
 * @param bias [...shape]; default: zeros
 * @throws ShapeError if the shapes do not fit
 */
export function layerNorm(x: Tensor, weight?: Tensor, bias?: Tensor, options: LayerNormOptions = {}): Tensor {
  const shape = normalised("layerNorm", x, weight ?? bias, options.shape);
  checkWeights("layerNorm", x, shape, { weight, bias });
  const eps = checkEps("layerNorm", options.eps ?? 1e-5);
  return norm(x, weight, bias, { groups: 1, channels: sizeOf(shape), inner: 1, eps, centred: 1 });
}

/** The distance between 1 and the next f32, which PyTorch takes as the default eps of RMS norm. */
export const EPSILON = 2 ** -23;

/**
 * x / √(mean of x² + eps) · weight, over each sample's last axes.
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.rms_norm.html (Zhang and Sennrich, 2019)
 *
 * @param x [.., ...shape]
 * @param weight [...shape]; default: ones
 * @param options.eps default 2^-23, as PyTorch's; Llama's models take 1e-5 or 1e-6
 * @throws ShapeError if the shapes do not fit
 */
export function rmsNorm(x: Tensor, weight?: Tensor, options: LayerNormOptions = {}): Tensor {
  const shape = normalised("rmsNorm", x, weight, options.shape);
  checkWeights("rmsNorm", x, shape, { weight });
  const eps = checkEps("rmsNorm", options.eps ?? EPSILON);
  return norm(x, weight, undefined, { groups: 1, channels: sizeOf(shape), inner: 1, eps, centred: 0 });
}

/**
 * As layer norm, over groups of a sample's channels with all their pixels; weight and bias are by channel.
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html (Wu and He, 2018)
 *
 * @param x [samples, channels, ...]
 * @param groups divides the channels; 1 group is all of them, as many groups as channels is instance norm
 * @param weight [channels]; default: ones
 * @param bias [channels]; default: zeros
 * @throws ShapeError if the shapes do not fit
 */
export function groupNorm(
  x: Tensor,
  groups: number,
  weight?: Tensor,
  bias?: Tensor,
  options: { eps?: number } = {},
): Tensor {
  const channels = x.shape[1] ?? 0;
  if (!Number.isInteger(groups) || groups < 1 || channels === 0 || channels % groups !== 0) {
    throw new ShapeError(
      `groupNorm: an input ${showShape(x.shape)} has ${channels} channels in its second axis, which ${groups} groups do not divide evenly`,
    );
  }
  checkWeights("groupNorm", x, [channels], { weight, bias });
  const eps = checkEps("groupNorm", options.eps ?? 1e-5);
  const inner = sizeOf(x.shape.slice(2));
  return norm(x, weight, bias, { groups, channels: channels / groups, inner, eps, centred: 1 });
}
