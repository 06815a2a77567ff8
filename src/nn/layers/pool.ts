// Poolings as layers, with PyTorch's options and defaults; the formulas are those of the tensor API.

import type { PerAxis } from "../../graph/ops/conv-window.js";
import {
  adaptiveAvgPool2d as adaptiveAvgPool2dOf,
  avgPool1d as avgPool1dOf,
  avgPool2d as avgPool2dOf,
  globalAvgPool2d as globalAvgPool2dOf,
  type AvgPoolOptions,
} from "../../graph/ops/pool-average.js";
import { maxPool1d as maxPool1dOf, maxPool2d as maxPool2dOf, type MaxPoolOptions } from "../../graph/ops/pool-max.js";
import { poolSettings } from "../../graph/ops/pool-window.js";
import { resolve } from "../check-options.js";
import { defineModule, type Json, type Module } from "../module.js";
import type { FirstAxis, Resized } from "../shape-types.js";

export type { AvgPoolOptions, MaxPoolOptions, PerAxis };

/**
 * The largest element of each window: [batch, channels, height, width] → [batch, channels, …].
 *
 * As torch.nn.MaxPool2d (https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html).
 *
 * @param kernel height and width, or one number for both; the stride too, unless that is given
 * @throws RangeError or TypeError for options that make no window
 */
export const maxPool2d = (kernel: PerAxis, options: MaxPoolOptions = {}): Module<Resized> =>
  sliding("maxPool2d", 2, kernel, maxima, options, maxPool2dOf);

/**
 * The largest element of each window: [batch, channels, length] → [batch, channels, …].
 *
 * As torch.nn.MaxPool1d (https://pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html).
 *
 * @throws RangeError or TypeError for options that make no window
 */
export const maxPool1d = (kernel: PerAxis, options: MaxPoolOptions = {}): Module<Resized> =>
  sliding("maxPool1d", 1, kernel, maxima, options, maxPool1dOf);

/**
 * The mean of each window: [batch, channels, height, width] → [batch, channels, …].
 *
 * As torch.nn.AvgPool2d (https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
 *
 * @param kernel height and width, or one number for both; the stride too, unless that is given
 * @throws RangeError or TypeError for options that make no window
 */
export const avgPool2d = (kernel: PerAxis, options: AvgPoolOptions = {}): Module<Resized> =>
  sliding("avgPool2d", 2, kernel, means, options, avgPool2dOf);

/**
 * The mean of each window: [batch, channels, length] → [batch, channels, …].
 *
 * As torch.nn.AvgPool1d (https://pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html).
 *
 * @throws RangeError or TypeError for options that make no window
 */
export const avgPool1d = (kernel: PerAxis, options: AvgPoolOptions = {}): Module<Resized> =>
  sliding("avgPool1d", 1, kernel, means, options, avgPool1dOf);

/**
 * Means over a grid of `outputSize` windows, whatever the size of the pictures: [batch, channels, height, width] →
 * [batch, channels, rows, columns].
 *
 * As torch.nn.AdaptiveAvgPool2d (https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html).
 *
 * @param outputSize rows and columns, or one number for both; null leaves the size as it is
 */
export const adaptiveAvgPool2d = (outputSize: number | readonly (number | null)[]): Module<Resized> =>
  defineModule<Resized>({
    type: "adaptiveAvgPool2d",
    options: { outputSize },
    forward: (x) => adaptiveAvgPool2dOf(x, outputSize),
  });

/** The mean of each channel: [batch, channels, height, width] → [batch, channels]. */
export const globalAvgPool2d = (): Module<FirstAxis> =>
  defineModule<FirstAxis>({ type: "globalAvgPool2d", forward: (x) => globalAvgPool2dOf(x) });

const both = { stride: undefined, padding: 0, ceilMode: false };
const maxima = { ...both, dilation: 1 };
const means = { ...both, countIncludePad: true, divisorOverride: undefined };

function sliding<Options extends MaxPoolOptions | AvgPoolOptions>(
  type: string,
  axes: number,
  kernel: PerAxis,
  defaults: Record<string, unknown>,
  given: Options,
  apply: (x: Parameters<typeof maxPool2dOf>[0], kernel: PerAxis, options: Options) => ReturnType<typeof maxPool2dOf>,
): Module<Resized> {
  const options = resolve<Record<string, unknown>>(type, defaults, given as Record<string, unknown>);
  const settings = Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== defaults[name]));
  poolSettings(type, axes, kernel, settings);
  return defineModule<Resized>({
    type,
    options: { kernel, ...(settings as Record<string, Json>) },
    forward: (x) => apply(x, kernel, settings as unknown as Options),
  });
}
