// config.json of Hugging Face's GPT-2, and the options of gpt() that mean the same.
//
// The file may come from anywhere: each value is checked for its kind, and a setting under which the model would compute
// something else is refused. https://huggingface.co/docs/transformers/model_doc/gpt2

import { MOST_LAYERS, type GptConfig, type GptOptions } from "./gpt.js";

const activations: Readonly<Record<string, "gelu" | "geluTanh">> = {
  gelu_new: "geluTanh",
  gelu_pytorch_tanh: "geluTanh",
  gelu: "gelu",
};

/** Settings that this model has fixed, with the values that they have to have. */
const fixed: Readonly<Record<string, unknown>> = {
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  add_cross_attention: false,
};

/** Sizes beyond these are no model but a mistake: they bound what is built before a weight has been seen. */
const MOST = 2 ** 31 - 1;

type Json = Readonly<Record<string, unknown>>;

/**
 * @param json the file's contents
 * @param file what messages call it
 * @throws TypeError or RangeError, its message beginning with `file`, for what is no such config
 */
export function optionsOfConfig(json: unknown, file: string): GptOptions {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new TypeError(`${file}: must hold a JSON object, got ${JSON.stringify(json)?.slice(0, 40)}`);
  }
  const config = json as Json;
  if (config["model_type"] !== undefined && config["model_type"] !== "gpt2") {
    throw new RangeError(`${file}: model_type is ${show(config["model_type"])}, but only "gpt2" can be loaded`);
  }
  for (const [name, value] of Object.entries(fixed)) {
    if (config[name] === undefined || config[name] === null || config[name] === value) continue;
    throw new RangeError(`${file}: ${name} is ${show(config[name])}, but the model computes as with ${String(value)}`);
  }
  const whole = (name: string, most = MOST) => wholeOf(config, name, file, most);
  const number = (name: string, otherwise: number, below: number) => numberOf(config, name, file, otherwise, below);
  const activation = config["activation_function"] ?? "gelu_new";
  if (typeof activation !== "string" || !Object.hasOwn(activations, activation)) {
    const known = Object.keys(activations).join(", ");
    throw new RangeError(`${file}: activation_function is ${show(activation)}, but must be one of ${known}`);
  }
  const tied = config["tie_word_embeddings"] ?? true;
  if (typeof tied !== "boolean")
    throw new TypeError(`${file}: tie_word_embeddings is ${show(tied)}, expected true or false`);

  const [dim, heads] = [whole("n_embd"), whole("n_head")];
  if (dim % heads !== 0) throw new RangeError(`${file}: n_head ${heads} does not divide n_embd ${dim} evenly`);
  const inner = config["n_inner"];
  return {
    vocabSize: whole("vocab_size"),
    contextLength: whole("n_positions"),
    layers: whole("n_layer", MOST_LAYERS),
    heads,
    dim,
    mlp: inner === undefined || inner === null ? 4 * dim : whole("n_inner"),
    activation: activations[activation]!,
    tied,
    dropout: number("resid_pdrop", 0.1, 1),
    eps: number("layer_norm_epsilon", 1e-5, 1),
  };
}

/**
 * The config.json of a model.
 * @throws RangeError for a model that Hugging Face's GPT-2 cannot be
 */
export function configOf(model: GptConfig): Record<string, unknown> {
  const { activation, norm, positions, bias } = model;
  for (const [option, given, needed] of [
    ["norm", norm, "layerNorm"],
    ["positions", positions, "learned"],
    ["bias", bias, true],
  ] as const) {
    if (given === needed) continue;
    throw new RangeError(
      `saveGpt2: GPT-2 has ${option} ${show(needed)}, but this model has ${show(given)}; save it with saveCheckpoint()`,
    );
  }
  const name = { geluTanh: "gelu_new", gelu: "gelu", swiglu: undefined }[activation];
  if (name === undefined) {
    throw new RangeError(`saveGpt2: GPT-2 has no activation ${show(activation)}; save the model with saveCheckpoint()`);
  }
  return {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    vocab_size: model.vocabSize,
    n_positions: model.contextLength,
    n_ctx: model.contextLength,
    n_embd: model.dim,
    n_layer: model.layers,
    n_head: model.heads,
    n_inner: model.mlp === 4 * model.dim ? null : model.mlp,
    activation_function: name,
    resid_pdrop: model.dropout,
    embd_pdrop: model.dropout,
    attn_pdrop: model.dropout,
    layer_norm_epsilon: model.eps,
    tie_word_embeddings: model.tied,
    torch_dtype: "float32",
  };
}

const show = (value: unknown): string => JSON.stringify(value)?.slice(0, 40) ?? String(value);

function wholeOf(config: Json, name: string, file: string, most: number): number {
  const value = config[name];
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return value as number;
  throw new RangeError(`${file}: ${name} is ${show(value)}, expected a whole number from 1 to ${most}`);
}

function numberOf(config: Json, name: string, file: string, otherwise: number, below: number): number {
  const value = config[name] ?? otherwise;
  if (typeof value === "number" && value >= 0 && value < below) return value;
  throw new RangeError(`${file}: ${name} is ${show(value)}, expected a number of at least 0 and below ${below}`);
}
