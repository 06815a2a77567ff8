// The element types of safetensors: their sizes, the typed arrays that hold them, and the way to f32.
//
// JavaScript has no array of BF16, and not every engine one of F16: both stay the 16 bits that the file has, in a
// Uint16Array, until `toFloat32` widens them. BOOL is a byte, 0 or 1. The host is little-endian, as the format is and as
// whoever shares memory with WebAssembly has to be.

/** The element types that are read and written, and the arrays that hold them. */
export interface SafetensorsArrays {
  readonly F64: Float64Array;
  readonly F32: Float32Array;
  readonly F16: Uint16Array;
  readonly BF16: Uint16Array;
  readonly I64: BigInt64Array;
  readonly I32: Int32Array;
  readonly I16: Int16Array;
  readonly I8: Int8Array;
  readonly U64: BigUint64Array;
  readonly U32: Uint32Array;
  readonly U16: Uint16Array;
  readonly U8: Uint8Array;
  readonly BOOL: Uint8Array;
}

/** The name of an element type, as the file spells it. */
export type SafetensorsDtype = keyof SafetensorsArrays;

/** A typed array that safetensors can hold. */
export type SafetensorsArray = SafetensorsArrays[SafetensorsDtype];

/** A tensor of a file: row-major, `shape` outermost first, [] for a scalar. F16 and BF16 data are the numbers' bits. */
export type SafetensorsTensor = {
  readonly [D in SafetensorsDtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: SafetensorsArrays[D];
  };
}[SafetensorsDtype];

/**
 * What is known of each type. `own` marks the type that an array of this kind is written as if no other is asked for.
 * The rows stand in the order in which a file holds its tensors: widest first, as the reference implementation's
 * `Dtype` backwards, so that every tensor begins at a multiple of its element's size.
 */
export const DTYPES = [
  { dtype: "U64", array: BigUint64Array, own: true },
  { dtype: "I64", array: BigInt64Array, own: true },
  { dtype: "F64", array: Float64Array, own: true },
  { dtype: "F32", array: Float32Array, own: true },
  { dtype: "U32", array: Uint32Array, own: true },
  { dtype: "I32", array: Int32Array, own: true },
  { dtype: "BF16", array: Uint16Array, own: false },
  { dtype: "F16", array: Uint16Array, own: false },
  { dtype: "U16", array: Uint16Array, own: true },
  { dtype: "I16", array: Int16Array, own: true },
  { dtype: "I8", array: Int8Array, own: true },
  { dtype: "U8", array: Uint8Array, own: true },
  { dtype: "BOOL", array: Uint8Array, own: false },
] as const;

/** Product of the sizes, or undefined where it (or one on the way to it) is beyond 2^53 - 1 and would be rounded. */
export function elementsOf(shape: readonly number[]): number | undefined {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (elements > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return elements;
}

/**
 * The numbers of a tensor as f32. F32 data are handed out as they are, not copied. F16, BF16, BOOL and integers of 8 and
 * 16 bits are exact; the wider types are rounded to the nearest f32 (64-bit integers by way of f64).
 */
export function toFloat32(tensor: Pick<SafetensorsTensor, "dtype" | "data">): Float32Array {
  const { dtype, data } = tensor;
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float32Array.from(data as ArrayLike<bigint>, Number);
  }
  if (dtype === "BF16") return fromBits(data, (bits) => bits << 16); // the upper half of an f32
  if (dtype === "F16") return fromBits(data, widenHalf);
  return new Float32Array(data);
}

function fromBits(data: ArrayLike<number>, widen: (bits: number) => number): Float32Array {
  const words = new Int32Array(data.length);
  for (let i = 0; i < words.length; i++) words[i] = widen(data[i]!);
  return new Float32Array(words.buffer);
}

//  f16   s eeeee ffffffffff                       bias 15     IEEE 754-2008, binary16 and binary32
//  f32   s eeeeeeee fffffffffffffffffffffff       bias 127
function widenHalf(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13); // infinity, or NaN with its payload
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal: shifted up until its leading bit is the hidden one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}
