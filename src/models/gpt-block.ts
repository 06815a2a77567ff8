// A block of a GPT: each half adds to its input what it makes of it, normalised first.
//
//   x ──┬── ln_1 ── attn ──┬─(+)──┬── ln_2 ── mlp ──(+)── y
//       └──────────────────┘      └──────────────────┘
//
// Names and layout: gpt.ts.

import { initialisers } from "../graph/initialiser.js";
import { gelu, geluTanh, silu } from "../graph/ops/activation.js";
import { packedAttention } from "../graph/ops/attention.js";
import { packedCachedAttention } from "../graph/ops/attention-cached.js";
import { add, mul } from "../graph/ops/elementwise.js";
import { dropout as drop } from "../nn/layers/dropout.js";
import { linear } from "../nn/layers/linear.js";
import { layerNorm, rmsNorm } from "../nn/layers/norm.js";
import { defineModule, type Context, type Module } from "../nn/module.js";
import { Decoding } from "./decoding.js";
import type { GptConfig } from "./gpt.js";

/** @param std of the weights to start with */
export function block(config: GptConfig, std: number): Module {
  const parts = { ln_1: norm(config), attn: attention(config, std), ln_2: norm(config), mlp: hidden(config, std) };
  return defineModule({
    type: "gptBlock",
    children: parts,
    forward: (x, context) => {
      x = add(x, context.run("attn", parts.attn, context.run("ln_1", parts.ln_1, x)));
      return add(x, context.run("mlp", parts.mlp, context.run("ln_2", parts.ln_2, x)));
    },
  });
}

export const norm = ({ norm, dim, bias, eps }: GptConfig): Module =>
  norm === "rmsNorm" ? rmsNorm(dim, { eps }) : layerNorm(dim, { bias, eps });

/** Linear layers whose weights start small; the last of a half smaller still, since all halves add up. */
function layers({ bias, layers }: GptConfig, std: number) {
  const of = (std: number) => (from: number, to: number) =>
    linear(from, to, { bias, weightInit: initialisers.normal(0, std), biasInit: initialisers.zeros() });
  return { inner: of(std), last: of(std / Math.sqrt(2 * layers)) };
}

/** Each token looks at those before it. Queries, keys and values are one product, side by side. */
function attention(config: GptConfig, std: number): Module {
  const { dim, heads, dropout, positions } = config;
  const { inner, last } = layers(config, std);
  const parts = { c_attn: inner(dim, 3 * dim), c_proj: last(dim, dim), resid_dropout: drop(dropout) };
  const rotary = positions === "rotary" ? {} : undefined;
  const dropped = (context: Context) => (context.training && dropout > 0 ? { dropout, stream: context.stream() } : {});
  return defineModule({
    type: "gptAttention",
    children: parts,
    forward: (x, context) => {
      const qkv = context.run("c_attn", parts.c_attn, x);
      const y =
        context instanceof Decoding
          ? packedCachedAttention(qkv, {
              heads,
              rotary,
              ...context.cache(heads, dim / heads),
              position: context.position,
            })
          : packedAttention(qkv, { heads, rotary, causal: true, ...dropped(context) });
      return context.run("resid_dropout", parts.resid_dropout, context.run("c_proj", parts.c_proj, y));
    },
  });
}

/** Each token by itself, through one hidden layer. */
function hidden(config: GptConfig, std: number): Module {
  const { dim, mlp, activation, dropout } = config;
  const { inner, last } = layers(config, std);
  const gate = activation === "swiglu" ? inner(dim, mlp) : undefined;
  const parts = {
    c_fc: inner(dim, mlp),
    ...(gate && { c_gate: gate }),
    c_proj: last(mlp, dim),
    dropout: drop(dropout),
  };
  return defineModule({
    type: "gptMlp",
    children: parts,
    forward: (x, context) => {
      const y = context.run("c_fc", parts.c_fc, x);
      const active = gate
        ? mul(silu(context.run("c_gate", gate, x)), y)
        : activation === "geluTanh"
          ? geluTanh(y)
          : gelu(y);
      return context.run("dropout", parts.dropout, context.run("c_proj", parts.c_proj, active));
    },
  });
}
