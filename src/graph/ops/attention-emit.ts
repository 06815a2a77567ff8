// The instructions of attention: how queries, keys and values lie, the words that say so, and the scratch they need.
// Pure arithmetic on sizes; what the words mean is in src/shared/attention.ts, what the scratch holds in
// assembly/attention.ts and attention-grad.ts.

import { AttentionBlock, AttentionFlag, AttentionWord, CacheWord } from "../../shared/attention.js";
import { Opcode } from "../../shared/opcodes.js";
import { real, type Instruction, type Ref, type Word } from "../op.js";

/** Sizes of an attention, and how its tensors lie. */
export interface Geometry {
  readonly samples: number;
  /** Heads of keys and values in a sample, and query heads that share each. */
  readonly heads: number;
  readonly group: number;
  readonly tq: number;
  readonly tk: number;
  /** Sizes of a query or key, and of a value. */
  readonly d: number;
  readonly dv: number;
  /** True where the heads of a position lie side by side in a row, false where each head has its rows by itself. */
  readonly sideBySide: boolean;
  /** Elements from a vector of a head to the next: of queries, keys, values, outputs. */
  readonly rows: readonly [q: number, k: number, v: number, y: number];
  /** True if queries, keys and values are parts of one row, in this order. */
  readonly packed: boolean;
}

/** What an attention computes, besides its sizes. */
export interface AttentionAttrs extends Geometry {
  readonly scale: number;
  /** Query i sees the keys up to i + past. */
  readonly past: number;
  readonly dropout: number;
  readonly stream: number;
  /** Steps of the mask to the next sample, head and query; undefined without one. */
  readonly mask: readonly [number, number, number] | undefined;
  /** True for a mask of whole numbers, 0 where a key must not be seen. */
  readonly boolean: boolean;
}

/** Places of queries, keys and values, or of their gradients. */
export type Sources = readonly [q: Ref, k: Ref, v: Ref];

/** The places of three tensors, or of the three parts of one. */
export function sourcesOf({ packed, heads, group, d }: Geometry, refs: readonly Ref[]): Sources {
  if (!packed) return [refs[0]!, refs[1]!, refs[2]!];
  const at = (elements: number): Ref => ({ ...refs[0]!, offset: (refs[0]!.offset ?? 0) + elements * 4 });
  return [at(0), at(heads * group * d), at(heads * (group + 1) * d)];
}

type Words = Partial<Record<number, Word>>;

function commonWords(attrs: Geometry & { scale: number }, [q, k, v]: Sources, y: Ref, scratch: Ref | 0): Words {
  const { samples, heads, group, tq, tk, d, dv, scale, sideBySide, rows } = attrs;
  return {
    [AttentionWord.Y]: y,
    [AttentionWord.Q]: q,
    [AttentionWord.K]: k,
    [AttentionWord.V]: v,
    [AttentionWord.Scratch]: scratch,
    [AttentionWord.First]: 0,
    [AttentionWord.End]: samples * heads,
    [AttentionWord.Heads]: heads,
    [AttentionWord.Group]: group,
    [AttentionWord.Tq]: tq,
    [AttentionWord.Tk]: tk,
    [AttentionWord.D]: d,
    [AttentionWord.Dv]: dv,
    [AttentionWord.Scale]: real(scale),
    [AttentionWord.Flags]: sideBySide ? AttentionFlag.SideBySide : 0,
    [AttentionWord.QRow]: rows[0],
    [AttentionWord.KRow]: rows[1],
    [AttentionWord.VRow]: rows[2],
    [AttentionWord.YRow]: rows[3],
  };
}

function maskWords({ mask, boolean, sideBySide }: AttentionAttrs, at: Ref | undefined): Words {
  if (!mask || !at) return {};
  const flags = (sideBySide ? AttentionFlag.SideBySide : 0) | (boolean ? AttentionFlag.Boolean : 0);
  return {
    [AttentionWord.Mask]: at,
    [AttentionWord.Flags]: flags,
    [AttentionWord.MaskBatch]: mask[0],
    [AttentionWord.MaskHead]: mask[1],
    [AttentionWord.MaskRow]: mask[2],
  };
}

