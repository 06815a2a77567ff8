// Turns a picture upright, as Exif's orientation asks: cameras write the pixels as the sensor has them.
//
//   1 as it is              2 mirrored left to right     3 by half a turn        4 mirrored top to bottom
//   5 rows become columns   6 a quarter turn clockwise   7 5 and then 3          8 a quarter turn counter-clockwise

import type { RgbaImage } from "../data/image.js";

/** The same picture, upright. */
export function upright(image: RgbaImage, orientation: number): RgbaImage {
  if (orientation === 1) return image;
  const turned = orientation > 4;
  const [width, height] = turned ? [image.height, image.width] : [image.width, image.height];
  // Which way rows and columns of the source run, as the new picture's do.
  const backColumns = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const backRows = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  const from = new Uint32Array(image.data.buffer, image.data.byteOffset, image.width * image.height);
  const data = new Uint8ClampedArray(4 * width * height);
  const to = new Uint32Array(data.buffer);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      const [i, j] = turned ? [column, row] : [row, column];
      const sourceRow = backRows ? image.height - 1 - i : i;
      const sourceColumn = backColumns ? image.width - 1 - j : j;
      to[at] = from[sourceRow * image.width + sourceColumn]!;
    }
  }
  return { data, width, height };
}
