// Small convolutional networks for pictures: LeNet, and a residual network.

import { relu } from "../nn/layers/activation.js";
import { residual } from "../nn/layers/branches.js";
import { conv2d } from "../nn/layers/conv.js";
import { linear } from "../nn/layers/linear.js";
import { batchNorm } from "../nn/layers/norm.js";
import { globalAvgPool2d, maxPool2d } from "../nn/layers/pool.js";
import { flatten } from "../nn/layers/reshape.js";
import { sequential } from "../nn/layers/sequential.js";
import { check, checkAll, resolve, steps } from "../nn/check-options.js";
import type { Module } from "../nn/module.js";

export interface LenetOptions {
  /** Channels of the picture. Default 1. */
  channels?: number;
  /** Height and width of the picture; at least 12. Default 28. */
  size?: number;
  /** Default 10. */
  classes?: number;
}

/**
 * Two convolutions with poolings, then three linear layers: [batch, channels, size, size] → [batch, classes], logits.
 *
 * LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998 (LeNet-5), with
 * today's ReLU and max pooling in the places of tanh and averages.
 *
 * @throws RangeError or TypeError for sizes that make no such network
 */
export function lenet(options: LenetOptions = {}): Module {
  const given = resolve<Required<LenetOptions>>("lenet", { channels: 1, size: 28, classes: 10 }, options);
  checkAll("lenet", given, ["channels", "size", "classes"], steps);
  const { channels, size, classes } = given;
  if (size < 12) throw new RangeError(`lenet: size must be at least 12 for two poolings of 5 x 5 windows, got ${size}`);
  const side = ((size >> 1) - 4) >> 1; // behind the second pooling
  return sequential(
    conv2d(channels, 6, 5, { padding: 2 }),
    relu(),
    maxPool2d(2),
    conv2d(6, 16, 5),
    relu(),
    maxPool2d(2),
    flatten(),
    linear(16 * side * side, 120),
    relu(),
    linear(120, 84),
    relu(),
    linear(84, classes),
  ) as Module;
}

export interface ResnetOptions {
  /** Channels of the picture. Default 3. */
  channels?: number;
  /** Default 10. */
  classes?: number;
  /** Channels of each stage; every stage but the first halves height and width. Default [16, 32, 64]. */
  widths?: readonly number[];
  /** Residual blocks in each stage. Default 1. */
  blocks?: number;
}

/**
 * A small residual network: [batch, channels, height, width] → [batch, classes], logits. A stage is a convolution that
 * changes the number of channels, then blocks that add to what they are given; at the end each channel's mean over the
 * picture goes to a linear layer, so pictures of any size fit.
 *
 * He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2015, section 4.2, with plain convolutions
 * between the stages.
 *
 * @throws RangeError or TypeError for sizes that are no whole numbers of at least 1
 */
export function resnet(options: ResnetOptions = {}): Module {
  const defaults = { channels: 3, classes: 10, widths: [16, 32, 64] as readonly number[], blocks: 1 };
  const { channels, classes, widths, blocks } = resolve<Required<ResnetOptions>>("resnet", defaults, options);
  checkAll("resnet", { channels, classes, blocks }, ["channels", "classes", "blocks"], steps);
  if (!Array.isArray(widths) || widths.length === 0) {
    throw new RangeError("resnet: widths must be the channels of at least one stage, e.g. [16, 32, 64]");
  }
  widths.forEach((width: unknown, i) => check("resnet", `widths[${i}]`, width, steps));
  const stages = widths.flatMap((width: number, i): Module[] => [
    ...convolved((widths[i - 1] as number | undefined) ?? channels, width, i > 0 ? 2 : 1),
    relu(),
    ...Array.from({ length: blocks }, () => block(width)).flat(),
  ]);
  return sequential(...stages, globalAvgPool2d(), flatten(), linear(widths.at(-1) as number, classes)) as Module;
}

/** x + conv(relu(conv(x))), each convolution normalised, then relu. */
const block = (width: number): Module[] => [
  residual(...convolved(width, width), relu(), ...convolved(width, width)),
  relu(),
];

/** A convolution of 3 x 3 whose bias is that of the norm behind it. */
const convolved = (from: number, to: number, stride = 1): Module[] => [
  conv2d(from, to, 3, { stride, padding: 1, bias: false }),
  batchNorm(to),
];
