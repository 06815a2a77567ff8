// Products of a single row with a weight, as the next word of a text needs them: every weight is read once, in f32 and in
// 8 bits. Beside them stands the reading of the 8-bit weights alone, which is what the machine's memory allows.

import { gemmScratchBytes } from "../src/core/gemm-scratch.js";
import { codeBytes, int8ScratchBytes } from "../src/graph/ops/int8.js";
import { GemmFlag, Opcode } from "../src/shared/opcodes.js";
import { readCeiling } from "./ceilings.js";
import { rate, share, time, type Task } from "./harness.js";
import { openBench, type Bench } from "./instruction.js";
import { wanted, type Row, type Section } from "./section.js";

/** The linear layers of GPT-2 with 124 million parameters: inputs and outputs. */
const SHAPES = [
  { name: "attention, 768 to 2304", k: 768, n: 2304 },
  { name: "attention, 768 to 768", k: 768, n: 768 },
  { name: "hidden, 768 to 3072", k: 768, n: 3072 },
  { name: "hidden, 3072 to 768", k: 3072, n: 768 },
  { name: "head, 768 to 50257", k: 768, n: 50_257 },
] as const;

/** y[n] = x[k] · weightᵀ with the weight in f32, and in 8 bits, and the place of its codes. */
function tasksOf(
  bench: Bench,
  k: number,
  n: number,
): { floats: Task; codes: Task; dots: Task; at: number; bytes: number } {
  const [x, y, scales] = [bench.floats(k), bench.floats(n), bench.floats(n)];
  const ld = codeBytes(k);
  const at = bench.bytes(n * ld);
  const packing = bench.bytes(gemmScratchBytes(1, n, k, GemmFlag.TransB));
  const rounding = bench.bytes(int8ScratchBytes(k));
  // prettier-ignore
  const product = [y, x, bench.floats(n * k), 0, 1, n, k, k, k, n, GemmFlag.TransB, 0, { real: 0 }, packing, 1, 0, 0, 0];
  return {
    floats: bench.task("f32", Opcode.Gemm, product),
    codes: bench.task("8 bits", Opcode.LinearInt8, [y, x, at, scales, 0, 1, n, k, ld, n, rounding]),
    dots: bench.task("8 bits, dots", Opcode.LinearInt8, [y, x, at, scales, 0, 1, n, k, ld, n, rounding, 1]),
    at,
    bytes: n * ld,
  };
}

export const weightSection: Section = {
  name: "weights",
  about: "One row through GPT-2's linear layers on one thread, weights in f32 and in 8 bits.",
  async measure({ filter, quick, rounds }) {
    const chosen = SHAPES.filter(({ name }) => wanted({ filter, quick, rounds }, "weights", name));
    if (chosen.length === 0) return { rows: [] };
    const bench = await openBench();
    const rows: Row[] = [];
    for (const { name, k, n } of chosen) {
      const { floats, codes, dots, at, bytes } = tasksOf(bench, k, n);
      const reading = await readCeiling(bench.core.memory.wasm, at, bytes);
      const times = await time([floats, codes, reading, dots], { rounds, milliseconds: quick ? 5 : 20 });
      rows.push({
        name,
        values: {
          f32: rate((k * n) / 1e9, times[0]!, "Gweights/s"),
          "8 bits": rate((k * n) / 1e9, times[1]!, "Gweights/s"),
          "by dot products": rate((k * n) / 1e9, times[3]!, "Gweights/s"),
          "read at": rate(bytes / 1e9, times[1]!, "GB/s"),
          "reading alone": rate(bytes / 1e9, times[2]!, "GB/s"),
          share: share(bytes, times[1]!, bytes, times[2]!),
        },
      });
      bench.clear();
    }
    return { rows };
  },
};
