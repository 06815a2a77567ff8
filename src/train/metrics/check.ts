// The refusals that the metrics share. Labels, predictions and scores may be any arrays of numbers.

import { count, show } from "../../nn/words.js";

/** Which labels do not count. */
export interface IgnoreOptions {
  /** Samples with this label are left out, as the loss leaves them out. Default: -100. */
  readonly ignoreIndex?: number;
}

/** Passes an array or a typed array; TypeError for anything else. */
export function arrayOf(label: string, name: string, value: unknown): ArrayLike<number> {
  const array = value as ArrayLike<number> | null;
  if (typeof array === "object" && array !== null && Number.isSafeInteger(array.length)) return array;
  throw new TypeError(`${label}: ${name} must be an array or a typed array of numbers, got ${show(value)}`);
}

/** The numbers for each label: how many classes the predictions have, or 1. */
export function classesIn(label: string, predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  const given = arrayOf(label, "predictions", predictions).length;
  const samples = arrayOf(label, "labels", labels).length;
  if (samples > 0 && given > 0 && given % samples === 0) return given / samples;
  throw new RangeError(
    `${label}: predictions must be one number, or one for each class, for each label; got ${count(given, "number")} for ${count(samples, "label")}`,
  );
}

/** Refuses arrays of different lengths, and empty ones. */
export function samePairs(
  label: string,
  [nameA, a]: readonly [string, ArrayLike<number>],
  [nameB, b]: readonly [string, ArrayLike<number>],
): void {
  arrayOf(label, nameA, a);
  arrayOf(label, nameB, b);
  if (a.length === b.length && a.length > 0) return;
  const counts = `${a.length} and ${b.length}`;
  throw new RangeError(`${label}: ${nameA} and ${nameB} must be equally many, and at least one; got ${counts}`);
}

/** Passes a whole number of at least 1. */
export function atLeastOne(label: string, name: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 1) return value as number;
  throw new RangeError(`${label}: ${name} must be a whole number of at least 1, got ${show(value)}`);
}
