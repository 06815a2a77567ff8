// Sequences of indices, of different lengths, made into rectangles: padded and cut for classifiers, or laid out as inputs
// and their continuations for language models.

import { arrayLike, arraysOf, known, oneOf, values, whole } from "./check.js";

/** At which end of a sequence something is added or cut off. */
export type SequenceEnd = "pre" | "post";

/** What `padSequences` takes. */
export interface PadOptions {
  /** The length of every row. Default: that of the longest sequence. */
  readonly length?: number;
  /** Where a short sequence is filled up. Default: "post", at its end, as PyTorch's pad_sequence. */
  readonly padding?: SequenceEnd;
  /** Where a long sequence is cut off. Default: "post", at its end. */
  readonly truncating?: SequenceEnd;
  /** What it is filled with. Default: 0. */
  readonly value?: number;
}

/** Sequences as a rectangle. */
export interface PaddedSequences {
  /** Row after row: [sequences, length]. */
  readonly data: Int32Array<ArrayBuffer>;
  readonly shape: readonly [sequences: number, length: number];
  /** How many elements of each row are the sequence's own: [sequences]. */
  readonly lengths: Int32Array<ArrayBuffer>;
}

/** What `windows` takes. */
export interface WindowOptions {
  /** Elements of a window. */
  readonly length: number;
  /** From the beginning of a window to that of the next. Default: `length`, so that windows do not overlap. */
  readonly stride?: number;
  /** How far the targets are ahead of the inputs. Default: 1, the next element. */
  readonly targetShift?: number;
}

/** Windows and what follows their elements: row i, column j of `targets` is `targetShift` after that of `inputs`. */
export interface Windows {
  readonly inputs: Int32Array<ArrayBuffer>;
  readonly targets: Int32Array<ArrayBuffer>;
  readonly shape: readonly [windows: number, length: number];
}

/**
 * Makes sequences equally long.
 *
 * @throws TypeError if they are not arrays; RangeError if an element is no 32-bit integer or an option is out of bounds.
 */
export function padSequences(sequences: readonly ArrayLike<number>[], options: PadOptions = {}): PaddedSequences {
  arraysOf("padSequences: sequences", sequences);
  const longest = sequences.reduce((most, sequence) => Math.max(most, sequence.length), 1);
  known("padSequences", options, ["length", "padding", "truncating", "value"]);
  const { length = longest, padding = "post", truncating = "post", value = 0 } = options;
  whole("padSequences: length", length, 1);
  oneOf("padSequences: padding", padding, ["pre", "post"]);
  oneOf("padSequences: truncating", truncating, ["pre", "post"]);
  whole("padSequences: value", value, -(2 ** 31));

  const data = new Int32Array(values("padSequences", sequences.length, length)).fill(value);
  const lengths = new Int32Array(sequences.length);
  sequences.forEach((sequence, row) => {
    const kept = Math.min(sequence.length, length);
    const from = truncating === "pre" ? sequence.length - kept : 0;
    const to = row * length + (padding === "pre" ? length - kept : 0);
    for (let i = 0; i < kept; i++) data[to + i] = element(`padSequences: sequences[${row}]`, sequence, from + i);
    lengths[row] = kept;
  });
  return { data, shape: [sequences.length, length], lengths };
}

/**
 * Cuts one long sequence into windows, each with its targets: pairs for learning to predict the next element. The last
 * elements that fill no window are left out.
 *
 * @throws RangeError if the sequence is shorter than length + targetShift, an element is no 32-bit integer, or an option
 *   is out of bounds; TypeError if it is no array.
 */
export function windows(sequence: ArrayLike<number>, options: WindowOptions): Windows {
  arrayLike("windows: sequence", sequence);
  known("windows", options, ["length", "stride", "targetShift"]);
  const { length, stride = length, targetShift = 1 } = options;
  whole("windows: length", length, 1);
  whole("windows: stride", stride, 1);
  whole("windows: targetShift", targetShift, 0);
  const spare = sequence.length - length - targetShift;
  if (spare < 0) {
    throw new RangeError(
      `windows: the sequence has ${sequence.length} elements, but one window of ${length} and its targets, ` +
        `${targetShift} ahead, need ${length + targetShift}`,
    );
  }
  const count = Math.floor(spare / stride) + 1;
  const inputs = new Int32Array(values("windows", count, length));
  const targets = new Int32Array(count * length);
  for (let row = 0, at = 0; row < count; row++) {
    for (let from = row * stride; from < row * stride + length; from++, at++) {
      inputs[at] = element("windows: sequence", sequence, from);
      targets[at] = element("windows: sequence", sequence, from + targetShift);
    }
  }
  return { inputs, targets, shape: [count, length] };
}

function element(label: string, sequence: ArrayLike<number>, at: number): number {
  const value = sequence[at]!;
  if ((value | 0) === value) return value;
  throw new RangeError(`${label}: element ${at} must be a 32-bit integer, got ${String(value)}`);
}
