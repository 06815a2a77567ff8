// What a picture's first bytes say of it: PNG or JPEG, how large, and how the camera was held. Read before anything is
// decoded, so that a small file cannot ask for all memory. Nothing is allocated here.

import { ImageError } from "./error.js";

/** What the header of a file says. */
export type ImageHeader =
  | {
      readonly format: "png";
      readonly width: number;
      readonly height: number;
      /** Bits of a pixel in the file. */
      readonly bits: number;
      readonly interlaced: boolean;
    }
  | {
      readonly format: "jpeg";
      readonly width: number;
      readonly height: number;
      /** How the picture must be turned to be upright, as Exif has it, 1 to 8. 1: it is. */
      readonly orientation: number;
    };

/** Longer sides are refused: no camera makes them, and decoders count bits of a row in 32-bit integers. */
const LONGEST_SIDE = 65535;

/** @throws ImageError for what is neither PNG nor JPEG, is cut short, has no pixels, or more than `maxPixels` */
export function readHeader(bytes: Uint8Array, maxPixels: number, name: string): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isPng = bytes.length >= 8 && view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a;
  if (!isPng && !(bytes[0] === 0xff && bytes[1] === 0xd8)) {
    const first = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new ImageError(`${name} is neither PNG nor JPEG: its first bytes are ${first || "none"}`);
  }
  let header: ImageHeader;
  try {
    header = isPng ? pngHeader(view, name) : jpegHeader(view, name);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // of the view: a read past the end
    throw new ImageError(`${name} is cut short: its header does not fit into ${bytes.length} bytes`, { cause });
  }
  const { width, height } = header;
  const size = `${width} x ${height} pixels`;
  if (width === 0 || height === 0) throw new ImageError(`${name} has no pixels: its header says ${size}`);
  if (width > LONGEST_SIDE || height > LONGEST_SIDE || width * height > maxPixels) {
    const limit = width * height > maxPixels ? `maxPixels = ${maxPixels}` : `${LONGEST_SIDE} a side`;
    throw new ImageError(`${name} is larger than ${limit}: its header says ${size}; raise maxPixels if you trust it`);
  }
  return header;
}

// https://www.w3.org/TR/png-3/#11IHDR: signature, length, "IHDR", width, height, bits of a sample, colour type, …, interlaced
function pngHeader(view: DataView, name: string): ImageHeader {
  if (view.getUint32(12) !== 0x49484452) throw new ImageError(`${name} is no PNG: it does not begin with a header`);
  const samples = [1, 0, 3, 1, 2, 0, 4][view.getUint8(25)] ?? 0;
  const bits = samples * view.getUint8(24);
  return {
    format: "png",
    width: view.getUint32(16),
    height: view.getUint32(20),
    bits,
    interlaced: view.getUint8(28) !== 0,
  };
}

// Segments of FF, marker, length (of itself and what follows); the frame's, of C0 to CF without C4, C8 and CC, has the size.
function jpegHeader(view: DataView, name: string): ImageHeader {
  let orientation = 1;
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) throw new ImageError(`${name} is damaged: byte ${at} should begin a segment`);
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    const length = view.getUint16(at + 2);
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { format: "jpeg", width: view.getUint16(at + 7), height: view.getUint16(at + 5), orientation };
    }
    if (marker === 0xda || marker === 0xd9)
      throw new ImageError(`${name} is damaged: its pixels come before their size`);
    if (marker === 0xe1) orientation = exifOrientation(view, at + 4, at + 2 + length) ?? orientation;
    at += 2 + Math.max(length, 2);
  }
}

// "Exif\0\0", then TIFF: byte order, 42, the place of a directory of 12-byte entries, of which 0x0112 is the orientation.
function exifOrientation(view: DataView, begin: number, end: number): number | undefined {
  if (end > view.byteLength || end - begin < 14) return undefined;
  if (view.getUint32(begin) !== 0x45786966 || view.getUint16(begin + 4) !== 0) return undefined;
  const tiff = begin + 6;
  const little = view.getUint16(tiff) === 0x4949;
  const directory = tiff + view.getUint32(tiff + 4, little);
  if (directory + 2 > end) return undefined;
  const entries = view.getUint16(directory, little);
  for (let entry = directory + 2; entry < directory + 2 + 12 * entries && entry + 12 <= end; entry += 12) {
    if (view.getUint16(entry, little) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}
