// Pixels to PNG files.

import { channelsOf, type Pixels } from "../data/image.js";
import { png } from "./node-packages.js";

/** PNG's numbers for grey, RGB and RGBA. */
const COLOUR_TYPE: Readonly<Record<number, 0 | 2 | 6>> = { 1: 0, 3: 2, 4: 6 };

/**
 * A PNG file of a picture: grey, RGB or RGBA by its bytes a pixel. In Node only; needs the package pngjs, which users install
 * themselves. In a browser a canvas does it: `drawPixels(canvas, image)`, then `canvas.toBlob`.
 *
 * ```ts
 * await writeFile("digit.png", await encodePng(planesToImage({ data: x, shape: [1, 28, 28] })));
 * ```
 *
 * @throws RangeError if the data do not match the width and height; Error if pngjs is not installed.
 */
export async function encodePng(image: Pixels): Promise<Uint8Array<ArrayBuffer>> {
  const colorType = COLOUR_TYPE[channelsOf("encodePng", image)]!;
  const { PNG } = await png();
  const { data, width, height } = image;
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const options = { colorType, inputColorType: colorType, inputHasAlpha: colorType === 6 };
  const file = PNG.sync.write({ data: buffer, width, height } as InstanceType<typeof PNG>, options);
  return new Uint8Array(file); // a copy, since Node keeps small buffers together in one
}
