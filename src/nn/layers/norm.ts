// Norms as layers, with PyTorch's parameter names; the formulas are those of the tensor API.

import { initialisers } from "../../graph/initialiser.js";
import { add, div } from "../../graph/ops/elementwise.js";
import { constant, parameter } from "../../graph/ops/leaf.js";
import { batchNorm as batchNormOf, runningStatistics } from "../../graph/ops/norm-batch.js";
import {
  EPSILON,
  groupNorm as groupNormOf,
  layerNorm as layerNormOf,
  rmsNorm as rmsNormOf,
} from "../../graph/ops/norm.js";
import type { Shape, Tensor } from "../../graph/tensor.js";
import { changedOptions, check, fraction, notNegative, resolve, steps } from "../check-options.js";
import { defineModule, type Context, type Module } from "../module.js";
import type { LastAxis, SameShape } from "../shape-types.js";

export interface NormOptions {
  /** Added to the variance. Default 1e-5; for rmsNorm 2^-23. */
  eps?: number;
  /** False for a layer without weights. Default true. */
  affine?: boolean;
}

export interface LayerNormLayerOptions extends NormOptions {
  /** False for a layer without a bias. Default true. */
  bias?: boolean;
}

/** weight of ones and bias of zeros, as far as they are wanted. */
function weights(shape: Shape, { affine, bias }: { affine: boolean; bias: boolean }): Record<string, Tensor> {
  return {
    ...(affine && { weight: parameter(shape, { init: initialisers.ones() }) }),
    ...(affine && bias && { bias: parameter(shape) }),
  };
}

function checkSizes(name: string, shape: number | Shape): Shape {
  const sizes = typeof shape === "number" ? [shape] : [...shape];
  if (sizes.length === 0) throw new RangeError(`${name}: needs the size of at least one axis`);
  sizes.forEach((size, axis) => check(name, typeof shape === "number" ? "size" : `size ${axis}`, size, steps));
  return sizes;
}

/**
 * Each sample's last axes, moved to mean 0 and scaled to variance 1, then times weight plus bias. Parameters: weight
 * and bias of the given shape.
 *
 * As torch.nn.LayerNorm (https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html).
 *
 * @param shape size of the last axis, or sizes of the last axes
 * @throws RangeError or TypeError unless all sizes are whole numbers of at least 1
 */
export function layerNorm<const Size extends number>(
  shape: Size,
  options?: LayerNormLayerOptions,
): Module<LastAxis<Size, Size>>;
export function layerNorm(shape: Shape, options?: LayerNormLayerOptions): Module<SameShape>;
export function layerNorm(given: number | Shape, options: LayerNormLayerOptions = {}): Module<SameShape> {
  const shape = checkSizes("layerNorm", given);
  const defaults = { eps: 1e-5, affine: true, bias: true };
  const { eps, affine, bias } = resolve<Required<LayerNormLayerOptions>>("layerNorm", defaults, options);
  check("layerNorm", "eps", eps, notNegative);
  const parameters = weights(shape, { affine, bias });
  return defineModule<SameShape>({
    type: "layerNorm",
    parameters,
    options: { shape, ...changedOptions({ eps, affine, bias }, defaults) },
    inputShape: shape,
    forward: (x) => layerNormOf(x, parameters["weight"], parameters["bias"], { eps, shape }),
  });
}

/**
 * Each sample's last axes, scaled to a mean square of 1, then times weight. Parameter: weight of the given shape.
 *
 * As torch.nn.RMSNorm (https://pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html).
 *
 * @param shape size of the last axis, or sizes of the last axes
 * @throws RangeError or TypeError unless all sizes are whole numbers of at least 1
 */
export function rmsNorm<const Size extends number>(shape: Size, options?: NormOptions): Module<LastAxis<Size, Size>>;
export function rmsNorm(shape: Shape, options?: NormOptions): Module<SameShape>;
export function rmsNorm(given: number | Shape, options: NormOptions = {}): Module<SameShape> {
  const shape = checkSizes("rmsNorm", given);
  const defaults = { eps: EPSILON, affine: true };
  const { eps, affine } = resolve<Required<NormOptions>>("rmsNorm", defaults, options);
  check("rmsNorm", "eps", eps, notNegative);
  const parameters = weights(shape, { affine, bias: false });
  return defineModule<SameShape>({
    type: "rmsNorm",
    parameters,
    options: { shape, ...changedOptions({ eps, affine }, defaults) },
    inputShape: shape,
    forward: (x) => rmsNormOf(x, parameters["weight"], { eps, shape }),
  });
}

