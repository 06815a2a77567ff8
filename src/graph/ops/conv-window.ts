// A window that slides over pictures, for convolutions and poolings: its sizes, the words that its instructions have in
// common, and the memory of the frame that the kernels copy a picture into (assembly/conv-frame.ts draws one).

import { Layout } from "../../shared/opcodes.js";
import { Window } from "../../shared/window.js";
import { ShapeError } from "../op.js";

/** Height and width, or rows and columns. */
export type Pair = readonly [number, number];

/** A window over pictures [.., ...image] that gives results [.., ...grid]. */
export interface Sliding {
  readonly image: Pair;
  readonly grid: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Above and to the left; what is needed below and to the right follows from the grid. */
  readonly padding: Pair;
}

const FLOAT = 4;
const SLACK = 16;

/** Bytes of `count` words, in whole lines. */
export const lineBytes = (count: number): number => Math.ceil((count * FLOAT) / Layout.Line) * Layout.Line;

/** Elements along one axis from the window's first tap to its last. */
const span = (kernel: number, dilation: number) => (kernel - 1) * dilation + 1;

/** The same window, with a picture of one row where rows do not matter: a row of pixels has fewer ends then. */
export function flattened(window: Sliding): Sliding {
  const { image, grid, kernel, stride, padding } = window;
  const pointwise = [...kernel, ...stride].every((size) => size === 1) && padding.every((size) => size === 0);
  if (!pointwise || image[0] !== grid[0] || image[1] !== grid[1]) return window;
  const row: Pair = [1, image[0] * image[1]];
  return { ...window, image: row, grid: row };
}

interface Frame {
  /** False where the kernel reads pictures as they lie. */
  readonly framed: boolean;
  /** Floats from a row of a phase to the next, and from a channel to the next. */
  readonly row: number;
  readonly plane: number;
}

/** The frame of the window's picture. */
export function frameOf({ image, grid, kernel, stride, dilation, padding }: Sliding): Frame {
  const needed = (axis: 0 | 1) => (grid[axis] - 1) * stride[axis] + span(kernel[axis], dilation[axis]);
  const [height, width] = image;
  const inPlace = stride[1] === 1 && padding[0] === 0 && padding[1] === 0 && needed(0) <= height && needed(1) <= width;
  if (inPlace) return { framed: false, row: width, plane: height * width };
  const row = Math.ceil(Math.max(needed(1), padding[1] + width) / stride[1]);
  const rows = Math.max(needed(0), padding[0] + height);
  // An odd number of lines, so that the same pixel of many channels does not fall into one set of the cache.
  const wholeLines = Math.ceil((rows * stride[1] * row * FLOAT) / Layout.Line);
  return { framed: true, row, plane: ((wholeLines | 1) * Layout.Line) / FLOAT };
}

/** Bytes of scratch for the frame of `channels` channels; 0 if there is none. */
export function frameBytes(window: Sliding, channels: number): number {
  const { framed, plane } = frameOf(window);
  return framed ? lineBytes(channels * plane + SLACK) : 0;
}

/** Bytes of the table of quads, four results each, that the kernels make of the grid. */
export const quadBytes = ({ grid }: Sliding): number => lineBytes(3 * grid[0] * Math.ceil(grid[1] / 4));

/** The words of an instruction that describe the window, as Window numbers them. */
export function windowWords(window: Sliding): number[] {
  const { framed, row, plane } = frameOf(window);
  const words = new Array<number>(Window.Words);
  [words[Window.Height], words[Window.Width]] = window.image;
  [words[Window.Rows], words[Window.Columns]] = window.grid;
  [words[Window.KernelHeight], words[Window.KernelWidth]] = window.kernel;
  [words[Window.StrideY], words[Window.StrideX]] = window.stride;
  [words[Window.DilationY], words[Window.DilationX]] = window.dilation;
  [words[Window.Top], words[Window.Left]] = window.padding;
  words[Window.Framed] = framed ? 1 : 0;
  words[Window.FrameRow] = row;
  words[Window.FramePlane] = plane;
  return words;
}

/** One number for all axes, or one for each. */
export type PerAxis = number | readonly number[];

/**
 * An option that may be one number or one for each of `axes` axes.
 * @throws RangeError unless they are whole numbers of at least `least`
 */
export function perAxis(name: string, option: string, value: PerAxis, axes: number, least: number): number[] {
  const list = typeof value === "number" ? new Array<number>(axes).fill(value) : Array.isArray(value) ? [...value] : [];
  if (list.length !== axes || !list.every((size) => Number.isInteger(size) && size >= least)) {
    const each = axes > 1 ? ` or ${axes} of them` : "";
    const got = typeof value === "number" ? String(value) : JSON.stringify(value);
    throw new RangeError(`${name}: ${option} must be a whole number of at least ${least}${each}, got ${got}`);
  }
  return list;
}

/**
 * Windows that fit along one axis: floor((size + before + after - span) / stride) + 1.
 * @param ceil counts a last window that is only begun, if it begins in the picture or the padding before it
 */
export function windowsAlong(
  size: number,
  [before, after]: Pair,
  kernel: number,
  stride: number,
  dilation: number,
  ceil = false,
): number {
  const room = size + before + after - span(kernel, dilation);
  const count = Math.floor((room + (ceil ? stride - 1 : 0)) / stride) + 1;
  return ceil && (count - 1) * stride >= size + before ? count - 1 : count;
}

/** @throws ShapeError if the window fits nowhere */
export function checkFits(name: string, grid: readonly number[], of: Record<string, PerAxis | string>): void {
  if (grid.every((count) => count >= 1)) return;
  const shown = Object.entries(of).map(([option, value]) => `${option} ${JSON.stringify(value)}`);
  throw new ShapeError(
    `${name}: the window is larger than the padded input (${shown.join(", ")}); take a smaller kernel or more padding`,
  );
}

/** A picture of one row for every series, so that the kernels for pictures serve them. */
export const asPair = (sizes: readonly number[], first: number): Pair =>
  (sizes.length === 1 ? [first, sizes[0]!] : sizes) as Pair;
