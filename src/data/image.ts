// A picture in: three matrices of red, green and blue, laid end to end. And out again.
//
//   pixels   r g b r g b r g b …          interleaved as cameras, canvases and decoders have it, 0 to 255
//   planes   r r r … g g g … b b b …      [channels, height, width], as convolutions want it (NCHW)
//
// The feature vector is the planes without their shape: 256 x 256 x 3 = 196,608 features. Decoding of files is not done
// here: a canvas, or a decoder of the user's choice, gives the pixels.

import { oneOf, show, values, whole } from "./check.js";

/** A picture of whole numbers 0 to 255, row by row: 1 (grey), 3 (RGB) or 4 (RGBA) of them a pixel. `ImageData` is one. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** The channels of planes: one, three or four of them. */
export type Channels = "grey" | "rgb" | "rgba";

/** Planes one after another; `shape` is [channels, height, width]. */
export interface Planes {
  readonly data: Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** What `imageToPlanes` and `imageToFeatures` take. */
export interface ImageOptions {
  /** The planes wanted, whatever the picture has. Default: "rgb". */
  readonly channels?: Channels;
  /** What every value is multiplied by; 1 / 255 gives 0 to 1. Default: 1, so 0 to 255. */
  readonly scale?: number;
}

/** A picture of four bytes a pixel, as `new ImageData(data, width, height)` takes it. */
export interface RgbaImage extends Pixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

const COUNT: Readonly<Record<Channels, number>> = { grey: 1, rgb: 3, rgba: 4 };

/**
 * The planes of a picture, [channels, height, width]. A grey picture becomes colour by repetition; colour becomes grey by
 * (299 r + 587 g + 114 b) / 1000, the luma of ITU-R BT.601, as PyTorch's and Pillow's grey do. Alpha is left out (nothing
 * is blended) unless the channels are "rgba"; a picture without alpha gets 255.
 *
 * @throws TypeError if the data are not bytes; RangeError if their number does not match the width and height.
 */
export function imageToPlanes(pixels: Pixels, options: ImageOptions = {}): Planes {
  const { channels = "rgb", scale = 1 } = options;
  const count = COUNT[oneOf("imageToPlanes: channels", channels, ["grey", "rgb", "rgba"])];
  checkScale("imageToPlanes", scale);
  const { data, width, height } = pixels;
  const area = areaOf("imageToPlanes", width, height);
  if (!(data instanceof Uint8Array) && !(data instanceof Uint8ClampedArray)) {
    throw new TypeError(`imageToPlanes: data must be a Uint8Array or a Uint8ClampedArray, got ${show(data)}`);
  }
  const step = channelsIn("imageToPlanes", data.length, width, height);
  const planes = new Float32Array(values("imageToPlanes", count, area));

  const [green, blue] = step === 1 ? [0, 0] : [1, 2]; // a grey picture is its own red, green and blue
  for (let pixel = 0, at = 0; pixel < area; pixel++, at += step) {
    const r = data[at]!;
    const g = data[at + green]!;
    const b = data[at + blue]!;
    if (count === 1) {
      planes[pixel] = ((299 * r + 587 * g + 114 * b) / 1000) * scale;
      continue;
    }
    planes[pixel] = r * scale;
    planes[area + pixel] = g * scale;
    planes[2 * area + pixel] = b * scale;
    if (count === 4) planes[3 * area + pixel] = (step === 4 ? data[at + 3]! : 255) * scale;
  }
  return { data: planes, shape: [count, height, width] };
}

/**
 * The picture of 1, 3 or 4 planes: divided by `scale`, rounded, clamped to 0 to 255, with alpha 255 where there is none.
 * Undoes `imageToPlanes` of the same scale without loss (grey excepted).
 *
 * @param options.scale What `imageToPlanes` multiplied by. Default: 1.
 * @throws RangeError if the data do not match the shape.
 */
export function planesToImage(planes: Planes, options: { readonly scale?: number } = {}): RgbaImage {
  const { scale = 1 } = options;
  checkScale("planesToImage", scale);
  const { data, shape } = planes;
  const [count, height, width] = shape;
  const area = areaOf("planesToImage", width, height);
  if (channelsIn("planesToImage", data.length, width, height) !== count) {
    throw new RangeError(`planesToImage: shape is [${shape.join(", ")}], but data has ${data.length} values`);
  }
  const rgba = new Uint8ClampedArray(values("planesToImage", 4, area)); // rounds and clamps by itself
  const [green, blue] = count === 1 ? [0, 0] : [area, 2 * area];
  for (let pixel = 0, at = 0; pixel < area; pixel++, at += 4) {
    rgba[at] = data[pixel]! / scale;
    rgba[at + 1] = data[pixel + green]! / scale;
    rgba[at + 2] = data[pixel + blue]! / scale;
    rgba[at + 3] = count === 4 ? data[pixel + 3 * area]! / scale : 255;
  }
  return { data: rgba, width, height };
}

/** The feature vector of a picture: its planes end to end, channels · height · width values. Options and errors as there. */
export function imageToFeatures(pixels: Pixels, options: ImageOptions = {}): Float32Array {
  return imageToPlanes(pixels, options).data;
}

/**
 * The picture of a feature vector; grey, RGB or RGBA by its length.
 *
 * @throws RangeError if the length is not 1, 3 or 4 times width · height.
 */
export function featuresToImage(
  features: Float32Array,
  options: { readonly width: number; readonly height: number; readonly scale?: number },
): RgbaImage {
  const { width, height, scale } = options;
  areaOf("featuresToImage", width, height);
  const count = channelsIn("featuresToImage", features.length, width, height);
  return planesToImage({ data: features, shape: [count, height, width] }, { scale });
}

function areaOf(label: string, width: number, height: number): number {
  whole(`${label}: width`, width, 1);
  whole(`${label}: height`, height, 1);
  return values(label, height, width);
}

function channelsIn(label: string, length: number, width: number, height: number): number {
  const count = length / (width * height);
  if (count === 1 || count === 3 || count === 4) return count;
  throw new RangeError(`${label}: ${length} values are not 1, 3 or 4 for each pixel of ${width} x ${height}`);
}

function checkScale(label: string, scale: number): void {
  // Beyond these, 1 · scale is subnormal or 255 · scale infinite as f32, and the picture is lost.
  if (typeof scale !== "number") throw new TypeError(`${label}: scale must be a positive number, got ${show(scale)}`);
  if (scale >= 2 ** -126 && scale <= 2 ** 120 - 1) return;
  throw new RangeError(`${label}: scale must be a positive number from 2^-126 to 2^120, got ${scale}`);
}
