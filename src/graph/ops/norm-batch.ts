// Batch norm: by the statistics of the batch in training, by given ones in evaluation.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, ShapeError, type Op } from "../op.js";
import { apply, createNode, showShape, sizeOf, type Tensor } from "../tensor.js";
import { add, mul, sub } from "./elementwise.js";
import { constant } from "./leaf.js";
import { checkEps, checkWeights } from "./norm.js";

interface Eps {
  eps: number;
}

/** x seen as [outer, channels, inner]. */
const sizesOf = ({ shape }: Tensor): [number, number, number] => [shape[0]!, shape[1]!, sizeOf(shape.slice(2))];

/** Elements of a sample. */
const stepOf = ({ shape }: Tensor) => sizeOf(shape.slice(1));

const noStatisticsGrad = (dmean: Tensor | undefined, dvariance: Tensor | undefined) => {
  if (dmean || dvariance) {
    throw new Error(
      "grad: the loss depends on batchNorm's mean or variance, which cannot be differentiated; use mean()",
    );
  }
};

/** y, mean and biased variance, from x, weight and bias. */
export const batchNormOp: Op<Eps> = op<Eps>({
  name: "batchNorm",
  shape: ([x]) => [{ shape: x!.shape }, { shape: [x!.shape[1]!] }, { shape: [x!.shape[1]!] }],
  grad: ([dy, dmean, dvariance], { inputs: [x, weight], outputs: [, mean, variance], attrs }) => {
    noStatisticsGrad(dmean, dvariance);
    const [dweight, dbias] = createNode(batchNormSumsOp, [dy!, x!, mean!, variance!], { ...attrs }).outputs;
    const inputs = [dy!, x!, mean!, variance!, weight!, dweight!, dbias!];
    return [apply(batchNormGradOp, inputs, { ...attrs }), dweight!, dbias!];
  },
  inPlace: () => [0],
  emit: ({ inputs: [of], attrs }, { inputs: [x, weight, bias], outputs: [y, mean, variance] }) => [
    [Opcode.BatchStats, mean!, variance!, x!, ...sizesOf(of!), stepOf(of!)],
    [Opcode.BatchNorm, y!, x!, mean!, variance!, weight!, bias!, ...sizesOf(of!), real(attrs.eps), stepOf(of!)],
  ],
});

/** y from x, weight, bias and given statistics, which get no gradient. */
export const batchNormFixedOp: Op<Eps> = op<Eps>({
  name: "batchNormFixed",
  shape: ([x]) => [{ shape: x!.shape }],
  grad: ([dy], { inputs: [x, weight, , mean, variance], attrs }) => {
    const [dweight, dbias] = createNode(batchNormSumsOp, [dy!, x!, mean!, variance!], { ...attrs }).outputs;
    return [apply(batchNormFixedGradOp, [dy!, variance!, weight!], { ...attrs }), dweight!, dbias!, null, null];
  },
  inPlace: () => [0],
  emit: ({ inputs: [of], attrs }, { inputs: [x, weight, bias, mean, variance], outputs: [y] }) => [
    [Opcode.BatchNorm, y!, x!, mean!, variance!, weight!, bias!, ...sizesOf(of!), real(attrs.eps), stepOf(of!)],
  ],
});

export const batchNormSumsOp = op<Eps>({
  name: "batchNormSums",
  shape: ([, , mean]) => [{ shape: mean!.shape }, { shape: mean!.shape }],
  emit: ({ inputs: [of], attrs }, { inputs: [dy, x, mean, variance], outputs: [dweight, dbias] }) => [
    [Opcode.BatchNormSums, dweight!, dbias!, dy!, x!, mean!, variance!, ...sizesOf(of!), real(attrs.eps), stepOf(of!)],
  ],
});

export const batchNormGradOp = op<Eps>({
  name: "batchNormGrad",
  shape: ([dy]) => [{ shape: dy!.shape }],
  inPlace: () => [0, 1],
  emit: ({ inputs: [of], attrs }, { inputs: [dy, x, mean, variance, weight, dweight, dbias], outputs: [dx] }) => [
    // prettier-ignore
    [Opcode.BatchNormGrad, dx!, dy!, x!, mean!, variance!, weight!, dweight!, dbias!, ...sizesOf(of!), real(attrs.eps), stepOf(of!)],
  ],
});

export const batchNormFixedGradOp = op<Eps>({
  name: "batchNormFixedGrad",
  shape: ([dy]) => [{ shape: dy!.shape }],
  inPlace: () => [0],
  emit: ({ inputs: [of], attrs }, { inputs: [dy, variance, weight], outputs: [dx] }) => [
    [Opcode.BatchNormGrad, dx!, dy!, 0, 0, variance!, weight!, 0, 0, ...sizesOf(of!), real(attrs.eps), stepOf(of!)],
  ],
});

export interface BatchNormOptions {
  /** Keeps channels of equal numbers from dividing by 0. Default 1e-5. */
  eps?: number;
  /** Statistics to use in place of the batch's own, [channels] each; they get no gradient. */
  mean?: Tensor;
  variance?: Tensor;
}

export interface BatchNormResult {
  readonly y: Tensor;
  /** Of the batch, or the given one, [channels]. */
  readonly mean: Tensor;
  /** Of the batch (biased, divided by the count), or the given one, [channels]. */
  readonly variance: Tensor;
}

/**
 * (x - mean) / √(variance + eps) · weight + bias, by channel over all samples and pixels.
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html (Ioffe and Szegedy, 2015)
 *
 * @param x [samples, channels, ...]
 * @param weight [channels]; default: ones
 * @param bias [channels]; default: zeros
 * @throws ShapeError if the shapes do not fit; TypeError for a mean without a variance
 */
export function batchNorm(
  x: Tensor,
  weight?: Tensor,
  bias?: Tensor,
  { eps = 1e-5, mean, variance }: BatchNormOptions = {},
): BatchNormResult {
  if (x.shape.length < 2) {
    throw new ShapeError(`batchNorm: needs an input [samples, channels, ...], got ${showShape(x.shape)}`);
  }
  const channels = x.shape[1]!;
  checkWeights("batchNorm", x, [channels], { weight, bias, mean, variance });
  if (!mean !== !variance) throw new TypeError("batchNorm: give both the mean and the variance, or neither");
  checkEps("batchNorm", eps);
  const inputs = [x, weight ?? constant(1, [channels]), bias ?? constant(0, [channels])];
  if (mean && variance) return { y: apply(batchNormFixedOp, [...inputs, mean, variance], { eps }), mean, variance };
  const [y, ownMean, ownVariance] = createNode(batchNormOp, inputs, { eps }).outputs;
  return { y: y!, mean: ownMean!, variance: ownVariance! };
}

/** Mean and variance by channel. */
export type Statistics = Pick<BatchNormResult, "mean" | "variance">;

/**
 * Running statistics after a batch: running + momentum · (observed - running), the observed variance being the unbiased
 * one. Where a channel has a single number there is no such variance, and both stay as they are.
 *
 * @param x the batch
 * @param observed its statistics, from batchNorm()
 * @param momentum weight of the batch: a number, or a scalar tensor
 */
export function runningStatistics(
  x: Tensor,
  observed: Statistics,
  running: Statistics,
  momentum: number | Tensor,
): Statistics {
  const count = x.size / x.shape[1]!;
  if (count === 1) return running;
  const move = (from: Tensor, to: Tensor) => add(from, mul(sub(to, from), momentum));
  const unbiased = mul(observed.variance, count / (count - 1));
  return { mean: move(running.mean, observed.mean), variance: move(running.variance, unbiased) };
}
