// The canvas: paths filled by scanlines, each pixel mixed in by the exact share of it that the path covers.
//
// Every edge says, for each pixel that it crosses, how much it changes the covered share there and in all pixels to the
// right of it; a running sum along the row then gives the shares. What is covered twice counts once, and holes (outlines
// that run the other way round) take away. Knows nothing about what is drawn.

import type { Path } from "./path.js";

/** Width and height in pixels. */
export const SIDE = 64;
export const AREA = SIDE * SIDE;

/** Red, green and blue, 0 to 1. */
export type Colour = readonly [number, number, number];

/** The colour at a place, in pixels. */
export type PixelPaint = (x: number, y: number) => Colour;

const STRIDE = SIDE + 2; // one column more for what an edge at the right border gives on

export class Canvas {
  /** Red, green and blue planes, 0 to 1: [3, 64, 64]. */
  readonly planes = new Float32Array(3 * AREA);
  /** Changes of the covered share from each pixel to the next; all 0 between two fills. */
  private readonly changes = new Float32Array(SIDE * STRIDE);

  /** Mixes `paint` into all pixels that `path` covers, pixels being its unit. */
  fill(path: Path, paint: PixelPaint, opacity = 1): void {
    let [top, bottom] = [SIDE, 0];
    for (const points of path) {
      for (let at = 0, last = points.length - 2; at < points.length; last = at, at += 2) {
        this.edge(points[last], points[last + 1], points[at], points[at + 1]);
        top = Math.min(top, points[at + 1]);
        bottom = Math.max(bottom, points[at + 1]);
      }
    }
    for (let row = Math.max(0, Math.floor(top)); row < Math.min(SIDE, bottom); row++) this.sweep(row, paint, opacity);
  }

  /** How bright the whole of it is to the eye, 0 to 1. */
  get brightness(): number {
    const mean = (plane: number) =>
      this.planes.subarray(plane * AREA, (plane + 1) * AREA).reduce((sum, value) => sum + value, 0) / AREA;
    return 0.3 * mean(0) + 0.59 * mean(1) + 0.11 * mean(2);
  }

  private edge(x0: number, y0: number, x1: number, y1: number): void {
    if (y0 === y1) return;
    const way = y1 > y0 ? 1 : -1;
    const slope = (x1 - x0) / (y1 - y0);
    const top = Math.max(0, Math.min(y0, y1));
    const bottom = Math.min(SIDE, Math.max(y0, y1));
    for (let row = Math.floor(top); row < bottom; row++) {
      const upper = Math.max(top, row);
      const lower = Math.min(bottom, row + 1);
      const xa = x0 + (upper - y0) * slope;
      const xb = x0 + (lower - y0) * slope;
      this.cross(row, Math.min(xa, xb), Math.max(xa, xb), way * (lower - upper));
    }
  }

  /** An edge that crosses `height` of a row on its way from `left` to `right`. */
  private cross(row: number, left: number, right: number, height: number): void {
    const { changes } = this;
    const begin = row * STRIDE;
    if (left < 0) {
      // What is crossed left of the canvas has all of the row to its right.
      const outside = right > 0 ? (height * -left) / (right - left) : height;
      changes[begin] += outside;
      if (right <= 0) return;
      height -= outside;
      left = 0;
    }
    for (let column = Math.floor(left); column < SIDE && column <= right; column++) {
      const from = Math.max(left, column);
      const to = Math.min(right, column + 1);
      const share = right > left ? (height * (to - from)) / (right - left) : height;
      const passed = (from + to) / 2 - column;
      changes[begin + column] += share * (1 - passed);
      changes[begin + column + 1] += share * passed;
    }
  }

  private sweep(row: number, paint: PixelPaint, opacity: number): void {
    const { planes, changes } = this;
    let sum = 0;
    for (let column = 0, at = row * SIDE, change = row * STRIDE; column < SIDE; column++, at++, change++) {
      sum += changes[change];
      changes[change] = 0;
      const share = opacity * Math.min(1, Math.abs(sum));
      if (share < 1 / 512) continue;
      const colour = paint(column + 0.5, row + 0.5);
      for (let plane = 0; plane < 3; plane++) {
        const here = plane * AREA + at;
        planes[here] += share * (colour[plane] - planes[here]);
      }
    }
    changes[row * STRIDE + SIDE] = 0;
    changes[row * STRIDE + SIDE + 1] = 0;
  }
}
