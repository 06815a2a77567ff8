// Blocking of the matrix product (assembly/gemm.ts draws it), and the sizes below which it does not pack.
//
// Both languages import this file, so keep it valid TypeScript and valid AssemblyScript: one plain numeric enum,
// nothing imported. The kernel and the planner (src/core/gemm-scratch.ts) must agree on every number in it.

export enum Block {
  /** Rows of a microtile. */
  MR = 4,
  /** Rows of two wide microtiles of 6 rows, and of three of MR: what builds with fused multiply-adds do at a time. */
  Wide = 12,
  /** Depth of a block from which on they do. */
  WideDepth = 16,
  /** Columns of a microtile. MR x NR / 4 accumulators, NR / 4 of B and MR of A fit 15 registers. */
  NR = 8,
  /** Depth of a block at most: a panel of B, KC x NR, and MR rows of A stay in a 32 KB L1. */
  KC = 256,
  /** Columns of a block: the packed block, KC x NC, stays in L2. */
  NC = 256,
  /** A product of fewer rows never packs: each packed element of B would be used so few times. */
  PackRows = 4,
  /** B stored [k, n] is packed from this many rows on; it can be read as it lies. */
  PackRowsPlain = 24,
  /**
   * B stored [n, k] with 5, 10 or 15 columns is not packed: tiles of 4 or 8 columns would have some for nothing, and dot
   * products of 5 have none.
   */
  Fives = 15,
  /** A product of fewer multiplications m x n x k never packs. */
  PackWork = 4096,
}
