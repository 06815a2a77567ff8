// Scaled dot-product attention: softmax(scale · Q Kᵀ + mask) · V in one instruction, of tensors by heads or of the rows
// that a linear layer gives; never with all scores in memory at once.
//
// For the backward pass a node keeps its output and two numbers a row, from which the weights are computed again.

import { AttentionBlock } from "../../shared/attention.js";
import { Opcode } from "../../shared/opcodes.js";
import { op, type Op } from "../op.js";
import { apply, createNode, type Shape, type Tensor } from "../tensor.js";
import {
  attentionGradScratch,
  attentionGradWords,
  attentionScratch,
  attentionWords,
  sourcesOf,
  type AttentionAttrs,
} from "./attention-emit.js";
import { byHeads, byRows, inOneRow, maskSteps, type Heads } from "./attention-shapes.js";
import { sumTo } from "./reduce.js";
import { rotateRows, type RotaryOptions } from "./rotary.js";

type Attrs = AttentionAttrs & { readonly shape: Shape };

/** How many of the inputs are queries, keys and values: three tensors, or one. */
const countOf = ({ packed }: Attrs) => (packed ? 1 : 3);
const statsShape = ({ samples, heads, group, tq }: Attrs): Shape => [samples * heads * group, 2, tq];

/** y and each row's largest score and 1 / Σ, from q, k, v (or one tensor of all three) and, if there is one, the mask. */
export const attentionOp: Op<Attrs> = op<Attrs>({
  name: "attention",
  whole: [1, 3],
  shape: (_, attrs) => [{ shape: attrs.shape }, { shape: statsShape(attrs) }],
  grad: ([dy], { inputs, outputs: [y, stats], attrs }) => {
    const all = [dy!, y!, stats!, ...inputs];
    const gradients = createNode(attentionGradOp, all, { ...attrs }).outputs;
    const mask = inputs[countOf(attrs)];
    if (!mask) return gradients;
    return [...gradients, attrs.boolean ? null : sumTo(maskGradOf(all, attrs), mask.shape)];
  },
  scratchBytes: ({ attrs }) => attentionScratch(attrs),
  emit: ({ attrs }, { inputs, outputs: [y, stats], scratch }) => [
    attentionWords(attrs, {
      sources: sourcesOf(attrs, inputs),
      mask: inputs[countOf(attrs)],
      y: y!,
      stats: stats!,
      scratch,
    }),
  ],
});

/** dq, dk and dv (or one tensor of all three) from dy, y, stats and the inputs. */
export const attentionGradOp: Op<Attrs> = op<Attrs>({
  name: "attentionGrad",
  whole: [4, 6],
  shape: (inputs, attrs) => inputs.slice(3, 3 + countOf(attrs)).map(({ shape }) => ({ shape })),
  scratchBytes: ({ attrs }) => attentionGradScratch(attrs),
  emit: ({ attrs }, { inputs: [dy, y, stats, ...inputs], outputs, scratch }) => {
    const mask = inputs[countOf(attrs)];
    const places = { sources: sourcesOf(attrs, inputs), mask, y: y!, stats: stats!, scratch, dy: dy! };
    return [attentionGradWords(Opcode.AttentionGrad, attrs, { ...places, gradients: sourcesOf(attrs, outputs) })];
  },
});

/** The gradient of the mask, before it is summed over what it was repeated along: [samples, heads, Tq, Tk]. */
export const attentionMaskGradOp: Op<Attrs> = op<Attrs>({
  name: "attentionMaskGrad",
  whole: [4, 6],
  shape: (_, { samples, heads, group, tq, tk }) => [{ shape: [samples, heads * group, tq, tk] }],
  scratchBytes: ({ attrs }) => attentionGradScratch(attrs),
  emit: ({ attrs }, { inputs: [dy, y, stats, ...inputs], outputs, scratch }) => {
    const mask = inputs[countOf(attrs)];
    const places = { sources: sourcesOf(attrs, inputs), mask, y: y!, stats: stats!, scratch, dy: dy! };
    return [attentionGradWords(Opcode.AttentionMaskGrad, attrs, { ...places, gradients: outputs })];
  },
});

const maskGradOf = (inputs: readonly Tensor[], attrs: Attrs) => apply(attentionMaskGradOp, inputs, { ...attrs });

export interface AttentionOptions {
  /** True to let query i see only the keys up to i (plus causalOffset). Default false. */
  causal?: boolean;
  /**
   * How many more keys a causal query sees. Default 0, which aligns the first query with the first key, as PyTorch 2's
   * is_causal does; the number of keys minus that of queries aligns the last ones.
   */
  causalOffset?: number;
  /** What scores are multiplied by; positive. Default 1 / √dim. */
  scale?: number;
  /**
   * Added to the scores (f32); or, of whole numbers (i32), 0 where a key must not be seen. Its shape broadcasts to
   * [.., queries, keys], one axis for the heads. A query that sees no key gives 0.
   */
  mask?: Tensor;
  /** Probability that a weight is dropped, from 0 to 1; the others are scaled up. Default 0. */
  dropout?: number;
  /** Stream of random numbers for dropout; a layer takes it from context.stream(). Default 0. */
  stream?: number;
}

