// Products whose right side is packed once and used many times: the weights of a recurrent layer, for every step.
//
// The packed matrix is all blocks (jc, pc) of gemm.ts one after another, k times n rounded up to 4 floats in all, so
// the results have the same bits as gemm's.

import { Block } from "../src/shared/blocking";
import { block, blockDepth } from "./gemm";
import { packB, packTransposedB } from "./gemm-pack";

/** Packs B[k, n], or B stored [n, k] if transB; ldb in elements. `to` has k times n rounded up to 4 floats. */
export function packKept(to: usize, b: usize, n: i32, k: i32, ldb: i32, transB: bool): void {
  const depth = blockDepth(k);
  const row = (<usize>ldb) << 2;
  for (let jc = 0; jc < n; jc += Block.NC) {
    const nc = min(n - jc, Block.NC);
    for (let pc = 0; pc < k; pc += depth) {
      const kc = min(k - pc, depth);
      if (transB) packTransposedB(to, b + <usize>jc * row + ((<usize>pc) << 2), nc, kc, row);
      else packB(to, b + <usize>pc * row + ((<usize>jc) << 2), nc, kc, row);
      to += <usize>((nc + 3) & ~3) * ((<usize>kc) << 2);
    }
  }
}

/** C[m, n] (+)= A[m, k] · B, B packed by packKept; A and C with tight rows. */
export function gemmKept(c: usize, a: usize, packed: usize, m: i32, n: i32, k: i32, add: i32): void {
  const depth = blockDepth(k);
  const ldc = (<usize>n) << 2;
  const lda = (<usize>k) << 2;
  for (let jc = 0; jc < n; jc += Block.NC) {
    const nc = min(n - jc, Block.NC);
    for (let pc = 0; pc < k; pc += depth) {
      const kc = min(k - pc, depth);
      const to = c + ((<usize>jc) << 2);
      block(to, a + ((<usize>pc) << 2), packed, 0, m, nc, kc, ldc, lda, 4, pc ? 1 : add, 0, 0);
      packed += <usize>((nc + 3) & ~3) * ((<usize>kc) << 2);
    }
  }
}
