// How recurrent layers are cut: by samples, each thread on its own through all of time. The words keep the number of
// samples that lie in a step, which is how the kernels get from one step to the next.

import { Opcode } from "../../shared/opcodes.js";
import { numberAt, rows, type Rule, type Rules } from "./rule.js";

/** `samples` and `hidden` are the places of these sizes; each buffer comes with the hidden sizes of a sample's row. */
const samples = (samples: number, hidden: number, buffers: Readonly<Record<number, number>>): Rule =>
  rows(samples, (words) =>
    Object.entries(buffers).map(([index, gates]) => [Number(index), gates * numberAt(words, hidden)] as const),
  );

// The numbers are the places of the operands, as src/shared/opcodes.ts lists them.
export const recurrentRules: Rules = [
  [samples(6, 7, { 1: 1, 2: 1, 4: 1 }), Opcode.Rnn],
  [samples(7, 8, { 1: 1, 2: 1, 3: 1, 4: 1 }), Opcode.RnnGrad],
  [samples(9, 10, { 1: 4, 2: 1, 3: 1, 4: 4, 6: 1, 7: 1 }), Opcode.Lstm],
  [samples(10, 11, { 1: 4, 2: 1, 3: 1, 4: 1, 5: 1, 6: 4, 7: 1 }), Opcode.LstmGrad],
  [samples(8, 9, { 1: 4, 2: 1, 3: 3, 6: 1 }), Opcode.Gru],
  [samples(9, 10, { 1: 3, 2: 3, 3: 1, 4: 1, 5: 4, 6: 1 }), Opcode.GruGrad],
];
