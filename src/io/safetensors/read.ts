// Bytes to tensors. The bytes are untrusted: everything that the header says is checked against them and against itself
// before a tensor is allocated, so that reading takes at most the memory of the file over again.

import { DTYPES, elementsOf, type SafetensorsTensor } from "./dtype.js";
import { quote, SafetensorsError, showShape } from "./error.js";
import { LONGEST_HEADER, parseHeader, PREFIX, type HeaderEntry } from "./header.js";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** By name, in the order in which the data lie in the file. */
  readonly tensors: Map<string, SafetensorsTensor>;
  /** The free texts of `__metadata__`; an object without prototype, empty if the file has none. */
  readonly metadata: Record<string, string>;
}

/**
 * Reads a whole safetensors file that is in memory. Each tensor's data are a copy, aligned for its type, so the bytes
 * may be changed or dropped afterwards. The values are not looked at: NaN and infinities pass.
 *
 * Stricter than the reference implementation in what other readers may take for something else: a key twice, white space
 * before the header's `{`, numbers beyond 2^53 - 1, and fields of a tensor beside its three.
 *
 * @param name What to call the file in messages.
 * @throws SafetensorsError if the bytes are not a safetensors file; its `code` tells the fault.
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer, name = "safetensors file"): SafetensorsFile {
  if (!(bytes instanceof Uint8Array) && !(bytes instanceof ArrayBuffer)) {
    throw new TypeError(`readSafetensors: bytes must be a Uint8Array or an ArrayBuffer, got ${typeof bytes}`);
  }
  const file = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  const { json, length } = headerText(file, name);
  const { entries, metadata } = parseHeader(json, name);
  const data = file.subarray(PREFIX + length);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { entry, row } of place(entries, data.length, name)) {
    // Copied through the constructor: `slice` of a Node Buffer would share its bytes, and keep its misalignment.
    const { buffer } = new Uint8Array(data.subarray(entry.begin, entry.end));
    const tensor = { dtype: row.dtype, shape: entry.shape, data: new row.array(buffer) };
    tensors.set(entry.name, tensor as SafetensorsTensor);
  }
  return { tensors, metadata };
}

/** The header, and how many bytes it takes. */
function headerText(file: Uint8Array, name: string): { json: string; length: number } {
  const length = headerLength(file, file.length, name);
  return { json: headerJson(file.subarray(PREFIX, PREFIX + length), name), length };
}

/**
 * Bytes of the header.
 * @param prefix the beginning of the file, whose first 8 bytes say it
 * @param size bytes of the whole file
 */
export function headerLength(prefix: Uint8Array, size: number, name: string): number {
  if (prefix.length < PREFIX) {
    const message = `${name} has ${prefix.length} bytes, but a safetensors file begins with ${PREFIX} that count its header`;
    throw new SafetensorsError("HeaderTooSmall", `${message}; is it whole?`);
  }
  // As a BigInt, so that no length is rounded before it is judged.
  const claimed = new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true);
  if (claimed > LONGEST_HEADER) {
    const message = `${name} says that its header has ${claimed} bytes, expected at most ${LONGEST_HEADER}`;
    throw new SafetensorsError("HeaderTooLarge", `${message}; it is damaged or of another format`);
  }
  const length = Number(claimed);
  if (length > size - PREFIX) {
    const message = `${name} says that its header has ${length} bytes, but only ${size - PREFIX} follow`;
    throw new SafetensorsError("InvalidHeaderLength", `${message}; it is cut short or of another format`);
  }
  return length;
}

/** The header's bytes as text. */
export function headerJson(header: Uint8Array, name: string): string {
  // A copy, since a decoder may refuse bytes that are shared between threads. A byte order mark is kept, and so refused.
  const bytes = new Uint8Array(header);
  let json: string;
  try {
    json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const message = `${name} has a header that is not UTF-8; it is damaged or of another format`;
    throw new SafetensorsError("InvalidHeader", message, { cause });
  }
  if (json[0] !== "{") {
    const came = json === "" ? "is empty" : `begins with ${quote(json.slice(0, 1))}`;
    const message = `${name} has a header that ${came}, expected "{"; it is damaged or of another format`;
    throw new SafetensorsError("InvalidHeaderStart", message);
  }
  return json;
}

/**
 * Entries with the rows of their types, by place in the file; they cover its data wholly, and none twice.
 * @param length bytes of the data
 */
export function place(entries: readonly HeaderEntry[], length: number, name: string) {
  const placed = entries.map((entry) => ({ entry, row: rowOf(entry, name) }));
  placed.sort((a, b) => a.entry.begin - b.entry.begin || a.entry.end - b.entry.end);
  let at = 0;
  let before = "the header";
  for (const { entry, row } of placed) {
    checkOffsets(entry, at, before, name);
    checkSize(entry, row.array.BYTES_PER_ELEMENT, name);
    at = entry.end;
    before = `tensor ${quote(entry.name)}`;
  }
  if (at !== length) {
    const message = `${name} has ${length} bytes of data, but its tensors take ${at}`;
    const fault = length < at ? "it is cut short" : "nothing may follow the last tensor";
    throw new SafetensorsError("MetadataIncompleteBuffer", `${message}; ${fault}`);
  }
  return placed;
}

function rowOf({ name: tensor, dtype }: HeaderEntry, name: string): (typeof DTYPES)[number] {
  const row = DTYPES.find((candidate) => candidate.dtype === dtype);
  if (row !== undefined) return row;
  const known = DTYPES.map((candidate) => candidate.dtype).join(", ");
  const message = `${name}: tensor ${quote(tensor)} is of type ${quote(dtype)}, expected one of ${known}`;
  throw new SafetensorsError("UnknownDtype", `${message}; convert it to one of them and save the file again`);
}

function checkOffsets({ name: tensor, begin, end }: HeaderEntry, at: number, before: string, name: string): void {
  if (begin === at && end >= begin) return;
  const fault =
    end < begin
      ? "which end before they begin"
      : begin < at
        ? `which overlap ${before}: it ends at ${at}`
        : `which leave a hole after ${before}: it ends at ${at}`;
  const message = `${name}: tensor ${quote(tensor)} has data_offsets [${begin}, ${end}], ${fault}`;
  throw new SafetensorsError("InvalidOffset", `${message}; tensors must lie end to end, so save the file again`);
}

function checkSize(
  { name: tensor, dtype, shape, begin, end }: HeaderEntry,
  bytesPerElement: number,
  name: string,
): void {
  const what = `${name}: tensor ${quote(tensor)} of type ${dtype} and shape ${showShape(shape)}`;
  const bytes = elementsOf([bytesPerElement, ...shape]);
  if (bytes === undefined) {
    const message = `${what} is more than ${Number.MAX_SAFE_INTEGER} bytes, which no file holds`;
    throw new SafetensorsError("ValidationOverflow", `${message}; it is damaged or made to do harm`);
  }
  if (bytes !== end - begin) {
    const message = `${what} is ${bytes} bytes, but its data_offsets [${begin}, ${end}] are ${end - begin}`;
    throw new SafetensorsError(
      "TensorInvalidInfo",
      `${message}; the header contradicts itself, so save the file again`,
    );
  }
}
