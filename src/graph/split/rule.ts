// How an instruction is cut into the slices of several threads, and the usual ways to do it: by elements, and by rows.

import { Layout } from "../../shared/opcodes.js";
import type { Operand, Step } from "../program.js";

export type Words = Step["words"];

/** Which slice: `thread` of `threads`. */
export interface Slice {
  readonly thread: number;
  readonly threads: number;
}

/** How an instruction is cut. */
export interface Rule {
  /** The words of one thread's slice; undefined if nothing is left for it. */
  cut(words: Words, slice: Slice): Words | undefined;
  /** Whether the first thread does it all, as if there were no rule; absent: never. */
  alone?(words: Words): boolean;
  /** Element-wise: where the number of elements stands, and the buffers that each thread touches only its part of. */
  readonly flat?: { readonly n: number; readonly buffers: readonly number[] };
}

const FLOAT = 4;
/** Work on fewer elements is done by one thread: it takes less than waiting for each other. */
export const SMALL = 16384;
/** Elements of a line: slices of a buffer begin on one, so that threads do not write to the same. */
export const LINE = Layout.Line / FLOAT;

/** Begin and end of a thread's share of `count` units. */
export function share(count: number, { thread, threads }: Slice): [number, number] {
  return [Math.floor((count * thread) / threads), Math.floor((count * (thread + 1)) / threads)];
}

/** An address so many elements further on; 0 stays what it is, "none". */
export function shifted(operand: Operand, elements: number): Operand {
  if (typeof operand !== "object" || !("segment" in operand)) return operand;
  return { ...operand, offset: operand.offset + elements * FLOAT };
}

export const numberAt = (words: Words, index: number) => words[index] as number;

/** The words with some of them changed; those between the end and a new one are 0. */
export function replaced(words: Words, changes: ReadonlyMap<number, Operand>): Words {
  const length = Math.max(words.length, ...[...changes.keys()].map((index) => index + 1));
  return Array.from({ length }, (_, i) => changes.get(i) ?? words[i] ?? 0) as unknown as Words;
}

/** `n` elements, one of them depending on one of each buffer in `buffers`. `first` is where the slice's first element goes. */
export const flat = (n: number, buffers: readonly number[], first?: number): Rule => ({
  flat: { n, buffers },
  cut(words, slice) {
    const size = numberAt(words, n);
    const [begin, end] = share(Math.ceil(size / LINE), slice).map((line) => Math.min(line * LINE, size)) as [
      number,
      number,
    ];
    if (begin >= end) return undefined;
    const changes = new Map<number, Operand>(buffers.map((index) => [index, shifted(words[index]!, begin)]));
    changes.set(n, end - begin);
    if (first !== undefined) changes.set(first, begin);
    return replaced(words, changes);
  },
});

/** `rows` rows; `buffers` are indices with the elements of a row. */
export const rows = (
  rows: number,
  buffers: (words: Words) => readonly (readonly [index: number, elements: number])[],
  first?: number,
): Rule => ({
  cut(words, slice) {
    const [begin, end] = share(numberAt(words, rows), slice);
    if (begin >= end) return undefined;
    const changes = new Map<number, Operand>(
      buffers(words).map(([index, elements]) => [index, shifted(words[index]!, begin * elements)]),
    );
    changes.set(rows, end - begin);
    if (first !== undefined) changes.set(first, begin);
    return replaced(words, changes);
  },
});

/** Buffers whose rows have as many elements as the operand at `cols`. */
export const tight =
  (cols: number, ...buffers: number[]) =>
  (words: Words) =>
    buffers.map((index) => [index, numberAt(words, cols)] as const);

/** Rules by opcode. */
export type Rules = readonly (readonly [Rule, ...(readonly number[])])[];
