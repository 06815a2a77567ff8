// Batches of sequences of similar lengths, so that little of a batch is padding.
//
// The rows are shuffled, sorted by length (equally long ones stay shuffled), cut into batches, and the batches shuffled. The
// seed and the epoch decide.

import { arrayLike, arraysOf, known, whole } from "./check.js";
import { Random } from "./random.js";
import { takeRows, type NumericArray } from "./rows.js";
import { padSequences, type PaddedSequences, type PadOptions } from "./sequence.js";

/** What `bucketByLength` takes. */
export interface BucketOptions {
  /** Sequences of a batch; one batch has less where they do not come out even. Default: 32. */
  readonly batchSize?: number;
  /** Default: 0. */
  readonly seed?: number;
  /** Another order in each epoch, a whole number from 0. Default: 0. */
  readonly epoch?: number;
}

/** A batch of padded sequences, with their targets. */
export interface PaddedBatch<Y extends NumericArray> {
  /** [sequences, length] */
  readonly x: Int32Array<ArrayBuffer>;
  /** [sequences, targets] */
  readonly y: Y;
  readonly shape: PaddedSequences["shape"];
  /** How many elements of each row of x are the sequence's own: [sequences]. */
  readonly lengths: PaddedSequences["lengths"];
  /** Row i of the batch was sequence rows[i]. */
  readonly rows: Int32Array<ArrayBuffer>;
}

/**
 * Rows put into batches by their lengths: every row is in one batch, and no batch holds a length that lies between those of
 * another.
 *
 * @param lengths of the sequences: [sequences]
 * @returns The rows of each batch.
 * @throws TypeError if lengths is no array; RangeError for a length that is no whole number, or an option out of bounds.
 */
export function bucketByLength(lengths: ArrayLike<number>, options: BucketOptions = {}): Int32Array<ArrayBuffer>[] {
  const { batchSize = 32, seed = 0, epoch = 0 } = known("bucketByLength", options, ["batchSize", "seed", "epoch"]);
  const count = arrayLike("bucketByLength: lengths", lengths).length;
  for (let row = 0; row < count; row++) whole(`bucketByLength: lengths[${row}]`, lengths[row], 0);
  whole("bucketByLength: batchSize", batchSize, 1);
  const random = new Random(seed).fork(whole("bucketByLength: epoch", epoch, 0));
  const order = random.shuffle(Int32Array.from({ length: count }, (_, row) => row));
  order.sort((a, b) => lengths[a]! - lengths[b]!); // stable
  const batches = Array.from({ length: Math.ceil(count / batchSize) }, (_, batch) =>
    order.slice(batch * batchSize, (batch + 1) * batchSize),
  );
  return random.shuffle(batches);
}

/**
 * A function that gives the batches of an epoch: sequences of similar lengths with their targets, padded to the longest of
 * the batch, or to `length`.
 *
 * @param sequences of whole numbers
 * @param y [sequences, targets]
 * @param options Those of `padSequences` and `bucketByLength` (but the epoch), and `targets`: values of y for each sequence,
 *   1 by default.
 * @returns Takes the epoch, a whole number from 0; without one it counts by itself, from 1.
 * @throws TypeError or RangeError as `padSequences`, `bucketByLength` and `takeRows`, or where y is not of as many.
 */
export function paddedBatches<Y extends NumericArray>(
  sequences: readonly ArrayLike<number>[],
  y: Y,
  options: PadOptions & Omit<BucketOptions, "epoch"> & { readonly targets?: number } = {},
): (epoch?: number) => Generator<PaddedBatch<Y>, void, undefined> {
  known("paddedBatches", options, ["batchSize", "seed", "targets", "length", "padding", "truncating", "value"]);
  const { batchSize, seed, targets = 1, ...padding } = options;
  const lengths = arraysOf("paddedBatches: sequences", sequences).map(({ length }) => length);
  whole("paddedBatches: targets", targets, 1);
  if (y.length !== lengths.length * targets) {
    const came = `${y.length} values for ${lengths.length} sequences`;
    throw new RangeError(`paddedBatches: y must have ${targets} for each sequence, got ${came}`);
  }
  let next = 1;
  function* batchesOf(batches: Iterable<Int32Array<ArrayBuffer>>) {
    for (const rows of batches) {
      const padded = padSequences(
        Array.from(rows, (row) => sequences[row]!),
        padding,
      );
      yield { x: padded.data, y: takeRows(y, targets, rows), shape: padded.shape, lengths: padded.lengths, rows };
    }
  }
  return (epoch = next) => {
    const batches = bucketByLength(lengths, { batchSize, seed, epoch });
    next = epoch + 1;
    return batchesOf(batches);
  };
}
