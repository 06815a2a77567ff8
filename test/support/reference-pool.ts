// Poolings in plain f64: for each window, its elements that lie in the picture.

import type { Sliding } from "../../src/graph/ops/conv-window.js";
import { sizeOf, type Node } from "../../src/graph/tensor.js";
import type { Reference } from "./reference-tensor.js";

type Pair = readonly [number, number];

/** Calls `meet` for each window of each plane, with its number and the places of its elements in the whole input. */
function windows(
  planes: number,
  image: Pair,
  grid: Pair,
  along: (axis: 0 | 1, o: number) => readonly number[],
  meet: (window: number, elements: readonly number[], oy: number, ox: number) => void,
): void {
  for (let plane = 0; plane < planes; plane++)
    for (let oy = 0; oy < grid[0]; oy++)
      for (let ox = 0; ox < grid[1]; ox++) {
        const places = along(0, oy).flatMap((iy) => along(1, ox).map((ix) => (plane * image[0] + iy) * image[1] + ix));
        meet((plane * grid[0] + oy) * grid[1] + ox, places, oy, ox);
      }
}

/** Indices along an axis that belong to window o. */
const sliding =
  ({ image, kernel, stride, dilation, padding }: Sliding) =>
  (axis: 0 | 1, o: number): number[] =>
    Array.from({ length: kernel[axis] }, (_, k) => o * stride[axis] + k * dilation[axis] - padding[axis]).filter(
      (i) => i >= 0 && i < image[axis],
    );

const even =
  (image: Pair, grid: Pair) =>
  (axis: 0 | 1, o: number): number[] => {
    const first = Math.floor((o * image[axis]) / grid[axis]);
    return Array.from({ length: Math.ceil(((o + 1) * image[axis]) / grid[axis]) - first }, (_, i) => first + i);
  };

const planesOf = ({ inputs: [x] }: Node) => sizeOf(x!.shape.slice(0, -2));
const zeros = ({ outputs: [y] }: Node) => new Array<number>(y!.size).fill(0);

/** Calls `meet` with the window, its elements, and what their sum is divided by. */
function averages(node: Node, meet: (window: number, elements: readonly number[], size: number) => void): void {
  const attrs = node.attrs as unknown as Sliding & { countIncludePad: boolean; divisor: number };
  const { image, grid, kernel, stride, padding } = attrs;
  const padded = (axis: 0 | 1, o: number) => {
    const start = o * stride[axis] - padding[axis];
    return Math.min(start + kernel[axis], image[axis] + padding[axis]) - start;
  };
  windows(planesOf(node), image, grid, sliding(attrs), (window, elements, oy, ox) => {
    const size = attrs.countIncludePad ? padded(0, oy) * padded(1, ox) : Math.max(1, elements.length);
    meet(window, elements, attrs.divisor || size);
  });
}

function evenly(node: Node, meet: (window: number, elements: readonly number[]) => void): void {
  const { image, grid } = node.attrs as { image: Pair; grid: Pair };
  windows(planesOf(node), image, grid, even(image, grid), meet);
}

/** The index of a window within its plane becomes a place in the whole tensor. */
const placeOf = (window: number, index: number, { image, grid }: Sliding) =>
  Math.floor(window / (grid[0] * grid[1])) * image[0] * image[1] + index;

export const poolReferences: Record<string, Reference> = {
  maxPool: ([x], node) => {
    const attrs = node.attrs as unknown as Sliding;
    const [y, index] = [zeros(node), zeros(node)];
    const plane = attrs.image[0] * attrs.image[1];
    windows(planesOf(node), attrs.image, attrs.grid, sliding(attrs), (window, elements) => {
      let best = elements[0]!;
      for (const at of elements) if (x![at]! > x![best]! || Number.isNaN(x![at])) best = at;
      y[window] = x![best]!;
      index[window] = best % plane;
    });
    return [y, index];
  },
  maxPoolGrad: ([dy, index], node) => {
    const dx = zeros(node);
    dy!.forEach((g, window) => (dx[placeOf(window, index![window]!, node.attrs as unknown as Sliding)]! += g));
    return [dx];
  },
  maxPoolTake: ([x, index], node) => [
    index!.map((i, window) => x![placeOf(window, i, node.attrs as unknown as Sliding)]!),
  ],
  avgPool: ([x], node) => {
    const y = zeros(node);
    averages(node, (window, elements, size) => {
      y[window] = elements.reduce((sum, at) => sum + x![at]!, 0) / size;
    });
    return [y];
  },
  avgPoolGrad: ([dy], node) => {
    const dx = zeros(node);
    averages(node, (window, elements, size) => elements.forEach((at) => (dx[at]! += dy![window]! / size)));
    return [dx];
  },
  adaptiveAvgPool: ([x], node) => {
    const y = zeros(node);
    evenly(node, (window, elements) => {
      y[window] = elements.reduce((sum, at) => sum + x![at]!, 0) / elements.length;
    });
    return [y];
  },
  adaptiveAvgPoolGrad: ([dy], node) => {
    const dx = zeros(node);
    evenly(node, (window, elements) => elements.forEach((at) => (dx[at]! += dy![window]! / elements.length)));
    return [dx];
  },
};
