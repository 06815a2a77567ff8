// Attention of new positions to all before them, whose keys and values are kept: what generating text is made of.
//
//   cache   [samples, heads, Tk, D]: rows 0 … position - 1 are filled; the Tq new rows are written behind them
//   Y       new query i sees the rows 0 … position + i
//
// The position is read from memory, so one program serves every position; it is held so that the new rows fit. Keys and
// values of few new rows are read in the cache as they lie.
//
// The words are those of attention.ts as far as they go; see CacheWord in src/shared/attention.ts.

import { AttentionFlag, AttentionWord, CacheWord } from "../src/shared/attention";
import { attendHead, packHead } from "./attention";
import { headAt } from "./attention-strip";
import { word } from "./simd";

/** The instruction at address `at`. */
export function cachedAttention(at: usize, control: usize): void {
  const heads = word(at, AttentionWord.Heads);
  const group = word(at, AttentionWord.Group);
  const tq = word(at, AttentionWord.Tq);
  const most = word(at, AttentionWord.Tk);
  const d = word(at, AttentionWord.D);
  const dv = word(at, AttentionWord.Dv);
  const sides = word(at, AttentionWord.Flags) & AttentionFlag.SideBySide;
  const stats = <usize>word(at, AttentionWord.Stats);
  for (let unit = word(at, AttentionWord.First); unit < word(at, AttentionWord.End); unit++) {
    const sample = unit / heads;
    const head = unit % heads;
    const step = <usize>sample * <usize>word(at, CacheWord.PositionStep);
    const position = max(0, min(load<i32>(<usize>word(at, CacheWord.Position) + (step << 2)), most - tq));
    const keys = <usize>word(at, CacheWord.Keys) + ((<usize>unit * <usize>most * <usize>d) << 2);
    const values = <usize>word(at, CacheWord.Values) + ((<usize>unit * <usize>most * <usize>dv) << 2);
    append(at, AttentionWord.K, keys, position, sides, sample, head, d);
    append(at, AttentionWord.V, values, position, sides, sample, head, dv);

    const n = position + tq;
    const kRow = (<usize>d) << 2;
    const vRow = (<usize>dv) << 2;
    const packed = packHead(<usize>word(at, AttentionWord.Scratch), keys, values, tq, n, d, dv, kRow, vRow);
    for (let member = 0; member < group; member++) {
      const own = head * group + member;
      const all = heads * group;
      const q = headAt(<usize>word(at, AttentionWord.Q), sides, sample, own, all, tq, d, word(at, AttentionWord.QRow));
      const y = headAt(<usize>word(at, AttentionWord.Y), sides, sample, own, all, tq, dv, word(at, AttentionWord.YRow));
      const number = sample * all + own;
      const kept = stats + ((<usize>number * <usize>tq) << 3);
      attendHead(at, control, y, kept, q, keys, values, kRow, vRow, packed, n, position, sample, own, number);
    }
  }
}

/** Copies a head's new rows, keys or values as `which` says, behind those in its cache. */
function append(
  at: usize,
  which: AttentionWord,
  cache: usize,
  position: i32,
  sides: i32,
  sample: i32,
  head: i32,
  size: i32,
): void {
  const tq = word(at, AttentionWord.Tq);
  const row = word(at, which == AttentionWord.K ? AttentionWord.KRow : AttentionWord.VRow);
  let from = headAt(<usize>word(at, which), sides, sample, head, word(at, AttentionWord.Heads), tq, size, row);
  let to = cache + ((<usize>position * <usize>size) << 2);
  for (let i = 0; i < tq; i++, from += (<usize>row) << 2, to += (<usize>size) << 2) {
    memory.copy(to, from, (<usize>size) << 2);
  }
}
