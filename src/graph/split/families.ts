// How the instructions of the families are cut: convolutions and poolings by images, channels and planes, norms by rows,
// attention by heads.

import { AttentionWord } from "../../shared/attention.js";
import { Opcode } from "../../shared/opcodes.js";
import { Window } from "../../shared/window.js";
import type { Operand } from "../program.js";
import {
  LINE,
  numberAt,
  replaced,
  rows,
  share,
  shifted,
  type Rule,
  type Rules,
  type Slice,
  type Words,
} from "./rule.js";

/** Images, whose buffers lead to the next by a step that is itself an operand. */
const images = (count: number, ...buffers: (readonly [index: number, step: number])[]): Rule =>
  rows(count, (words) => buffers.map(([index, step]) => [index, numberAt(words, step)] as const));

/** Planes of a pooling: buffers of results, which have the window's grid, and of pictures. */
const planes = (
  count: number,
  window: number,
  { grid, picture }: { grid: readonly number[]; picture: readonly number[] },
): Rule =>
  rows(count, (words) => {
    const size = (a: Window, b: Window) => numberAt(words, window + a) * numberAt(words, window + b);
    return [
      ...grid.map((index) => [index, size(Window.Rows, Window.Columns)] as const),
      ...picture.map((index) => [index, size(Window.Height, Window.Width)] as const),
    ];
  });

/** Rows that are normalised, in whole cycles of the groups whose weights they have. */
const normalised = (buffers: readonly number[], stats: number): Rule => ({
  cut(words, slice) {
    const [count, groups] = [numberAt(words, 6), numberAt(words, 7)];
    const [begin, end] = share(count / groups, slice).map((cycle) => cycle * groups) as [number, number];
    if (begin >= end) return undefined;
    const row = numberAt(words, 8) * numberAt(words, 9);
    const changes = new Map<number, Operand>(buffers.map((index) => [index, shifted(words[index]!, begin * row)]));
    changes.set(stats, shifted(words[stats]!, begin * 2));
    changes.set(6, end - begin);
    return replaced(words, changes);
  },
});

// Places of the operands of ConvWeightGrad.
const [DW, X, DY, GROUPS, CHANNELS, OUTS, PARTS, FIRST, END, WINDOW] = [1, 2, 3, 6, 7, 8, 11, 12, 13, 14] as const;

/** The gradient of a convolution's weight: by parts of the images; else by groups; else by outs, four at least. */
function convWeightGrad(words: Words, slice: Slice): Words | undefined {
  const [groups, channels, outs] = [numberAt(words, GROUPS), numberAt(words, CHANNELS), numberAt(words, OUTS)];
  const parts = numberAt(words, PARTS);
  if (parts > 1) {
    const [begin, end] = share(parts, slice);
    return begin < end ? replaced(words, new Map([[FIRST, begin], [END, end]])) : undefined; // prettier-ignore
  }
  const at = (word: Window) => numberAt(words, WINDOW + word);
  const byGroups = groups > 1;
  const [begin, end] = byGroups ? share(groups, slice) : foursOf(outs, slice);
  if (begin >= end) return undefined;
  const first = byGroups ? begin * outs : begin;
  const k = channels * at(Window.KernelHeight) * at(Window.KernelWidth);
  const changes = new Map<number, Operand>([
    [DW, shifted(words[DW]!, first * k)],
    [DY, shifted(words[DY]!, first * at(Window.Rows) * at(Window.Columns))],
    [byGroups ? GROUPS : OUTS, end - begin],
  ]);
  if (byGroups) changes.set(X, shifted(words[X]!, begin * channels * at(Window.Height) * at(Window.Width)));
  return replaced(words, changes);
}

/** Outs in fours, the last slice with what is left over: fewer than three alone would be summed in another order. */
function foursOf(outs: number, slice: Slice): [number, number] {
  const fours = Math.max(1, Math.floor(outs / 4));
  const [begin, end] = share(fours, slice);
  return [begin * 4, end === fours ? outs : end * 4];
}