const choiceWords = ({ past, dropout, stream }: AttentionAttrs): Words => ({
  [AttentionWord.Past]: past,
  [AttentionWord.Dropout]: real(dropout),
  [AttentionWord.Stream]: stream,
});

const instruction = (code: Opcode, words: Words): Instruction => [
  code,
  ...Array.from({ length: AttentionWord.DY }, (_, i): Word => words[i + 1] ?? 0),
];

interface AttentionPlaces {
  readonly sources: Sources;
  readonly mask: Ref | undefined;
  readonly y: Ref;
  readonly stats: Ref;
  readonly scratch: Ref | 0;
}

export function attentionWords(attrs: AttentionAttrs, places: AttentionPlaces): Instruction {
  const { sources, mask, y, stats, scratch } = places;
  return instruction(Opcode.Attention, {
    ...commonWords(attrs, sources, y, scratch),
    ...maskWords(attrs, mask),
    ...choiceWords(attrs),
    [AttentionWord.Stats]: stats,
  });
}

/** @param gradients places of dq, dk and dv; for the mask's gradient, only its own, as the first */
export function attentionGradWords(
  code: Opcode.AttentionGrad | Opcode.AttentionMaskGrad,
  attrs: AttentionAttrs,
  places: AttentionPlaces & { readonly dy: Ref; readonly gradients: readonly Ref[] },
): Instruction {
  const { sources, mask, y, stats, scratch, dy, gradients } = places;
  return instruction(code, {
    ...commonWords(attrs, sources, y, scratch),
    ...maskWords(attrs, mask),
    ...choiceWords(attrs),
    [AttentionWord.Stats]: stats,
    [AttentionWord.DQ]: gradients[0]!,
    [AttentionWord.DK]: gradients[1] ?? 0,
    [AttentionWord.DV]: gradients[2] ?? 0,
    [AttentionWord.DY]: dy,
  });
}

export function cachedAttentionWords(
  attrs: Geometry & { scale: number },
  places: Omit<AttentionPlaces, "mask"> & {
    readonly keys: Ref;
    readonly values: Ref;
    readonly position: Ref;
    readonly positions: number;
  },
): Instruction {
  const { sources, y, stats, scratch, keys, values, position, positions } = places;
  return instruction(Opcode.CachedAttention, {
    ...commonWords(attrs, sources, y, scratch),
    [AttentionWord.Stats]: stats,
    [CacheWord.Keys]: keys,
    [CacheWord.Values]: values,
    [CacheWord.Position]: position,
    [CacheWord.PositionStep]: positions > 1 ? 1 : 0,
  });
}

const padded = (count: number, to: number) => Math.ceil(count / to) * to;
/** Floats of `depth` packed rows of `columns` columns. */
const packed = (columns: number, depth: number) => padded(columns, 4) * depth;
const LINE = 64;

/** Scratch of the forward pass: a head's keys and values, packed; random bits; a strip of scores. */
export function attentionScratch({ tq, tk, d, dv }: Geometry): number {
  const head = tq < AttentionBlock.PackRows ? 0 : padded((packed(tk, d) + packed(dv, tk)) * 4, LINE);
  return head + LINE + 4 * padded(tk, 8) * 4;
}

/** Scratch of the backward pass; its parts are named in assembly/attention-grad.ts. */
export function attentionGradScratch({ tq, d, dv }: Geometry): number {
  const head = packed(tq, d) + packed(tq, dv) + packed(d, tq) + packed(dv, tq) + packed(d, AttentionBlock.Keys);
  const row = Math.min(padded(tq, 8), AttentionBlock.Queries) + AttentionBlock.Gap;
  const rows = 4 + 4 + AttentionBlock.Keys;
  return padded(head * 4, LINE) + padded((tq + 4) * 4, LINE) + LINE + rows * row * 4;
}
