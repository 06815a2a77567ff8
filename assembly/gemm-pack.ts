// Packing for the matrix product: a block of B into panels of NR columns, a strip of Aᵀ into MR rows.
//
//   B[k, n]                         packed
//   ┌────────┬────────┬────┐        ┌────────┐ k rows of 8
//   │ panel  │ panel  │last│   →    │ panel  │
//   │        │        │    │        ├────────┤ k rows of 8
//   └────────┴────────┴────┘        │ panel  │ …
//
// The last panel is 8 wide if more than 4 columns are left, 4 wide otherwise. Its missing columns hold garbage, which
// the microkernels compute with and do not store. Reads at most 12 bytes past the end of a row.

/** Packs B[k, n] as it lies; ldb in bytes. */
export function packB(to: usize, b: usize, n: i32, k: i32, ldb: usize): void {
  for (; n > 4; n -= 8) {
    let from = b;
    for (let p = k; p > 0; p--) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += ldb;
      to += 32;
    }
    b += 32;
  }
  for (let p = n > 0 ? k : 0; p > 0; p--) {
    v128.store(to, v128.load(b));
    b += ldb;
    to += 16;
  }
}

/** Packs four columns of A[k, …] stored transposed into four rows of k floats, each row padded to whole vectors. */
export function packTransposedA(to: usize, a: usize, k: i32, lda: usize): void {
  const row = (<usize>((k + 3) & ~3)) << 2;
  for (; k > 0; k -= 4) {
    const a1 = k > 1 ? a + lda : a;
    const a2 = k > 2 ? a1 + lda : a1;
    const a3 = k > 3 ? a2 + lda : a2;
    const r0 = v128.load(a);
    const r1 = v128.load(a1);
    const r2 = v128.load(a2);
    const r3 = v128.load(a3);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
    v128.store(to + row, v128.shuffle<f64>(low01, low23, 1, 3));
    v128.store(to + 2 * row, v128.shuffle<f64>(high01, high23, 0, 2));
    v128.store(to + 3 * row, v128.shuffle<f64>(high01, high23, 1, 3));
    to += 16;
    a = a3 + lda;
  }
}

/** Packs twelve columns of A[k, …], stored transposed, as they lie. */
export function packColumns(to: usize, a: usize, k: i32, lda: usize): void {
  for (; k > 0; k--, a += lda, to += 48) {
    v128.store(to, v128.load(a));
    v128.store(to, v128.load(a, 16), 16);
    v128.store(to, v128.load(a, 32), 32);
  }
}

/** Packs B stored transposed, [n, k]; ldb in bytes. */
export function packTransposedB(to: usize, b: usize, n: i32, k: i32, ldb: usize): void {
  for (; n > 4; n -= 8) {
    transpose4(to, 32, b, 4, k, ldb);
    transpose4(to + 16, 32, b + 4 * ldb, n - 4, k, ldb);
    to += (<usize>k) << 5;
    b += 8 * ldb;
  }
  if (n > 0) transpose4(to, 16, b, n, k, ldb);
}

/** Rows of x[rows <= 4, k] become columns: k rows of 4 floats, toStep bytes apart. Missing rows repeat the last. */
function transpose4(to: usize, toStep: usize, x: usize, rows: i32, k: i32, ldx: usize): void {
  let x0 = x;
  let x1 = rows > 1 ? x0 + ldx : x0;
  let x2 = rows > 2 ? x1 + ldx : x1;
  let x3 = rows > 3 ? x2 + ldx : x2;
  for (; k > 0; k -= 4) {
    const r0 = v128.load(x0);
    const r1 = v128.load(x1);
    const r2 = v128.load(x2);
    const r3 = v128.load(x3);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
    if (k > 1) v128.store(to + toStep, v128.shuffle<f64>(low01, low23, 1, 3));
    if (k > 2) v128.store(to + 2 * toStep, v128.shuffle<f64>(high01, high23, 0, 2));
    if (k > 3) v128.store(to + 3 * toStep, v128.shuffle<f64>(high01, high23, 1, 3));
    to += 4 * toStep;
    x0 += 16;
    x1 += 16;
    x2 += 16;
    x3 += 16;
  }
}
