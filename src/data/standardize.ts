// Features on one scale. Fitted on the training set, applied to every set, and undone on what a model predicts:
//
//   y = (x - offset) / scale     standardize: offset is the mean, scale the standard deviation
//   x = y · scale + offset       minMax: the least value becomes `low`, the greatest `high`
//
// Sums are kept in f64, in the order of the rows: the same bits on every engine.

import { arrayLike, known, show, whole } from "./check.js";

/** A scaler as plain data. */
export interface ScalerData {
  readonly offset: readonly number[];
  readonly scale: readonly number[];
}

/** Subtracts an offset and divides by a scale, feature by feature. Made by `standardize` or `minMax`. */
export class Scaler {
  /** [features] */
  readonly offset: Float64Array;
  /** [features], never 0 */
  readonly scale: Float64Array;

  /** @throws RangeError if the two are not equally long, or hold what is not finite, or a scale is 0. */
  constructor(data: { readonly offset: ArrayLike<number>; readonly scale: ArrayLike<number> }) {
    const { offset, scale } = data;
    const features = whole("Scaler: number of offsets", arrayLike("Scaler: offset", offset).length, 1);
    if (arrayLike("Scaler: scale", scale).length !== features) {
      throw new RangeError(`Scaler: ${features} offsets came with ${scale.length} scales`);
    }
    for (let i = 0; i < features; i++) {
      if (Number.isFinite(offset[i]) && Number.isFinite(scale[i]) && scale[i] !== 0) continue;
      const came = `offset ${show(offset[i])} and scale ${show(scale[i])}`;
      throw new RangeError(
        `Scaler: feature ${i} must have a finite offset and a finite scale other than 0, got ${came}`,
      );
    }
    this.offset = Float64Array.from(offset);
    this.scale = Float64Array.from(scale);
  }

  /** The number of features. */
  get features(): number {
    return this.offset.length;
  }

  /** (x - offset) / scale of [rows, features]. RangeError if the length of x is not a multiple of the features. */
  apply(x: ArrayLike<number>): Float32Array<ArrayBuffer> {
    const { offset, scale, features } = this;
    rowsOf("Scaler.apply", x, features);
    const y = new Float32Array(x.length);
    for (let begin = 0; begin < y.length; begin += features) {
      for (let i = 0; i < features; i++) y[begin + i] = (x[begin + i]! - offset[i]!) / scale[i]!;
    }
    return y;
  }

  /** y · scale + offset of [rows, features]: undoes `apply` but for rounding. RangeError as there. */
  invert(y: ArrayLike<number>): Float32Array<ArrayBuffer> {
    const { offset, scale, features } = this;
    rowsOf("Scaler.invert", y, features);
    const x = new Float32Array(y.length);
    for (let begin = 0; begin < x.length; begin += features) {
      for (let i = 0; i < features; i++) x[begin + i] = y[begin + i]! * scale[i]! + offset[i]!;
    }
    return x;
  }

  /** Plain data for JSON.stringify. */
  toJSON(): ScalerData {
    return { offset: [...this.offset], scale: [...this.scale] };
  }

  /** The scaler of what `toJSON` gave, after JSON.parse. TypeError or RangeError as the constructor. */
  static fromJSON(data: unknown): Scaler {
    const { offset, scale } = (data ?? {}) as Partial<ScalerData>;
    if (Array.isArray(offset) && Array.isArray(scale)) return new Scaler({ offset, scale });
    throw new TypeError(`Scaler.fromJSON: data must be an object with arrays offset and scale, got ${show(data)}`);
  }
}

/**
 * Fits mean and standard deviation (of the population: divided by the number of rows) of each feature of x,
 * [rows, features]. A feature that is the same in every row gets scale 1, and so becomes 0.
 *
 * @throws RangeError if x is empty, not whole rows, or holds what is not finite.
 */
export function standardize(x: ArrayLike<number>, features: number): Scaler {
  const { rows, least, most } = extremes("standardize", x, features);
  const mean = new Float64Array(features);
  const scale = new Float64Array(features);
  for (let at = 0; at < x.length; at++) mean[at % features]! += x[at]! / rows;
  for (let at = 0; at < x.length; at++) {
    const distance = x[at]! - mean[at % features]!;
    scale[at % features]! += (distance * distance) / rows;
  }
  for (let i = 0; i < features; i++) {
    // By the extremes, as the mean of equal values is rounded and their variance not quite 0.
    if (least[i] === most[i]) mean[i] = least[i]!;
    scale[i] = least[i] === most[i] ? 1 : Math.sqrt(scale[i]!);
  }
  return new Scaler({ offset: mean, scale });
}

/**
 * Fits the range of each feature of x, [rows, features], so that `apply` maps it to low … high. A feature that is the same
 * in every row becomes `low`. Values outside the range that was fitted come out outside low … high.
 *
 * @param options.low Default: 0.
 * @param options.high Default: 1.
 * @throws RangeError if x is empty, not whole rows, or holds what is not finite, or if low is not less than high.
 */
export function minMax(
  x: ArrayLike<number>,
  features: number,
  options: { readonly low?: number; readonly high?: number } = {},
): Scaler {
  const { low = 0, high = 1 } = known("minMax", options, ["low", "high"]);
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new RangeError(`minMax: low must be less than high, and both finite, got ${show(low)} and ${show(high)}`);
  }
  const { least, most } = extremes("minMax", x, features);
  const scale = least.map((value, i) => (value === most[i] ? 1 : (most[i]! - value) / (high - low)));
  return new Scaler({ offset: least.map((value, i) => value - low * scale[i]!), scale });
}

function extremes(label: string, x: ArrayLike<number>, features: number) {
  whole(`${label}: features`, features, 1);
  const rows = rowsOf(label, x, features);
  if (rows === 0) throw new RangeError(`${label}: x must have at least one row, got none`);
  const least = new Float64Array(features).fill(Infinity);
  const most = new Float64Array(features).fill(-Infinity);
  for (let at = 0; at < x.length; at++) {
    const value = x[at]!;
    const i = at % features;
    if (!Number.isFinite(value)) {
      const place = `row ${(at - i) / features}, feature ${i}`;
      throw new RangeError(`${label}: x must be finite, got ${show(value)} at ${place}`);
    }
    if (value < least[i]!) least[i] = value;
    if (value > most[i]!) most[i] = value;
  }
  return { rows, least, most };
}

function rowsOf(label: string, x: ArrayLike<number>, features: number): number {
  const { length } = arrayLike(`${label}: x`, x);
  if (length % features === 0) return length / features;
  throw new RangeError(`${label}: x must be whole rows of ${features} features, got ${length} values`);
}
