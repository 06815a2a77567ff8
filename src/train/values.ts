// Numbers as users have them, turned into the three kinds of array that the core reads: bytes, whole numbers, floats.
// Typed arrays of these kinds are taken as they are, without a copy.

import { show } from "../nn/words.js";

/** What the core reads. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** Arrays of numbers that are taken. */
export type TypedNumbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Numbers in a typed array, or in plain arrays, nested or not; the innermost may be typed arrays again. */
export type NumberData = TypedNumbers | NestedNumbers;

export type NestedNumbers = readonly number[] | readonly NestedNumbers[] | readonly TypedNumbers[];

/** Room for so many numbers. */
export type Allocate = (length: number) => Float32Array;

const create: Allocate = (length) => new Float32Array(length);

/**
 * @param label what messages call the data: "fit: x"
 * @param allocate where plain arrays go
 * @throws TypeError for what is neither a typed array of numbers nor arrays of numbers
 * @throws RangeError for nested arrays of different lengths, and whole numbers that 32 bits with a sign do not hold
 */
export function valuesOf(label: string, data: NumberData, allocate: Allocate = create): Values {
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return data;
  if (data instanceof Uint8ClampedArray) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (data instanceof Float64Array) return Float32Array.from(data);
  if (data instanceof Int8Array || data instanceof Int16Array || data instanceof Uint16Array) {
    return Int32Array.from(data);
  }
  if (data instanceof Uint32Array) return signed(label, data);
  if (Array.isArray(data)) return flat(label, data, allocate);
  throw new TypeError(
    `${label} must be a typed array (Float32Array, Int32Array, Uint8Array, …) or arrays of numbers, got ${show(data)}`,
  );
}

function signed(label: string, data: Uint32Array): Int32Array {
  const values = Int32Array.from(data);
  const i = values.findIndex((value) => value < 0);
  if (i < 0) return values;
  throw new RangeError(
    `${label}: number ${i} is ${data[i]}; whole numbers go up to ${2 ** 31 - 1}, so give a Float32Array`,
  );
}

/** Nested arrays as one, of whole numbers where the innermost are typed arrays of them. */
function flat(label: string, data: NestedNumbers, allocate: Allocate): Values {
  if (data.length === 0 || typeof data[0] === "number") return copyNumbers(label, allocate(data.length), data, 0, 0);
  const shape: number[] = [];
  let level: unknown = data;
  for (; Array.isArray(level) && level.length > 0; level = level[0]) shape.push(level.length);
  const levels = shape.length - 1;
  if (ArrayBuffer.isView(level)) {
    shape.push((level as TypedNumbers).length);
    const values = joined(label, (data as readonly unknown[]).flat(levels));
    if (values.length !== sizeOf(shape)) throw unequal(label, shape);
    return values;
  }
  // Flattening the numbers themselves would take longer than a small network takes to predict.
  const rows: readonly unknown[] = levels > 0 ? (data as readonly unknown[]).flat(levels - 1) : [data];
  const length = shape.at(-1)!;
  const values = allocate(rows.length * length);
  for (const [i, row] of rows.entries()) {
    if (!Array.isArray(row)) {
      const other = typeof row === "number" || ArrayBuffer.isView(row);
      throw other ? uneven(label, levels) : new TypeError(`${label}[${i}] is ${show(row)}`);
    }
    if (row.length !== length) throw unequal(label, shape);
    copyNumbers(label, values, row, i * length, levels);
  }
  if (values.length !== sizeOf(shape)) throw unequal(label, shape);
  return values;
}

/** Copies plain numbers to `at` and after. @param levels how deeply the first sample is nested */
function copyNumbers(
  label: string,
  to: Float32Array,
  row: readonly unknown[],
  at: number,
  levels: number,
): Float32Array {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (typeof value !== "number") {
      if (Array.isArray(value)) throw uneven(label, levels);
      throw new TypeError(`${label}: number ${at + i} is ${show(value)}`);
    }
    to[at + i] = value;
  }
  return to;
}

const uneven = (label: string, levels: number) =>
  new TypeError(`${label}: arrays are nested unevenly; every sample needs as many levels as the first, ${levels}`);

const unequal = (label: string, shape: readonly number[]) =>
  new RangeError(
    `${label}: the nested arrays differ in length; all samples need the shape of the first, [${shape.slice(1).join(", ")}]`,
  );

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** Typed arrays one after another. */
function joined(label: string, parts: readonly unknown[]): Values {
  const arrays = parts.map((part, i) => valuesOf(`${label}[${i}]`, part as NumberData));
  const Kind = (
    arrays.find((array) => array.constructor !== arrays[0]!.constructor) ? Float32Array : arrays[0]!.constructor
  ) as Float32ArrayConstructor;
  const values = new Kind(arrays.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const array of arrays) {
    values.set(array, at);
    at += array.length;
  }
  return values;
}

/** Samples that were given as nested arrays; undefined for flat data. */
export function samplesOf(data: NumberData): number | undefined {
  const nested = Array.isArray(data) && (Array.isArray(data[0]) || ArrayBuffer.isView(data[0]));
  return nested ? data.length : undefined;
}

/** True if the numbers came as whole ones: class indices and not probabilities. */
export const areWhole = (values: Values): boolean => !(values instanceof Float32Array);
