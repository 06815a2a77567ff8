// What max and average pooling have in common: their options, the checks, and series as pictures of one row.

import { ShapeError } from "../op.js";
import { showShape, sizeOf, type Shape, type Tensor } from "../tensor.js";
import { asPair, checkFits, perAxis, windowsAlong, type PerAxis, type Sliding } from "./conv-window.js";
import { reshape } from "./shape.js";

export interface PoolOptions {
  /** Steps of the window. One number for all axes, or one for each. Default: the kernel, so that windows lie side by side. */
  stride?: PerAxis;
  /** Elements on either side of each axis, at most half the kernel. Default 0. */
  padding?: PerAxis;
  /** True for a last window that is only begun, too. Default false. */
  ceilMode?: boolean;
}

/** The window over the last `axes` axes of x, as one of two axes. @throws ShapeError or RangeError if it does not fit */
export function poolWindow(
  name: string,
  axes: number,
  x: Tensor,
  kernel: PerAxis,
  options: PoolOptions & { dilation?: PerAxis },
): Sliding {
  checkRank(name, axes, x);
  const { sizes, steps, before, distances } = poolSettings(name, axes, kernel, options);
  const { padding = 0, dilation = 1, ceilMode = false } = options;
  const image = x.shape.slice(2);
  const grid = image.map((size, i) =>
    windowsAlong(size, [before[i]!, before[i]!], sizes[i]!, steps[i]!, distances[i]!, ceilMode),
  );
  checkFits(name, grid, { input: image, kernel, padding, dilation });
  return {
    image: asPair(image, 1),
    grid: asPair(grid, 1),
    kernel: asPair(sizes, 1),
    stride: asPair(steps, 1),
    dilation: asPair(distances, 1),
    padding: asPair(before, 0),
  };
}

/** Sizes, steps, padding and distances along each axis. @throws RangeError for what makes no window */
export function poolSettings(
  name: string,
  axes: number,
  kernel: PerAxis,
  { stride = kernel, padding = 0, dilation = 1 }: PoolOptions & { dilation?: PerAxis },
): Record<"sizes" | "steps" | "before" | "distances", number[]> {
  const sizes = perAxis(name, "kernel", kernel, axes, 1);
  const steps = perAxis(name, "stride", stride, axes, 1);
  const before = perAxis(name, "padding", padding, axes, 0);
  const distances = perAxis(name, "dilation", dilation, axes, 1);
  before.forEach((size, i) => {
    if (2 * size <= sizes[i]!) return;
    throw new RangeError(`${name}: padding must be at most half the kernel, got ${size} for a kernel of ${sizes[i]}`);
  });
  return { sizes, steps, before, distances };
}

/** @throws ShapeError unless x is [samples, channels] and `axes` axes more */
export function checkRank(name: string, axes: number, x: Tensor): void {
  if (x.shape.length === axes + 2) return;
  const expected = axes === 2 ? "height, width" : "length";
  throw new ShapeError(
    `${name}: needs an input [samples, channels, ${expected}], got ${showShape(x.shape)}; reshape it`,
  );
}

/** A pooling of pictures, applied to x, whose last axes become as many of the result. */
export function pooled(x: Tensor, window: Sliding, pool: (pictures: Tensor) => Tensor): Tensor {
  const lead = x.shape.slice(0, 2);
  const axes = x.shape.length - 2;
  const y = pool(reshape(x, [...lead, ...window.image]));
  return reshape(y, [...lead, ...window.grid.slice(2 - axes)]);
}

/** Pictures in a tensor [.., height, width]. */
export const planesOf = ({ shape }: { readonly shape: Shape }): number => sizeOf(shape.slice(0, -2));
