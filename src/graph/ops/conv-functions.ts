// The convolutions that users call: checks of shapes, and series as pictures of one row.
//
// PyTorch: https://pytorch.org/docs/stable/nn.functional.html#convolution-functions

import { ShapeError } from "../op.js";
import { apply, sameShape, showShape, type Shape, type Tensor } from "../tensor.js";
import { conv2dOp, convTranspose2dOp } from "./conv.js";
import { asPair, checkFits, perAxis, windowsAlong, type Pair, type PerAxis } from "./conv-window.js";
import { linear } from "./matmul.js";
import { reshape } from "./shape.js";

export interface ConvOptions {
  /** Steps of the kernel. One number for all axes, or one for each. Default 1. */
  stride?: PerAxis;
  /** Zeros on either side of each axis; "same": as many as keep the size, at stride 1; "valid": none. Default 0. */
  padding?: PerAxis | "same" | "valid";
  /** Distance of the kernel's elements. Default 1. */
  dilation?: PerAxis;
  /** Parts of the channels that do not see each other; as many as channels: depthwise. Default 1. */
  groups?: number;
}

export interface ConvTransposeOptions {
  /** Default 1. */
  stride?: PerAxis;
  /** Elements that are cut off on either side of each axis. Default 0. */
  padding?: PerAxis;
  /** Elements more at the end of each axis, less than the stride or the dilation. Default 0. */
  outputPadding?: PerAxis;
  /** Default 1. */
  dilation?: PerAxis;
  /** Default 1. */
  groups?: number;
}

/**
 * y[n, o, h, w] = bias[o] + Σ over c, i, j of weight[o, c, i, j] · x[n, c, h·stride + i·dilation - padding, …].
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
 *
 * @param x [images, channels, height, width]
 * @param weight [outs, channels / groups, height, width]
 * @param bias [outs], optional
 * @returns [images, outs, ⌊(height + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1, …]
 * @throws ShapeError if the channels differ, or the kernel is larger than the padded picture
 */
export const conv2d = (x: Tensor, weight: Tensor, bias?: Tensor, options: ConvOptions = {}): Tensor =>
  convolve("conv2d", 2, x, weight, bias, options);

/**
 * conv2d along one axis. https://pytorch.org/docs/stable/generated/torch.nn.functional.conv1d.html
 *
 * @param x [samples, channels, length]
 * @param weight [outs, channels / groups, length]
 * @param bias [outs], optional
 * @returns [samples, outs, ⌊(length + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1]
 * @throws ShapeError as conv2d
 */
export const conv1d = (x: Tensor, weight: Tensor, bias?: Tensor, options: ConvOptions = {}): Tensor =>
  convolve("conv1d", 1, x, weight, bias, options);

/**
 * The transpose of conv2d: the gradient of a conv2d with this weight by its input.
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html
 *
 * @param x [images, channels, height, width]
 * @param weight [channels, outs / groups, height, width]
 * @param bias [outs], optional
 * @returns [images, outs, (height - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1, …]
 * @throws ShapeError if the channels differ, or nothing is left of the result
 */
export const convTranspose2d = (x: Tensor, weight: Tensor, bias?: Tensor, options: ConvTransposeOptions = {}): Tensor =>
  convolveTransposed("convTranspose2d", 2, x, weight, bias, options);

/**
 * convTranspose2d along one axis. https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose1d.html
 *
 * @param x [samples, channels, length]
 * @param weight [channels, outs / groups, length]
 * @param bias [outs], optional
 * @returns [samples, outs, (length - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1]
 * @throws ShapeError as convTranspose2d
 */
export const convTranspose1d = (x: Tensor, weight: Tensor, bias?: Tensor, options: ConvTransposeOptions = {}): Tensor =>
  convolveTransposed("convTranspose1d", 1, x, weight, bias, options);

function convolve(
  name: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: ConvOptions,
): Tensor {
  checkRanks(name, axes, x, weight);
  const [outs, perGroup, ...kernel] = weight.shape as [number, number, ...number[]];
  const { stride, dilation, groups, sides } = convSettings(name, kernel, options);
  const channels = x.shape[1]!;
  if (channels !== perGroup * groups || outs % groups !== 0) {
    const expected = groups === 1 ? `${perGroup} channels` : `${groups} groups of ${perGroup} channels`;
    throw new ShapeError(
      `${name}: input is ${showShape(x.shape)}, with ${channels} channels, but the weight ${showShape(weight.shape)} ` +
        `expects ${expected}` +
        (outs % groups === 0
          ? "; check the layer before it, or the input: channels come first, [channels, height, width]"
          : `, and ${outs} outs are no multiple of ${groups} groups`),
    );
  }
  checkBias(name, bias, outs);

  const image = x.shape.slice(2);
  const { padding = 0 } = options;
  const grid = image.map((size, i) => windowsAlong(size, sides[i]!, kernel[i]!, stride[i]!, dilation[i]!));
  checkFits(name, grid, { input: image, padding, kernel, dilation });

  const before = sides.map(([first]) => first);
  if (groups === 1 && sameShape(kernel, image) && sides.flat().every((size) => size === 0)) {
    // The kernel sees everything at once: a linear layer, whose product runs over all images together.
    const rows = linear(reshape(x, [x.shape[0]!, -1]), reshape(weight, [outs, -1]), bias);
    return reshape(rows, [x.shape[0]!, outs, ...grid]);
  }
  const geometry = lifted({ image, grid, kernel, stride, dilation, padding: before });
  const y = apply(conv2dOp, [lift(x, axes), lift(weight, axes), ...(bias ? [bias] : [])], { ...geometry, groups });
  return reshape(y, [x.shape[0]!, outs, ...grid]);
}

