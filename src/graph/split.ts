// A program for each thread: every instruction is cut into the slices of its output that the threads do, by giving each
// thread other addresses and sizes. The kernels know nothing of threads, and since slices are by output, and every
// output is computed as it would be alone, the results have the same bits for any number of threads.
//
// An instruction without a rule is done by the first thread, while the others go on to the next barrier.

import { Block } from "../shared/blocking.js";
import { GemmFlag, Layout, Opcode } from "../shared/opcodes.js";
import type { Operand, Place, Range, Step } from "./program.js";

type Words = Step["words"];

/** Which slice: `thread` of `threads`. */
interface Slice {
  readonly thread: number;
  readonly threads: number;
}

/** How an instruction is cut. */
interface Rule {
  /** The words of one thread's slice; undefined if nothing is left for it. */
  cut(words: Words, slice: Slice): Words | undefined;
  /** Element-wise: where the number of elements stands, and the buffers that each thread touches only its part of. */
  readonly flat?: { readonly n: number; readonly buffers: readonly number[] };
}

const FLOAT = 4;
/** Elements of a line: slices of a buffer begin on one, so that threads do not write to the same. */
const LINE = Layout.Line / FLOAT;

/** Begin and end of a thread's share of `count` units. */
function share(count: number, { thread, threads }: Slice): [number, number] {
  return [Math.floor((count * thread) / threads), Math.floor((count * (thread + 1)) / threads)];
}

/** An address so many elements further on; 0 stays what it is, "none". */
function shifted(operand: Operand, elements: number): Operand {
  if (typeof operand !== "object" || !("segment" in operand)) return operand;
  return { ...operand, offset: operand.offset + elements * FLOAT };
}

const numberAt = (words: Words, index: number) => words[index] as number;

/** The words with some of them changed; those between the end and a new one are 0. */
function replaced(words: Words, changes: ReadonlyMap<number, Operand>): Words {
  const length = Math.max(words.length, ...[...changes.keys()].map((index) => index + 1));
  return Array.from({ length }, (_, i) => changes.get(i) ?? words[i] ?? 0) as unknown as Words;
}

/** `n` elements, one of them depending on one of each buffer in `buffers`. `first` is where the slice's first element goes. */
const flat = (n: number, buffers: readonly number[], first?: number): Rule => ({
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
const rows = (
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
const tight =
  (cols: number, ...buffers: number[]) =>
  (words: Words) =>
    buffers.map((index) => [index, numberAt(words, cols)] as const);

// Places of the operands of Gemm.
const [C, A, B, BIAS, M, N, K, LDA, LDB, LDC, FLAGS, ACTIVATION] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;
const [BATCH, A_STEP, B_STEP, C_STEP] = [15, 16, 17, 18] as const;

/** Products are cut by the batch, by columns or by rows, in whole microtiles; all by the path that the whole would take. */
const gemm = (words: Words, slice: Slice): Words | undefined => {
  const [m, n, batch] = [numberAt(words, M), numberAt(words, N), numberAt(words, BATCH)];
  const flags = numberAt(words, FLAGS);
  const changes = new Map<number, Operand>();
  const path = packs(words) ? GemmFlag.Pack : GemmFlag.InPlace;
  changes.set(FLAGS, flags | path);

  if (batch >= slice.threads && numberAt(words, C_STEP) > 0) {
    const [begin, end] = share(batch, slice);
    if (begin >= end) return undefined;
    for (const [at, step] of [
      [C, C_STEP],
      [A, A_STEP],
      [B, B_STEP],
    ] as const) {
      changes.set(at, shifted(words[at]!, begin * numberAt(words, step)));
    }
    changes.set(BATCH, end - begin);
    return replaced(words, changes);
  }

  // An activation that does not ride in the microkernel needs its piece of C in one: rows only.
  const byColumns = numberAt(words, ACTIVATION) <= Opcode.LeakyRelu && n >= 2 * Block.NR * slice.threads && n >= m;
  const [size, tile] = byColumns ? [n, Block.NR] : [m, Block.MR];
  const [begin, end] = share(Math.ceil(size / tile), slice).map((t) => Math.min(t * tile, size)) as [number, number];
  if (begin >= end) return undefined;
  if (byColumns) {
    changes.set(C, shifted(words[C]!, begin));
    changes.set(B, shifted(words[B]!, begin * (flags & GemmFlag.TransB ? numberAt(words, LDB) : 1)));
    changes.set(BIAS, shifted(words[BIAS]!, begin));
    changes.set(N, end - begin);
  } else {
    changes.set(C, shifted(words[C]!, begin * numberAt(words, LDC)));
    changes.set(A, shifted(words[A]!, begin * (flags & GemmFlag.TransA ? 1 : numberAt(words, LDA))));
    changes.set(M, end - begin);
  }
  return replaced(words, changes);
};

/** The rule of `packs` in assembly/gemm.ts, for the whole product. */
function packs(words: Words): boolean {
  const [m, n, k] = [numberAt(words, M), numberAt(words, N), numberAt(words, K)];
  if (k === 0 || m < Block.PackRows || m * n * k < Block.PackWork) return false;
  return (numberAt(words, FLAGS) & GemmFlag.TransB) !== 0 || m >= Block.PackRowsPlain;
}

const table = new Map<Opcode, Rule>();
const put = (rule: Rule, ...codes: Opcode[]) => codes.forEach((code) => table.set(code, rule));

put(flat(2, [1]), Opcode.Fill, Opcode.ClipValue);
put(flat(3, [1, 2]), Opcode.Copy, Opcode.Affine, Opcode.Axpy, Opcode.Exp, Opcode.Log, Opcode.Sqrt, Opcode.Square);
put(flat(3, [1, 2]), Opcode.Abs, Opcode.Sign);
put(flat(4, [1, 2, 3]), Opcode.Add, Opcode.Sub, Opcode.Mul, Opcode.Div, Opcode.Maximum, Opcode.Minimum);
put(flat(4, [1, 2, 3]), Opcode.Equal, Opcode.Greater);
put(flat(3, [1, 2], 6), Opcode.Dropout);
put(flat(7, [1, 2, 3, 4, 5, 6]), Opcode.Sgd, Opcode.Adam, Opcode.RmsProp, Opcode.Adagrad, Opcode.Adadelta);
put(flat(7, [1, 2, 3, 4, 5, 6]), Opcode.Adamax, Opcode.NAdam);
for (let code = Opcode.Relu as number; code <= Opcode.HardSwish; code++) put(flat(3, [1, 2]), code);
for (let code = Opcode.ReluGrad as number; code <= Opcode.HardSwishGrad; code++) put(flat(4, [1, 2, 3]), code);
put(rows(3, tight(4, 1, 2)), Opcode.Softmax, Opcode.LogSoftmax);
put(rows(4, tight(5, 1, 2, 3)), Opcode.SoftmaxGrad, Opcode.LogSoftmaxGrad);
put(rows(3, tight(4, 1), 7), Opcode.Gather);
put(rows(3, tight(4, 1), 5), Opcode.GatherIds);
put({ cut: gemm }, Opcode.Gemm);

// Every thread has to know whether the loss is finite; only the first writes it down.
put({ cut: (words, { thread }) => [words[0], words[1]!, words[2]!, Number(thread > 0)] }, Opcode.Record);
put({ cut: (words) => words }, Opcode.Barrier);

/** Whether the threads share the instruction. */
export const isShared = ({ words: [code] }: Step): boolean => table.has(code);

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
  if (!rule) return thread === 0 ? step : undefined;
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
