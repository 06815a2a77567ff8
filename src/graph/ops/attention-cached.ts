// Attention for generating text: new positions attend to all before them, whose keys and values lie in caches.
//
// The caches are parameters with { trainable: false }, [samples, heads, longest, dim] each, whose place whoever runs the
// program provides (src/models/decoder.ts). The instruction writes the new keys and values into them, at a position that
// it reads from a tensor; so a program compiled for one new token serves every position, and a prompt is read by a
// program compiled for its length, or piece by piece by one for pieces of a fixed length:
//
//   const cache = (name: string) => parameter([1, heads, longest, dim], { trainable: false, name });
//   const position = input("position", [1], "i32"); // how many tokens are in the caches already
//   const y = packedCachedAttention(qkv, { heads, keys: cache("keys"), values: cache("values"), position });
//
// Position and new length together are at most `longest`: more is refused where the position comes in, and held within
// the caches where an op computes it. Nothing has to be cleared to begin again; a position of 0 starts anew. There is no
// gradient.
//
// Here alone an op changes one of its inputs, so a cache must be read and written by one node of a program only.

import { op, ShapeError, type Op } from "../op.js";
import { createNode, sameShape, showShape, type Shape, type Tensor } from "../tensor.js";
import { attentionScratch, cachedAttentionWords, sourcesOf, type Geometry } from "./attention-emit.js";
import { byHeads, inOneRow, type Heads } from "./attention-shapes.js";
import { checkScale, rotatePacked } from "./attention.js";
import type { RotaryOptions } from "./rotary.js";

type Attrs = Geometry & { readonly scale: number; readonly shape: Shape };

/** y from the position, the caches of keys and values, and q, k, v or one tensor of all three. Has scratch of its own. */
export const cachedAttentionOp: Op<Attrs> = op<Attrs>({
  name: "cachedAttention",
  whole: [0],
  ids: ({ attrs: { tk, tq } }) => [{ input: 0, below: tk - tq + 1, by: `for ${tq} rows in a cache of ${tk}` }],
  shape: (_, { shape, samples, heads, group, tq }) => [{ shape }, { shape: [samples * heads * group, 2, tq] }],
  scratchBytes: ({ attrs }) => attentionScratch(attrs),
  emit: ({ inputs: [given], attrs }, { inputs: [position, keys, values, ...inputs], outputs: [y, stats], scratch }) => [
    cachedAttentionWords(attrs, {
      sources: sourcesOf(attrs, inputs),
      keys: keys!,
      values: values!,
      position: position!,
      positions: given!.size,
      y: y!,
      stats: stats!,
      scratch,
    }),
  ],
});

export interface CachedAttentionOptions {
  /** Keys and values so far, [samples, kvHeads, longest, dim]: parameters that are not trained. The new ones are added. */
  keys: Tensor;
  values: Tensor;
  /** How many positions the caches hold, i32: one number, or one for each sample. */
  position: Tensor;
  /** What scores are multiplied by; positive. Default 1 / √dim. */
  scale?: number;
}

/**
 * Attention of new positions to those before them and to each other, causally; their keys and values are added to the
 * caches.
 *
 * @param q [samples, heads, length, dim]
 * @param k [samples, kvHeads, length, dim]
 * @param v [samples, kvHeads, length, size]
 * @returns [samples, heads, length, size]
 * @throws ShapeError if the shapes do not fit; TypeError for a position that is f32
 */
export function cachedAttention(q: Tensor, k: Tensor, v: Tensor, options: CachedAttentionOptions): Tensor {
  return attendCached("cachedAttention", byHeads(q, k, v), options);
}

export interface PackedCachedAttentionOptions extends CachedAttentionOptions {
  heads: number;
  /** Heads of keys and values, dividing `heads`. Default: as many. */
  kvHeads?: number;
  /** Turns queries and keys by their positions first; the keys are kept turned. Default: not. */
  rotary?: Omit<RotaryOptions, "position" | "maxLength">;
}

/**
 * The same for rows of queries, keys and values side by side; see packedAttention().
 *
 * @param qkv [samples, length, (heads + 2 kvHeads) * dim]
 * @returns [samples, length, heads * dim]
 * @throws as cachedAttention()
 */
export function packedCachedAttention(qkv: Tensor, options: PackedCachedAttentionOptions): Tensor {
  const { heads, kvHeads = heads, rotary, ...rest } = options;
  const packed = inOneRow("packedCachedAttention", qkv, heads, kvHeads);
  if (!rotary) return attendCached("packedCachedAttention", packed, rest);
  const where = { position: rest.position, maxLength: rest.keys.shape[2]! };
  const turned = rotatePacked(qkv, packed, { ...rotary, ...where });
  return attendCached("packedCachedAttention", { ...packed, tensors: [turned] }, rest);
}

function attendCached(name: string, { geometry, tensors, shape }: Heads, options: CachedAttentionOptions): Tensor {
  const { keys, values, position } = options;
  const { samples, heads, tq, d, dv } = geometry;
  const longest = keys.shape[2] ?? 0;
  const expected = (size: number) => [samples, heads, longest, size];
  if (longest < tq || !sameShape(keys.shape, expected(d)) || !sameShape(values.shape, expected(dv))) {
    throw new ShapeError(
      `${name}: for ${samples} samples, ${heads} heads of keys and ${tq} new positions the caches must be ` +
        `[${samples}, ${heads}, at least ${tq}, ${d}] and [${samples}, ${heads}, as many, ${dv}], ` +
        `got ${showShape(keys.shape)} and ${showShape(values.shape)}`,
    );
  }
  if (position.dtype !== "i32") {
    throw new TypeError(`${name}: the position must be a whole number (i32), got f32 ${showShape(position.shape)}`);
  }
  if (position.size !== 1 && position.size !== samples) {
    throw new ShapeError(
      `${name}: the position must be one number, or one for each of ${samples} samples, got ${showShape(position.shape)}`,
    );
  }
  const attrs = { ...geometry, tk: longest, scale: checkScale(name, options.scale, d), shape };
  return createNode(cachedAttentionOp, [position, keys, values, ...tensors], attrs).outputs[0]!;
}
