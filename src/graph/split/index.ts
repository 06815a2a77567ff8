// A program for each thread: every instruction is cut into the slices of its output that the threads do, by giving each
// thread other addresses and sizes. The kernels know nothing of threads, and since slices are by output, and every
// output is computed as it would be alone, the results have the same bits for any number of threads.
//
// An instruction without a rule is done by the first thread, while the others go on to the next barrier.

import type { Place, Range, Step } from "../program.js";
import { denseRules } from "./dense.js";
import { familyRules } from "./families.js";
import { indexingRules } from "./indexing.js";
import { int8Rules } from "./int8.js";
import { lossRules } from "./losses.js";
import { recurrentRules } from "./recurrent.js";
import type { Rule, Words } from "./rule.js";

const table = new Map<number, Rule>(
  [...denseRules, ...familyRules, ...indexingRules, ...int8Rules, ...lossRules, ...recurrentRules].flatMap(
    ([rule, ...codes]) => codes.map((code) => [code, rule] as const),
  ),
);

/** Whether the threads share the instruction. */
export function isShared({ words }: Step): boolean {
  const rule = table.get(words[0]);
  return rule !== undefined && !rule.alone?.(words);
}

/** What tells that two instructions divide a buffer alike: equal for equal slices, undefined for any other way. */
export function sliceKey({ words }: Step, { segment, offset }: Place): string | undefined {
  const flat = table.get(words[0])?.flat;
  const there = flat?.buffers.some((index) => {
    const operand = words[index];
    return (
      typeof operand === "object" && "segment" in operand && operand.segment === segment && operand.offset === offset
    );
  });
  return there ? `${segment} ${offset} ${String(words[flat!.n])}` : undefined;
}

/** The slice of a step that one of `threads` threads does, with scratch of its own; undefined for none. */
export function sliceOf(step: Step, thread: number, threads: number): Step | undefined {
  const rule = table.get(step.words[0]);
  if (!rule || !isShared(step)) return thread === 0 ? step : undefined;
  const words = threads === 1 ? step.words : rule.cut(step.words, { thread, threads });
  return words && { ...step, words: withScratch(words, step.scratch, thread) };
}

/** Each thread's scratch lies behind that of the one before. */
function withScratch(words: Words, scratch: Range | undefined, thread: number): Words {
  if (!scratch || thread === 0) return words;
  const offset = scratch.offset + thread * scratch.bytes;
  return words.map((word) => {
    const own =
      typeof word === "object" &&
      "segment" in word &&
      word.segment === scratch.segment &&
      word.offset === scratch.offset;
    return own ? { segment: scratch.segment, offset } : word;
  }) as unknown as Words;
}
