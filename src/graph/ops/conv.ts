// Rows of the convolutions. Three ops, each linear in both of its inputs, close under differentiation:
//
//   y = conv2d(x, w)             dx = convTranspose2d(dy, w)     dw = convWeightGrad(x, dy)
//   x = convTranspose2d(y, w)    dy = conv2d(dx, w)              dw = convWeightGrad(dx, y)
//   w = convWeightGrad(x, y)     dx = convTranspose2d(y, dw)     dy = conv2d(x, dw)
//
// In all three, x [images, groups · channels, ...image] is the side of the picture, y [images, groups · outs, ...grid]
// that of the results, and w [groups · outs, channels, ...kernel]. What users call is in conv-functions.ts.

import { Opcode } from "../../shared/opcodes.js";
import { ConvBlock } from "../../shared/window.js";
import { op, real, type Instruction, type Op, type Places } from "../op.js";
import { apply, sizeOf, type Node, type Tensor } from "../tensor.js";
import { activations, type ActivationName } from "./activation.js";
import { flattened, frameBytes, lineBytes, quadBytes, windowWords, type Pair, type Sliding } from "./conv-window.js";
import { sum } from "./reduce.js";

/** How x, y and w lie to each other. */
export interface Geometry extends Sliding {
  readonly groups: number;
}

interface Fusible extends Geometry {
  /** Set by fusion. */
  activation?: ActivationName;
  alpha?: number;
}

type ConvNode = Node & { readonly attrs: Fusible };

const windowOf = ({ image, grid, kernel, stride, dilation, padding }: Geometry): Sliding =>
  flattened({ image, grid, kernel, stride, dilation, padding });
const geometryOf = (attrs: Geometry): Geometry => ({
  groups: attrs.groups,
  image: attrs.image,
  grid: attrs.grid,
  kernel: attrs.kernel,
  stride: attrs.stride,
  dilation: attrs.dilation,
  padding: attrs.padding,
});
/** Floats from an image to the next. */
const stepOf = ({ shape: [, ...image] }: Tensor) => sizeOf(image);
const area = ([height, width]: Pair) => height * width;

/** y = act(conv(x, w) + bias); a third input is the bias [groups · outs]. */
export const conv2dOp: Op<Fusible> = op<Fusible>({
  name: "conv2d",
  takesActivation: true,
  shape: ([x, weight], { grid }) => [{ shape: [x!.shape[0]!, weight!.shape[0]!, ...grid] }],
  grad: ([dy], { inputs: [x, weight, bias], attrs }) => [
    transposed(dy!, weight!, attrs),
    byWeight(x!, dy!, attrs),
    ...(bias ? [overChannels(dy!)] : []),
  ],
  scratchBytes: ({ inputs: [, weight], attrs }) => {
    const window = windowOf(attrs);
    const channels = weight!.shape[1]!;
    return correlationBytes(window, channels);
  },
  emit: (node, places) => {
    const { inputs, attrs } = node as ConvNode;
    const [outs, channels] = inputs[1]!.shape as [number, number];
    return [correlation(node, places, channels, outs / attrs.groups, windowOf(attrs), false)];
  },
});

/** x = act(the transpose of conv2d applied to y, + bias); a third input is the bias [groups · channels]. */
export const convTranspose2dOp: Op<Fusible> = op<Fusible>({
  name: "convTranspose2d",
  takesActivation: true,
  shape: ([y, weight], { groups, image }) => [{ shape: [y!.shape[0]!, groups * weight!.shape[1]!, ...image] }],
  grad: ([dx], { inputs: [y, weight, bias], attrs }) => [
    apply(conv2dOp, [dx!, weight!], { ...geometryOf(attrs) }),
    byWeight(dx!, y!, attrs),
    ...(bias ? [overChannels(dx!)] : []),
  ],
  scratchBytes: ({ inputs: [, weight], attrs }) => {
    const outs = weight!.shape[0]! / attrs.groups;
    const channels = weight!.shape[1]!;
    const window = windowOf(attrs);
    const repacked = outs * channels * area(window.kernel);
    const turned = flippedWindow(window, outs);
    if (turned) return correlationBytes(turned, outs) + (outs > 1 && channels > 1 ? lineBytes(repacked) : 0);
    return frameBytes(window, channels) + lineBytes(outs) + quadBytes(window) + lineBytes(16) + lineBytes(repacked);
  },
  emit: (node, places) => {
    const { inputs, outputs, attrs } = node as ConvNode;
    const outs = inputs[1]!.shape[0]! / attrs.groups;
    const channels = inputs[1]!.shape[1]!;
    const window = windowOf(attrs);
    const turned = flippedWindow(window, outs);
    if (turned) return [correlation(node, places, outs, channels, turned, true)];
    return [
      // prettier-ignore
      [Opcode.ConvTranspose2d, ...operands(places), inputs[0]!.shape[0]!, attrs.groups, channels, outs,
        stepOf(inputs[0]!), stepOf(outputs[0]!), ...activationWords(attrs), ...windowWords(window)],
    ];
  },
});

