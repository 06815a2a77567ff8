// A picture in: three matrices of red, green and blue, laid end to end. And out again.
//
//   pixels   r g b r g b r g b …          interleaved as cameras, canvases and decoders have it, 0 to 255
//   planes   r r r … g g g … b b b …      [channels, height, width], as convolutions want it (NCHW)
//
// The feature vector is the planes without their shape: 256 x 256 x 3 = 196,608 features. Files are not decoded
// here: a canvas (canvas.ts), wasmgrad/images in Node, or a decoder of the user's choice gives the pixels.

import { known, oneOf, show, values, whole } from "./check.js";
import { normalisation, refuseNormalisation, type Normalisation } from "./normalise.js";

/** A picture of whole numbers 0 to 255, row by row: 1 (grey), 3 (RGB) or 4 (RGBA) of them a pixel. `ImageData` is one. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** The channels of planes: one, three or four of them. */
export type Channels = "grey" | "rgb" | "rgba";

/** Planes one after another; `shape` is [channels, height, width]. */
export interface Planes<T extends Float32Array | Uint8Array = Float32Array> {
  readonly data: T;
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** The shape of planes that somebody gave. @throws TypeError for what are none, RangeError if the data do not match the shape */
export function sizesOf(owner: string, planes: Planes<Float32Array | Uint8Array>): Planes["shape"] {
  if (!Array.isArray(planes?.shape) || !planes.data) {
    throw new TypeError(
      `${owner}: expected planes { data, shape: [channels, height, width] }, as imageToPlanes() gives, got ${show(planes)}`,
    );
  }
  const { data, shape } = planes;
  const [channels, height, width] = shape;
  if (data.length !== channels * height * width) {
    throw new RangeError(`${owner}: shape is [${shape.join(", ")}], but data has ${data.length} values`);
  }
  return [channels, height, width];
}

/** What `imageToPlanes` and `imageToFeatures` take; value = (byte · scale - mean) / std. */
export interface ImageOptions extends Normalisation {
  /** The planes wanted, whatever the picture has. Default: "rgb". */
  readonly channels?: Channels;
  /**
   * "u8" keeps the bytes, a quarter of the memory: a model's `rescale(1 / 255)` makes numbers of them. Only without scale,
   * mean and std. Default: "f32".
   */
  readonly type?: "f32" | "u8";
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
 * @throws TypeError if the data are not bytes; RangeError if their number does not match the width and height, or a scale,
 *   mean or std is out of bounds.
 */
export function imageToPlanes(pixels: Pixels, options: ImageOptions & { readonly type: "u8" }): Planes<Uint8Array>;
export function imageToPlanes(pixels: Pixels, options?: ImageOptions & { readonly type?: "f32" }): Planes;
export function imageToPlanes(pixels: Pixels, options: ImageOptions = {}): Planes<Float32Array | Uint8Array> {
  known("imageToPlanes", options, ["channels", "type", "scale", "mean", "std"]);
  const { channels = "rgb", type = "f32" } = options;
  const count = COUNT[oneOf("imageToPlanes: channels", channels, ["grey", "rgb", "rgba"])];
  if (oneOf("imageToPlanes: type", type, ["f32", "u8"]) === "u8") refuseNormalisation("imageToPlanes", options);
  const normal = normalisation("imageToPlanes", options, count);
  const step = channelsOf("imageToPlanes", pixels);
  const { data, width, height } = pixels;
  const area = width * height;
  const size = values("imageToPlanes", count, area);
  const planes = type === "u8" ? new Uint8ClampedArray(size) : new Float32Array(size); // the former rounds grey

  const [green, blue] = step === 1 ? [0, 0] : [1, 2]; // a grey picture is its own red, green and blue
  normal.forEach(({ scale, mean, std }, channel) => {
    const plane = planes.subarray(channel * area, (channel + 1) * area);
    if (count === 1) {
      for (let pixel = 0, at = 0; pixel < area; pixel++, at += step) {
        const luma = (299 * data[at]! + 587 * data[at + green]! + 114 * data[at + blue]!) / 1000;
        plane[pixel] = (luma * scale - mean) / std;
      }
    } else if (channel === 3 && step !== 4) {
      plane.fill((255 * scale - mean) / std);
    } else {
      const first = [0, green, blue, 3][channel]!;
      for (let pixel = 0, at = first; pixel < area; pixel++, at += step) {
        plane[pixel] = (data[at]! * scale - mean) / std;
      }
    }
  });
  const result = planes instanceof Float32Array ? planes : new Uint8Array(planes.buffer);
  return { data: result, shape: [count, height, width] };
}

/**
 * The picture of 1, 3 or 4 planes: value · std + mean, divided by `scale`, rounded, clamped to 0 to 255, with alpha 255
 * where there is none. Undoes `imageToPlanes` of the same options without loss (grey excepted).
 *
 * @param options What `imageToPlanes` was given. Default: scale 1, mean 0, std 1.
 * @throws RangeError if the data do not match the shape, or a scale, mean or std is out of bounds.
 */
export function planesToImage(planes: Planes<Float32Array | Uint8Array>, options: Normalisation = {}): RgbaImage {
  const { data, shape } = planes;
  const [count, height, width] = shape;
  const area = areaOf("planesToImage", width, height);
  if (channelsIn("planesToImage", data.length, width, height) !== count) {
    throw new RangeError(`planesToImage: shape is [${shape.join(", ")}], but data has ${data.length} values`);
  }
  const normal = normalisation("planesToImage", options, count);
  const rgba = new Uint8ClampedArray(values("planesToImage", 4, area)).fill(255); // rounds and clamps by itself
  for (let channel = 0; channel < Math.max(count, 3); channel++) {
    const source = count === 1 ? 0 : channel;
    const { scale, mean, std } = normal[source]!;
    for (let pixel = 0; pixel < area; pixel++) {
      rgba[4 * pixel + channel] = (data[source * area + pixel]! * std + mean) / scale;
    }
  }
  return { data: rgba, width, height };
}

/** The feature vector of a picture: its planes end to end, channels · height · width values. Options and errors as there. */
export function imageToFeatures(pixels: Pixels, options: ImageOptions & { readonly type?: "f32" } = {}): Float32Array {
  return imageToPlanes(pixels, options).data;
}

/**
 * The picture of a feature vector; grey, RGB or RGBA by its length.
 *
 * @throws RangeError if the length is not 1, 3 or 4 times width · height, or as planesToImage.
 */
export function featuresToImage(
  features: Float32Array,
  options: Normalisation & { readonly width: number; readonly height: number },
): RgbaImage {
  const { width, height, ...rest } = options;
  areaOf("featuresToImage", width, height);
  const count = channelsIn("featuresToImage", features.length, width, height);
  return planesToImage({ data: features, shape: [count, height, width] }, rest);
}

/** The bytes of a pixel, after a check of the whole picture. */
export function channelsOf(label: string, { data, width, height }: Pixels): number {
  areaOf(label, width, height);
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) {
    return channelsIn(label, data.length, width, height);
  }
  throw new TypeError(`${label}: data must be a Uint8Array or a Uint8ClampedArray, got ${show(data)}`);
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
