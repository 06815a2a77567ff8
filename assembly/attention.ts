// Scaled dot-product attention: each query's weighted mean of the values, by how much it has in common with their keys.
//
//              Tk keys                      S = Q Kᵀ              [Tq, Tk], row by row, never as a whole
//           ┌───────────┐                   E = exp(scale (S - max))
//    Q  4 ──│  strip S  │── E ── V ──  Y    Y = E V / Σ E
//           └───────────┘
//
// A strip of four queries is worked on at a time: its scores against all keys that it may see, then their softmax in
// place, then the product with the values. Scratch holds one strip and, in packed form (gemm-pack.ts), the keys and values
// of one head, so memory grows with Tq + Tk and not with Tq · Tk. Few queries read keys and values as they lie.
//
// Query i sees the keys up to i + past, for which causal attention has past = 0: aligned at the first key, as PyTorch 2's
// is_causal. Strips skip the keys behind their last query's. A row that sees nothing gives 0.
//
// The words of the instruction are named in src/shared/attention.ts. For the backward pass each row leaves its largest
// score and 1 / Σ, from which attention-grad.ts computes the weights again, to the same bits.

import { AttentionBlock, AttentionFlag, AttentionWord } from "../src/shared/attention";
import { addMask, chooseByMask, dropStrip, softmaxStripRow } from "./attention-row";
import { aligned, headAt, packedSize, strip, STRIP } from "./attention-strip";
import { packB, packTransposedB } from "./gemm-pack";
import { sumOfValues } from "./attention-values";
import { gemmSmall } from "./gemm-small";
import { loadTail, storeTail } from "./row";
import { real, word } from "./simd";

/** The instruction at address `at`. */
export function attention(at: usize, control: usize): void {
  const heads = word(at, AttentionWord.Heads);
  const group = word(at, AttentionWord.Group);
  const tq = word(at, AttentionWord.Tq);
  const tk = word(at, AttentionWord.Tk);
  const d = word(at, AttentionWord.D);
  const dv = word(at, AttentionWord.Dv);
  const kRow = word(at, AttentionWord.KRow);
  const vRow = word(at, AttentionWord.VRow);
  const sides = word(at, AttentionWord.Flags) & AttentionFlag.SideBySide;

  for (let unit = word(at, AttentionWord.First); unit < word(at, AttentionWord.End); unit++) {
    const sample = unit / heads;
    const head = unit % heads;
    const k = headAt(<usize>word(at, AttentionWord.K), sides, sample, head, heads, tk, d, kRow);
    const v = headAt(<usize>word(at, AttentionWord.V), sides, sample, head, heads, tk, dv, vRow);
    const kBytes = (<usize>kRow) << 2;
    const vBytes = (<usize>vRow) << 2;
    const packed = packHead(<usize>word(at, AttentionWord.Scratch), k, v, tq, tk, d, dv, kBytes, vBytes);
    for (let member = 0; member < group; member++) {
      const own = head * group + member;
      const all = heads * group;
      const number = sample * all + own;
      const q = headAt(<usize>word(at, AttentionWord.Q), sides, sample, own, all, tq, d, word(at, AttentionWord.QRow));
      const y = headAt(<usize>word(at, AttentionWord.Y), sides, sample, own, all, tq, dv, word(at, AttentionWord.YRow));
      const stats = <usize>word(at, AttentionWord.Stats) + ((<usize>number * <usize>tq) << 3);
      const past = word(at, AttentionWord.Past);
      attendHead(at, control, y, stats, q, k, v, kBytes, vBytes, packed, tk, past, sample, own, number);
    }
  }
}

/** Packs the keys and values of a head (rows kRow and vRow bytes apart) at `scratch`, if there are queries enough, and returns where; else 0. */
export function packHead(
  scratch: usize,
  k: usize,
  v: usize,
  tq: i32,
  tk: i32,
  d: i32,
  dv: i32,
  kRow: usize,
  vRow: usize,
): usize {
  if (tq < AttentionBlock.PackRows) return 0;
  packTransposedB(scratch, k, tk, d, kRow);
  packB(scratch + (packedSize(tk, d) << 2), v, dv, tk, vRow);
  return scratch;
}

/**
 * All queries of one head against tk keys.
 *
 * @param kRow bytes from a key to the next, vRow from a value to the next
 * @param packed where packHead has packed the keys and values, or 0
 * @param head its number in the sample, `number` that over the batch
 */
