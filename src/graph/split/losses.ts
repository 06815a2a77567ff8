// How the losses over classes are cut: by rows. The mean of all rows' terms is left to the first thread, which adds them up in
// an order of its own.

import { Opcode } from "../../shared/opcodes.js";
import type { Operand } from "../program.js";
import { numberAt, replaced, share, shifted, SMALL, type Rule, type Rules, type Words } from "./rule.js";

/** Lanes of a vector. */
const LANES = 4;

// The numbers are the places of the operands, as src/shared/opcodes.ts lists them.
const [ROWS, COLS] = [5, 6] as const;

/**
 * By rows, which begin with a whole vector, as gradients are stored in whole ones.
 * @param changes the words that a thread has of its own, by its first row, how many it has, and the elements before them
 */
const byRows = (
  changes: (words: Words, first: number, count: number, elements: number) => [number, Operand][],
): Rule => ({
  alone: (words) => numberAt(words, ROWS) * numberAt(words, COLS) < SMALL,
  cut: (words, slice) => {
    const [rows, cols] = [numberAt(words, ROWS), numberAt(words, COLS)];
    const unit = LANES / Math.min(LANES, cols & -cols);
    const [begin, end] = share(Math.ceil(rows / unit), slice).map((n) => Math.min(n * unit, rows)) as [number, number];
    return begin < end ? replaced(words, new Map(changes(words, begin, end - begin, begin * cols))) : undefined;
  },
});

const terms = byRows((words, first, count, elements) => [
  [1, shifted(words[1]!, first)],
  [2, shifted(words[2]!, elements)],
  [3, shifted(words[3]!, elements)],
  [4, shifted(words[4]!, first)],
  [ROWS, count],
]);

/** Every thread is told of all rows, to know how many of them count. */
const grad = byRows((words, first, count, elements) => [
  [1, shifted(words[1]!, elements)],
  [3, shifted(words[3]!, elements)],
  [9, first],
  [10, count],
]);

export const lossRules: Rules = [
  [terms, Opcode.CrossEntropyTerms],
  [grad, Opcode.CrossEntropyGrad],
];
