// Max pooling. The index of each window's largest element is its second output, from which the gradient is made.

import { Opcode } from "../../shared/opcodes.js";
import { op, type Op } from "../op.js";
import { apply, createNode, type Shape, type Tensor } from "../tensor.js";
import { frameBytes, lineBytes, windowWords, type PerAxis, type Sliding } from "./conv-window.js";
import { planesOf, pooled, poolWindow, type PoolOptions } from "./pool-window.js";

const within = (shape: Shape, sizes: Shape): Shape => [...shape.slice(0, -2), ...sizes];

/** y and index (i32) [.., ...grid] of x [.., ...image] */
export const maxPoolOp: Op<Sliding> = op<Sliding>({
  name: "maxPool",
  shape: ([x], { grid }) => {
    const shape = within(x!.shape, grid);
    return [{ shape }, { shape, dtype: "i32" }];
  },
  grad: ([dy], { outputs: [, index], attrs }) => [dy ? apply(maxPoolGradOp, [dy, index!], { ...attrs }) : null],
  scratchBytes: ({ attrs }) => frameBytes(attrs, 1) + lineBytes(2 * attrs.kernel[0] * attrs.kernel[1]),
  emit: ({ inputs: [x], attrs }, { inputs, outputs, scratch }) => [
    [Opcode.MaxPool, outputs[0]!, outputs[1]!, inputs[0]!, scratch, planesOf(x!), ...windowWords(attrs)],
  ],
});

/** dx [.., ...image]: dy [.., ...grid] at its index, 0 elsewhere */
export const maxPoolGradOp: Op<Sliding> = op<Sliding>({
  name: "maxPoolGrad",
  whole: [1],
  shape: ([dy], { image }) => [{ shape: within(dy!.shape, image) }],
  grad: ([dx], { inputs: [, index], attrs }) => [apply(maxPoolTakeOp, [dx!, index!], { ...attrs }), null],
  emit: ({ inputs: [dy], attrs }, { inputs, outputs }) => [
    [Opcode.MaxPoolGrad, outputs[0]!, inputs[0]!, inputs[1]!, planesOf(dy!), ...windowWords(attrs)],
  ],
});

/** y [.., ...grid]: the elements of x [.., ...image] at the index */
export const maxPoolTakeOp: Op<Sliding> = op<Sliding>({
  name: "maxPoolTake",
  whole: [1],
  shape: ([x], { grid }) => [{ shape: within(x!.shape, grid) }],
  grad: ([dy], { inputs: [, index], attrs }) => [apply(maxPoolGradOp, [dy!, index!], { ...attrs }), null],
  emit: ({ inputs: [x], attrs }, { inputs, outputs }) => [
    [Opcode.MaxPoolTake, outputs[0]!, inputs[0]!, inputs[1]!, planesOf(x!), ...windowWords(attrs)],
  ],
});

export interface MaxPoolOptions extends PoolOptions {
  /** Distance of a window's elements. Default 1. */
  dilation?: PerAxis;
}

/**
 * The largest element of each window. Of equals, the first gets the gradient; a NaN is larger than everything.
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
 *
 * @param x [images, channels, height, width]
 * @param kernel height and width of the window, or one number for both
 * @returns [images, channels, ⌊(height + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1, …]
 * @throws ShapeError if the window is larger than the padded picture
 */
export const maxPool2d = (x: Tensor, kernel: PerAxis, options: MaxPoolOptions = {}): Tensor =>
  maxPool("maxPool2d", 2, x, kernel, options);

/**
 * maxPool2d along one axis. https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool1d.html
 *
 * @param x [samples, channels, length]
 * @returns [samples, channels, ⌊(length + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1]
 * @throws ShapeError if the window is longer than the padded series
 */
export const maxPool1d = (x: Tensor, kernel: PerAxis, options: MaxPoolOptions = {}): Tensor =>
  maxPool("maxPool1d", 1, x, kernel, options);

function maxPool(name: string, axes: number, x: Tensor, kernel: PerAxis, options: MaxPoolOptions): Tensor {
  const window = poolWindow(name, axes, x, kernel, options);
  return pooled(x, window, (pictures) => createNode(maxPoolOp, [pictures], { ...window }).outputs[0]!);
}
