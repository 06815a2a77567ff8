// From the shapes of queries, keys, values and masks to the sizes of an attention: what fits, and what is said if it
// does not.

import { ShapeError } from "../op.js";
import { broadcastShapes } from "../shapes.js";
import { sameShape, showShape, sizeOf, type Shape, type Tensor } from "../tensor.js";
import type { Geometry } from "./attention-emit.js";
import { expand } from "./reduce.js";
import { reshape } from "./shape.js";

/** An attention's tensors with its sizes. */
export interface Heads {
  readonly geometry: Geometry;
  readonly tensors: readonly Tensor[];
  /** Axes of the scores before queries and keys, the last of them the heads. */
  readonly lead: Shape;
  /** Of the output. */
  readonly shape: Shape;
}

const show = (q: Tensor, k: Tensor, v: Tensor) =>
  `q ${showShape(q.shape)}, k ${showShape(k.shape)}, v ${showShape(v.shape)}`;

/** Query heads by key heads. @throws RangeError unless these divide those */
function groupOf(name: string, heads: number, kvHeads: number): number {
  for (const [called, count] of Object.entries({ heads, kvHeads })) {
    if (!Number.isInteger(count) || count < 1)
      throw new RangeError(`${name}: ${called} must be a whole number of at least 1, got ${count}`);
  }
  if (heads % kvHeads === 0) return heads / kvHeads;
  throw new RangeError(`${name}: ${kvHeads} heads of keys do not divide ${heads} heads of queries evenly`);
}

/** q [.., heads, queries, dim], k [.., heads, keys, dim], v [.., heads, keys, size]. */
export function byHeads(q: Tensor, k: Tensor, v: Tensor): Heads {
  const [tq, d] = q.shape.slice(-2) as [number, number];
  const [tk, dOfK] = k.shape.slice(-2) as [number, number];
  const [tkOfV, dv] = v.shape.slice(-2) as [number, number];
  if ([q, k, v].some(({ shape }) => shape.length < 2) || d !== dOfK || tk !== tkOfV) {
    throw new ShapeError(
      `attention: ${show(q, k, v)}: needs q [.., queries, dim], k [.., keys, dim] and v [.., keys, size]`,
    );
  }
  const leads = [q, k, v].map(({ shape }) => shape.slice(0, -2));
  const [heads, kvHeads] = [leads[0]!.at(-1) ?? 1, leads[1]!.at(-1) ?? 1];
  const shares = heads !== kvHeads && heads % kvHeads === 0;
  // Axes before the heads broadcast, and the heads themselves where they are not shared in groups.
  const common = leads
    .map((lead): Shape => (shares ? lead.slice(0, -1) : lead))
    .reduce((a, b) => broadcastShapes("attention", a, b));
  const qLead = shares ? [...common, heads] : common;
  const kvLead = shares ? [...common, kvHeads] : common;
  const count = qLead.at(-1) ?? 1;
  const group = shares ? heads / kvHeads : 1;
  return {
    tensors: [expand(q, [...qLead, tq, d]), expand(k, [...kvLead, tk, d]), expand(v, [...kvLead, tk, dv])],
    geometry: {
      samples: sizeOf(qLead) / count,
      heads: count / group,
      group,
      ...{ tq, tk, d, dv },
      sideBySide: false,
      rows: [d, d, dv, dv],
      packed: false,
    },
    lead: qLead,
    shape: [...qLead, tq, dv],
  };
}

/** q [samples, queries, heads * dim], k [samples, keys, kvHeads * dim], v [samples, keys, kvHeads * size]. */
export function byRows(q: Tensor, k: Tensor, v: Tensor, heads: number, kvHeads: number): Heads {
  const group = groupOf("rowsAttention", heads, kvHeads);
  const [samples, tq, qRow] = q.shape as [number, number, number];
  const [, tk, kRow] = k.shape as [number, number, number];
  const vRow = v.shape[2]!;
  const ranks = [q, k, v].every(({ shape }) => shape.length === 3 && shape[0] === samples);
  if (!ranks || v.shape[1] !== tk || qRow % heads !== 0 || kRow !== (qRow / heads) * kvHeads || vRow % kvHeads !== 0) {
    throw new ShapeError(
      `rowsAttention: ${show(q, k, v)} do not fit ${heads} heads, ${kvHeads} of them of keys; needs ` +
        `q [samples, queries, heads * dim], k [samples, keys, kvHeads * dim], v [samples, keys, kvHeads * size]`,
    );
  }
  const [d, dv] = [qRow / heads, vRow / kvHeads];
  return {
    tensors: [q, k, v],
    geometry: {
      ...{ samples, heads: kvHeads, group, tq, tk, d, dv },
      sideBySide: true,
      rows: [qRow, kRow, vRow, heads * dv],
      packed: false,
    },
    lead: [samples, heads],
    shape: [samples, tq, heads * dv],
  };
}

/** qkv [samples, length, (heads + 2 kvHeads) * dim]. */
export function inOneRow(name: string, qkv: Tensor, heads: number, kvHeads: number): Heads {
  const group = groupOf(name, heads, kvHeads);
  const [samples, t, row] = qkv.shape as [number, number, number];
  const d = row / (heads + 2 * kvHeads);
  if (qkv.shape.length !== 3 || !Number.isInteger(d)) {
    throw new ShapeError(
      `${name}: needs [samples, length, ${heads + 2 * kvHeads} * dim], queries, keys and values for ${heads} heads` +
        `${group > 1 ? `, ${kvHeads} of them of keys` : ""}; got ${showShape(qkv.shape)}`,
    );
  }
  return {
    tensors: [qkv],
    geometry: {
      ...{ samples, heads: kvHeads, group, tq: t, tk: t, d, dv: d },
      sideBySide: true,
      rows: [row, row, row, heads * d],
      packed: true,
    },
    lead: [samples, heads],
    shape: [samples, t, heads * d],
  };
}

/**
 * The mask as the kernel takes it, with its steps to the next sample, head and query. Axes that it lacks, or has with size
 * 1, are walked in place, except that of the keys.
 * @throws ShapeError if it does not broadcast to the scores
 */
export function maskSteps(
  name: string,
  mask: Tensor,
  lead: Shape,
  { tq, tk, samples }: Geometry,
): { mask: Tensor; steps: readonly [number, number, number] } {
  const scores = [...lead, tq, tk];
  if (!sameShape(broadcastShapes(`${name}: the mask`, mask.shape, scores), scores)) {
    throw new ShapeError(
      `${name}: the mask ${showShape(mask.shape)} does not broadcast to the scores ${showShape(scores)}`,
    );
  }
  const shape = [...new Array<number>(scores.length - mask.shape.length).fill(1), ...mask.shape];
  const outer = shape.slice(0, -3);
  const repeats = outer.every((size) => size === 1);
  // All samples in one axis; some of several axes repeated is the rare case that is written out.
  const whole = repeats || sizeOf(outer) === samples;
  const full = [...(whole ? outer : lead.slice(0, -1)), ...shape.slice(-3, -1), tk];
  const spread = reshape(expand(reshape(mask, shape), full), [-1, ...full.slice(-3)]);
  const [count, heads, queries] = spread.shape.length === 4 ? spread.shape : [1, 1, spread.shape.at(-2)!];
  const matrix = queries! * tk;
  return {
    mask: spread,
    steps: [count === 1 ? 0 : heads! * matrix, heads === 1 ? 0 : matrix, queries === 1 ? 0 : tk],
  };
}
