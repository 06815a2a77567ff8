// C[m,n] = act(op(A)[m,k] · op(B)[k,n] (+ C) + bias), f32, row-major.
//
//              NC
//          ┌────────┐
//       KC │   B~   │      jc   columns of B whose packed block stays in L2
//          └────────┘      pc   slices of k; B is packed once for each (jc, pc)
//     KC                   ic   strips of MR rows of A, read in place (of Aᵀ: packed)
//   ┌────┐ ┌────────┐      jr   microtiles MR x NR along the strip, inside the microkernel
// MR│ A  │ │   C    │
//   └────┘ └────────┘
//
// With fused multiply-adds, where the engine has the registers (WIDE): 12 rows at a time, as two tiles of 6 x 8, and then
// strips of MR (gemm-micro-wide.ts).
//
// Every element of C is a sum of blocks, each summed from zero in ascending k; the borders between blocks depend on k
// alone. So neither the place of a tile nor a split of m or n changes a bit. What is not packed goes to gemm-small.ts, which
// has an order of its own. Leading dimensions and batch steps come in elements.

import { Block, packs } from "../src/shared/blocking";
import { GemmFlag, Opcode } from "../src/shared/opcodes";
import { activate } from "./activate";
import { micro4x4, micro4x8, Packed } from "./gemm-micro";
import { micro12x4, micro6x8 } from "./gemm-micro-wide";
import { packB, packColumns, packTransposedA, packTransposedB } from "./gemm-pack";
import { gemmSmall } from "./gemm-small";
import { WIDE } from "./simd";

/**
 * `batch` products; a step of 0 repeats the same matrix. `flags` are GemmFlag: TransA has A stored [k,m], TransB has B
 * stored [n,k]. bias[n] is added to every row; 0: none. `activation` is 0 or an Opcode from Relu to HardSwish; other
 * than Relu and LeakyRelu it needs all of C in one piece (ldc = n, cStep = m n). `scratch` holds
 * gemmScratchBytes(m, n, k, flags). k = 0 leaves the bias.
 */
export function gemm(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  m: i32,
  n: i32,
  k: i32,
  lda: i32,
  ldb: i32,
  ldc: i32,
  flags: i32,
  activation: i32,
  alpha: f32,
  scratch: usize,
  batch: i32,
  aStep: i32,
  bStep: i32,
  cStep: i32,
): void {
  const transB = flags & GemmFlag.TransB;
  const add = flags & GemmFlag.Accumulate;
  const fused = activation <= Opcode.LeakyRelu ? activation : 0;
  const rowOfA = (<usize>lda) << 2;
  const aRow: usize = flags & GemmFlag.TransA ? 4 : rowOfA;
  const aNext: usize = flags & GemmFlag.TransA ? rowOfA : 4;
  const rowOfB = (<usize>ldb) << 2;
  const rowOfC = (<usize>ldc) << 2;
  const count = batch * m * n;
  const first = c;

  const told = flags & (GemmFlag.Pack | GemmFlag.Packed | GemmFlag.InPlace);
  if (told ? told != GemmFlag.InPlace : packs(m, n, k, (flags & GemmFlag.TransA) != 0, transB != 0)) {
    // With one B for the whole batch, the batch is the inner loop: B is packed once.
    const inner = bStep ? 1 : batch;
    for (let done = 0; done < batch; done += inner) {
      blocked(
        c,
        a,
        b,
        bias,
        m,
        n,
        k,
        rowOfC,
        aRow,
        aNext,
        rowOfB,
        transB,
        flags & GemmFlag.Packed,
        add,
        fused,
        alpha,
        scratch,
        inner,
        aStep,
        cStep,
      );
      a += (<usize>aStep) << 2;
      b += (<usize>bStep) << 2;
      c += (<usize>cStep) << 2;
    }
  } else {
    for (; batch > 0; batch--) {
      gemmSmall(c, a, b, bias, m, n, k, rowOfC, aRow, aNext, rowOfB, transB, add, fused, alpha);
      a += (<usize>aStep) << 2;
      b += (<usize>bStep) << 2;
      c += (<usize>cStep) << 2;
    }
  }
  if (activation != fused) activate(activation, first, first, count, alpha);
}

