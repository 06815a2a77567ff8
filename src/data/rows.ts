// Samples as rows of flat typed arrays: how many there are, and some of them in another order.

import { arrayLike, show, values, whole } from "./check.js";

/** The typed arrays that samples may be in. */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** Samples and their targets, row after row. */
export interface Samples<X extends NumericArray, Y extends NumericArray> {
  /** [samples, features] */
  readonly x: X;
  /** [samples, targets] */
  readonly y: Y;
}

/** How long the rows are. */
export interface RowOptions {
  /** Values of x for each sample (784 for a picture of 28 x 28). Default: x.length / samples, if that is whole. */
  readonly features?: number;
  /** Values of y for each sample (10 for one-hot rows of ten classes). Default: 1. */
  readonly targets?: number;
}

/** The lengths of the rows of checked samples, and how many there are. */
export interface Rows {
  readonly samples: number;
  readonly features: number;
  readonly targets: number;
}

/**
 * Copies some rows of x, [rows, features], in the order given. Rows may be repeated.
 *
 * @param rows The indices of the rows.
 * @returns An array of the kind of x, [rows.length, features].
 * @throws RangeError for a row that is not there, or if x is not whole rows.
 */
export function takeRows<X extends NumericArray>(x: X, features: number, rows: ArrayLike<number>): X {
  whole("takeRows: features", features, 1);
  const length = values("takeRows", arrayLike("takeRows: rows", rows).length, features);
  const taken = emptyLike("takeRows: x", x, length);
  const there = x.length / features;
  if (!Number.isInteger(there)) {
    throw new RangeError(`takeRows: x must be whole rows of ${features} values, got ${x.length} values`);
  }
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!Number.isInteger(row) || row < 0 || row >= there) {
      throw new RangeError(`takeRows: rows[${i}] must be a whole number from 0 to ${there - 1}, got ${show(row)}`);
    }
    taken.set(x.subarray(row * features, (row + 1) * features), i * features);
  }
  return taken;
}

/** Counts the samples of x and y. RangeError, with `label` first, where they do not have equally many. */
export function countRows(label: string, samples: Samples<NumericArray, NumericArray>, options: RowOptions): Rows {
  if (samples?.x === undefined || samples.y === undefined) {
    throw new TypeError(`${label}: expected { x, y }, got ${show(samples)}`);
  }
  const { x, y } = samples;
  emptyLike(`${label}: x`, x, 0);
  emptyLike(`${label}: y`, y, 0);
  const targets = whole(`${label}: targets`, options.targets ?? 1, 1);
  const count = y.length / targets;
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(`${label}: y must be one or more rows of ${targets} values, got ${y.length} values`);
  }
  const features = options.features ?? x.length / count;
  if (options.features === undefined && (!Number.isInteger(features) || features === 0)) {
    throw new RangeError(`${label}: y has ${count} samples, but the ${x.length} values of x cannot be as many rows`);
  }
  whole(`${label}: features`, features, 1);
  if (x.length !== count * features) {
    const came = `${x.length / features} samples (${x.length} values, ${features} features each)`;
    throw new RangeError(`${label}: x and y must have equally many samples, got x with ${came} and y with ${count}`);
  }
  return { samples: count, features, targets };
}

// By the kind's own name and not by x.constructor, which may be Node's Buffer, or made in another window.
function emptyLike<X extends NumericArray>(label: string, x: X, length: number): X {
  const kind = ArrayBuffer.isView(x) ? KINDS.find(({ name }) => name === x[Symbol.toStringTag]) : undefined;
  if (kind === undefined) throw new TypeError(`${label} must be a typed array of numbers, got ${show(x)}`);
  return new kind(length) as NumericArray as X;
}

const KINDS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
];
