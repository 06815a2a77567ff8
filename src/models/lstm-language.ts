// A language model of recurrent layers.

import { dropout as drop } from "../nn/layers/dropout.js";
import { embedding } from "../nn/layers/embedding.js";
import { linear } from "../nn/layers/linear.js";
import { lstm } from "../nn/layers/recurrent.js";
import { check, checkAll, fraction, required, resolve, steps } from "../nn/check-options.js";
import { defineModule, type Module } from "../nn/module.js";
import { changed } from "./changed.js";

export interface LstmLanguageModelOptions {
  /** How many ids there are. */
  vocabSize: number;
  /** Size of an id's vector. */
  dim: number;
  /** Size of a layer's state. */
  hidden: number;
  /** Default 1. */
  layers?: number;
  /** Dropout of the vectors, between layers, and before the head. Default 0. */
  dropout?: number;
}

/**
 * What follows each id of a text, by what stood before it: ids [batch, steps] → logits [batch, steps, vocabSize]. Train it
 * with crossEntropy() and y the next ids, [batch, steps]. Parameters: embedding.weight, lstm.weight_ih_l0, …, head.weight,
 * head.bias, as torch.nn's Embedding, LSTM and Linear have them.
 *
 * @throws RangeError or TypeError for an option out of range
 */
export function lstmLanguageModel(options: LstmLanguageModelOptions): Module {
  const name = "lstmLanguageModel";
  const defaults = { vocabSize: required, dim: required, hidden: required, layers: 1, dropout: 0 };
  const given = resolve<Required<LstmLanguageModelOptions>>(name, defaults, options);
  checkAll(name, given, ["vocabSize", "dim", "hidden", "layers"], steps);
  check(name, "dropout", given.dropout, fraction);
  const { vocabSize, dim, hidden, layers, dropout } = given;

  const parts = {
    embedding: embedding(vocabSize, dim),
    drop: drop(dropout),
    lstm: lstm(dim, hidden, { layers, dropout: layers > 1 ? dropout : 0 }),
    head: linear(hidden, vocabSize),
  };
  return defineModule({
    type: name,
    composite: true,
    children: parts,
    options: { ...changed(given, defaults) },
    inputType: "i32",
    forward: (ids, context) => {
      const vectors = context.run("drop", parts.drop, context.run("embedding", parts.embedding, ids));
      const states = context.run("lstm", parts.lstm, vectors);
      return context.run("head", parts.head, context.run("drop", parts.drop, states));
    },
  });
}
