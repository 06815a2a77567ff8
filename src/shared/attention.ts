// The words of an attention instruction, and the sizes of its blocks: what the compiler (src/graph/ops/attention.ts) and
// the kernels (assembly/attention*.ts) must agree on.
//
// Both languages import this file, so keep it valid TypeScript and valid AssemblyScript: plain numeric enums, nothing
// imported, no other types.
//
// Key heads are counted over the whole batch: number b * heads + h is head h of sample b; an instruction does those from
// First to before End. Each has Group query heads. Strides are in elements.

export enum AttentionWord {
  Y = 1,
  /** [query heads, 2, Tq]: each row's largest score, then 1 / the sum of its exponentials. */
  Stats = 2,
  Q = 3,
  K = 4,
  V = 5,
  /** Address of the mask, 0 for none. */
  Mask = 6,
  Scratch = 7,
  First = 8,
  End = 9,
  /** Key heads of a sample. */
  Heads = 10,
  Group = 11,
  /** Queries and keys of a head, and the sizes of their vectors; values and outputs have vectors of Dv. */
  Tq = 12,
  Tk = 13,
  D = 14,
  Dv = 15,
  Scale = 16,
  /** Query i sees the keys up to i + Past. */
  Past = 17,
  /** Sum of AttentionFlag. */
  Flags = 18,
  /** Steps of the mask to the next sample, query head and query; that to the next key is 1. */
  MaskBatch = 19,
  MaskHead = 20,
  MaskRow = 21,
  /** Probability that a weight is dropped, and the stream of random numbers that decides. */
  Dropout = 22,
  Stream = 23,
  /** Steps to the next vector of a head. */
  QRow = 24,
  KRow = 25,
  VRow = 26,
  YRow = 27,
  /** Gradients, in the strides of what they are the gradients of. */
  DQ = 28,
  DK = 29,
  DV = 30,
  DY = 31,
}

/** The words of an instruction that attends to a cache; those up to Dv, Scale, Flags and the rows as above. */
export enum CacheWord {
  /** [samples, heads, Tk, D], and Dv for the values; written at the position. */
  Keys = 28,
  Values = 29,
  /** Position of the first new row (i32), and the step to that of the next sample: 0 or 1. */
  Position = 30,
  PositionStep = 31,
}

export enum AttentionFlag {
  /** The heads of a position lie side by side in a row; else each head has its rows by itself. */
  SideBySide = 1,
  /** The mask is i32, 0 where a key must not be seen; else it is added to the scores. */
  Boolean = 2,
}

export enum AttentionBlock {
  /** More keys than any sequence has: the Past of attention that is not causal. */
  All = 0x3fffffff,
  /** Queries, below which the forward pass does not pack keys and values. */
  PackRows = 4,
  /** Keys and queries of the backward pass's tiles: the scores of a tile stay in L2. */
  Keys = 64,
  Queries = 256,
  /** Floats between the rows of a tile, so that they do not fall on the same sets of a cache. */
  Gap = 16,
}
