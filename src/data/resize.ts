// Pictures at another size, as planes or as pixels. Height and width are done one after the other, each by the same loop:
// every new value is a weighted sum of a few old ones along one axis,
//
//   y[outer, i, inner] = Σ_t weight[i, t] · x[outer, first[i] + t, inner]
//
// which takes planes [channels, height, width] and pixels [height, width, channels] alike. Between the two the values are
// f32; bytes are rounded once, at the end. Only + - * / are used, so that the bits are the same on every engine.

import { oneOf, show, values, whole } from "./check.js";
import { channelsOf, sizesOf, type Pixels, type Planes } from "./image.js";

/**
 * How new pixels come from old ones, whose centres lie half a pixel from the edge:
 * - "nearest": the pixel that holds the new one's centre;
 * - "bilinear": the two nearest in each direction, by distance (PyTorch's interpolate with align_corners = false, without
 *   antialias: for pictures made much smaller take "box");
 * - "box": the mean of the area that the new pixel covers.
 */
export type ResizeMethod = "nearest" | "bilinear" | "box";

/** What `resizePlanes` and `resizeImage` take. */
export interface ResizeOptions {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Default: "box" if the picture gets smaller in both directions, else "bilinear". */
  readonly method?: ResizeMethod;
}

/** The new values of one axis: `count` weights each, for as many old values from `first` on. */
interface Taps {
  readonly count: number;
  readonly first: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Planes of another size, of the kind that came.
 *
 * @returns [channels, height, width]
 * @throws RangeError if the data do not match the shape, or a size is out of bounds; TypeError for another method.
 */
export function resizePlanes<T extends Float32Array | Uint8Array>(
  planes: Planes<T>,
  options: ResizeOptions,
): Planes<T> {
  const [channels, height, width] = sizesOf("resizePlanes", planes);
  const taps = tapsOf("resizePlanes", width, height, options);
  const size = values("resizePlanes", channels, values("resizePlanes", options.height, options.width));
  const tall = resample(
    planes.data,
    channels,
    height,
    width,
    taps.vertical,
    new Float32Array((size / options.width) * width),
  );
  const data = planes.data instanceof Float32Array ? new Float32Array(size) : new Uint8ClampedArray(size);
  resample(tall, channels * options.height, width, 1, taps.horizontal, data);
  const result = data instanceof Float32Array ? data : new Uint8Array(data.buffer);
  return { data: result as T, shape: [channels, options.height, options.width] };
}

/**
 * A picture of another size, with as many bytes a pixel as came. Transparent pixels weigh as much as others: where the
 * colour under them is arbitrary, it shows at their edges.
 *
 * @throws RangeError if the data do not match the width and height, or a size is out of bounds; TypeError for another
 *   method.
 */
export function resizeImage(pixels: Pixels, options: ResizeOptions): Pixels & { data: Uint8ClampedArray<ArrayBuffer> } {
  const { width, height } = pixels;
  const channels = channelsOf("resizeImage", pixels);
  const taps = tapsOf("resizeImage", width, height, options);
  const size = values("resizeImage", channels, values("resizeImage", options.height, options.width));
  const tall = new Float32Array(options.height * width * channels);
  resample(pixels.data, 1, height, width * channels, taps.vertical, tall);
  const data = new Uint8ClampedArray(size); // rounds and clamps by itself
  resample(tall, options.height, width, channels, taps.horizontal, data);
  return { data, width: options.width, height: options.height };
}

function tapsOf(label: string, fromWidth: number, fromHeight: number, options: ResizeOptions) {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${label}: options must be { width, height }, got ${show(options)}`);
  }
  const { width, height } = options;
  whole(`${label}: width`, width, 1);
  whole(`${label}: height`, height, 1);
  const usual = width < fromWidth && height < fromHeight ? "box" : "bilinear";
  const method = oneOf(`${label}: method`, options.method ?? usual, ["nearest", "bilinear", "box"]);
  return { vertical: axisTaps(fromHeight, height, method), horizontal: axisTaps(fromWidth, width, method) };
}

function axisTaps(from: number, to: number, method: ResizeMethod): Taps {
  const count = method === "nearest" ? 1 : method === "bilinear" ? Math.min(2, from) : Math.ceil(from / to) + 1;
  const first = new Int32Array(to);
  const weights = new Float64Array(to * count);
  for (let i = 0; i < to; i++) {
    if (method === "nearest") {
      first[i] = Math.floor(((2 * i + 1) * from) / (2 * to));
      weights[i] = 1;
    } else if (method === "bilinear") {
      const place = Math.max(((2 * i + 1) * from) / (2 * to) - 0.5, 0);
      first[i] = Math.min(Math.floor(place), from - count);
      const share = Math.min(place - first[i]!, 1);
      weights[i * count] = count === 1 ? 1 : 1 - share;
      if (count === 2) weights[i * count + 1] = share;
    } else {
      // In units of which an old pixel has `to` and a new one `from`, so that all borders are whole numbers.
      first[i] = Math.floor((i * from) / to);
      for (let t = 0; t < count; t++) {
        const begin = Math.max((first[i]! + t) * to, i * from);
        const end = Math.min((first[i]! + t + 1) * to, (i + 1) * from);
        weights[i * count + t] = Math.max(end - begin, 0) / from;
      }
    }
  }
  return { count, first, weights };
}

function resample<T extends Float32Array | Uint8ClampedArray>(
  x: ArrayLike<number>,
  outer: number,
  from: number,
  inner: number,
  { count, first, weights }: Taps,
  y: T,
): T {
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < first.length; i++) {
      const begin = (o * from + first[i]!) * inner;
      for (let j = 0; j < inner; j++) {
        let sum = 0;
        for (let t = 0; t < count; t++) {
          const weight = weights[i * count + t]!;
          if (weight !== 0) sum += weight * x[begin + t * inner + j]!; // a tap past the end has the weight 0
        }
        y[at++] = sum;
      }
    }
  }
  return y;
}
