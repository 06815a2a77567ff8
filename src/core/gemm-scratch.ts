// Bytes of scratch that an instruction Gemm needs for packing: the planner's view of assembly/gemm.ts.
//
// Knows the block sizes and the rule that chooses the path, both of which the kernel shares; nothing else.

import { Block, packs } from "../shared/blocking.js";
import { GemmFlag } from "../shared/opcodes.js";

const FLOAT = 4;

/**
 * Scratch for one product C[m,n] = op(A)[m,k] · op(B)[k,n], in bytes; 0 if it runs without packing.
 * Products of a batch share it, so the size of the batch does not matter.
 */
export function gemmScratchBytes(m: number, n: number, k: number, flags: number): number {
  if (!packs(m, n, k, (flags & GemmFlag.TransA) !== 0, (flags & GemmFlag.TransB) !== 0)) return 0;
  const depth = Math.ceil(Math.min(k, Block.KC) / 4) * 4;
  const columns = Math.ceil(Math.min(n, Block.NC) / 4) * 4;
  const rows = (flags & GemmFlag.TransA) !== 0 ? Block.Wide : 0;
  return depth * (columns + rows) * FLOAT;
}
