// The gradient of attention. The weights are computed again, tile by tile, with keys in rows and queries in columns:
//
//             queries i                      P   = exp(scale (S - max_i)) / Σ_i,  S = K Qᵀ
//          ┌────────────┐                    dP  = V dYᵀ
//   keys j │  P, dP, dS │                    dS  = scale P (dP - δ_i),  δ_i = dY_i · Y_i
//          └────────────┘
//             tile of 64 x 256               dV_j += P dY     dK_j += dS Q     dQ_i += dSᵀ K
//
// (Dao et al., FlashAttention, 2022.) That way round, P and dS are rows to be multiplied from the left, as in the forward
// pass, and what belongs to a query is a vector along the row. A strip of four keys is finished before the next begins;
// only dS is kept for the whole tile, for dQ. Dropout multiplies P and dP by the same factors.
//
// Strips begin at the first query that sees their first key, rounded down to 8. The order of sums is fixed by the shape:
// dK and dV over the queries, those of a group one head after the other, dQ over the blocks of keys.

import { AttentionBlock, AttentionFlag, AttentionWord } from "../src/shared/attention";
import { dropGradStrip, hideBefore, keyRow, multiplyRow } from "./attention-grad-row";
import { aligned, headAt, packedSize, strip, STRIP } from "./attention-strip";
import { InPlace, micro4x4, micro4x8 } from "./gemm-micro";
import { packB, packTransposedB } from "./gemm-pack";
import { dotRow } from "./row";
import { real, word } from "./simd";

/** The instruction at address `at`: dQ, dK and dV. */
export function attentionGrad(at: usize, control: usize): void {
  units(at, control, false);
}

/** The instruction at address `at`: the gradient of what is added to the scores, dS / scale, [query heads, Tq, Tk]. */
export function attentionMaskGrad(at: usize, control: usize): void {
  units(at, control, true);
}

function units(at: usize, control: usize, scores: bool): void {
  const heads = word(at, AttentionWord.Heads);
  const group = word(at, AttentionWord.Group);
  for (let unit = word(at, AttentionWord.First); unit < word(at, AttentionWord.End); unit++) {
    for (let member = 0; member < group; member++) {
      headGrad(at, control, unit / heads, unit % heads, (unit % heads) * group + member, member > 0, scores);
    }
  }
}

/**
 * What query head `head` adds to the gradients; `more`: its key head has had another one before. `scores`: only the
 * gradient of the scores is wanted, at the address of dQ.
 */
