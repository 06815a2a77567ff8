// Attention in plain f64: every score of every head, as the definition has it.

import { philox } from "../../src/data/random.js";
import type { AttentionAttrs } from "../../src/graph/ops/attention-emit.js";
import type { Node } from "../../src/graph/tensor.js";
import { sumOf, type Reference } from "./reference-tensor.js";

type Numbers = readonly number[];

/** Where element `e` of row `t` of a head lies in its tensor. */
type At = (sample: number, head: number, t: number, e: number) => number;

interface Places {
  readonly q: At;
  readonly k: At;
  readonly v: At;
  readonly y: At;
}

/** Where things lie; in one tensor if they are packed. */
function placesOf(a: AttentionAttrs): Places {
  const place =
    (heads: number, length: number, size: number, row: number, first = 0): At =>
    (sample, head, t, e) =>
      a.sideBySide
        ? first + (sample * length + t) * row + head * size + e
        : ((sample * heads + head) * length + t) * size + e;
  const all = a.heads * a.group;
  return {
    q: place(all, a.tq, a.d, a.rows[0]),
    k: place(a.heads, a.tk, a.d, a.rows[1], a.packed ? all * a.d : 0),
    v: place(a.heads, a.tk, a.dv, a.rows[2], a.packed ? (all + a.heads) * a.d : 0),
    y: place(all, a.tq, a.dv, a.rows[3]),
  };
}

/** What dropout makes of the weight of query i for key j; step 0 and seed 0, as of the op dropout. */
function factor(a: AttentionAttrs, number: number, i: number, j: number): number {
  if (a.dropout === 0) return 1;
  const fours = (count: number) => Math.ceil(count / 4);
  const tile = (number * fours(a.tq) + (i >> 2)) * fours(a.tk) + (j >> 2);
  const bits = philox([tile * 4 + (j & 3), 0, a.stream, 3], [0, 0])[i & 3]!;
  return (bits >>> 8) / 2 ** 24 >= Math.fround(a.dropout) ? 1 / (1 - Math.fround(a.dropout)) : 0;
}

interface Query {
  readonly sample: number;
  readonly head: number;
  readonly keyHead: number;
  /** Number of the head over the batch. */
  readonly number: number;
  readonly i: number;
  readonly scores: number[];
  readonly weights: number[];
}

/** Every query with its weights, before dropout. */
function queriesOf(a: AttentionAttrs, [q, k]: readonly Numbers[], mask: Numbers | undefined, at: Places): Query[] {
  const queries: Query[] = [];
  for (let number = 0; number < a.samples * a.heads * a.group; number++) {
    const [sample, head] = [Math.floor(number / (a.heads * a.group)), number % (a.heads * a.group)];
    const keyHead = Math.floor(head / a.group);
    for (let i = 0; i < a.tq; i++) {
      const scores = Array.from({ length: a.tk }, (_, j) => {
        if (j > i + a.past) return -Infinity;
        let score = 0;
        for (let e = 0; e < a.d; e++) score += q![at.q(sample, head, i, e)]! * k![at.k(sample, keyHead, j, e)]!;
        score *= Math.fround(a.scale);
        if (!a.mask || !mask) return score;
        const masked = mask[sample * a.mask[0] + head * a.mask[1] + i * a.mask[2] + j]!;
        return a.boolean ? (masked === 0 ? -Infinity : score) : score + masked;
      });
      const largest = Math.max(...scores);
      const exps = scores.map((score) => (largest === -Infinity ? 0 : Math.exp(score - largest)));
      const sum = sumOf(exps);
      queries.push({ sample, head, keyHead, number, i, scores, weights: exps.map((e) => (sum === 0 ? 0 : e / sum)) });
    }
  }
  return queries;
}

const split = (a: AttentionAttrs, inputs: readonly Numbers[]) =>
  a.packed
    ? { sources: [inputs[0]!, inputs[0]!, inputs[0]!], mask: inputs[1] }
    : { sources: inputs.slice(0, 3), mask: inputs[3] };

/** Largest scores and 1 / Σ, as the kernel keeps them: without a mask, the scores before they are scaled. */
function statsOf(a: AttentionAttrs, queries: readonly Query[]): number[] {
  const stats = new Array<number>(queries.length * 2).fill(0);
  for (const { number, i, scores } of queries) {
    const largest = Math.max(...scores);
    if (largest === -Infinity) continue;
    stats[number * 2 * a.tq + i] = a.mask ? largest : largest / Math.fround(a.scale);
    stats[number * 2 * a.tq + a.tq + i] = 1 / sumOf(scores.map((score) => Math.exp(score - largest)));
  }
  return stats;
}

const attrsOf = (node: Node) => node.attrs as unknown as AttentionAttrs;

