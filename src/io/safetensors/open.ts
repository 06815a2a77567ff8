// A safetensors file whose tensors are read one at a time, in parts if need be, for files that are larger than the memory
// which may be spent on a copy. The header is read and checked at once, as readSafetensors does.

import type { ByteReader } from "../bytes.js";
import { DTYPES, elementsOf, toFloat32, type SafetensorsDtype } from "./dtype.js";
import { parseHeader, PREFIX } from "./header.js";
import { headerJson, headerLength, place } from "./read.js";

/** A tensor that lies in a file. */
export interface StoredTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
  /**
   * Elements from `first` to before `end`, in row-major order, as f32 (see toFloat32).
   * @throws RangeError for elements that are not there, and whatever reading the file throws
   */
  floats(first?: number, end?: number): Promise<Float32Array>;
}

/** A file's tensors, yet to be read. */
export interface OpenedSafetensors {
  /** By name, in the order in which the data lie in the file. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The free texts of `__metadata__`; an object without prototype, empty if the file has none. */
  readonly metadata: Record<string, string>;
}

/**
 * Opens a safetensors file.
 *
 * @param file bytes in memory, or a file that is read piece by piece: openFile(path)
 * @param name What to call the file in messages.
 * @throws SafetensorsError if it is no safetensors file; its `code` tells the fault
 */
export async function openSafetensors(file: Uint8Array | ByteReader, name: string): Promise<OpenedSafetensors> {
  const reader = file instanceof Uint8Array ? inMemory(file) : file;
  const length = headerLength(await reader.read(0, Math.min(PREFIX, reader.size)), reader.size, name);
  const begin = PREFIX + length;
  const { entries, metadata } = parseHeader(headerJson(await reader.read(PREFIX, begin), name), name);
  const placed = place(entries, reader.size - begin, name);
  const tensors = new Map(
    placed.map(({ entry, row }) => [entry.name, stored(reader, begin + entry.begin, entry, row)] as const),
  );
  return { tensors, metadata };
}

function stored(
  reader: ByteReader,
  at: number,
  { name, shape }: { name: string; shape: readonly number[] },
  row: (typeof DTYPES)[number],
): StoredTensor {
  const size = elementsOf(shape)!; // checked with the offsets
  const bytes = row.array.BYTES_PER_ELEMENT;
  return {
    dtype: row.dtype,
    shape,
    size,
    async floats(first = 0, end = size) {
      if (!(Number.isInteger(first) && Number.isInteger(end) && 0 <= first && first <= end && end <= size)) {
        throw new RangeError(`tensor "${name}" has elements 0 to ${size - 1}, not ${first} to ${end - 1}`);
      }
      // Copied, which aligns them.
      const { buffer } = new Uint8Array(await reader.read(at + first * bytes, at + end * bytes));
      return toFloat32({ dtype: row.dtype, data: new row.array(buffer) } as Parameters<typeof toFloat32>[0]);
    },
  };
}

const inMemory = (bytes: Uint8Array): ByteReader => ({
  size: bytes.length,
  read: (begin, end) => Promise.resolve(bytes.subarray(begin, end)),
});