export function attendHead(
  at: usize,
  control: usize,
  y: usize,
  stats: usize,
  q: usize,
  k: usize,
  v: usize,
  kRow: usize,
  vRow: usize,
  packed: usize,
  tk: i32,
  past: i32,
  sample: i32,
  head: i32,
  number: i32,
): void {
  const tq = word(at, AttentionWord.Tq);
  const d = word(at, AttentionWord.D);
  const dv = word(at, AttentionWord.Dv);
  const qRow = (<usize>word(at, AttentionWord.QRow)) << 2;
  const yRow = (<usize>word(at, AttentionWord.YRow)) << 2;
  const mask = maskOf(at, sample, head);
  const maskRow = (<usize>word(at, AttentionWord.MaskRow)) << 2;
  const p = real(at, AttentionWord.Dropout);
  const bits = stripAt(at, tk, packed);
  const s = bits + 64;
  const ld = (<usize>((tk + 7) & ~7)) << 2;
  const values = packed + (packedSize(tk, d) << 2);

  for (let i = 0; i < tq; i += STRIP) {
    const rows = min(STRIP, tq - i);
    const n = max(0, min(tk, i + rows + past));
    if (n > 0) {
      if (packed) strip(s, q, packed, n, tk, d, d, 0, rows, ld, qRow, 0);
      else gemmSmall(s, q, k, 0, rows, n, d, ld, qRow, 4, kRow, 1, 0, 0, 0);
    }
    for (let r = 0; r < rows; r++) {
      const seen = max(0, min(n, i + r + 1 + past));
      const row = s + <usize>r * ld;
      const scale = mask ? maskRowOf(at, row, mask + <usize>(i + r) * maskRow, seen) : real(at, AttentionWord.Scale);
      const largest = stats + ((<usize>(i + r)) << 2);
      softmaxStripRow(row, seen, n, scale, largest, largest + ((<usize>tq) << 2));
    }
    if (p > 0) {
      const tiles = (tk + 3) >> 2;
      const tile = (number * ((tq + 3) >> 2) + (i >> 2)) * tiles;
      dropStrip(s, ld, n, bits, tile, p, word(at, AttentionWord.Stream), control);
    }
    if (n == 0) {
      for (let r = 0; r < rows; r++) memory.fill(y + <usize>r * yRow, 0, (<usize>dv) << 2);
    } else {
      if (packed) strip(y, s, values, dv, dv, n, tk, 0, rows, yRow, ld, 0);
      else if (tq == 1) sumOfValues(y, s, v, dv, n, vRow);
      else gemmSmall(y, s, v, 0, rows, dv, n, yRow, ld, 4, vRow, 0, 0, 0, 0);
      const inverse = stats + ((<usize>(tq + i)) << 2);
      for (let r = 0; r < rows; r++) scaleBy(y + <usize>r * yRow, dv, load<f32>(inverse + ((<usize>r) << 2)));
    }
    q += <usize>STRIP * qRow;
    y += <usize>STRIP * yRow;
  }
}

/** The strip's place in the scratch, behind what is packed; a line for random bits comes first. */
function stripAt(at: usize, tk: i32, packed: usize): usize {
  const scratch = <usize>word(at, AttentionWord.Scratch);
  if (!packed) return scratch;
  const keys = packedSize(tk, word(at, AttentionWord.D));
  const values = packedSize(word(at, AttentionWord.Dv), tk);
  return aligned(scratch + ((keys + values) << 2));
}

/** Address of a head's mask; 0 for none. */
export function maskOf(at: usize, sample: i32, head: i32): usize {
  const mask = <usize>word(at, AttentionWord.Mask);
  if (!mask) return 0;
  const step = <usize>sample * <usize>word(at, AttentionWord.MaskBatch);
  return mask + ((step + <usize>head * <usize>word(at, AttentionWord.MaskHead)) << 2);
}

/** Scales a row's scores and applies its mask; returns the scale that is left to be applied. */
function maskRowOf(at: usize, s: usize, mask: usize, n: i32): f32 {
  const scale = real(at, AttentionWord.Scale);
  if (word(at, AttentionWord.Flags) & AttentionFlag.Boolean) chooseByMask(s, mask, n, scale);
  else addMask(s, mask, n, scale);
  return 1;
}

/** y[n] = factor y */
function scaleBy(y: usize, n: i32, factor: f32): void {
  const scale = f32x4.splat(factor);
  for (; n >= 4; n -= 4, y += 16) v128.store(y, f32x4.mul(v128.load(y), scale));
  if (n > 0) storeTail(y, f32x4.mul(loadTail(y, n), scale), n);
}
