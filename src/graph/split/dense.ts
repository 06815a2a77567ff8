// How the instructions of dense layers are cut: element by element, row by row, and products by what is largest.

import { Block, packs } from "../../shared/blocking.js";
import { GemmFlag, Opcode } from "../../shared/opcodes.js";
import type { Operand } from "../program.js";
import {
  flat,
  numberAt,
  replaced,
  rows,
  share,
  shifted,
  SMALL,
  tight,
  type Rule,
  type Rules,
  type Slice,
  type Words,
} from "./rule.js";

// Places of the operands of Gemm.
const [C, A, B, BIAS, M, N, K, LDA, LDB, LDC, FLAGS, ACTIVATION] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;
const [BATCH, A_STEP, B_STEP, C_STEP] = [15, 16, 17, 18] as const;

/** Products are cut by the batch, by columns or by rows, in whole microtiles; all by the path that the whole would take. */
const gemm = (words: Words, slice: Slice): Words | undefined => {
  const [m, n, batch] = [numberAt(words, M), numberAt(words, N), numberAt(words, BATCH)];
  const flags = numberAt(words, FLAGS);
  const changes = new Map<number, Operand>();
  const [transA, transB] = [(flags & GemmFlag.TransA) !== 0, (flags & GemmFlag.TransB) !== 0];
  const path = packs(m, n, numberAt(words, K), transA, transB) ? GemmFlag.Pack : GemmFlag.InPlace;
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

/** Reductions of [outer, n, inner] over n: by outer. */
const byOuter = rows(3, (words) => {
  const [n, inner] = [numberAt(words, 4), numberAt(words, 5)];
  return [
    [1, inner],
    [2, n * inner],
  ];
});

/** Small ones, and those that give a single row, are done by the first thread, which often goes on with them: no one waits. */
const reduction: Rule = {
  ...byOuter,
  alone: (words) => {
    const [outer, n, inner] = [numberAt(words, 3), numberAt(words, 4), numberAt(words, 5)];
    return outer === 1 || outer * n * inner < SMALL;
  },
};

/** The opcodes from `first` to `last`. */
const from = (first: Opcode, last: Opcode): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

export const denseRules: Rules = [
  [flat(2, [1]), Opcode.Fill, Opcode.ClipValue],
  [flat(3, [1, 2]), Opcode.Copy, Opcode.Affine, Opcode.Axpy, Opcode.Exp, Opcode.Log, Opcode.Sqrt, Opcode.Square],
  [flat(3, [1, 2]), Opcode.Abs, Opcode.Sign],
  [flat(4, [1, 2, 3]), Opcode.Add, Opcode.Sub, Opcode.Mul, Opcode.Div, Opcode.Maximum, Opcode.Minimum],
  [flat(4, [1, 2, 3]), Opcode.Equal, Opcode.Greater],
  [flat(3, [1, 2], 6), Opcode.Dropout],
  [flat(7, [1, 2, 3, 4, 5, 6]), Opcode.Sgd, Opcode.Adam, Opcode.RmsProp, Opcode.Adagrad, Opcode.Adadelta],
  [flat(7, [1, 2, 3, 4, 5, 6]), Opcode.Adamax, Opcode.NAdam],

  [rows(3, tight(4, 1, 2)), Opcode.Softmax, Opcode.LogSoftmax],
  [rows(4, tight(5, 1, 2, 3)), Opcode.SoftmaxGrad, Opcode.LogSoftmaxGrad],
  [reduction, Opcode.Sum, Opcode.Max],
  [rows(3, tight(4, 1), 7), Opcode.Gather],
  [rows(3, tight(4, 1), 5), Opcode.GatherIds],
  [{ cut: gemm }, Opcode.Gemm],
  [flat(3, [1, 2]), ...from(Opcode.Relu, Opcode.HardSwish)],
  [flat(4, [1, 2, 3]), ...from(Opcode.ReluGrad, Opcode.HardSwishGrad)],
  // Every thread has to know whether the loss is finite; only the first writes it down.
  [{ cut: (words, { thread }) => [words[0], words[1]!, words[2]!, Number(thread > 0)] }, Opcode.Record],
  [{ cut: (words) => words }, Opcode.Barrier],
];
