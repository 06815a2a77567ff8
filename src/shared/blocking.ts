// Blocking of the matrix product (assembly/gemm.ts draws it), and which products pack B: what the kernel, whoever plans its
// scratch (src/core/gemm-scratch.ts) and whoever cuts it for threads (src/graph/split/dense.ts) must agree on.
//
// Both languages import this file, so keep it valid TypeScript and valid AssemblyScript (where `number` is f64): one plain
// numeric enum and plain functions, nothing imported.

export enum Block {
  /** Rows of a microtile. */
  MR = 4,
  /** Rows of two wide microtiles of 6 rows, and of three of MR: what builds with fused multiply-adds do at a time. */
  Wide = 12,
  /** Depth of a block from which on they do. */
  WideDepth = 16,
  /** Depth of a block from which on Aᵀ is packed for them without being transposed. */
  ColumnsDepth = 128,
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
  /** B stored [n, k] is packed from this many rows of A on if it has at most so many elements, which stay in L2 … */
  PackRowsNear = 20,
  Near = 131072,
  /** … and from this many on if it has more: dot products read all of it again for every two rows. */
  PackRowsFar = 8,
  /**
   * Terms up to which B stored [n, k] with 5, 10 or 15 columns is not packed, but taken five at a time: tiles of 4 or 8 would
   * have columns for nothing. Beyond, 15 rows of B leave the caches, and one chain of sums rounds more than blocks of them.
   */
  FivesDepth = 1024,
  /** A product of fewer multiplications m x n x k never packs. */
  PackWork = 4096,
}

/** Whether B, stored [n, k], is taken five columns at a time by dot products. */
export function inFives(n: number, k: number): boolean {
  return (n == 5 || n == 10 || n == 15) && k <= Block.FivesDepth;
}

/** Whether C[m, n] = op(A) · op(B) over k terms packs B, unless its flags say. */
export function packs(m: number, n: number, k: number, transA: boolean, transB: boolean): boolean {
  if (transB && !transA && inFives(n, k)) return false;
  if (k == 0 || m < Block.PackRows || m * n * k < Block.PackWork) return false;
  if (!transB) return m >= Block.PackRowsPlain;
  return transA || m >= (n * k > Block.Near ? Block.PackRowsFar : Block.PackRowsNear);
}
