// Products whose right side is used many times: the weights of a recurrent layer, for every step. Packed once, unless
// the products have so few rows that packing costs more than it saves: then B is read as it lies. gemm.ts, too, takes what
// is packed here (GemmFlag.Packed).
//
// The packed matrix is all blocks (jc, pc) of gemm.ts one after another, k times n rounded up to 4 floats in all, so
// the results have the same bits as gemm's where that packs. Which way is taken depends on the rows of the whole product,
// `rows`, of which a call may do a part, `m`. All matrices have tight rows.

import { Block } from "../src/shared/blocking";
import { block, blockDepth, packedBytes } from "./gemm";
import { packB, packTransposedB } from "./gemm-pack";
import { gemmSmall } from "./gemm-small";

/** Floats of the packed matrix for products of `rows` rows; 0 if B is read as it lies. */
export function keptFloats(rows: i32, n: i32, k: i32): usize {
  return rows < Block.PackRows ? 0 : <usize>((n + 3) & ~3) * <usize>k;
}

/** Packs B[k, n], or B stored [n, k] if transB, into keptFloats(rows, n, k) floats. */
export function keep(to: usize, b: usize, rows: i32, n: i32, k: i32, transB: i32): void {
  if (rows < Block.PackRows) return;
  const depth = blockDepth(k);
  const row = (<usize>(transB ? k : n)) << 2;
  for (let jc = 0; jc < n; jc += Block.NC) {
    const nc = min(n - jc, Block.NC);
    for (let pc = 0; pc < k; pc += depth) {
      const kc = min(k - pc, depth);
      if (transB) packTransposedB(to, b + <usize>jc * row + ((<usize>pc) << 2), nc, kc, row);
      else packB(to, b + <usize>pc * row + ((<usize>jc) << 2), nc, kc, row);
      to += packedBytes(nc, kc);
    }
  }
}

/** C[m, n] (+)= A[m, k] · B, where `kept` is B after keep() for the same `rows`. */
export function gemmKept(
  c: usize,
  a: usize,
  b: usize,
  kept: usize,
  rows: i32,
  m: i32,
  n: i32,
  k: i32,
  transB: i32,
  add: i32,
): void {
  const ldc = (<usize>n) << 2;
  const lda = (<usize>k) << 2;
  if (rows < Block.PackRows) {
    gemmSmall(c, a, b, 0, m, n, k, ldc, lda, 4, transB ? lda : ldc, transB, add, 0, 0);
    return;
  }
  const depth = blockDepth(k);
  for (let jc = 0; jc < n; jc += Block.NC) {
    const nc = min(n - jc, Block.NC);
    for (let pc = 0; pc < k; pc += depth) {
      const kc = min(k - pc, depth);
      const to = c + ((<usize>jc) << 2);
      block(to, a + ((<usize>pc) << 2), kept, 0, m, nc, kc, ldc, lda, 4, pc ? 1 : add, 0, 0);
      kept += packedBytes(nc, kc);
    }
  }
}
