// A block of a transformer: attention, then a network on each place by itself, both added to their input.
//
//   preNorm    x ──┬─ norm1 ─ self_attn ─(+)─┬─ norm2 ─ linear1 ─ linear2 ─(+)── y
//                  └──────────────────────┘  └───────────────────────────┘
//   else       x ──┬─ self_attn ─(+)─ norm1 ─┬─ linear1 ─ linear2 ─(+)─ norm2 ── y
//                  └──────────────┘          └────────────────────┘

import * as activations from "../../graph/ops/activation.js";
import { add, mul } from "../../graph/ops/elementwise.js";
import { slice } from "../../graph/ops/slice.js";
import type { Tensor } from "../../graph/tensor.js";
import { changedOptions, check, fraction, resolve, steps } from "../check-options.js";
import { defineModule, type Context, type Module } from "../module.js";
import type { LastAxis } from "../shape-types.js";
import { multiHeadAttention, type AttendOptions, type MultiHeadAttentionOptions } from "./attention.js";
import { dropout as drop } from "./dropout.js";
import { linear } from "./linear.js";
import { layerNorm, rmsNorm } from "./norm.js";

const ACTIVATIONS = {
  relu: activations.relu,
  gelu: activations.gelu,
  geluTanh: activations.geluTanh,
  silu: activations.silu,
} as const;

export interface TransformerBlockOptions extends MultiHeadAttentionOptions {
  /** Size of the hidden layer. Default 4 dim. */
  mlp?: number;
  /** Default "gelu". "swiglu" is silu(a) · b of two hidden layers, which linear1 gives side by side. */
  activation?: keyof typeof ACTIVATIONS | "swiglu";
  /** Default "layerNorm". */
  norm?: "layerNorm" | "rmsNorm";
  /** True to normalise what goes into each half, false what comes out of its sum, as PyTorch's default. Default true. */
  preNorm?: boolean;
  /** Of the norms; default each one's own. */
  eps?: number;
  /** Dropout of the weights of attention, the hidden layer and what each half adds, in training. Default 0. */
  dropout?: number;
}

export interface TransformerBlock<Dim extends number = number> extends Module<LastAxis<Dim, Dim>> {
  /** For models written as functions of tensors: with a mask, which broadcasts to [samples, heads, length, length]. */
  attend(x: Tensor, context: Context, options?: Pick<AttendOptions, "mask">): Tensor;
}

/**
 * A transformer block: [samples, length, dim] to the same. Parameters: those of multiHeadAttention under self_attn,
 * linear1 [mlp, dim], linear2 [dim, mlp], norm1 and norm2.
 *
 * As torch.nn.TransformerEncoderLayer with batch_first
 * (https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html), whose defaults are another hidden
 * size (2048), activation (relu), order (preNorm false) and dropout (0.1). Vaswani et al., 2017.
 *
 * @throws as multiHeadAttention(), and for an option out of range
 */
export function transformerBlock<const Dim extends number>(
  dim: Dim,
  heads: number,
  options: TransformerBlockOptions = {},
): TransformerBlock<Dim> {
  const none = undefined as never;
  const defaults = {
    ...{ mlp: 4 * dim, activation: "gelu" as const, norm: "layerNorm" as const, preNorm: true, eps: none, dropout: 0 },
    ...{ causal: false, bias: true, kvHeads: heads, rotary: none },
  };
  const given = resolve<Required<TransformerBlockOptions>>("transformerBlock", defaults, options);
  const { mlp, activation, norm, preNorm, eps, dropout, causal, bias, kvHeads, rotary } = given;
  check("transformerBlock", "mlp", mlp, steps);
  check("transformerBlock", "dropout", dropout, fraction);
  checkName("activation", activation, [...Object.keys(ACTIVATIONS), "swiglu"]);
  checkName("norm", norm, ["layerNorm", "rmsNorm"]);

  const gated = activation === "swiglu";
  const normOf = () => (norm === "rmsNorm" ? rmsNorm(dim, { eps }) : layerNorm(dim, { eps, bias }));
  const parts = {
    self_attn: multiHeadAttention(dim, heads, { causal, dropout, bias, kvHeads, rotary }),
    linear1: linear(dim, gated ? 2 * mlp : mlp, { bias }),
    linear2: linear(mlp, dim, { bias }),
    norm1: normOf(),
    norm2: normOf(),
  };
  const lose = drop(dropout);

  const hidden = (x: Tensor, context: Context) => {
    const y = context.run("linear1", parts.linear1, x);
    const active = gated ? gate(y, mlp) : ACTIVATIONS[activation as keyof typeof ACTIVATIONS](y);
    return lose.forward(context.run("linear2", parts.linear2, lose.forward(active, context)), context);
  };
  const attend = (x: Tensor, context: Context, seen: Pick<AttendOptions, "mask"> = {}): Tensor => {
    // Run under its name, so that errors and listings have it.
    const attention = { ...parts.self_attn, forward: (of: Tensor) => parts.self_attn.attend(of, context, seen) };
    const look = (of: Tensor) => lose.forward(context.run("self_attn", attention, of), context);
    const norm1 = (of: Tensor) => context.run("norm1", parts.norm1, of);
    const norm2 = (of: Tensor) => context.run("norm2", parts.norm2, of);
    if (preNorm) {
      const y = add(x, look(norm1(x)));
      return add(y, hidden(norm2(y), context));
    }
    const y = norm1(add(x, look(x)));
    return norm2(add(y, hidden(y, context)));
  };
  return {
    ...defineModule<LastAxis<Dim, Dim>>({
      type: "transformerBlock",
      children: parts,
      options: { dim, heads, ...changedOptions(given, defaults) },
      forward: (x, context) => attend(x, context),
    }),
    attend,
  };
}

/** silu(first half) · second half, along the last axis. */
function gate(y: Tensor, size: number): Tensor {
  return mul(activations.silu(slice(y, { end: size }, -1)), slice(y, { start: size }, -1));
}

function checkName(option: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const list = names.map((one) => JSON.stringify(one)).join(", ");
  throw new RangeError(`transformerBlock: ${option} must be one of ${list}, got ${JSON.stringify(name)}`);
}
