// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as
// 1, 2, 3" (SC 2011): ten rounds of multiplication turn a 128-bit counter into 128 random bits. There is no state, so
// any number can be made at any time, by anyone, and comes out the same.
//
//   counter = (block, step, stream, purpose)      key = the seed
//   a round:  hi:lo = M0 · c0,  HI:LO = M1 · c2,  c = (HI ^ c1 ^ k0, LO, hi ^ c3 ^ k1, lo),  k = k + (W0, W1)
//
// Four blocks are computed side by side, one in each lane. They are stored as they lie, without a transpose: word w of
// the blocks 4g … 4g + 3 fills the elements 16g + 4w … 16g + 4w + 3.

/** The last word of the counter: what the numbers are for, so that no two uses share any. */
export enum Purpose {
  Uniform = 1,
  Normal = 2,
  Dropout = 3,
  Shuffle = 4,
}

/** Bytes that one call of `philox` writes. */
export const GROUP: usize = 64;

// M0, M1, W0, W1, and the lanes' offsets from the first block.
// prettier-ignore
const CONSTANTS = memory.data<u32>([
  0xd2511f53, 0xd2511f53, 0xd2511f53, 0xd2511f53,
  0xcd9e8d57, 0xcd9e8d57, 0xcd9e8d57, 0xcd9e8d57,
  0x9e3779b9, 0x9e3779b9, 0x9e3779b9, 0x9e3779b9,
  0xbb67ae85, 0xbb67ae85, 0xbb67ae85, 0xbb67ae85,
  0, 1, 2, 3,
], 16);

/** Writes the 16 random words of group `group` (blocks 4 group … 4 group + 3) at `out`. */
export function philox(
  out: usize,
  group: i32,
  step: i32,
  stream: i32,
  purpose: i32,
  seedLow: i32,
  seedHigh: i32,
): void {
  const m0 = v128.load(CONSTANTS, 0);
  const m1 = v128.load(CONSTANTS, 16);
  const w0 = v128.load(CONSTANTS, 32);
  const w1 = v128.load(CONSTANTS, 48);
  let c0 = i32x4.add(i32x4.splat(group << 2), v128.load(CONSTANTS, 64));
  let c1 = i32x4.splat(step);
  let c2 = i32x4.splat(stream);
  let c3 = i32x4.splat(purpose);
  let k0 = i32x4.splat(seedLow);
  let k1 = i32x4.splat(seedHigh);
  for (let round = 0; round < 10; round++) {
    const low0 = i64x2.extmul_low_i32x4_u(c0, m0);
    const high0 = i64x2.extmul_high_i32x4_u(c0, m0);
    const low2 = i64x2.extmul_low_i32x4_u(c2, m1);
    const high2 = i64x2.extmul_high_i32x4_u(c2, m1);
    c0 = v128.xor(v128.xor(i32x4.shuffle(low2, high2, 1, 3, 5, 7), c1), k0);
    c2 = v128.xor(v128.xor(i32x4.shuffle(low0, high0, 1, 3, 5, 7), c3), k1);
    c1 = i32x4.shuffle(low2, high2, 0, 2, 4, 6);
    c3 = i32x4.shuffle(low0, high0, 0, 2, 4, 6);
    k0 = i32x4.add(k0, w0);
    k1 = i32x4.add(k1, w1);
  }
  v128.store(out, c0, 0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
}
