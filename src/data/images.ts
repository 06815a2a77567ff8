// Many pictures as one tensor [images, channels, height, width] (NCHW), and back.

import { known, show, values, whole } from "./check.js";
import { imageToPlanes, planesToImage, type ImageOptions, type Pixels, type RgbaImage } from "./image.js";
import type { Normalisation } from "./normalise.js";
import { resizeImage, type ResizeMethod } from "./resize.js";

/** Pictures one after another, each as its planes. */
export interface ImageTensor<T extends Float32Array | Uint8Array = Float32Array> {
  readonly data: T;
  readonly shape: readonly [images: number, channels: number, height: number, width: number];
}

/** What `imagesToTensor` takes: how the bytes become numbers, and the size. */
export interface ImageTensorOptions extends ImageOptions {
  /** The size that every picture is brought to, in pixels. Default: that of the first, which all must then have. */
  readonly width?: number;
  readonly height?: number;
  /** How pictures of another size get theirs. Default: as resizeImage. */
  readonly method?: ResizeMethod;
}

/**
 * The tensor of some pictures, each as by `resizeImage` (if it has another size) and `imageToPlanes`.
 *
 * ```ts
 * const { data, shape } = imagesToTensor(pictures, { width: 64, height: 64, scale: 1 / 255 });
 * ```
 *
 * @throws RangeError where there is no picture, or one of another size while none was given; else as the two functions.
 */
export function imagesToTensor(
  images: readonly Pixels[],
  options: ImageTensorOptions & { readonly type: "u8" },
): ImageTensor<Uint8Array>;
export function imagesToTensor(
  images: readonly Pixels[],
  options?: ImageTensorOptions & { readonly type?: "f32" },
): ImageTensor;
export function imagesToTensor(
  images: readonly Pixels[],
  options: ImageTensorOptions = {},
): ImageTensor<Float32Array | Uint8Array> {
  if (!Array.isArray(images)) throw new TypeError(`imagesToTensor: images must be an array, got ${show(images)}`);
  if (images.length === 0) throw new RangeError("imagesToTensor: images must be at least one picture, got none");
  known("imagesToTensor", options, ["width", "height", "method", "channels", "type", "scale", "mean", "std"]);
  const { width = images[0]!.width, height = images[0]!.height, method, ...rest } = options;
  whole("imagesToTensor: width", width, 1);
  whole("imagesToTensor: height", height, 1);
  const resizes = options.width !== undefined || options.height !== undefined;
  let all: Float32Array | Uint8Array | undefined;
  let channels = 0;
  (images as readonly Pixels[]).forEach((image, i) => {
    const fits = image.width === width && image.height === height;
    if (!fits && !resizes) {
      const sizes = `${image.width} x ${image.height}, but images[0] is ${width} x ${height}`;
      throw new RangeError(`imagesToTensor: images[${i}] is ${sizes}; give width and height to resize all`);
    }
    const planes = imageToPlanes(fits ? image : resizeImage(image, { width, height, method }), rest as { type: "u8" });
    if (all === undefined) {
      channels = planes.shape[0];
      const length = values("imagesToTensor", images.length, planes.data.length);
      all = rest.type === "u8" ? new Uint8Array(length) : new Float32Array(length);
    }
    all.set(planes.data, i * planes.data.length);
  });
  return { data: all!, shape: [images.length, channels, height, width] };
}

/**
 * The pictures of a tensor, each as by `planesToImage`.
 *
 * @param options What `imagesToTensor` was given. Default: scale 1, mean 0, std 1.
 * @throws RangeError if the data do not match the shape; else as planesToImage.
 */
export function tensorToImages(
  tensor: ImageTensor<Float32Array | Uint8Array>,
  options: Normalisation = {},
): RgbaImage[] {
  const { data, shape } = tensor;
  const [images, channels, height, width] = shape;
  const size = channels * height * width;
  if (data.length !== images * size) {
    throw new RangeError(`tensorToImages: shape is [${shape.join(", ")}], but data has ${data.length} values`);
  }
  return Array.from({ length: images }, (_, i) =>
    planesToImage({ data: data.subarray(i * size, (i + 1) * size), shape: [channels, height, width] }, options),
  );
}