function attend(a: AttentionAttrs, inputs: readonly Numbers[], node: Node): number[][] {
  const at = placesOf(a);
  const { sources, mask } = split(a, inputs);
  const queries = queriesOf(a, sources, mask, at);
  const y = new Array<number>(node.outputs[0]!.size).fill(0);
  for (const { sample, head, keyHead, number, i, weights } of queries) {
    weights.forEach((weight, j) => {
      const kept = weight * factor(a, number, i, j);
      for (let e = 0; e < a.dv; e++) y[at.y(sample, head, i, e)]! += kept * sources[2]![at.v(sample, keyHead, j, e)]!;
    });
  }
  return [y, statsOf(a, queries)];
}

/** For each query, the derivative by each of its scaled scores. */
function slopesOf(a: AttentionAttrs, dy: Numbers, sources: readonly Numbers[], queries: readonly Query[], at: Places) {
  return queries.map(({ sample, head, keyHead, number, i, weights }) => {
    const dp = weights.map((_, j) => {
      let sum = 0;
      for (let e = 0; e < a.dv; e++) sum += dy[at.y(sample, head, i, e)]! * sources[2]![at.v(sample, keyHead, j, e)]!;
      return sum * factor(a, number, i, j);
    });
    const mean = sumOf(weights.map((weight, j) => weight * dp[j]!));
    return weights.map((weight, j) => weight * (dp[j]! - mean));
  });
}

function gradients(a: AttentionAttrs, [dy, , , ...inputs]: readonly Numbers[], node: Node): number[][] {
  const at = placesOf(a);
  const { sources, mask } = split(a, inputs);
  const queries = queriesOf(a, sources, mask, at);
  const slopes = slopesOf(a, dy!, sources, queries, at);
  const outputs = node.outputs.map(({ size }) => new Array<number>(size).fill(0));
  const [dq, dk, dv] = a.packed ? [outputs[0]!, outputs[0]!, outputs[0]!] : outputs;
  queries.forEach(({ sample, head, keyHead, number, i, weights }, n) => {
    weights.forEach((weight, j) => {
      const slope = slopes[n]![j]! * Math.fround(a.scale);
      for (let e = 0; e < a.d; e++) {
        dq![at.q(sample, head, i, e)]! += slope * sources[1]![at.k(sample, keyHead, j, e)]!;
        dk![at.k(sample, keyHead, j, e)]! += slope * sources[0]![at.q(sample, head, i, e)]!;
      }
      const kept = weight * factor(a, number, i, j);
      for (let e = 0; e < a.dv; e++) dv![at.v(sample, keyHead, j, e)]! += kept * dy![at.y(sample, head, i, e)]!;
    });
  });
  return outputs;
}

export const attentionReferences: Record<string, Reference> = {
  attention: (inputs, node) => attend(attrsOf(node), inputs, node),
  attentionGrad: (inputs, node) => gradients(attrsOf(node), inputs, node),
  attentionMaskGrad: ([dy, , , ...inputs], node) => {
    const a = attrsOf(node);
    const at = placesOf(a);
    const { sources, mask } = split(a, inputs);
    return [slopesOf(a, dy!, sources, queriesOf(a, sources, mask, at), at).flat()];
  },
  // What the caches hold behind the position does not matter; the new rows are taken in their place.
  cachedAttention: ([position, keys, values, ...inputs], node) => {
    const a = attrsOf(node);
    const at = placesOf({ ...a, tk: a.tq });
    const { sources } = split(a, inputs);
    const outputs = Array.from({ length: a.samples }, (_, sample) => {
      const past = position!.length === 1 ? position![0]! : position![sample]!;
      const cached = (cache: Numbers, from: Numbers, place: At, size: number) => {
        const rows = [...cache];
        for (let head = 0; head < a.heads; head++) {
          for (let t = 0; t < a.tq; t++) {
            for (let e = 0; e < size; e++) {
              rows[((sample * a.heads + head) * a.tk + past + t) * size + e] = from[place(sample, head, t, e)]!;
            }
          }
        }
        return rows;
      };
      const all = [sources[0]!, cached(keys!, sources[1]!, at.k, a.d), cached(values!, sources[2]!, at.v, a.dv)];
      const apart = placesOf({ ...a, sideBySide: false, packed: false });
      const places = { ...apart, q: at.q, y: at.y };
      const full = { ...a, past, dropout: 0, mask: undefined, boolean: false };
      const queries = queriesOf(full, all, undefined, places).filter((query) => query.sample === sample);
      return queries.map(({ head, keyHead, i, weights, scores, number }) => {
        const row = Array.from({ length: a.dv }, (_, e) =>
          sumOf(weights.map((weight, j) => weight * all[2]![places.v(sample, keyHead, j, e)]!)),
        );
        return { row, at: (e: number) => at.y(sample, head, i, e), number, i, scores };
      });
    }).flat();
    const y = new Array<number>(node.outputs[0]!.size).fill(0);
    for (const { row, at } of outputs) row.forEach((value, e) => (y[at(e)] = value));
    return [y, statsOf({ ...a, mask: undefined }, outputs as unknown as Query[])];
  },
};
