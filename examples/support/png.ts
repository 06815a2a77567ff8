// Small pictures as PNG data URIs, to stand inside a page. Knows nothing about what they show.

import { PNG } from "pngjs";

/** A grey picture of `width * height` bytes, 0 black to 255 white. */
export function greyPng(grey: ArrayLike<number>, width: number, height: number): string {
  const png = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) png.data.fill(grey[i], 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
  return dataUri(PNG.sync.write(png, { colorType: 0 }));
}

/** A coloured picture: planes [3, height, width] of bytes. */
export function colourPng(planes: ArrayLike<number>, width: number, height: number): string {
  const png = new PNG({ width, height });
  const area = width * height;
  for (let i = 0; i < area; i++) png.data.set([planes[i], planes[area + i], planes[2 * area + i], 255], 4 * i);
  return dataUri(PNG.sync.write(png, { colorType: 2 }));
}

const NEGATIVE = [47, 111, 222]; // blue
const POSITIVE = [226, 118, 20]; // orange

/**
 * Signed values as a picture: blue below zero, orange above, the more opaque the farther from it. Zero is transparent,
 * so the picture sits on a light page as well as on a dark one. `limit` is the magnitude drawn at full strength.
 */
export function divergingPng(values: ArrayLike<number>, width: number, height: number, limit: number): string {
  const png = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) {
    const strength = limit > 0 ? Math.min(1, Math.abs(values[i]) / limit) : 0;
    png.data.set(values[i] < 0 ? NEGATIVE : POSITIVE, 4 * i);
    png.data[4 * i + 3] = Math.round(255 * strength);
  }
  return dataUri(PNG.sync.write(png, { colorType: 6 }));
}

const dataUri = (png: Buffer) => `data:image/png;base64,${png.toString("base64")}`;