/** Channels that are normalised by themselves: buffers with an element for each, and buffers with `inner`. */
const channels = (count: number, each: readonly number[], runs: readonly number[]): Rule => ({
  cut(words, slice) {
    // In fours, since these are summed side by side.
    const total = numberAt(words, count);
    const [begin, end] = share(Math.ceil(total / 4), slice).map((four) => Math.min(four * 4, total)) as [
      number,
      number,
    ];
    if (begin >= end) return undefined;
    const changes = new Map<number, Operand>([
      ...each.map((index) => [index, shifted(words[index]!, begin)] as const),
      ...runs.map((index) => [index, shifted(words[index]!, begin * numberAt(words, count + 1))] as const),
      [count, end - begin],
    ]);
    return replaced(words, changes);
  },
});

/** The same for the weights of rows, if the rows are of one group; else the first thread does it. */
const weights: Rule = {
  cut: (words, slice) =>
    numberAt(words, 7) === 1 ? channels(8, [1, 2], [3, 4]).cut(words, slice) : slice.thread === 0 ? words : undefined,
};

/** Columns of a table's gradient. */
const columns: Rule = {
  cut(words, slice) {
    const cols = numberAt(words, 6);
    const [begin, end] = share(Math.ceil(cols / LINE), slice).map((line) => Math.min(line * LINE, cols)) as [
      number,
      number,
    ];
    if (begin >= end) return undefined;
    return replaced(
      words,
      new Map<number, Operand>([
        [1, shifted(words[1]!, begin)],
        [3, shifted(words[3]!, begin)],
        [6, end - begin],
      ]),
    );
  },
};

/** Heads of attention: an instruction says from which to which it goes. */
function heads(words: Words, slice: Slice): Words | undefined {
  const first = numberAt(words, AttentionWord.First);
  const [begin, end] = share(numberAt(words, AttentionWord.End) - first, slice);
  if (begin >= end) return undefined;
  return replaced(
    words,
    new Map([
      [AttentionWord.First, first + begin],
      [AttentionWord.End, first + end],
    ]),
  );
}

// The numbers are the places of the operands, as src/shared/opcodes.ts lists them.
export const familyRules: Rules = [
  [images(6, [1, 10], [2, 11]), Opcode.Conv2d],
  [images(6, [1, 11], [2, 10]), Opcode.ConvTranspose2d],
  [{ cut: convWeightGrad }, Opcode.ConvWeightGrad],
  [planes(5, 6, { grid: [1, 2], picture: [3] }), Opcode.MaxPool],
  [planes(4, 5, { grid: [2, 3], picture: [1] }), Opcode.MaxPoolGrad],
  [planes(4, 5, { grid: [1, 3], picture: [2] }), Opcode.MaxPoolTake],
  [planes(4, 7, { grid: [1], picture: [2] }), Opcode.AvgPool],
  [planes(4, 7, { grid: [2], picture: [1] }), Opcode.AvgPoolGrad],
  [normalised([1, 3], 2), Opcode.Norm],
  [normalised([1, 2, 3], 4), Opcode.NormGrad],
  [
    rows(4, (words) => [
      [1, numberAt(words, 6)],
      [2, 1],
    ]),
    Opcode.Embedding,
  ],
  [weights, Opcode.NormWeightGrad],
  [channels(5, [1, 2], [3]), Opcode.BatchStats],
  [channels(8, [3, 4, 5, 6], [1, 2]), Opcode.BatchNorm],
  [channels(8, [1, 2, 5, 6], [3, 4]), Opcode.BatchNormSums],
  [channels(10, [4, 5, 6, 7, 8], [1, 2, 3]), Opcode.BatchNormGrad],
  [columns, Opcode.EmbeddingGrad],
  [rows(6, (words) => [1, 2].map((index) => [index, numberAt(words, 8)] as const), 15), Opcode.Rotary],
  [{ cut: heads }, Opcode.Attention, Opcode.AttentionGrad, Opcode.AttentionMaskGrad, Opcode.CachedAttention],
];