function headGrad(at: usize, control: usize, sample: i32, keyHead: i32, head: i32, more: bool, scores: bool): void {
  const heads = word(at, AttentionWord.Heads);
  const all = heads * word(at, AttentionWord.Group);
  const tq = word(at, AttentionWord.Tq);
  const tk = word(at, AttentionWord.Tk);
  const d = word(at, AttentionWord.D);
  const dv = word(at, AttentionWord.Dv);
  const past = word(at, AttentionWord.Past);
  const sides = word(at, AttentionWord.Flags) & AttentionFlag.SideBySide;
  const q = headAt(<usize>word(at, AttentionWord.Q), sides, sample, head, all, tq, d, word(at, AttentionWord.QRow));
  const dq = headAt(<usize>word(at, AttentionWord.DQ), sides, sample, head, all, tq, d, word(at, AttentionWord.QRow));
  const y = headAt(<usize>word(at, AttentionWord.Y), sides, sample, head, all, tq, dv, word(at, AttentionWord.YRow));
  const dy = headAt(<usize>word(at, AttentionWord.DY), sides, sample, head, all, tq, dv, word(at, AttentionWord.YRow));
  const k = headAt(
    <usize>word(at, AttentionWord.K),
    sides,
    sample,
    keyHead,
    heads,
    tk,
    d,
    word(at, AttentionWord.KRow),
  );
  const v = headAt(
    <usize>word(at, AttentionWord.V),
    sides,
    sample,
    keyHead,
    heads,
    tk,
    dv,
    word(at, AttentionWord.VRow),
  );
  const toK = headAt(
    <usize>word(at, AttentionWord.DK),
    sides,
    sample,
    keyHead,
    heads,
    tk,
    d,
    word(at, AttentionWord.KRow),
  );
  const toV = headAt(
    <usize>word(at, AttentionWord.DV),
    sides,
    sample,
    keyHead,
    heads,
    tk,
    dv,
    word(at, AttentionWord.VRow),
  );
  const qRow = (<usize>word(at, AttentionWord.QRow)) << 2;
  const kRow = (<usize>word(at, AttentionWord.KRow)) << 2;
  const vRow = (<usize>word(at, AttentionWord.VRow)) << 2;
  const yRow = (<usize>word(at, AttentionWord.YRow)) << 2;
  const number = sample * all + head;
  const stats = <usize>word(at, AttentionWord.Stats) + ((<usize>number * <usize>tq) << 3);
  const dropping = real(at, AttentionWord.Dropout) > 0;

  // Scratch: Qᵀ, dYᵀ, Q and dY of the head and a block of K, all packed; δ; random bits, P and factors of a strip; dS of
  // a tile. src/graph/ops/attention-emit.ts adds it up.
  const turnedQ = <usize>word(at, AttentionWord.Scratch);
  const turnedDy = turnedQ + (packedSize(tq, d) << 2);
  const packedQ = turnedDy + (packedSize(tq, dv) << 2);
  const packedDy = packedQ + (packedSize(d, tq) << 2);
  const packedK = packedDy + (packedSize(dv, tq) << 2);
  const delta = aligned(packedK + (packedSize(d, AttentionBlock.Keys) << 2));
  const bits = aligned(delta + ((<usize>(tq + 4)) << 2));
  const ld = (<usize>(min((tq + 7) & ~7, AttentionBlock.Queries) + AttentionBlock.Gap)) << 2;
  const weights = bits + 64;
  const factors = weights + <usize>STRIP * ld;
  const tile = factors + <usize>STRIP * ld;

  packTransposedB(turnedQ, q, tq, d, qRow);
  packTransposedB(turnedDy, dy, tq, dv, yRow);
  packB(packedQ, q, d, tq, qRow);
  packB(packedDy, dy, dv, tq, yRow);
  for (let i: usize = 0; i < <usize>tq; i++) {
    store<f32>(delta + (i << 2), <f32>dotRow(dy + i * yRow, y + i * yRow, dv));
  }

  const dscores = <usize>word(at, AttentionWord.DQ) + ((<usize>number * <usize>tq * <usize>tk) << 2);
  if (scores) memory.fill(dscores, 0, (<usize>tq * <usize>tk) << 2);

  for (let j0 = 0; j0 < tk; j0 += AttentionBlock.Keys) {
    const keys = min(AttentionBlock.Keys, tk - j0);
    packB(packedK, k + <usize>j0 * kRow, d, keys, kRow);
    for (let i0 = 0; i0 < tq; i0 += AttentionBlock.Queries) {
      const queries = min(AttentionBlock.Queries, tq - i0);
      for (let row = 0; row < keys; row += STRIP) {
        const j = j0 + row;
        const rows = min(STRIP, keys - row);
        const first = max(0, j - past) & ~7;
        const from = max(i0, first);
        const n = i0 + queries - from;
        const dkj = toK + <usize>j * kRow;
        const dvj = toV + <usize>j * vRow;
        if (n <= 0) {
          // No query of this tile sees these keys; where none at all does, their gradients are 0.
          if (first >= tq && i0 == 0 && !more && !scores) zeroRows(dkj, dvj, rows, kRow, vRow, d, dv);
          continue;
        }
        const column = (<usize>(from - i0)) << 2;
        const p = weights + column;
        const ds = tile + <usize>row * ld + column;
        const panel = (<usize>(from >> 3)) << 5;
        const columns = tq - from;
        strip(p, k + <usize>j * kRow, turnedQ + panel * d, n, columns, d, d, 0, rows, ld, kRow, 0);
        strip(ds, v + <usize>j * vRow, turnedDy + panel * dv, n, columns, dv, dv, 0, rows, ld, vRow, 0);
        if (dropping) dropGradStrip(at, control, ds, factors + column, ld, rows, n, bits, number, j, from);
        for (let r = 0; r < rows; r++) {
          const line = <usize>r * ld;
          const statsHere = stats + ((<usize>from) << 2);
          keyRow(at, p + line, ds + line, statsHere, delta + ((<usize>from) << 2), n, sample, head, j + r, from);
          hideBefore(p + line, ds + line, j + r - past - from);
          if (dropping) multiplyRow(p + line, factors + column + line, n);
        }
        if (scores) {
          storeScores(at, dscores, ds, ld, rows, n, j, from, tk);
          continue;
        }
        const add = more || first < i0 ? 1 : 0;
        strip(dvj, p, packedDy, dv, dv, n, tq, from, rows, vRow, ld, add);
        strip(dkj, ds, packedQ, d, d, n, tq, from, rows, kRow, ld, add);
      }
      if (!scores) queryGrad(dq + <usize>i0 * qRow, tile, packedK, d, queries, keys, i0 + past - j0, qRow, ld, j0 > 0);
    }
  }
}

