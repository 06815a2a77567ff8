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
    const { width, height, bits, interlaced } = header as ImageHeader & { format: "png" };
    const unpacked = height * (Math.ceil((width * bits) / 8) + 1);
    if (file.length * MOST_UNPACKED < unpacked)
      throw new Error(`${file.length} bytes cannot hold ${width} x ${height} pixels`);
    const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
    // pngjs unpacks no more than it needs, unless the picture is interlaced: its seven passes have at most 8 rows for 7.
    if (interlaced) inflateSync(pixelData(buffer), { maxOutputLength: 2 * unpacked + 64 });
    const { data } = PNG.sync.read(buffer);
    return {
      data: new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, 4 * width * height),
      width,
      height,
    };
  };
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
