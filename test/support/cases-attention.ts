// The calls of the rows of attention: every layout, strips and blocks with and without rests, masks, groups, dropout.

import { Random } from "../../src/data/random.js";
import { attention, packedAttention, rowsAttention, type AttentionOptions } from "../../src/graph/ops/attention.js";
import { cachedAttention } from "../../src/graph/ops/attention-cached.js";
import { sizeOf, type Shape, type Tensor } from "../../src/graph/tensor.js";
import type { Given } from "./graph.js";
import type { Case } from "./reference-cases.js";

const random = new Random(2017);

const floats = (shape: Shape): Given => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal())),
});
const ints = (shape: Shape, draw: () => number): Given => ({
  shape,
  dtype: "i32",
  values: Array.from({ length: sizeOf(shape) }, draw),
});

type Leaves = Readonly<Record<string, Tensor>>;

const threeOf = (q: Shape, k: Shape, v: Shape) => ({ q: floats(q), k: floats(k), v: floats(v) });

function byHeads(label: string, [q, k, v]: readonly [Shape, Shape, Shape], options: AttentionOptions = {}): Case {
  return {
    label: `${label} [${q}] [${k}] [${v}]`,
    given: threeOf(q, k, v),
    trace: (leaves) => attention(leaves.q!, leaves.k!, leaves.v!, options),
    by: ["q", "k", "v"],
  };
}

const plain = (q: Shape, keys = q.at(-2)!, size = q.at(-1)!) => {
  const lead = q.slice(0, -2);
  return [q, [...lead, keys, q.at(-1)!], [...lead, keys, size]] as const;
};

function masked(label: string, q: Shape, mask: Given, by: readonly string[], options: AttentionOptions = {}): Case {
  return {
    label: `${label} [${mask.shape}]`,
    given: { ...threeOf(...plain(q, mask.shape.at(-1))), mask },
    trace: (leaves) => attention(leaves.q!, leaves.k!, leaves.v!, { ...options, mask: leaves.mask! }),
    by,
  };
}

function cached(
  label: string,
  [samples, heads, t, dim]: Shape,
  longest: number,
  positions: number[],
  size = dim!,
): Case {
  return {
    label,
    given: {
      ...threeOf([samples!, heads!, t!, dim!], [samples!, heads!, t!, dim!], [samples!, heads!, t!, size]),
      keys: { ...floats([samples!, heads!, longest, dim!]), as: "parameter" },
      values: { ...floats([samples!, heads!, longest, size]), as: "parameter" },
      position: { shape: [positions.length, 1], dtype: "i32", values: positions },
    },
    trace: ({ q, k, v, keys, values, position }) =>
      cachedAttention(q!, k!, v!, { keys: keys!, values: values!, position: position! }),
    by: [],
  };
}

const packed = (leaves: Leaves, options = {}) => packedAttention(leaves.qkv!, { heads: 2, causal: true, ...options });

export const attentionCases: Readonly<Record<string, readonly Case[]>> = {
  attention: [
    byHeads("one", plain([1, 1])),
    byHeads("three", plain([3, 2])),
    byHeads("heads", plain([2, 3, 7, 8])),
    byHeads("heads", plain([1, 2, 17, 5])),
    byHeads("causal", plain([2, 2, 13, 4]), { causal: true }),
    byHeads("causal, scaled", plain([2, 9, 12]), { causal: true, scale: 0.7 }),
    byHeads("causal, fewer queries", plain([2, 1, 3, 4], 10), { causal: true }),
    byHeads("causal, fewer keys", plain([2, 11, 4], 5, 3), { causal: true }),
    byHeads("causal, aligned at the end", plain([2, 5, 4], 12, 9), { causal: true, causalOffset: 7 }),
    byHeads("causal, the first see nothing", plain([2, 9, 4], 9), { causal: true, causalOffset: -4 }),
    byHeads("long", plain([1, 70, 6], 130, 10)),
    byHeads("grouped", [[2, 4, 6, 4], [2, 2, 6, 4], [2, 2, 6, 4]], { causal: true }), // prettier-ignore
    byHeads("keys of one head", [[2, 3, 5, 4], [2, 1, 6, 4], [2, 1, 6, 3]]), // prettier-ignore
    byHeads("one sample's keys", [[3, 2, 5, 4], [1, 2, 6, 4], [1, 2, 6, 4]]), // prettier-ignore
    byHeads("dropout", plain([2, 2, 7, 4], 10), { dropout: 0.3, stream: 5 }),
    byHeads("dropout, causal", plain([3, 13, 5]), { dropout: 0.5, stream: 1, causal: true }),
    masked("mask of floats", [2, 2, 5, 4], floats([5, 7]), ["q", "k", "v", "mask"]),
    masked("mask by head", [2, 3, 6, 4], floats([3, 1, 9]), ["q", "v", "mask"], { causal: true }),
    masked("mask by sample", [2, 3, 6, 4], floats([2, 1, 6, 6]), ["k", "mask"], { dropout: 0.25 }),
    masked("mask of everything", [2, 2, 3, 4], floats([2, 2, 3, 4]), ["q", "mask"]),
    masked("boolean mask", [2, 2, 6, 4], ints([2, 1, 1, 7], () => random.integer(3) - 1), ["q", "k", "v"]), // prettier-ignore
    {
      label: "rows",
      given: threeOf([2, 5, 6], [2, 7, 6], [2, 7, 9]),
      trace: ({ q, k, v }) => rowsAttention(q!, k!, v!, { heads: 3 }),
      by: ["q", "k", "v"],
    },
    {
      label: "rows, grouped",
      given: threeOf([2, 5, 12], [2, 5, 6], [2, 5, 4]),
      trace: ({ q, k, v }) => rowsAttention(q!, k!, v!, { heads: 4, kvHeads: 2, causal: true }),
      by: ["q", "k", "v"],
    },
    { label: "packed", given: { qkv: floats([2, 9, 24]) }, trace: (leaves) => packed(leaves), by: ["qkv"] },
    {
      label: "packed, grouped, turned",
      given: { qkv: floats([2, 6, 24]) },
      trace: (leaves) => packed(leaves, { heads: 4, kvHeads: 1, rotary: {} }),
      by: ["qkv"],
    },
  ],
  cachedAttention: [
    cached("one new row", [2, 2, 1, 4], 6, [3]),
    cached("one new row of two heads and more", [1, 3, 1, 8], 33, [32], 5),
    cached("one new row of 64 numbers", [1, 2, 1, 64], 21, [16]),
    cached("one new row with values of 150", [1, 1, 1, 4], 12, [9], 150),
    cached("three new rows", [2, 1, 3, 5], 9, [0]),
    cached("a prompt", [2, 2, 7, 4], 20, [2, 13]),
  ],
};