/**
 * Parts of the images that the weight's gradient is summed over one by one: of small weights of one group (others are shared
 * by outs or groups) so many, whatever the number of threads, as the order of the sum must not depend on that.
 */
function partsOf(x: Tensor, weights: number, { groups }: Geometry): number {
  return groups > 1 || weights > ConvBlock.PartSize ? 1 : Math.min(x.shape[0]!, ConvBlock.Parts);
}

/** w = Σ over images and results of x and y: the gradient by the weight. With several parts, they are a second output. */
export const convWeightGradOp: Op<Geometry> = op<Geometry>({
  name: "convWeightGrad",
  shape: ([x, y], attrs) => {
    const weight = { shape: [y!.shape[1]!, x!.shape[1]! / attrs.groups, ...attrs.kernel] };
    const parts = partsOf(x!, sizeOf(weight.shape), attrs);
    return parts === 1 ? [weight] : [weight, { shape: [parts, ...weight.shape] }];
  },
  grad: ([dw], { inputs: [x, y], attrs }) => [
    transposed(y!, dw!, attrs),
    apply(conv2dOp, [x!, dw!], { ...geometryOf(attrs) }),
  ],
  scratchBytes: ({ outputs: [weight], attrs }) => {
    const outs = weight!.shape[0]! / attrs.groups;
    const channels = weight!.shape[1]!;
    const window = windowOf(attrs);
    const taps = channels * area(window.kernel);
    const padded = Math.ceil(outs / 4) * 4;
    const band = Math.max(ConvBlock.Band, window.grid[1]);
    const rest = outs <= ConvBlock.FewOuts ? quadBytes(window) : lineBytes(band * padded);
    return frameBytes(window, channels) + lineBytes(taps) + lineBytes(taps * padded) + rest;
  },
  emit: ({ inputs: [x, y], outputs: [weight], attrs }, { inputs, outputs, scratch }) => {
    const outs = weight!.shape[0]! / attrs.groups;
    const parts = partsOf(x!, weight!.size, attrs);
    const gradient: Instruction =
      // prettier-ignore
      [Opcode.ConvWeightGrad, outputs.at(-1)!, inputs[0]!, inputs[1]!, scratch, x!.shape[0]!, attrs.groups,
        weight!.shape[1]!, outs, stepOf(x!), stepOf(y!), parts, 0, parts, ...windowWords(windowOf(attrs))];
    if (parts === 1) return [gradient];
    return [gradient, [Opcode.Sum, outputs[0]!, outputs[1]!, 1, parts, weight!.size, real(1)]];
  },
});

const operands = ({ inputs, outputs, scratch }: Places) =>
  [outputs[0]!, inputs[0]!, inputs[1]!, inputs[2] ?? 0, scratch] as const;
const activationWords = ({ activation, alpha }: Fusible) =>
  [activation ? activations[activation].code : 0, real(alpha ?? 0)] as const;

/** Opcode.Conv2d from `channels` to `outs` in each group. */
function correlation(
  { inputs, outputs, attrs }: ConvNode,
  places: Places,
  channels: number,
  outs: number,
  window: Sliding,
  flipped: boolean,
): Instruction {
  // prettier-ignore
  return [Opcode.Conv2d, ...operands(places), inputs[0]!.shape[0]!, attrs.groups, channels, outs,
    stepOf(outputs[0]!), stepOf(inputs[0]!), ...activationWords(attrs), flipped ? 1 : 0, ...windowWords(window)];
}

const correlationBytes = (window: Sliding, channels: number) =>
  frameBytes(window, channels) + lineBytes(channels * area(window.kernel)) + quadBytes(window) + lineBytes(16);

/**
 * The window by which a convolution of y gives the transpose, if that is the quicker way; it exists at stride 1, unless
 * there is more padding than kernel.
 *
 * Per tap, the convolution does the work of `outs` for each pixel of the picture, the other way that of `outs`, and of
 * some 5 more for adding up (so measured at 16 outs), for each result.
 */
function flippedWindow(window: Sliding, outs: number): Sliding | undefined {
  const { image, grid, kernel, stride, dilation, padding } = window;
  const before = (axis: 0 | 1) => (kernel[axis] - 1) * dilation[axis] - padding[axis];
  if (stride[0] !== 1 || stride[1] !== 1 || before(0) < 0 || before(1) < 0) return undefined;
  if (area(image) * outs > area(grid) * (outs + 5)) return undefined;
  return { image: grid, grid: image, kernel, stride, dilation, padding: [before(0), before(1)] };
}

const transposed = (y: Tensor, weight: Tensor, attrs: Geometry) =>
  apply(convTranspose2dOp, [y, weight], { ...geometryOf(attrs) });
const byWeight = (x: Tensor, y: Tensor, attrs: Geometry) => apply(convWeightGradOp, [x, y], { ...geometryOf(attrs) });
const overChannels = (dy: Tensor) => sum(dy, { axes: [0, 2, 3] });