function convolveTransposed(
  name: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: ConvTransposeOptions,
): Tensor {
  const { stride, dilation, groups, padding, more } = convTransposeSettings(name, axes, options);
  checkRanks(name, axes, x, weight);
  const [channels, perGroup, ...kernel] = weight.shape as [number, number, ...number[]];
  const outs = perGroup * groups;
  if (x.shape[1] !== channels || channels % groups !== 0) {
    throw new ShapeError(
      `${name}: input is ${showShape(x.shape)}, with ${x.shape[1]} channels, but the weight ${showShape(weight.shape)} ` +
        `expects ${channels}` +
        (channels % groups === 0 ? "; check the layer before it" : `, which is no multiple of ${groups} groups`),
    );
  }
  checkBias(name, bias, outs);
  const grid = x.shape.slice(2);
  const image = grid.map(
    (size, i) => (size - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (kernel[i]! - 1) + more[i]! + 1,
  );
  if (!image.every((size) => size >= 1)) {
    throw new ShapeError(
      `${name}: padding ${JSON.stringify(padding)} leaves nothing of ${showShape(x.shape)} by ${showShape(weight.shape)}; give less padding`,
    );
  }
  const geometry = lifted({ image, grid, kernel, stride, dilation, padding });
  const y = apply(convTranspose2dOp, [lift(x, axes), lift(weight, axes), ...(bias ? [bias] : [])], {
    ...geometry,
    groups,
  });
  return reshape(y, [x.shape[0]!, outs, ...image]);
}

/**
 * What a convolution's options come to, apart from the input's size: padding before and after each axis.
 * @throws RangeError for options that make no convolution
 */
export function convSettings(name: string, kernel: readonly number[], options: ConvOptions) {
  const axes = kernel.length;
  const { stride, dilation, groups } = checkOptions(name, axes, options);
  return { stride, dilation, groups, sides: paddingOf(name, axes, options.padding ?? 0, kernel, stride, dilation) };
}

/**
 * What a transposed convolution's options come to.
 * @throws RangeError for options that make no convolution
 */
export function convTransposeSettings(name: string, axes: number, options: ConvTransposeOptions) {
  const { stride, dilation, groups } = checkOptions(name, axes, options);
  const padding = perAxis(name, "padding", options.padding ?? 0, axes, 0);
  const more = perAxis(name, "outputPadding", options.outputPadding ?? 0, axes, 0);
  more.forEach((size, i) => {
    if (size < Math.max(stride[i]!, dilation[i]!)) return;
    throw new RangeError(
      `${name}: outputPadding must be less than the stride or the dilation, got ${size} at stride ${stride[i]} and dilation ${dilation[i]}`,
    );
  });
  return { stride, dilation, groups, padding, more };
}

function checkOptions(
  name: string,
  axes: number,
  { stride = 1, dilation = 1, groups = 1 }: Pick<ConvOptions, "stride" | "dilation" | "groups">,
) {
  if (!Number.isInteger(groups) || groups < 1) {
    throw new RangeError(`${name}: groups must be a whole number of at least 1, got ${groups}`);
  }
  return {
    stride: perAxis(name, "stride", stride, axes, 1),
    dilation: perAxis(name, "dilation", dilation, axes, 1),
    groups,
  };
}

function checkRanks(name: string, axes: number, x: Tensor, weight: Tensor): void {
  if (x.shape.length === axes + 2 && weight.shape.length === axes + 2) return;
  const sizes = axes === 2 ? "height, width" : "length";
  throw new ShapeError(
    `${name}: needs an input [samples, channels, ${sizes}] and a weight of as many axes, got ` +
      `${showShape(x.shape)} and ${showShape(weight.shape)}; reshape them`,
  );
}

function checkBias(name: string, bias: Tensor | undefined, outs: number): void {
  if (!bias || sameShape(bias.shape, [outs])) return;
  throw new ShapeError(`${name}: the bias is ${showShape(bias.shape)} but the weight gives ${outs} channels`);
}

/** Padding before and after each axis. "same" puts an odd element behind, as PyTorch does. */
function paddingOf(
  name: string,
  axes: number,
  padding: PerAxis | "same" | "valid",
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): Pair[] {
  if (padding === "valid") return kernel.map(() => [0, 0]);
  if (padding !== "same") return perAxis(name, "padding", padding, axes, 0).map((size) => [size, size]);
  if (stride.some((step) => step !== 1)) {
    throw new RangeError(
      `${name}: padding "same" needs stride 1, got ${JSON.stringify(stride)}; give the padding in numbers`,
    );
  }
  return kernel.map((size, i) => {
    const total = (size - 1) * dilation[i]!;
    return [total >> 1, total - (total >> 1)];
  });
}

type Sizes = Record<"image" | "grid" | "kernel" | "stride" | "dilation" | "padding", readonly number[]>;

/** The sizes of a picture, of one row for a series. */
const lifted = ({ image, grid, kernel, stride, dilation, padding }: Sizes) => ({
  image: asPair(image, 1),
  grid: asPair(grid, 1),
  kernel: asPair(kernel, 1),
  stride: asPair(stride, 1),
  dilation: asPair(dilation, 1),
  padding: asPair(padding, 0),
});

const lift = (x: Tensor, axes: number): Tensor =>
  axes === 1 ? reshape(x, [...x.shape.slice(0, 2), 1, x.shape[2]!] as Shape) : x;
