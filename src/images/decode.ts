// PNG and JPEG files to pixels. Files are untrusted: their size is checked before they are decoded, and again what the
// pixels of a PNG unpack to.

import { imagePixels } from "../data/canvas.js";
import { show, whole } from "../data/check.js";
import type { RgbaImage } from "../data/image.js";
import { ImageError } from "./error.js";
import { readHeader, type ImageHeader } from "./header.js";
import { jpeg, png, zlib } from "./node-packages.js";
import { upright } from "./upright.js";

/** What `decodeImage` takes beside the bytes. */
export interface DecodeOptions {
  /** The most pixels the picture may have. Default: 2^25, somewhat more than an 8K screen; 128 MiB when decoded. */
  readonly maxPixels?: number;
  /** What to call the picture in messages. Default: "picture". */
  readonly name?: string;
}

/** Deflate makes of one byte 1032 at most. */
const MOST_UNPACKED = 1032;

/**
 * Decodes a PNG or JPEG file to RGBA, 8 bits each, upright as a JPEG's Exif data say. In Node this needs the package pngjs
 * or jpeg-js, which users install themselves; a browser decodes by itself. Colour profiles are not applied.
 *
 * ```ts
 * const cat = await decodeImage(await readFile("cat.png"));
 * const { data, shape } = imagesToTensor([cat], { width: 64, height: 64, scale: 1 / 255 });
 * ```
 *
 * @throws ImageError for what is neither PNG nor JPEG, is damaged or cut short, or has more than `maxPixels`; Error if the
 *   package is not installed; TypeError if the bytes are none.
 */
export async function decodeImage(bytes: Uint8Array | ArrayBuffer, options: DecodeOptions = {}): Promise<RgbaImage> {
  if (!(bytes instanceof Uint8Array) && !(bytes instanceof ArrayBuffer)) {
    throw new TypeError(`decodeImage: bytes must be a Uint8Array or an ArrayBuffer, got ${show(bytes)}`);
  }
  const { maxPixels = 2 ** 25, name = "picture" } = options;
  whole("decodeImage: maxPixels", maxPixels, 1, 2 ** 28); // an array of more RGBA pixels cannot be had
  const file = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  const header = readHeader(file, maxPixels, name);
  const decode = !globalThis.process?.versions?.node
    ? decodeInBrowser
    : header.format === "png"
      ? decodePng
      : decodeJpeg;
  const decoder = await decode();
  try {
    return await decoder(file, header);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageError(`${name} could not be decoded (${reason}); is the file damaged or cut short?`, { cause });
  }
}

type Decoder = (file: Uint8Array, header: ImageHeader) => RgbaImage | Promise<RgbaImage>;

async function decodePng(): Promise<Decoder> {
  const [{ PNG }, { inflateSync }] = [await png(), await zlib()];
  return (file, header) => {
    const { width, height } = header;
    const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
    // pngjs takes missing pixels for black, and unpacks interlaced ones without a limit.
    const expected = unpackedBytes(header as ImageHeader & { format: "png" });
    const size = `${width} x ${height} pixels, ${expected} bytes`;
    if (file.length * MOST_UNPACKED < expected) throw new Error(`${file.length} bytes cannot hold ${size}`);
    const { length } = inflateSync(pixelData(buffer), { maxOutputLength: expected });
    if (length !== expected) throw new Error(`${length} bytes came for ${size}`);
    const { data } = PNG.sync.read(buffer);
    return { data: new Uint8ClampedArray(data), width, height }; // a copy, since Node keeps small buffers together in one
  };
}

/** The seven passes of an interlaced PNG: first column and row, and the steps to the next. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The bytes that the pixels of a PNG unpack to: rows of whole bytes, each after one that tells its filter. */
function unpackedBytes({ width, height, bits, interlaced }: ImageHeader & { format: "png" }): number {
  let bytes = 0;
  for (const [left, top, right, down] of interlaced ? PASSES : [[0, 0, 1, 1] as const]) {
    const columns = Math.ceil((width - left) / right);
    const rows = Math.ceil((height - top) / down);
    if (columns > 0 && rows > 0) bytes += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  return bytes;
}

/** The IDAT chunks of a PNG, put together. */
function pixelData(file: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 8; at + 8 <= file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.readUInt32BE(at + 4) === 0x49444154) chunks.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  return Buffer.concat(chunks);
}

async function decodeJpeg(): Promise<Decoder> {
  const { decode } = await jpeg();
  return (file, header) => {
    const { width, height, orientation } = header as ImageHeader & { format: "jpeg" };
    const megapixels = (width * height) / 1e6;
    const { data } = decode(file, {
      useTArray: true,
      formatAsRGBA: true,
      tolerantDecoding: false,
      maxResolutionInMP: megapixels,
      // Of four components at full resolution it takes some 30 bytes a pixel.
      maxMemoryUsageInMB: 16 + 64 * megapixels,
    });
    const pixels = new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, 4 * width * height);
    return upright({ data: pixels, width, height }, orientation);
  };
}

async function decodeInBrowser(): Promise<Decoder> {
  return async (file) => {
    const blob = new Blob([file as Uint8Array<ArrayBuffer>]);
    const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    const image = imagePixels(bitmap) as RgbaImage;
    bitmap.close();
    return image;
  };
}