/**
 * softmax(scale · q kᵀ + mask) · v.
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
 *
 * @param q [.., heads, queries, dim]
 * @param k [.., heads, keys, dim]; its heads may be fewer, dividing q's: each then serves several of q's, one after another
 * @param v [.., heads, keys, size], with as many heads as k
 * @returns [.., heads, queries, size]
 * @throws ShapeError if the shapes do not fit; RangeError for an option out of range
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  return attend("attention", byHeads(q, k, v), options);
}

export interface HeadOptions extends AttentionOptions {
  heads: number;
  /** Heads of keys and values, dividing `heads`. Default: as many. */
  kvHeads?: number;
}

/**
 * Attention of rows whose heads lie side by side, as linear layers give them, without a copy in another order.
 *
 * @param q [samples, queries, heads * dim]
 * @param k [samples, keys, kvHeads * dim]
 * @param v [samples, keys, kvHeads * size]
 * @returns [samples, queries, heads * size]
 * @throws as attention()
 */
export function rowsAttention(q: Tensor, k: Tensor, v: Tensor, options: HeadOptions): Tensor {
  const { heads, kvHeads = heads, ...rest } = options;
  return attend("rowsAttention", byRows(q, k, v, heads, kvHeads), rest);
}

export interface PackedAttentionOptions extends HeadOptions {
  /** Turns queries and keys by their positions first. Default: not. */
  rotary?: RotaryOptions;
}

/**
 * Attention of rows that hold queries, keys and values side by side, as one linear layer of 3 · heads · dim outputs gives
 * them (GPT-2's c_attn), without a copy.
 *
 * @param qkv [samples, length, (heads + 2 kvHeads) * dim]
 * @returns [samples, length, heads * dim]
 * @throws as attention()
 */
export function packedAttention(qkv: Tensor, options: PackedAttentionOptions): Tensor {
  const { heads, kvHeads = heads, rotary, ...rest } = options;
  const packed = inOneRow("packedAttention", qkv, heads, kvHeads);
  const turned = rotary ? rotatePacked(qkv, packed, rotary) : qkv;
  return attend("packedAttention", { ...packed, tensors: [turned] }, rest);
}

/** Queries and keys of packed rows turned by their positions. */
export function rotatePacked(qkv: Tensor, { geometry }: Heads, options: RotaryOptions): Tensor {
  const { heads, group, d, tq, rows } = geometry;
  return rotateRows(qkv, { length: tq, width: rows[0], heads: heads * (group + 1), dim: d }, options);
}

function attend(name: string, { geometry, tensors, lead, shape }: Heads, options: AttentionOptions): Tensor {
  const { causal = false, causalOffset = 0, mask, dropout = 0, stream = 0 } = options;
  const scale = checkScale(name, options.scale, geometry.d);
  checkFloats(name, tensors);
  if (!Number.isInteger(causalOffset)) {
    throw new RangeError(`${name}: causalOffset must be a whole number, got ${causalOffset}`);
  }
  if (!(dropout >= 0 && dropout <= 1)) {
    throw new RangeError(`${name}: dropout must be a number from 0 to 1, got ${dropout}`);
  }
  const found = mask && maskSteps(name, mask, lead, geometry);
  const attrs = {
    ...geometry,
    shape,
    scale,
    past: causal ? Math.min(Math.max(causalOffset, -AttentionBlock.All), AttentionBlock.All) : AttentionBlock.All,
    dropout,
    stream,
    mask: found?.steps,
    boolean: mask?.dtype === "i32",
  };
  return apply(attentionOp, [...tensors, ...(found ? [found.mask] : [])], attrs);
}

/** The table lets a mask be of whole numbers; queries, keys and values may not. */
export function checkFloats(name: string, tensors: readonly Tensor[]): void {
  const whole = tensors.find(({ dtype }) => dtype !== "f32");
  if (whole) throw new TypeError(`${name}: queries, keys and values must be f32, got ${whole} of whole numbers (i32)`);
}

/** The scale given, or 1 / √d. @throws RangeError unless it is positive */
export function checkScale(name: string, scale: number | undefined, d: number): number {
  const factor = scale ?? 1 / Math.sqrt(d);
  if (!(factor > 0 && factor < Infinity)) {
    throw new RangeError(`${name}: scale must be a positive number, got ${scale}`);
  }
  return factor;
}
