// Weights of a trainer in 8 bits: which they are, and how they are written and read. Loaded when a model is compiled with
// { weights: "int8" }; nothing else of the trainer knows how codes lie in memory.
//
//   codes   i8 [rows, codeBytes(cols)]   at the parameter's offset, laid by offsetEvenCodes()
//   scales  f32 [rows]                   at its scalesOffset

import type { Core } from "../core/core.js";
import { quantizeRow, offsetEvenCodes } from "../core/int8.js";
import { canBeEightBits, eightBitOf, withEightBits, type EightBitWeight, type Rewritten } from "../graph/int8.js";
import type { Node, Tensor } from "../graph/tensor.js";
import { dotsAreFaster, measureDots } from "./int8-dots.js";

// Nobody takes it from here. But what this shares with the rest, which is loaded first, bundlers would cut out of the
// rest into small files; as it leads to all of the rest, they leave that in one piece.
export { compile } from "./compile.js";

/** Numbers in a weight from which on it is worth it. */
const LEAST = 4096;
/** Weights of a model from which on it is worth finding out how they are multiplied fastest. */
const MANY = 2 ** 20;

/** A weight's leaves, with the place of the scales in the block of parameters. */
export interface PlacedEightBits extends EightBitWeight {
  readonly scalesOffset: number;
}

interface Row {
  readonly offset: number;
  readonly tensor: Tensor;
}

/** Views of a weight's codes and scales; `base` is where the parameters begin. */
function viewsOf(core: Core, base: number, { offset }: Row, { codes, scales, scalesOffset }: PlacedEightBits) {
  return {
    codes: new Int8Array(core.memory.wasm.buffer, base + offset, codes.size),
    bytes: codes.shape[1]!,
    scales: core.floats(base + scalesOffset, scales.size),
  };
}

export const eightBits = {
  /** The weights of a model that are kept in 8 bits, with the leaves that stand for them. */
  choose(roots: readonly Tensor[]): Map<Tensor, EightBitWeight> {
    return new Map([...canBeEightBits(roots, LEAST)].map((tensor) => [tensor, eightBitOf(tensor)]));
  },

  /** Finds out how a core multiplies them fastest, where a model has so many that it shows. */
  async ready(core: Core, parameters: readonly { readonly eight?: PlacedEightBits | undefined }[]): Promise<void> {
    const codes = parameters.reduce((sum, { eight }) => sum + (eight?.codes.size ?? 0), 0);
    if (codes < MANY || !core.relaxed) return;
    await core.provideFamilies();
    measureDots(core);
  },

  /** A graph with the leaves instead of the weights; see src/graph/int8.ts. */
  rewrite: (core: Core, roots: readonly (Tensor | Node)[], weights: ReadonlyMap<Tensor, EightBitWeight>): Rewritten =>
    withEightBits(roots, weights, dotsAreFaster(core)),

  /** What the codes stand for. */
  read(core: Core, base: number, row: Row, eight: PlacedEightBits): Float32Array {
    const { codes, bytes, scales } = viewsOf(core, base, row, eight);
    const cols = row.tensor.shape[1]!;
    const values = new Float32Array(row.tensor.size);
    for (let i = 0, at = 0; i < values.length; i += cols, at++) {
      const own = codes.slice(at * bytes, at * bytes + cols);
      offsetEvenCodes(own);
      for (let col = 0; col < cols; col++) values[i + col] = own[col]! * scales[at]!;
    }
    return values;
  },

  /**
   * Rounds whole rows of values into codes.
   * @param first the element that values[0] is, at the beginning of a row
   */
  write(core: Core, base: number, row: Row, eight: PlacedEightBits, values: Float32Array, first: number): void {
    const { codes, bytes, scales } = viewsOf(core, base, row, eight);
    const cols = row.tensor.shape[1]!;
    for (let i = 0, at = first / cols; i < values.length; i += cols, at++) {
      const own = codes.subarray(at * bytes, at * bytes + cols);
      scales[at] = quantizeRow(own, values, i, i + cols, 0);
      offsetEvenCodes(own);
    }
  },
};

export type EightBits = typeof eightBits;
