// Convolutions in plain f64: one walk over everything that meets, which each of the three ops sums up another way.

import type { Geometry } from "../../src/graph/ops/conv.js";
import type { Node } from "../../src/graph/tensor.js";
import type { Reference } from "./reference-tensor.js";

/** Sizes of pictures x [images, groups · channels, ...image] and results y [images, groups · outs, ...grid]. */
interface Sizes extends Geometry {
  readonly images: number;
  readonly channels: number;
  readonly outs: number;
}

/** Calls `meet` with the places of every element of x, weight and y that meet. */
function walk(sizes: Sizes, meet: (x: number, weight: number, y: number) => void): void {
  const { images, channels, outs, groups, image, grid, kernel, stride, dilation, padding } = sizes;
  for (let n = 0; n < images; n++)
    for (let g = 0; g < groups; g++)
      for (let o = 0; o < outs; o++)
        for (let c = 0; c < channels; c++)
          for (let oy = 0; oy < grid[0]; oy++)
            for (let ox = 0; ox < grid[1]; ox++)
              for (let ky = 0; ky < kernel[0]; ky++)
                for (let kx = 0; kx < kernel[1]; kx++) {
                  const iy = oy * stride[0] + ky * dilation[0] - padding[0];
                  const ix = ox * stride[1] + kx * dilation[1] - padding[1];
                  if (iy < 0 || iy >= image[0] || ix < 0 || ix >= image[1]) continue;
                  meet(
                    (((n * groups + g) * channels + c) * image[0] + iy) * image[1] + ix,
                    (((g * outs + o) * channels + c) * kernel[0] + ky) * kernel[1] + kx,
                    (((n * groups + g) * outs + o) * grid[0] + oy) * grid[1] + ox,
                  );
                }
}

const sizesOf = ({ inputs: [x], attrs }: Node, weight: readonly number[]): Sizes => ({
  ...(attrs as unknown as Geometry),
  images: x!.shape[0]!,
  channels: weight[1]!,
  outs: weight[0]! / (attrs.groups as number),
});

/** Zeros, or the bias of each channel, for an output [images, channels, ...]. */
function started({ outputs: [y] }: Node, bias: readonly number[] | undefined): number[] {
  const [, channels, ...rest] = y!.shape as [number, number, ...number[]];
  const plane = rest.reduce((product, size) => product * size, 1);
  return Array.from({ length: y!.size }, (_, i) => bias?.[Math.floor(i / plane) % channels] ?? 0);
}

export const convReferences: Record<string, Reference> = {
  conv2d: ([x, weight, bias], node) => {
    const y = started(node, bias);
    walk(sizesOf(node, node.inputs[1]!.shape), (i, j, k) => (y[k]! += x![i]! * weight![j]!));
    return [y];
  },
  convTranspose2d: ([y, weight, bias], node) => {
    const x = started(node, bias);
    walk(sizesOf(node, node.inputs[1]!.shape), (i, j, k) => (x[i]! += y![k]! * weight![j]!));
    return [x];
  },
  convWeightGrad: ([x, y], node) => {
    const weight = new Array<number>(node.outputs[0]!.size).fill(0);
    walk(sizesOf(node, node.outputs[0]!.shape), (i, j, k) => (weight[j]! += x![i]! * y![k]!));
    return [weight];
  },
};