/** The five loops: jc, pc, then for each product of the batch ic; jr and the sum over k are in the microkernels. */
function blocked(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  m: i32,
  n: i32,
  k: i32,
  ldc: usize,
  aRow: usize,
  aNext: usize,
  ldb: usize,
  transB: i32,
  isPacked: i32,
  add: i32,
  activation: i32,
  alpha: f32,
  scratch: usize,
  batch: i32,
  aStep: i32,
  cStep: i32,
): void {
  const depth = blockDepth(k);
  let packed = isPacked ? b : scratch;
  for (let jc = 0; jc < n; jc += Block.NC) {
    const nc = min(n - jc, Block.NC);
    const columns = (<usize>jc) << 2;
    for (let pc = 0; pc < k; pc += depth) {
      const kc = min(k - pc, depth);
      const slice = <usize>pc;
      if (!isPacked) {
        if (transB) packTransposedB(packed, b + columns * (ldb >> 2) + (slice << 2), nc, kc, ldb);
        else packB(packed, b + slice * ldb + columns, nc, kc, ldb);
      }

      const last = pc + kc == k;
      const biasHere = last && bias ? bias + columns : 0;
      const activationHere = last ? activation : 0;
      for (let product = 0; product < batch; product++) {
        const ap = a + ((<usize>(product * aStep)) << 2) + slice * aNext;
        const cp = c + ((<usize>(product * cStep)) << 2) + columns;
        block(cp, ap, packed, biasHere, m, nc, kc, ldc, aRow, aNext, pc ? 1 : add, activationHere, alpha);
      }
      if (isPacked) packed += packedBytes(nc, kc);
    }
  }
}

/** C[m, nc] (+)= A[m, kc] · B~: the loop ic over strips of MR rows; where tiles are wide, pairs of strips of 6 first. */
export function block(
  c: usize,
  a: usize,
  packed: usize,
  bias: usize,
  m: i32,
  nc: i32,
  kc: i32,
  ldc: usize,
  aRow: usize,
  aNext: usize,
  add: i32,
  activation: i32,
  alpha: f32,
): void {
  const rest = nc & 7;
  const whole = rest > 4 ? nc : nc - rest;
  const panel = (<usize>kc) << 5;
  const lastPanel = packed + <usize>whole * ((<usize>kc) << 2);
  const strip = packed + packedBytes(nc, kc);
  const skip = (<usize>whole) << 2;
  const lastBias = bias ? bias + skip : 0;
  const transA = aNext != 4;
  const row = transA ? (<usize>((kc + 3) & ~3)) << 2 : aRow;
  let ic = 0;
  if (ASC_FEATURE_RELAXED_SIMD) {
    // Of few products a row, what comes after them takes longer than they do, and larger tiles make it no shorter.
    if (WIDE && whole && kc >= Block.WideDepth) {
      // Twelve columns of Aᵀ stay as they lie, the six floats of each p side by side, where that takes less (measured: products).
      const columns = transA && kc >= Block.ColumnsDepth && whole == nc;
      const step: usize = columns ? 48 : 4;
      const half: usize = columns ? <usize>24 : 6 * row;
      for (; ic + Block.Wide <= m; ic += Block.Wide) {
        if (columns) packColumns(strip, a, kc, aNext);
        else if (transA) packStrips(strip, a, kc, aNext, row, 3);
        const x = transA ? strip : a;
        const next = c + 6 * ldc;
        micro6x8(c, x, packed, bias, whole, kc, ldc, row, step, 32, panel, add, activation, alpha);
        micro6x8(next, x + half, packed, bias, whole, kc, ldc, row, step, 32, panel, add, activation, alpha);
        if (whole < nc) micro12x4(c + skip, x, lastPanel, lastBias, nc - whole, kc, ldc, row, add, activation, alpha);
        a += <usize>Block.Wide * aRow;
        c += <usize>Block.Wide * ldc;
      }
    }
  }
  for (; ic < m; ic += Block.MR) {
    const rows = m - ic;
    if (transA) packTransposedA(strip, a, kc, aNext);
    const x = transA ? strip : a;
    if (whole) micro4x8<Packed>(c, x, packed, bias, whole, kc, rows, ldc, row, 4, 32, panel, add, activation, alpha);
    if (whole < nc) {
      const to = c + skip;
      micro4x4<Packed>(to, x, lastPanel, lastBias, nc - whole, kc, rows, ldc, row, 4, 16, add, activation, alpha);
    }
    a += <usize>Block.MR * aRow;
    c += <usize>Block.MR * ldc;
  }
}

/** Packs 4 * strips columns of Aᵀ into as many rows. */
function packStrips(to: usize, a: usize, k: i32, lda: usize, row: usize, strips: i32): void {
  for (; strips > 0; strips--, a += 16, to += 4 * row) packTransposedA(to, a, k, lda);
}

/** Bytes of a packed block of B. */
export function packedBytes(nc: i32, kc: i32): usize {
  return <usize>((nc + 3) & ~3) * ((<usize>kc) << 2);
}

/** Depth of a block: k in the fewest equal blocks of at most KC. */
export function blockDepth(k: i32): i32 {
  const blocks = (k + Block.KC - 1) / Block.KC;
  return (k + blocks - 1) / blocks;
}
