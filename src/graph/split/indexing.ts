// How the instructions that index and move elements are cut: along the first dimension that they walk, or by rows.

import { Layout, Opcode } from "../../shared/opcodes.js";
import type { Operand } from "../program.js";
import {
  flat,
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

/**
 * Walks over dimensions that stand at `dims`: the first that is not 1 is cut. `flat` goes through them one element behind
 * the other; each of `strided` is [buffer, place of its strides]. Where one is written, no two steps may meet.
 */
const walk = (flat: number, dims: number, ...strided: (readonly [index: number, strides: number])[]): Rule => ({
  cut(words, slice) {
    let axis = 0;
    while (axis < Layout.Dims - 1 && numberAt(words, dims + axis) === 1) axis++;
    const size = numberAt(words, dims + axis);
    // Of the last dimension whole lines, so that threads do not write to the same.
    const unit = axis === Layout.Dims - 1 ? LINE : 1;
    const [begin, end] = share(Math.ceil(size / unit), slice).map((at) => Math.min(at * unit, size)) as [
      number,
      number,
    ];
    if (begin >= end) return undefined;
    let inner = 1;
    for (let i = axis + 1; i < Layout.Dims; i++) inner *= numberAt(words, dims + i);
    const changes = new Map<number, Operand>([
      [dims + axis, end - begin],
      [flat, shifted(words[flat]!, begin * inner)],
    ]);
    for (const [index, strides] of strided) {
      changes.set(index, shifted(words[index]!, begin * numberAt(words, strides + axis)));
    }
    return replaced(words, changes);
  },
});

// Places of the operands of Take and its like: buffers, then [outer, size, n, inner].
const [OUTER, SIZE, N, INNER] = [4, 5, 6, 7] as const;

/** Around the axis: `small` buffers are [outer, n, inner], `large` ones [outer, size, inner]. */
const around = (small: readonly number[], large: readonly number[]): Rule =>
  rows(OUTER, (words) => {
    const elements = (along: number) => numberAt(words, along) * numberAt(words, INNER);
    return [
      ...small.map((index) => [index, elements(N)] as const),
      ...large.map((index) => [index, elements(SIZE)] as const),
    ];
  });

/** Of one table, by what is taken from it; the sums of its gradient cannot be cut so. */
const takeAround = around([1], [2]);
const takeRows = rows(N, (words) => [
  [1, numberAt(words, INNER)],
  [3, 1],
]);
const take = (words: Words, slice: Slice) => (numberAt(words, OUTER) > 1 ? takeAround : takeRows).cut(words, slice);

// The numbers are the places of the operands, as src/shared/opcodes.ts lists them.
export const indexingRules: Rules = [
  [walk(1, 3, [2, 9]), Opcode.StridedCopy],
  [walk(2, 3, [1, 9]), Opcode.StridedPut],
  [walk(1, 5, [2, 11], [3, 17], [4, 23]), Opcode.Where],
  [{ cut: take }, Opcode.Take],
  [around([2], [1]), Opcode.TakeGrad],
  [around([1, 3], [2]), Opcode.GatherAlong],
  [around([2, 3], [1]), Opcode.GatherAlongGrad],
  [rows(3, (words) => [1, 2].map((index) => [index, numberAt(words, 4) * numberAt(words, 5)])), Opcode.CumSum],
  [
    rows(4, (words) => [
      [1, numberAt(words, 6)],
      [2, numberAt(words, 6)],
      [3, numberAt(words, 5)],
    ]),
    Opcode.TopK,
  ],
  [
    rows(3, (words) => [
      [1, numberAt(words, 4)],
      [2, 1],
    ]),
    Opcode.OneHot,
  ],
  [
    rows(3, (words) => [
      [1, 1],
      [2, numberAt(words, 4)],
    ]),
    Opcode.Argmax,
  ],
  [flat(3, [1, 2]), Opcode.Clamp, Opcode.Pow],
  [flat(4, [1, 2, 3]), Opcode.ClampGrad],
];
