// How the losses over classes are cut: by rows. Every row's term is written down, and when all are there, the first thread
// adds them up in their order, so that the loss has the same bits for any number of threads.

import { Opcode } from "../../shared/opcodes.js";
import type { Place, Range } from "../program.js";
import { LINE, numberAt, replaced, share, shifted, type Rule, type Rules, type Slice, type Words } from "./rule.js";

/** Fewer numbers are done by one thread: it takes less than waiting for each other. */
const SMALL = 16384;

// Places of the operands, in the loss and in its gradient; see src/shared/opcodes.ts.
const [LOSS, P, X, T, ROWS, COLS, TERMS] = [1, 2, 3, 4, 5, 6, 9] as const;
const [DX, GRAD_P, FIRST, MINE] = [1, 3, 9, 10] as const;

const isSmall = (words: Words) => numberAt(words, ROWS) * numberAt(words, COLS) < SMALL;

/** A thread's rows: first and end. Gradients are stored in whole vectors, so each thread's begin on a line. */
function rowsOf(words: Words, slice: Slice): [number, number] {
  const [rows, cols] = [numberAt(words, ROWS), numberAt(words, COLS)];
  const unit = LINE / Math.min(LINE, cols & -cols);
  return share(Math.ceil(rows / unit), slice).map((n) => Math.min(n * unit, rows)) as [number, number];
}

const without = (ranges: readonly Range[], { segment, offset }: Place) =>
  ranges.filter((range) => range.segment !== segment || range.offset !== offset);

const crossEntropy: Rule = {
  stages: (step) => {
    const { words, writes } = step;
    if (isSmall(words)) return [step];
    const [loss, p] = [words[LOSS] as Place, words[P] as Place];
    return [
      { ...step, words: replaced(words, new Map([[LOSS, 0]])), writes: without(writes, loss) },
      { ...step, words: replaced(words, new Map([[P, 0]])), writes: without(writes, p) },
    ];
  },
  alone: (words) => words[LOSS] !== 0,
  oneScratch: true,
  cut: (words, slice) => {
    const [begin, end] = rowsOf(words, slice);
    if (begin >= end) return undefined;
    const of = begin * numberAt(words, COLS);
    return replaced(
      words,
      new Map([
        [P, shifted(words[P]!, of)],
        [X, shifted(words[X]!, of)],
        [T, shifted(words[T]!, begin)],
        [ROWS, end - begin],
        [TERMS, shifted(words[TERMS]!, 2 * begin)],
      ]),
    );
  },
};

/** Every thread counts the rows that count in the mean, so each is told of all. */
const crossEntropyGrad: Rule = {
  alone: isSmall,
  cut: (words, slice) => {
    const [begin, end] = rowsOf(words, slice);
    if (begin >= end) return undefined;
    const of = begin * numberAt(words, COLS);
    return replaced(
      words,
      new Map([
        [DX, shifted(words[DX]!, of)],
        [GRAD_P, shifted(words[GRAD_P]!, of)],
        [FIRST, begin],
        [MINE, end - begin],
      ]),
    );
  },
};

export const lossRules: Rules = [
  [crossEntropy, Opcode.CrossEntropy],
  [crossEntropyGrad, Opcode.CrossEntropyGrad],
];
