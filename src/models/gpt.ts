// A GPT: a transformer that tells, for each token of a text, what comes next. The parts are in gpt-block.ts.
//
//   ids [batch, T] ── wte (+ wpe) ── drop ── h.0 ── h.1 ── … ── ln_f ── head ── logits [batch, T, vocab]
//
// Parameters have the names of Hugging Face's GPT-2: wte.weight, wpe.weight, h.0.ln_1.weight, h.0.attn.c_attn.weight, …,
// ln_f.weight; a head of its own is lm_head.weight. All weights are laid out as torch.nn.Linear's, [out, in].
//
// Radford et al., "Language models are unsupervised multitask learners", 2019.

import { initialisers } from "../graph/initialiser.js";
import { embedding as lookUp } from "../graph/ops/embedding.js";
import { linear as product } from "../graph/ops/matmul.js";
import { slice } from "../graph/ops/slice.js";
import { ShapeError } from "../graph/op.js";
import { showShape, type Tensor } from "../graph/tensor.js";
import { add } from "../graph/ops/elementwise.js";
import { dropout as drop } from "../nn/layers/dropout.js";
import { embedding, positionalEmbedding } from "../nn/layers/embedding.js";
import { linear } from "../nn/layers/linear.js";
import { sequential } from "../nn/layers/sequential.js";
import { check, checkAll, fraction, notNegative, required, resolve, steps } from "../nn/check-options.js";
import { defineModule, type Module } from "../nn/module.js";
import { changed } from "./changed.js";
import { Decoding } from "./decoding.js";
import { block, norm } from "./gpt-block.js";

export interface GptOptions {
  /** How many tokens there are. */
  vocabSize: number;
  /** Longest text that it can look back on, in tokens. */
  contextLength: number;
  layers: number;
  /** Heads of attention, which divide dim. */
  heads: number;
  /** Size of a token's vector. */
  dim: number;
  /** Size of the hidden layer in each block. Default 4 · dim. */
  mlp?: number;
  /** Of the hidden layers; GPT-2 has "geluTanh", newer models "swiglu", whose hidden layer is two. Default "gelu". */
  activation?: "gelu" | "geluTanh" | "swiglu";
  /** Default "layerNorm". */
  norm?: "layerNorm" | "rmsNorm";
  /** Vectors that are learnt for each position, or rotations of queries and keys. Default "learned". */
  positions?: "learned" | "rotary";
  /** Whether the head shares the weight of the token vectors. Default true. */
  tied?: boolean;
  /** Of vectors, attention weights and what each half of a block adds. Default 0. */
  dropout?: number;
  /** Whether linear layers and layer norms have biases. Default true. */
  bias?: boolean;
  /** Added to the variance by the norms. Default 1e-5. */
  eps?: number;
}

/** All options with their values. */
export type GptConfig = Readonly<Required<GptOptions>>;

/** A GPT; `config` is what it was made of. */
export interface Gpt extends Module {
  readonly config: GptConfig;
}

/**
 * A GPT of any size: ids [batch, T] → logits [batch, T, vocabSize], for T up to contextLength. Train it with crossEntropy()
 * and y the next ids, [batch, T]; write text with generate().
 *
 * Pre-norm, as GPT-2. Weights start normal, biases at 0. The standard deviation is GPT-2's 0.02 where dim is GPT-2's 768,
 * and goes with 1 / √dim for other widths, as that of a sum of dim terms does with √dim; weights that end a block's half
 * have 1 / √(2 · layers) of it.
 *
 * @throws RangeError or TypeError for an option that is unknown, missing or out of range
 */
export const gpt = (options: GptOptions): Gpt => gptStarting(options);

/** Of GPT-2: the standard deviation that weights start with, and the width. */
const GPT2 = { std: 0.02, dim: 768 } as const;

