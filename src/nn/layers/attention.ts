// Attention of several heads as a layer.

import { initialisers } from "../../graph/initialiser.js";
import { ShapeError } from "../../graph/op.js";
import { packedAttention, rowsAttention, type AttentionOptions } from "../../graph/ops/attention.js";
import { parameter } from "../../graph/ops/leaf.js";
import { linear as product } from "../../graph/ops/matmul.js";
import type { RotaryOptions } from "../../graph/ops/rotary.js";
import { slice } from "../../graph/ops/slice.js";
import { showShape, type Tensor } from "../../graph/tensor.js";
import { changedOptions, check, fraction, resolve, steps } from "../check-options.js";
import { defineModule, type Context, type Module } from "../module.js";
import type { LastAxis } from "../shape-types.js";
import { linear } from "./linear.js";

export interface MultiHeadAttentionOptions {
  /** True to let each place see only itself and those before it. Default false. */
  causal?: boolean;
  /** Probability that a weight is dropped, in training. Default 0. */
  dropout?: number;
  /** False for products without biases. Default true. */
  bias?: boolean;
  /** Heads of keys and values, dividing `heads`, for grouped attention. Default: as many. */
  kvHeads?: number;
  /** Turns queries and keys by their positions; true for the usual base, 10000. Default false. */
  rotary?: boolean | { base?: number; interleaved?: boolean };
}

/** What one call of the layer may see. */
export interface AttendOptions {
  /** Keys and values, [samples, keys, dim]. Default: the queries' own input. */
  memory?: Tensor;
  /** As ops.attention() takes it; broadcasts to [samples, heads, queries, keys]. */
  mask?: Tensor;
}

export interface MultiHeadAttention<Dim extends number = number> extends Module<LastAxis<Dim, Dim>> {
  /**
   * For models written as functions of tensors: with a mask, or with keys and values of another sequence.
   * @param x queries, [samples, queries, dim]
   */
  attend(x: Tensor, context: Context, options?: AttendOptions): Tensor;
}

/**
 * Attention of a sequence to itself: [samples, length, dim] to the same. Parameters: in_proj_weight [3 dim, dim] and
 * in_proj_bias for queries, keys and values, out_proj.weight [dim, dim] and out_proj.bias.
 *
 * As torch.nn.MultiheadAttention with batch_first
 * (https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html).
 *
 * @param heads divides dim
 * @throws RangeError or TypeError for sizes that are none, heads that do not divide, or an option out of range
 */
export function multiHeadAttention<const Dim extends number>(
  dim: Dim,
  heads: number,
  options: MultiHeadAttentionOptions = {},
): MultiHeadAttention<Dim> {
  check("multiHeadAttention", "dim", dim, steps);
  check("multiHeadAttention", "heads", heads, steps);
  // Of rotary there is no default, since it may be a switch or an object.
  const defaults = { causal: false, dropout: 0, bias: true, kvHeads: heads, rotary: undefined as never };
  const given = resolve<Required<MultiHeadAttentionOptions>>("multiHeadAttention", defaults, options);
  const { causal, dropout, bias, kvHeads, rotary } = given;
  check("multiHeadAttention", "dropout", dropout, fraction);
  check("multiHeadAttention", "kvHeads", kvHeads, steps);
  checkDivides(dim, heads, "heads", "dim");
  checkDivides(heads, kvHeads, "kvHeads", "heads");

  const size = dim / heads;
  const rows = { q: dim, kv: kvHeads * size };
  const all = rows.q + 2 * rows.kv;
  const weight = parameter([all, dim], { init: initialisers.xavierUniform() });
  const offset = bias ? parameter([all]) : undefined;
  const last = linear(dim, dim, { bias, biasInit: initialisers.zeros() });
  const turn = rotary === true ? {} : rotary || undefined;
  const choices = (context: Context): AttentionOptions & { heads: number; kvHeads: number } => ({
    ...{ heads, kvHeads, causal },
    ...(context.training && dropout > 0 && { dropout, stream: context.stream() }),
  });

  const attend = (x: Tensor, context: Context, { memory, mask }: AttendOptions = {}): Tensor => {
    checkSequence(x, dim);
    const masked = mask && { mask };
    const y = memory
      ? across(x, memory, { weight, offset, rows, turn }, { ...choices(context), ...masked })
      : packedAttention(product(x, weight, offset), {
          ...choices(context),
          ...masked,
          ...(turn && { rotary: turn }),
        });
    return context.run("out_proj", last, y);
  };
  return {
    ...defineModule<LastAxis<Dim, Dim>>({
      type: "multiHeadAttention",
      parameters: { in_proj_weight: weight, ...(offset && { in_proj_bias: offset }) },
      children: { out_proj: last },
      options: { dim, heads, ...changedOptions(given, defaults) },
      forward: (x, context) => attend(x, context),
    }),
    attend,
  };
}

interface Projection {
  readonly weight: Tensor;
  readonly offset: Tensor | undefined;
  readonly rows: { readonly q: number; readonly kv: number };
  readonly turn: RotaryOptions | undefined;
}

/** Attention of x to another sequence, by the parts of the joint weight. */
function across(
  x: Tensor,
  memory: Tensor,
  { weight, offset, rows, turn }: Projection,
  options: AttentionOptions & { heads: number; kvHeads: number },
): Tensor {
  if (turn) throw new TypeError("multiHeadAttention: positions of two sequences have no distance; set rotary to false");
  checkSequence(memory, x.shape[2]!);
  const part = (of: Tensor, start: number, count: number) => {
    const range = { start, end: start + count };
    return product(of, slice(weight, range), offset && slice(offset, range));
  };
  const k = part(memory, rows.q, rows.kv);
  const v = part(memory, rows.q + rows.kv, rows.kv);
  return rowsAttention(part(x, 0, rows.q), k, v, options);
}

function checkSequence(x: Tensor, dim: number): void {
  if (x.shape.length === 3 && x.shape[2] === dim) return;
  throw new ShapeError(
    `multiHeadAttention: needs [samples, length, ${dim}], got ${showShape(x.shape)}; check the layer before it`,
  );
}

function checkDivides(whole: number, parts: number, called: string, of: string): void {
  if (whole % parts === 0) return;
  throw new RangeError(`multiHeadAttention: ${called} must divide ${of} evenly, got ${parts} of ${whole}`);
}
