// Indices to sparse vectors: one-hot for single ones, bags of words for sequences. (Dense vectors are an embedding's
// work, and learned.)

import { arrayLike, arraysOf, known, oneOf, show, values, whole } from "./check.js";

/** What a bag of words holds for each word. */
export type BagMode = "counts" | "binary" | "tfidf";

/** What `bagOfWords` takes. */
export interface BagOptions {
  /** How often the word comes ("counts"), whether it comes ("binary"), or counts times its rarity ("tfidf"). Default: "counts". */
  readonly mode?: BagMode;
  /** For "tfidf": the weight of each word, [size]. Default: that of these sequences; give the training set's to other sets. */
  readonly idf?: ArrayLike<number>;
}

/**
 * One-hot vectors: row i is 0 but for a 1 at ids[i].
 *
 * @returns Float32Array, [ids.length, classes].
 * @throws RangeError if an id is no whole number from 0 to classes - 1.
 */
export function oneHot(ids: ArrayLike<number>, classes: number): Float32Array<ArrayBuffer> {
  arrayLike("oneHot: ids", ids);
  whole("oneHot: classes", classes, 1);
  const vectors = new Float32Array(values("oneHot", ids.length, classes));
  for (let i = 0; i < ids.length; i++) vectors[i * classes + idAt("oneHot: ids", ids, i, classes)] = 1;
  return vectors;
}

/**
 * Bags of words: one vector a sequence, with a place for every word of the vocabulary; their order is forgotten.
 *
 * @param size The vocabulary's size.
 * @returns Float32Array, [sequences.length, size].
 * @throws RangeError if an id is no whole number from 0 to size - 1, or idf is of another size; TypeError for no arrays.
 */
export function bagOfWords(
  sequences: readonly ArrayLike<number>[],
  size: number,
  options: BagOptions = {},
): Float32Array<ArrayBuffer> {
  const { mode = "counts" } = known("bagOfWords", options, ["mode", "idf"]);
  arraysOf("bagOfWords: sequences", sequences);
  whole("bagOfWords: size", size, 1);
  oneOf("bagOfWords: mode", mode, ["counts", "binary", "tfidf"]);
  const idf = mode === "tfidf" ? (options.idf ?? inverseDocumentFrequency(sequences, size)) : undefined;
  if (idf !== undefined && arrayLike("bagOfWords: idf", idf).length !== size) {
    throw new RangeError(`bagOfWords: idf must have ${size} values, one a word, got ${idf.length}`);
  }
  const bags = new Float32Array(values("bagOfWords", sequences.length, size));
  sequences.forEach((sequence, row) => {
    const bag = bags.subarray(row * size, (row + 1) * size);
    for (let i = 0; i < sequence.length; i++) {
      const id = idAt(`bagOfWords: sequences[${row}]`, sequence, i, size);
      bag[id] = mode === "binary" ? 1 : bag[id]! + 1;
    }
    if (idf !== undefined) for (let id = 0; id < size; id++) bag[id] = bag[id]! * idf[id]!;
  });
  return bags;
}

/**
 * How rare each word is: ln((1 + n) / (1 + df)) + 1 for n sequences, of which df have the word; scikit-learn's smoothed
 * form. The weights of `bagOfWords` with mode "tfidf".
 *
 * @returns Float64Array, [size].
 * @throws RangeError if an id is no whole number from 0 to size - 1; TypeError if the sequences are no arrays.
 */
export function inverseDocumentFrequency(
  sequences: readonly ArrayLike<number>[],
  size: number,
): Float64Array<ArrayBuffer> {
  arraysOf("inverseDocumentFrequency: sequences", sequences);
  whole("inverseDocumentFrequency: size", size, 1);
  const have = new Float64Array(size);
  const last = new Int32Array(size).fill(-1); // the sequence that counted for a word last
  sequences.forEach((sequence, row) => {
    for (let i = 0; i < sequence.length; i++) {
      const id = idAt(`inverseDocumentFrequency: sequences[${row}]`, sequence, i, size);
      if (last[id] !== row) have[id]!++;
      last[id] = row;
    }
  });
  return have.map((count) => naturalLog((1 + sequences.length) / (1 + count)) + 1);
}

// ln of v >= 1 from arithmetic alone, as Math.log differs between engines in the last bit:
// v = 2^e · m with m in [1, 2), and ln m = 2 artanh t = 2 (t + t³/3 + t⁵/5 + …) with t = (m - 1) / (m + 1) < 1/3.
function naturalLog(v: number): number {
  let e = 0;
  for (; v >= 2; v /= 2) e++;
  const t = (v - 1) / (v + 1);
  let sum = 0;
  for (let k = 33; k >= 1; k -= 2) sum = sum * t * t + 1 / k; // t³⁵ is below 2^-52
  return 2 * t * sum + e * Math.LN2;
}

function idAt(label: string, ids: ArrayLike<number>, at: number, size: number): number {
  const id = ids[at]!;
  if (Number.isInteger(id) && id >= 0 && id < size) return id;
  throw new RangeError(`${label}: element ${at} must be a whole number from 0 to ${size - 1}, got ${show(id)}`);
}