/**
 * dQ of a tile: dq[queries, d] (+)= dSᵀ · K. Query i of the tile sees its keys up to i + past.
 */
function queryGrad(
  dq: usize,
  tile: usize,
  packed: usize,
  d: i32,
  queries: i32,
  keys: i32,
  past: i32,
  qRow: usize,
  ld: usize,
  add: bool,
): void {
  const rest = d & 7;
  const whole = rest > 4 ? d : d - rest;
  const panel = (<usize>keys) << 5;
  const last = packed + <usize>(whole >> 3) * panel;
  for (let i = 0; i < queries; i += STRIP, dq += <usize>STRIP * qRow, tile += 16) {
    const rows = min(STRIP, queries - i);
    const n = min(keys, i + rows + past);
    if (n > 0) {
      if (whole > 0) micro4x8<InPlace>(dq, tile, packed, 0, whole, n, rows, qRow, 4, ld, 32, panel, add ? 1 : 0, 0, 0);
      if (whole < d) {
        const to = dq + ((<usize>whole) << 2);
        micro4x4<InPlace>(to, tile, last, 0, d - whole, n, rows, qRow, 4, ld, 16, add ? 1 : 0, 0, 0);
      }
    } else if (!add) {
      for (let r = 0; r < rows; r++) memory.fill(dq + <usize>r * qRow, 0, (<usize>d) << 2);
    }
  }
}

/** dK and dV of `rows` keys that nobody sees. */
function zeroRows(dk: usize, dv: usize, rows: i32, kRow: usize, vRow: usize, d: i32, ofValues: i32): void {
  for (; rows > 0; rows--, dk += kRow, dv += vRow) {
    memory.fill(dk, 0, (<usize>d) << 2);
    memory.fill(dv, 0, (<usize>ofValues) << 2);
  }
}

/** Stores dS / scale of a strip of keys with queries in rows: dscores[Tq, Tk]. */
function storeScores(
  at: usize,
  dscores: usize,
  ds: usize,
  ld: usize,
  rows: i32,
  n: i32,
  j: i32,
  from: i32,
  tk: i32,
): void {
  const inverse: f32 = <f32>1 / real(at, AttentionWord.Scale);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < n; i++) {
      const to = dscores + ((<usize>(from + i) * <usize>tk + <usize>(j + r)) << 2);
      store<f32>(to, load<f32>(ds + <usize>r * ld + ((<usize>i) << 2)) * inverse);
    }
  }
}
