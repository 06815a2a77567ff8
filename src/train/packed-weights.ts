// Weights that stay packed between predictions, as the matrix product reads them (assembly/gemm-kept.ts).
//
// Packing a weight takes as long as three or four rows take to go through it, a tenth of a prediction of 32 samples. So
// programs that predict read copies, which all of them share, and which are packed again only when the
// parameters may have changed. Products of few rows (packs in src/shared/blocking.ts) read the weight as it lies, and
// those of many would gain nothing.

import { padded } from "../core/memory.js";
import type { Bases, Operand, Step } from "../graph/program.js";
import { packs } from "../shared/blocking.js";
import { GemmFlag, Opcode } from "../shared/opcodes.js";
import type { Space } from "./space.js";
import type { State } from "./state.js";

// Nobody takes it from here; see diverged.ts.
export { compile } from "./compile.js";

/** Rows of the largest product that reads a copy: beyond, packing is less than a hundredth of it. */
const MOST_ROWS = 512;
/** Bytes of all copies at most; what comes first has them. */
const MOST_BYTES = 64e6;

// Places of the operands of Gemm.
const [B, M, N, K, LDB, FLAGS, BATCH] = [3, 5, 6, 7, 9, 11, 15] as const;

/** The packed weights of a trainer's parameters, and of their moving averages, once somebody asks for them. */
export function packedWeights(space: Space, bases: Bases): (averaged: boolean) => PackedWeights {
  const made = new Map<string, PackedWeights>();
  return (averaged) => {
    const segment = averaged ? "average" : "parameters";
    let packed = made.get(segment);
    if (!packed) made.set(segment, (packed = new PackedWeights(space, bases[segment]!)));
    return packed;
  };
}

export class PackedWeights {
  /** Words of the instructions that pack, by the weight's offset among the parameters, and the shape that it is read in. */
  private readonly packing = new Map<string, readonly number[]>();
  private bytes = 0;
  /** What the copies are of: steps done and views given out when they were made. */
  private steps = -1;
  private views = -1;

  /** @param parameters address of the parameters that are read: those in training, or their moving averages */
  constructor(
    private readonly space: Space,
    private readonly parameters: number,
  ) {}

  /** The steps, with products that read copies, in a segment "packed" that begins at address 0; undefined if there are none. */
  readIn(steps: readonly Step[]): Step[] | undefined {
    let found = false;
    const changed = steps.map((step) => {
      const at = this.copyFor(step);
      if (at === undefined) return step;
      found = true;
      const words: Operand[] = [...step.words];
      words[B] = { segment: "packed", offset: at };
      words[FLAGS] = GemmFlag.TransB | GemmFlag.Packed;
      return { ...step, words: words as [Opcode, ...Operand[]] };
    });
    return found ? changed : undefined;
  }

  /** Packs all weights again, unless nothing can have changed them since the last time. */
  refresh({ core, steps, views }: State): void {
    if (steps === this.steps && views === this.views) return;
    for (const words of this.packing.values()) core.execute(words);
    [this.steps, this.views] = [steps, views];
  }

  /** Address of the copy of the weight that a step reads; undefined if it does not pack one. */
  private copyFor({ words }: Step): number | undefined {
    const [b, m, n, k] = [words[B], Number(words[M]), Number(words[N]), Number(words[K])];
    if (words[0] !== Opcode.Gemm || words[FLAGS] !== GemmFlag.TransB || words[BATCH] !== 1) return undefined;
    if (words[LDB] !== k) return undefined;
    if (typeof b !== "object" || !("segment" in b) || b.segment !== "parameters") return undefined;
    if (m > MOST_ROWS || !packs(m, n, k, false, true)) return undefined;
    const key = `${b.offset} ${n} ${k}`;
    const known = this.packing.get(key);
    if (known) return known[1];
    const bytes = padded(Math.ceil(n / 4) * 4 * k * 4);
    if (this.bytes + bytes > MOST_BYTES) return undefined;
    const to = this.space.alloc(bytes);
    this.bytes += bytes;
    this.packing.set(key, [Opcode.Pack, to, this.parameters + b.offset, n, k]);
    this.steps = -1; // it has to be packed, too
    return to;
  }
}
