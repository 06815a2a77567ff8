// How the instructions on 8-bit weights are cut: products by columns, whole lines of them, tables by rows. A row of codes
// has ld bytes, a quarter as many words.

import { Opcode } from "../../shared/opcodes.js";
import type { Operand } from "../program.js";
import { LINE, numberAt, replaced, rows, share, shifted, type Rules, type Slice, type Words } from "./rule.js";

/** Every thread rounds the inputs for itself, and reads its own part of the weights. */
function columns(words: Words, slice: Slice): Words | undefined {
  const n = numberAt(words, 7);
  const [begin, end] = share(Math.ceil(n / LINE), slice).map((line) => Math.min(line * LINE, n)) as [number, number];
  if (begin >= end) return undefined;
  return replaced(
    words,
    new Map<number, Operand>([
      [1, shifted(words[1]!, begin)],
      [3, shifted(words[3]!, (begin * numberAt(words, 9)) / 4)],
      [4, shifted(words[4]!, begin)],
      [5, shifted(words[5]!, begin)],
      [7, end - begin],
    ]),
  );
}

// The numbers are the places of the operands, as src/shared/opcodes.ts lists them.
export const int8Rules: Rules = [
  [{ cut: columns }, Opcode.LinearInt8],
  [
    rows(5, (words) => {
      const all = words[2] === 0; // in their order, without ids
      const y = [1, numberAt(words, 7)] as const;
      return all ? [y, [3, numberAt(words, 8) / 4], [4, 1]] : [y, [2, 1]];
    }),
    Opcode.EmbeddingInt8,
  ],
];
