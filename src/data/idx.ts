// IDX, the format of MNIST and its relatives: a header, then the elements in row-major order, all big-endian.
//
//   byte   0    1    2      3         4…            4 + 4 · rank…
//          0    0   type   rank   rank sizes (u32)   elements
//
// Files are untrusted: the header is checked against the bytes that came before anything is allocated, and every
// refusal is an IdxError that names the file. Source of the format: yann.lecun.com/exdb/mnist, "THE IDX FILE FORMAT".

import { show, whole } from "./check.js";
import { join, nameOf, readPieces, type ByteSource } from "./stream.js";

/** The element types of IDX, and the arrays that hold them. */
export interface IdxArrays {
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly i16: Int16Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/** One array of any rank. `shape` is outermost first: [60000, 28, 28] for MNIST's training images. */
export type IdxFile = {
  readonly [T in keyof IdxArrays]: { readonly type: T; readonly shape: readonly number[]; readonly data: IdxArrays[T] };
}[keyof IdxArrays];

/** A file that is not IDX, not whole, or larger than allowed. The message begins with the file's name. */
export class IdxError extends Error {
  override readonly name = "IdxError";
}

/** What `loadIdx` takes beside the source. */
export interface LoadIdxOptions {
  /** The most bytes the file may have when unpacked. Default: 1 GiB. */
  readonly maxBytes?: number;
  /** What to call the file in messages. Default: its address or file name where it has one, else "IDX file". */
  readonly name?: string;
}

// Element type, its code, the array that holds it and what reads and writes it in a DataView.
const TYPES = [
  { type: "u8", code: 0x08, array: Uint8Array, get: "getUint8", set: "setUint8" },
  { type: "i8", code: 0x09, array: Int8Array, get: "getInt8", set: "setInt8" },
  { type: "i16", code: 0x0b, array: Int16Array, get: "getInt16", set: "setInt16" },
  { type: "i32", code: 0x0c, array: Int32Array, get: "getInt32", set: "setInt32" },
  { type: "f32", code: 0x0d, array: Float32Array, get: "getFloat32", set: "setFloat32" },
  { type: "f64", code: 0x0e, array: Float64Array, get: "getFloat64", set: "setFloat64" },
] as const;

interface Header {
  readonly row: (typeof TYPES)[number];
  readonly shape: readonly number[];
  readonly begin: number;
  readonly bytes: number;
}

const MOST_DIMENSIONS = 8;
const LONGEST_HEADER = 4 + 4 * MOST_DIMENSIONS;
const UNNAMED = "IDX file";

/**
 * Reads a whole IDX file that is in memory (not gzip; `loadIdx` takes both). The data is a copy.
 *
 * @param name What to call the file in messages.
 * @throws IdxError if the magic number, the type, the rank (1 to 8) or a size (1 or more) is wrong, or if the file is
 *   shorter or longer than its header says.
 */
export function parseIdx(bytes: Uint8Array | ArrayBuffer, name = UNNAMED): IdxFile {
  if (!(bytes instanceof Uint8Array) && !(bytes instanceof ArrayBuffer)) {
    throw new TypeError(`parseIdx: bytes must be a Uint8Array or an ArrayBuffer, got ${show(bytes)}`);
  }
  const file = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  const header = readHeader(file, name);
  if (file.length !== header.bytes) {
    const fault = file.length < header.bytes ? "is cut short" : "goes on after its last element";
    throw new IdxError(`${name} ${fault}: ${file.length} bytes came, ${describe(header)}`);
  }
  return { type: header.row.type, shape: header.shape, data: decode(file, header) } as IdxFile;
}

/**
 * Reads an IDX file, plain or gzip, from bytes, a Blob, a Response, a stream or an address (fetched). In Node:
 * `loadIdx(await readFile("train-images-idx3-ubyte.gz"))`. Stops at the first byte too many: of the limit, or of what the
 * header says, so that a small file cannot unpack into all memory.
 *
 * @throws IdxError as `parseIdx`, and if the file cannot be read, is damaged gzip, or has more than `maxBytes` unpacked.
 */
export async function loadIdx(source: ByteSource, options: LoadIdxOptions = {}): Promise<IdxFile> {
  const { maxBytes = 2 ** 30, name = nameOf(source) ?? UNNAMED } = options;
  whole("loadIdx: maxBytes", maxBytes, 1, Number.MAX_SAFE_INTEGER);
  const pieces: Uint8Array[] = [];
  let length = 0;
  let header: Header | undefined;
  try {
    for await (const piece of readPieces(source)) {
      pieces.push(piece);
      length += piece.length;
      if (header === undefined && length >= LONGEST_HEADER) header = readHeader(join(pieces), name);
      if (length > maxBytes || (header !== undefined && header.bytes > maxBytes)) {
        const came = header === undefined ? `more than ${maxBytes} bytes came` : describe(header);
        throw new IdxError(`${name} is larger than maxBytes = ${maxBytes}: ${came}; raise maxBytes if you trust it`);
      }
      if (header !== undefined && length > header.bytes) {
        throw new IdxError(`${name} goes on after its last element: ${describe(header)}, and more came`);
      }
    }
  } catch (cause) {
    if (cause instanceof IdxError || cause instanceof TypeError) throw cause;
    throw new IdxError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return parseIdx(join(pieces), name);
}

/**
 * Writes an IDX file, the type by the kind of the array. `parseIdx` of the result gives the same shape and data.
 *
 * @throws TypeError for an array that IDX has no type for; RangeError for a shape that does not match the data.
 */
export function encodeIdx(array: { shape: readonly number[]; data: IdxFile["data"] }): Uint8Array<ArrayBuffer> {
  const { shape, data } = array;
  const row = TYPES.find((candidate) => data instanceof candidate.array);
  if (row === undefined) {
    const kinds = TYPES.map((candidate) => candidate.array.name).join(", ");
    throw new TypeError(`encodeIdx: data must be one of ${kinds}, got ${show(data)}`);
  }
  whole("encodeIdx: number of dimensions", shape.length, 1, MOST_DIMENSIONS);
  shape.forEach((size, at) => whole(`encodeIdx: shape[${at}]`, size, 1, 2 ** 32 - 1));
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements !== data.length) {
    throw new RangeError(`encodeIdx: shape [${shape.join(", ")}] is ${elements} elements, but data has ${data.length}`);
  }
  const begin = 4 + 4 * shape.length;
  const view = new DataView(new ArrayBuffer(begin + elements * row.array.BYTES_PER_ELEMENT));
  view.setUint8(2, row.code);
  view.setUint8(3, shape.length);
  shape.forEach((size, at) => view.setUint32(4 + 4 * at, size));
  for (let i = 0; i < elements; i++) view[row.set](begin + i * row.array.BYTES_PER_ELEMENT, data[i]!);
  return new Uint8Array(view.buffer);
}

function readHeader(file: Uint8Array, name: string): Header {
  if (file.length < 8) throw new IdxError(`${name} has ${file.length} bytes, but an IDX header has at least 8`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = [...file.subarray(0, 4)].map(hex).join(" ");
  if (file[0] === 0x1f && file[1] === 0x8b) {
    throw new IdxError(`${name} begins with 1f 8b, so it is gzip: read it with loadIdx`);
  }
  if (view.getUint16(0) !== 0) {
    throw new IdxError(`${name} begins with ${magic}, but an IDX file begins with 00 00; is it another format?`);
  }
  const row = TYPES.find((candidate) => candidate.code === file[2]);
  if (row === undefined) {
    const codes = TYPES.map((candidate) => `${hex(candidate.code)} ${candidate.type}`).join(", ");
    throw new IdxError(`${name} has element type ${hex(file[2]!)} (magic number ${magic}), expected one of ${codes}`);
  }
  const rank = file[3]!;
  if (rank < 1 || rank > MOST_DIMENSIONS) {
    throw new IdxError(`${name} has ${rank} dimensions (magic number ${magic}), expected 1 to ${MOST_DIMENSIONS}`);
  }
  const begin = 4 + 4 * rank;
  if (file.length < begin) {
    throw new IdxError(`${name} is cut short: ${file.length} bytes came, its header alone has ${begin}`);
  }
  const shape = Array.from({ length: rank }, (_, at) => view.getUint32(4 + 4 * at));
  let bytes: number = row.array.BYTES_PER_ELEMENT;
  for (const size of shape) {
    if (size === 0) throw new IdxError(`${name} has shape [${shape.join(", ")}], expected sizes of 1 or more`);
    // Compared before the product is taken, so that no product is ever rounded.
    if (bytes > (Number.MAX_SAFE_INTEGER - begin) / size) {
      throw new IdxError(`${name} has shape [${shape.join(", ")}], which is more than any memory holds`);
    }
    bytes *= size;
  }
  return { row, shape, begin, bytes: begin + bytes };
}

function decode(file: Uint8Array, { row, begin, bytes }: Header): IdxFile["data"] {
  const size = row.array.BYTES_PER_ELEMENT;
  if (size === 1) return new row.array(new Uint8Array(file.subarray(begin)).buffer);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const data = new row.array((bytes - begin) / size);
  for (let i = 0; i < data.length; i++) data[i] = view[row.get](begin + i * size);
  return data;
}

function describe({ row, shape, bytes }: Header): string {
  return `its header says [${shape.join(", ")}] of ${row.type}, which is ${bytes} bytes with the header`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
