// A GPT in plain loops and f64, position by position: the definition that the compiled one is compared with.

import type { GptConfig } from "../../src/models/index.js";
import { erf } from "./reference-elementwise.js";

type Row = number[];
type Parameters = Readonly<Record<string, { readonly values: ArrayLike<number> }>>;

/** Logits [T, vocab] of what follows each of the ids. */
export function gptLogits(config: GptConfig, parameters: Parameters, ids: readonly number[]): Row[] {
  const { dim, layers, heads, positions, tied, activation, mlp } = config;
  const values = (name: string) => parameters[name]?.values;
  const rowOf = (name: string, row: number) => Array.from({ length: dim }, (_, i) => values(name)![row * dim + i]!);
  /** x · weightᵀ + bias, the weight being [out, in]. */
  const linear = (name: string, x: Row, out: number): Row =>
    Array.from({ length: out }, (_, o) => {
      const [weight, bias] = [values(`${name}.weight`)!, values(`${name}.bias`)];
      return x.reduce((sum, xi, i) => sum + xi * weight[o * x.length + i]!, bias?.[o] ?? 0);
    });
  const norm = (name: string, x: Row): Row => {
    const mean = config.norm === "rmsNorm" ? 0 : x.reduce((sum, xi) => sum + xi, 0) / dim;
    const variance = x.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / dim;
    const [weight, bias] = [values(`${name}.weight`)!, values(`${name}.bias`)];
    return x.map((xi, i) => ((xi - mean) / Math.sqrt(variance + config.eps)) * weight[i]! + (bias?.[i] ?? 0));
  };
  const add = (a: Row, b: Row) => a.map((ai, i) => ai + b[i]!);
  const hidden = (name: string, x: Row): Row => {
    const y = linear(`${name}.c_fc`, x, mlp);
    const gate = activation === "swiglu" ? linear(`${name}.c_gate`, x, mlp) : [];
    return linear(
      `${name}.c_proj`,
      y.map((yi, i) => active(activation, yi, gate[i]!)),
      dim,
    );
  };

  let rows = ids.map((id, t) => {
    const token = rowOf("wte.weight", id);
    return positions === "learned" ? add(token, rowOf("wpe.weight", t)) : token;
  });
  for (let layer = 0; layer < layers; layer++) {
    const h = `h.${layer}`;
    const qkv = rows.map((row) => linear(`${h}.attn.c_attn`, norm(`${h}.ln_1`, row), 3 * dim));
    const attended = attend(qkv, heads, dim / heads, positions === "rotary");
    rows = rows.map((row, t) => add(row, linear(`${h}.attn.c_proj`, attended[t]!, dim)));
    rows = rows.map((row) => add(row, hidden(`${h}.mlp`, norm(`${h}.ln_2`, row))));
  }
  return rows.map((row) => linear(tied ? "wte" : "lm_head", norm("ln_f", row), config.vocabSize));
}

function active(activation: GptConfig["activation"], y: number, gate: number): number {
  if (activation === "swiglu") return (gate / (1 + Math.exp(-gate))) * y;
  if (activation === "gelu") return (y / 2) * (1 + erf(y / Math.SQRT2));
  return (y / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (y + 0.044715 * y ** 3)));
}

/** Each position's mean of the values up to it, weighted by the softmax of query · key / √size. */
function attend(qkv: readonly Row[], heads: number, size: number, rotary: boolean): Row[] {
  const part = (t: number, which: number, head: number): Row => {
    const row = qkv[t]!.slice((which * heads + head) * size, (which * heads + head + 1) * size);
    if (!rotary || which === 2) return row;
    const half = size / 2;
    return row.map((value, i) => {
      const angle = t * 10000 ** (-(i % half) / half);
      return value * Math.cos(angle) + (i < half ? -row[i + half]! : row[i - half]!) * Math.sin(angle);
    });
  };
  return qkv.map((_, t) =>
    Array.from({ length: heads }, (_, head) => {
      const query = part(t, 0, head);
      const scores = Array.from({ length: t + 1 }, (_, s) => {
        const key = part(s, 1, head);
        return query.reduce((sum, qi, i) => sum + qi * key[i]!, 0) / Math.sqrt(size);
      });
      const most = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - most));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return Array.from({ length: size }, (_, i) =>
        weights.reduce((sum, weight, s) => sum + (weight / total) * part(s, 2, head)[i]!, 0),
      );
    }).flat(),
  );
}
