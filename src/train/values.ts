// Numbers as users have them, turned into the three kinds of array that the core reads: bytes, whole numbers, floats.
// Typed arrays of these kinds are taken as they are, without a copy.

/** What the core reads. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** Numbers in a typed array, or in plain arrays, nested or not. */
export type NumberData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | NestedNumbers;

export type NestedNumbers = readonly number[] | readonly NestedNumbers[];

/**
 * @param label what messages call the data: "x"
 * @throws TypeError for what is neither a typed array of numbers nor arrays of numbers
 * @throws RangeError for numbers that do not fit: more than 2^31 - 1 of them, or whole numbers beyond 32 bits
 */
export function valuesOf(label: string, data: NumberData): Values {
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return data;
  if (data instanceof Uint8ClampedArray) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (data instanceof Float64Array) return Float32Array.from(data);
  if (ArrayBuffer.isView(data) && isWhole(data)) return Int32Array.from(data);
  if (Array.isArray(data)) return flat(label, data);
  throw new TypeError(
    `${label} must be a typed array (Float32Array, Int32Array, Uint8Array, …) or arrays of numbers, got ${show(data)}`,
  );
}

const isWhole = (data: ArrayBufferView): data is Int8Array | Int16Array | Uint16Array | Uint32Array =>
  data instanceof Int8Array || data instanceof Int16Array || data instanceof Uint16Array || data instanceof Uint32Array;

function flat(label: string, data: NestedNumbers): Float32Array {
  const depth: number[] = [];
  for (let level: unknown = data; Array.isArray(level) && level.length > 0; level = level[0]) depth.push(level.length);
  const numbers: readonly unknown[] = (data as readonly unknown[]).flat(Math.max(0, depth.length - 1));
  const values = new Float32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i];
    if (typeof value !== "number") {
      throw new TypeError(
        Array.isArray(value)
          ? `${label}: arrays are nested unevenly; every sample needs as many levels as the first, ${depth.length - 1}`
          : `${label}: number ${i} is ${show(value)}`,
      );
    }
    values[i] = value;
  }
  const expected = depth.reduce((product, size) => product * size, 1);
  if (depth.length > 1 && values.length !== expected) {
    throw new RangeError(
      `${label}: the nested arrays differ in length; all samples need the shape of the first, [${depth.slice(1).join(", ")}]`,
    );
  }
  return values;
}

/** Samples that were given as nested arrays; undefined for flat data. */
export function samplesOf(data: NumberData): number | undefined {
  return Array.isArray(data) && Array.isArray(data[0]) ? data.length : undefined;
}

/** True if the numbers came as whole ones: class indices and not probabilities. */
export const areWhole = (values: Values): boolean => !(values instanceof Float32Array);

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "object" && value !== null) return `an object of ${value.constructor?.name ?? "no class"}`;
  return String(value);
}