/** @param std of the weights to start with, by default as gpt() says; 0 where a file is about to be read, which is quicker */
export function gptStarting(options: GptOptions, std?: number): Gpt {
  const { config, defaults } = resolveGpt(options);
  const { vocabSize, contextLength, layers, dim, positions, tied, dropout } = config;
  const deviation = std ?? GPT2.std * Math.sqrt(GPT2.dim / dim);
  const weightInit = initialisers.normal(0, deviation);

  const wte = embedding(vocabSize, dim, { weightInit });
  const wpe = positions === "learned" ? positionalEmbedding(contextLength, dim, { weightInit }) : undefined;
  const drops = drop(dropout);
  const h = sequential(...Array.from({ length: layers }, () => block(config, deviation)));
  const last = norm(config);
  const head = tied ? undefined : linear(dim, vocabSize, { bias: false, weightInit });

  const module = defineModule({
    type: "gpt",
    composite: true,
    children: { wte, ...(wpe && { wpe }), drop: drops, h, ln_f: last, ...(head && { lm_head: head }) },
    options: changed(config, defaults),
    inputShape: [contextLength],
    inputType: "i32",
    forward: (ids, context) => {
      checkIds(ids, contextLength);
      const decoding = context instanceof Decoding ? context : undefined;
      let x = context.run("wte", wte, ids);
      if (wpe && decoding) x = add(x, lookUp(decoding.positions, wpe.parameters["weight"]!));
      else if (wpe) x = context.run("wpe", wpe, x);
      x = context.run("drop", drops, x);
      x = context.run("h", h, x);
      // Only the last token's logits say how the text goes on.
      if (decoding) x = slice(x, { start: -1 }, 1);
      x = context.run("ln_f", last, x);
      return head ? context.run("lm_head", head, x) : product(x, wte.parameters["weight"]!);
    },
  });
  return { ...module, config };
}

/** More are a mistake, or a file that was made to exhaust the memory. */
export const MOST_LAYERS = 1000;

function checkIds(ids: Tensor, contextLength: number): void {
  if (ids.shape.length === 2 && ids.shape[1]! <= contextLength) return;
  throw new ShapeError(
    `gpt: needs ids [batch, length] with a length up to ${contextLength}, got ${showShape(ids.shape)}; ` +
      `cut the text, or make a model of a larger contextLength`,
  );
}

function resolveGpt(options: GptOptions): { config: GptConfig; defaults: object } {
  const defaults = {
    vocabSize: required,
    contextLength: required,
    layers: required,
    heads: required,
    dim: required,
    mlp: 4 * (options?.dim ?? 0),
    activation: "gelu",
    norm: "layerNorm",
    positions: "learned",
    tied: true,
    dropout: 0,
    bias: true,
    eps: 1e-5,
  } as const;
  const config = resolve<Required<GptOptions>>("gpt", defaults, options);
  checkAll("gpt", config, ["vocabSize", "contextLength", "layers", "heads", "dim", "mlp"], steps);
  check("gpt", "dropout", config.dropout, fraction);
  check("gpt", "eps", config.eps, notNegative);
  oneOf("activation", config.activation, ["gelu", "geluTanh", "swiglu"]);
  oneOf("norm", config.norm, ["layerNorm", "rmsNorm"]);
  oneOf("positions", config.positions, ["learned", "rotary"]);
  const { dim, heads, layers, positions } = config;
  if (layers > MOST_LAYERS) throw new RangeError(`gpt: layers must be at most ${MOST_LAYERS}, got ${layers}`);
  if (dim % heads !== 0) throw new RangeError(`gpt: heads must divide dim evenly, got ${heads} heads of ${dim}`);
  if (positions === "rotary" && (dim / heads) % 2 !== 0) {
    throw new RangeError(`gpt: rotary positions turn pairs, but ${heads} heads of ${dim} have ${dim / heads} elements`);
  }
  return { config, defaults };
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(value as string)) return;
  const words = allowed.map((word) => `"${word}"`).join(", ");
  throw new RangeError(`gpt: ${name} must be one of ${words}, got ${JSON.stringify(value)}`);
}
