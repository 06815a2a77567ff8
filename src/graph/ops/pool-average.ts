// Average pooling: over a window that slides, to a given grid, and over everything.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, type Op, type Places } from "../op.js";
import { apply, type Node, type Shape, type Tensor } from "../tensor.js";
import { frameBytes, lineBytes, windowWords, type Pair, type PerAxis, type Sliding } from "./conv-window.js";
import { checkRank, planesOf, pooled, poolWindow, type PoolOptions } from "./pool-window.js";
import { mean } from "./reduce.js";
import { reshape } from "./shape.js";

interface Averaging extends Sliding {
  countIncludePad: boolean;
  /** 0: the window's size. */
  divisor: number;
}

const within = (shape: Shape, sizes: Shape): Shape => [...shape.slice(0, -2), ...sizes];

const scratchBytes = ({ attrs }: { attrs: Averaging }) =>
  frameBytes(attrs, 1) + lineBytes(attrs.kernel[0] * attrs.kernel[1]) + 2 * lineBytes(attrs.grid[1]);

const emitted =
  (code: Opcode) =>
  ({ inputs: [x], attrs }: Node & { readonly attrs: Averaging }, { inputs, outputs, scratch }: Places) => {
    const { countIncludePad, divisor } = attrs;
    const divided = [countIncludePad ? 1 : 0, real(divisor)] as const;
    return [[code, outputs[0]!, inputs[0]!, scratch, planesOf(x!), ...divided, ...windowWords(attrs)] as const];
  };

/** y [.., ...grid] of x [.., ...image] */
export const avgPoolOp: Op<Averaging> = op<Averaging>({
  name: "avgPool",
  shape: ([x], { grid }) => [{ shape: within(x!.shape, grid) }],
  grad: ([dy], { attrs }) => [apply(avgPoolGradOp, [dy!], { ...attrs })],
  scratchBytes,
  emit: emitted(Opcode.AvgPool),
});

/** dx [.., ...image] of dy [.., ...grid] */
export const avgPoolGradOp: Op<Averaging> = op<Averaging>({
  name: "avgPoolGrad",
  shape: ([dy], { image }) => [{ shape: within(dy!.shape, image) }],
  grad: ([dx], { attrs }) => [apply(avgPoolOp, [dx!], { ...attrs })],
  scratchBytes,
  emit: emitted(Opcode.AvgPoolGrad),
});

interface Adaptive {
  image: Pair;
  grid: Pair;
}

/** y [.., ...grid] of x [.., ...image] */
export const adaptiveAvgPoolOp: Op<Adaptive> = op<Adaptive>({
  name: "adaptiveAvgPool",
  shape: ([x], { grid }) => [{ shape: within(x!.shape, grid) }],
  grad: ([dy], { attrs }) => [apply(adaptiveAvgPoolGradOp, [dy!], { ...attrs })],
  emit: ({ inputs: [x], attrs: { image, grid } }, { inputs, outputs }) => [
    [Opcode.AdaptiveAvgPool, outputs[0]!, inputs[0]!, planesOf(x!), ...image, ...grid],
  ],
});

/** dx [.., ...image] of dy [.., ...grid] */
export const adaptiveAvgPoolGradOp: Op<Adaptive> = op<Adaptive>({
  name: "adaptiveAvgPoolGrad",
  shape: ([dy], { image }) => [{ shape: within(dy!.shape, image) }],
  grad: ([dx], { attrs }) => [apply(adaptiveAvgPoolOp, [dx!], { ...attrs })],
  emit: ({ inputs: [dy], attrs: { image, grid } }, { inputs, outputs }) => [
    [Opcode.AdaptiveAvgPoolGrad, outputs[0]!, inputs[0]!, planesOf(dy!), ...image, ...grid],
  ],
});

export interface AvgPoolOptions extends PoolOptions {
  /** False to divide by the elements of a window that are no padding. Default true. */
  countIncludePad?: boolean;
  /** Divides every sum instead of the window's size. */
  divisorOverride?: number;
}

/**
 * The mean of each window, in which padding counts as zeros.
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool2d.html
 *
 * @param x [images, channels, height, width]
 * @param kernel height and width of the window, or one number for both
 * @returns [images, channels, ⌊(height + 2 padding - kernel) / stride⌋ + 1, …]
 * @throws ShapeError if the window is larger than the padded picture
 */
export const avgPool2d = (x: Tensor, kernel: PerAxis, options: AvgPoolOptions = {}): Tensor =>
  avgPool("avgPool2d", 2, x, kernel, options);

/**
 * avgPool2d along one axis. https://pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool1d.html
 *
 * @param x [samples, channels, length]
 * @returns [samples, channels, ⌊(length + 2 padding - kernel) / stride⌋ + 1]
 * @throws ShapeError if the window is longer than the padded series
 */
export const avgPool1d = (x: Tensor, kernel: PerAxis, options: AvgPoolOptions = {}): Tensor =>
  avgPool("avgPool1d", 1, x, kernel, options);

function avgPool(name: string, axes: number, x: Tensor, kernel: PerAxis, options: AvgPoolOptions): Tensor {
  const { countIncludePad = true, divisorOverride, ...rest } = options;
  if (divisorOverride !== undefined && !(Number.isFinite(divisorOverride) && divisorOverride !== 0)) {
    throw new RangeError(`${name}: divisorOverride must be a number other than 0, got ${divisorOverride}`);
  }
  const window = poolWindow(name, axes, x, kernel, rest);
  const attrs = { ...window, countIncludePad, divisor: divisorOverride ?? 0 };
  return pooled(x, window, (pictures) => apply(avgPoolOp, [pictures], attrs));
}

/**
 * Means over a grid of `outputSize` windows that cover the picture evenly, whatever its size.
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool2d.html
 *
 * @param x [images, channels, height, width]
 * @param outputSize rows and columns, or one number for both; null leaves the size as it is
 * @returns [images, channels, rows, columns]
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: number | readonly (number | null)[]): Tensor {
  checkRank("adaptiveAvgPool2d", 2, x);
  const [height, width] = x.shape.slice(2) as [number, number];
  const sizes = typeof outputSize === "number" ? [outputSize, outputSize] : outputSize;
  if (sizes.length !== 2 || !sizes.every((size) => size === null || (Number.isInteger(size) && size >= 1))) {
    throw new RangeError(
      `adaptiveAvgPool2d: outputSize must be a whole number of at least 1, or two, got ${JSON.stringify(outputSize)}`,
    );
  }
  const [rows, columns] = [sizes[0] ?? height, sizes[1] ?? width];
  if (rows === 1 && columns === 1) return mean(x, { axes: [2, 3], keepDims: true });
  if (height === 2 * rows && width === 2 * columns) return avgPool2d(x, 2);
  if (rows === height && columns === width) return x;
  return apply(adaptiveAvgPoolOp, [x], { image: [height, width], grid: [rows, columns] });
}

/**
 * The mean of each channel: [images, channels, height, width] → [images, channels].
 * Lin et al. 2013, "Network in network", https://arxiv.org/abs/1312.4400
 *
 * @throws ShapeError unless x has four axes
 */
export function globalAvgPool2d(x: Tensor): Tensor {
  checkRank("globalAvgPool2d", 2, x);
  return reshape(mean(x, { axes: [2, 3] }), x.shape.slice(0, 2));
}
