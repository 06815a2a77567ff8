// Known data in two parts: one to fit the parameters, one the model never sees until it is judged. Also shuffling, and
// folds for cross-validation. All of it is decided by a seed, and rows stay whole.

import { arrayLike, known, show, whole } from "./check.js";
import { Random } from "./random.js";
import { countRows, takeRows, type NumericArray, type RowOptions, type Samples } from "./rows.js";

/** Samples with the rows of the original they came from. */
export interface Part<X extends NumericArray, Y extends NumericArray> extends Samples<X, Y> {
  /** Row i of x and y was row rows[i]. */
  readonly rows: Int32Array<ArrayBuffer>;
}

/** What `trainTestSplit` takes beside the samples. */
export interface SplitOptions extends RowOptions {
  /** The share of the test part, between 0 and 1; rounded, but each part has at least one sample. Default: 0.2. */
  readonly testFraction?: number;
  /** Which shuffle. Default: 0. */
  readonly seed?: number;
  /** Whether to shuffle first; if not, the last samples are the test part. Default: true. */
  readonly shuffle?: boolean;
  /** Keep the shares of the classes in both parts: true for the classes in y, or the class of each sample. Default: false. */
  readonly stratify?: boolean | ArrayLike<number>;
}

/** What one round of cross-validation fits on, and what it judges by: indices of rows. */
export interface Fold {
  readonly train: Int32Array<ArrayBuffer>;
  readonly test: Int32Array<ArrayBuffer>;
}

/**
 * Splits samples into two parts, as copies. Use `features` (and `targets`) to have both counts checked.
 *
 * @throws RangeError if x and y have not equally many samples, there are fewer than 2, or an option is out of bounds;
 *   TypeError if x or y is no typed array.
 */
export function trainTestSplit<X extends NumericArray, Y extends NumericArray>(
  samples: Samples<X, Y>,
  options: SplitOptions = {},
): { readonly train: Part<X, Y>; readonly test: Part<X, Y> } {
  const names = ["testFraction", "seed", "shuffle", "stratify", "features", "targets"] as const;
  const { testFraction = 0.2, seed = 0, shuffle = true, stratify = false } = known("trainTestSplit", options, names);
  const { samples: count, features, targets } = countRows("trainTestSplit", samples, options);
  if (count < 2) throw new RangeError(`trainTestSplit: needs at least 2 samples, got ${count}`);
  if (typeof testFraction !== "number" || !(testFraction > 0 && testFraction < 1)) {
    throw new RangeError(`trainTestSplit: testFraction must be between 0 and 1, got ${show(testFraction)}`);
  }
  const testCount = Math.min(Math.max(Math.round(count * testFraction), 1), count - 1);
  const order = orderOf(count, seed, shuffle);
  const classes = classesOf(stratify, samples.y, count, targets);
  const inTest = new Uint8Array(count);
  if (classes === undefined) for (const row of order.subarray(count - testCount)) inTest[row] = 1;
  else for (const row of stratified(order, classes, testCount)) inTest[row] = 1;

  const part = (rows: Int32Array<ArrayBuffer>): Part<X, Y> => ({
    x: takeRows(samples.x, features, rows),
    y: takeRows(samples.y, targets, rows),
    rows,
  });
  return {
    train: part(order.filter((row) => inTest[row] === 0)),
    test: part(order.filter((row) => inTest[row] === 1)),
  };
}

/**
 * Shuffles samples, x and y alike, as copies.
 *
 * @param options.seed Which shuffle. Default: 0.
 * @throws RangeError if x and y have not equally many samples; TypeError if one is no typed array.
 */
export function shuffleTogether<X extends NumericArray, Y extends NumericArray>(
  samples: Samples<X, Y>,
  options: RowOptions & { readonly seed?: number } = {},
): Part<X, Y> {
  known("shuffleTogether", options, ["seed", "features", "targets"]);
  const { samples: count, features, targets } = countRows("shuffleTogether", samples, options);
  const rows = orderOf(count, options.seed ?? 0, true);
  return { x: takeRows(samples.x, features, rows), y: takeRows(samples.y, targets, rows), rows };
}

/**
 * k folds of n shuffled samples: every sample is in the test part of exactly one, and their sizes differ by 1 at most.
 * `takeRows` gives the samples of a fold.
 *
 * @param k From 2 to n.
 * @param seed Which shuffle. Default: 0.
 * @throws RangeError if k or n is out of bounds.
 */
export function kFold(n: number, k: number, seed = 0): Fold[] {
  whole("kFold: n", n, 2);
  whole("kFold: k", k, 2, n);
  const order = orderOf(n, seed, true);
  return Array.from({ length: k }, (_, fold) => {
    const begin = Math.floor((fold * n) / k);
    const end = Math.floor(((fold + 1) * n) / k);
    return { train: order.filter((_row, at) => at < begin || at >= end), test: order.slice(begin, end) };
  });
}

function orderOf(count: number, seed: number, shuffle: boolean): Int32Array<ArrayBuffer> {
  const order = Int32Array.from({ length: count }, (_, row) => row);
  if (shuffle) new Random(seed).shuffle(order);
  return order;
}

function classesOf(
  stratify: boolean | ArrayLike<number>,
  y: NumericArray,
  count: number,
  targets: number,
): ArrayLike<number> | undefined {
  if (stratify === false) return undefined;
  if (stratify === true && targets !== 1) {
    throw new RangeError(`trainTestSplit: y has ${targets} values a sample; give the classes as stratify: labels`);
  }
  const classes = stratify === true ? y : arrayLike("trainTestSplit: stratify", stratify);
  if (classes.length === count) return classes;
  throw new RangeError(`trainTestSplit: stratify must have ${count} classes, one a sample, got ${classes.length}`);
}

// The test rows, from each class its share: rounded down, and the rows still missing from the classes that lost most by
// that (the method of largest remainders). Remainders are compared as integers, class size · testCount mod samples.
function stratified(order: Int32Array, classes: ArrayLike<number>, testCount: number): number[] {
  const groups = new Map<number, number[]>();
  for (const row of order) {
    const group = groups.get(classes[row]!);
    if (group === undefined) groups.set(classes[row]!, [row]);
    else group.push(row);
  }
  const shares = [...groups.values()].map((rows) => {
    const remainder = (rows.length * testCount) % order.length;
    return { rows, remainder, share: (rows.length * testCount - remainder) / order.length };
  });
  shares.sort((a, b) => b.remainder - a.remainder);
  const missing = testCount - shares.reduce((sum, { share }) => sum + share, 0);
  return shares.flatMap(({ rows, share }, at) => rows.slice(rows.length - share - (at < missing ? 1 : 0)));
}
