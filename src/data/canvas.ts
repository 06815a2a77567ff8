// Pictures between a browser's own kinds and pixels: whatever a canvas can draw comes in, and pixels go out onto a canvas.
// In Node there is no canvas; files are decoded by wasmgrad/images.

import { show, whole } from "./check.js";
import type { Pixels, RgbaImage } from "./image.js";

/** What a browser can draw: an image or video element, a canvas, an ImageBitmap, a VideoFrame. */
export type Drawable = Exclude<CanvasImageSource, SVGImageElement>;

/**
 * The pixels of anything a browser can draw, by way of a canvas. ImageData, and other pixels, come back as they are.
 *
 * ```ts
 * const photo = await createImageBitmap(file, { colorSpaceConversion: "none" });
 * const { data, shape } = imagesToTensor([imagePixels(photo)], { width: 64, height: 64, scale: 1 / 255 });
 * ```
 *
 * A canvas keeps colours multiplied by alpha, so those of nearly transparent pixels come back less exact.
 *
 * @throws TypeError for what cannot be drawn; RangeError for a picture that has no size yet (not loaded); Error where there
 *   is no canvas, or where the picture comes from another site that does not allow its pixels to be read.
 */
export function imagePixels(source: Pixels | Drawable): RgbaImage | Pixels {
  if (typeof source !== "object" || source === null) {
    throw new TypeError(`imagePixels: source must be something a canvas can draw, got ${show(source)}`);
  }
  if ("data" in source) return source;
  const [width, height] = sizeOf(source);
  if (!width || !height) {
    const came = `${show(source)} of ${width} x ${height}`;
    throw new RangeError(`imagePixels: the picture has no size, got ${came}; wait until it has loaded`);
  }
  const context = contextOf("imagePixels", blankCanvas(width, height));
  try {
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height) as RgbaImage;
  } catch (cause) {
    const advice = 'a picture from another site needs crossOrigin = "anonymous" and the site\'s permission';
    throw new Error(`imagePixels: the pixels cannot be read (${(cause as Error).message}); ${advice}`, { cause });
  }
}

/**
 * Shows a picture on a canvas, which takes its size. For planes: `drawPixels(canvas, planesToImage(planes))`.
 *
 * @throws RangeError if there are not four bytes a pixel; Error for a canvas that is drawn on in another way already.
 */
export function drawPixels(canvas: HTMLCanvasElement | OffscreenCanvas, image: RgbaImage): void {
  const { data, width, height } = image;
  whole("drawPixels: width", width, 1);
  whole("drawPixels: height", height, 1);
  if (data.length !== 4 * width * height) {
    const came = `${data.length} for ${width} x ${height}`;
    throw new RangeError(`drawPixels: data must be four bytes a pixel, got ${came}; planesToImage gives them`);
  }
  canvas.width = width;
  canvas.height = height;
  contextOf("drawPixels", canvas).putImageData(new ImageData(data, width, height), 0, 0);
}

/** The size of a picture itself, where it may be shown in another one. */
function sizeOf(source: Drawable): [width: number | undefined, height: number | undefined] {
  const sizes = source as {
    readonly naturalWidth?: number; // of an image element
    readonly naturalHeight?: number;
    readonly videoWidth?: number; // of a video element
    readonly videoHeight?: number;
    readonly displayWidth?: number; // of a VideoFrame
    readonly displayHeight?: number;
    readonly width?: number;
    readonly height?: number;
  };
  return [
    sizes.naturalWidth ?? sizes.videoWidth ?? sizes.displayWidth ?? sizes.width,
    sizes.naturalHeight ?? sizes.videoHeight ?? sizes.displayHeight ?? sizes.height,
  ];
}

function blankCanvas(width: number, height: number): HTMLCanvasElement | OffscreenCanvas {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(width, height);
  if (typeof document === "undefined") {
    throw new Error("imagePixels: there is no canvas here, since this is no browser; decode files by wasmgrad/images");
  }
  return Object.assign(document.createElement("canvas"), { width, height });
}

function contextOf(label: string, canvas: HTMLCanvasElement | OffscreenCanvas) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context !== null) return context as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  throw new Error(`${label}: the canvas gives no 2d context; was one of another kind taken from it?`);
}