/**
 * As layerNorm, over groups of a sample's channels with all their pixels. Parameters: weight and bias [channels].
 *
 * As torch.nn.GroupNorm (https://pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html).
 *
 * @param groups how many; they divide the channels
 * @throws RangeError or TypeError for sizes that are none, or groups that do not divide the channels
 */
export function groupNorm(groups: number, channels: number, options: NormOptions = {}): Module<SameShape> {
  check("groupNorm", "groups", groups, steps);
  check("groupNorm", "channels", channels, steps);
  if (channels % groups !== 0) {
    throw new RangeError(`groupNorm: groups must divide the channels evenly, got ${groups} groups of ${channels}`);
  }
  const defaults = { eps: 1e-5, affine: true };
  const { eps, affine } = resolve<Required<NormOptions>>("groupNorm", defaults, options);
  check("groupNorm", "eps", eps, notNegative);
  const parameters = weights([channels], { affine, bias: true });
  return defineModule<SameShape>({
    type: "groupNorm",
    parameters,
    options: { groups, channels, ...changedOptions({ eps, affine }, defaults) },
    forward: (x) => groupNormOf(x, groups, parameters["weight"], parameters["bias"], { eps }),
  });
}

export interface BatchNormLayerOptions extends NormOptions {
  /** Weight of a new batch in the running statistics; null for the plain average of all batches. Default 0.1. */
  momentum?: number | null;
  /** False to use the batch's own statistics in evaluation too, and to keep none. Default true. */
  trackRunningStats?: boolean;
}

/**
 * Each channel of [samples, channels, ...], moved to mean 0 and scaled to variance 1 over the batch, then times weight
 * plus bias. In evaluation, by the running statistics of training instead. Parameters: weight and bias [channels]; and,
 * observed rather than learnt, running_mean and running_var [channels] and num_batches_tracked.
 *
 * As torch.nn.BatchNorm1d and BatchNorm2d (https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html). Unlike
 * there, a training batch with a single number for each channel is no error; it leaves the running statistics alone.
 *
 * @throws RangeError or TypeError for an option out of range
 */
export function batchNorm(channels: number, options: BatchNormLayerOptions = {}): Module<SameShape> {
  check("batchNorm", "channels", channels, steps);
  const defaults = { eps: 1e-5, affine: true, momentum: 0.1 as number | null, trackRunningStats: true };
  const given = resolve<Required<BatchNormLayerOptions>>("batchNorm", defaults, options);
  const { eps, affine, momentum, trackRunningStats } = given;
  check("batchNorm", "eps", eps, notNegative);
  if (momentum !== null) check("batchNorm", "momentum", momentum, fraction);
  const parameters = weights([channels], { affine, bias: true });
  const running = trackRunningStats ? observedParameters(channels) : undefined;

  return defineModule<SameShape>({
    type: "batchNorm",
    parameters: { ...parameters, ...running },
    options: { channels, ...changedOptions({ ...given }, defaults) },
    forward: (x, context) => {
      const { weight, bias } = parameters;
      if (!running) return batchNormOf(x, weight, bias, { eps }).y;
      const { running_mean: mean, running_var: variance } = running;
      if (!context.training) return batchNormOf(x, weight, bias, { eps, mean, variance }).y;
      const { y, ...observed } = batchNormOf(x, weight, bias, { eps });
      observe(context, x, observed, running, momentum);
      return y;
    },
  });
}

type Observed = ReturnType<typeof observedParameters>;

const observedParameters = (channels: number) => ({
  running_mean: parameter([channels], { trainable: false }),
  running_var: parameter([channels], { init: initialisers.ones(), trainable: false }),
  num_batches_tracked: parameter([], { trainable: false }),
});

/** Moves the running statistics. A batch that goes through in parts moves them part by part. */
function observe(
  context: Context,
  x: Tensor,
  observed: { mean: Tensor; variance: Tensor },
  { running_mean, running_var, num_batches_tracked }: Observed,
  momentum: number | null,
): void {
  const now = (parameter: Tensor) => context.updates.get(parameter) ?? parameter;
  const tracked = add(now(num_batches_tracked), 1);
  const before = { mean: now(running_mean), variance: now(running_var) };
  const share = momentum ?? div(constant(1), tracked);
  const { mean, variance } = runningStatistics(x, observed, before, share);
  context.update(running_mean, mean);
  context.update(running_var, variance);
  context.update(num_batches_tracked, tracked);
}
