// Text from a trained GPT, token by token as an async iterable.
//
//   for await (const id of generate(trainer, tokenizer.encode("Once upon"), { maxTokens: 200, topK: 40, seed: 1 })) …

import { Random } from "../data/random.js";
import { checkIds } from "../graph/limits.js";
import { check, notNegative, resolve, steps, stepsOrNone } from "../nn/check-options.js";
import { show } from "../nn/words.js";
import { Breather } from "../train/breathe.js";
import type { Trainer } from "../train/trainer.js";
import { Decoder } from "./decoder.js";
import type { Gpt } from "./gpt.js";
import { gptIn } from "./gpt-in.js";
import { checkSampling, nextToken, samplingDefaults, type SamplingOptions } from "./sampling.js";

export interface GenerateOptions extends SamplingOptions {
  /** Tokens to write at most. Default 256. */
  maxTokens?: number;
  /** Decides what is drawn: the same model, prompt, options and seed give the same text. Default 0. */
  seed?: number;
  /** Ids that end the text; they are not given out. Default: none. */
  stop?: number | readonly number[];
  /** Ends the text between two tokens; the iteration then throws the signal's reason. */
  signal?: AbortSignal;
  /**
   * Tokens that it goes on with when the text outgrows the model's context, fewer than that has: the last so many are then
   * read again, at the first positions. Default: half of the context, rounded up.
   */
  keep?: number;
  /** Use the moving average of the parameters, which compile's option `ema` keeps. Default false. */
  averaged?: boolean;
}

/**
 * Goes on with a text. Each token is given out as soon as it is drawn. A token goes through the model once: its keys and
 * values stay in a cache, until the text outgrows the context (see options.keep). The trainer's parameters are shared, not
 * copied; the cache and the programs are given back at the end, or when the loop is left.
 *
 * @param trainer of a gpt(); it may train on between two tokens
 * @param prompt ids of at least one token; of more than the context holds, only the last are read
 * @returns the ids that follow
 * @throws TypeError or RangeError for a model that is no gpt(), a prompt that is none, or an option out of range
 */
export function generate(
  trainer: Trainer,
  prompt: ArrayLike<number>,
  options: GenerateOptions = {},
): AsyncGenerator<number, void, undefined> {
  const model = gptIn(trainer, "generate");
  const { contextLength, vocabSize } = model.config;
  const owner = "generate";
  const none = undefined as never;
  const defaults = { maxTokens: 256, seed: 0, stop: none, signal: none, keep: Math.ceil(contextLength / 2) };
  const given = resolve<Required<GenerateOptions>>(
    owner,
    { ...defaults, averaged: false, ...samplingDefaults },
    options,
  );
  check(owner, "maxTokens", given.maxTokens, stepsOrNone);
  check(owner, "seed", given.seed, notNegative);
  check(owner, "keep", given.keep, steps);
  if (given.keep >= contextLength && contextLength > 1) {
    throw new RangeError(
      `generate: keep must be less than the model's context of ${contextLength} tokens, got ${given.keep}`,
    );
  }
  const resolved = {
    ...given,
    ends: new Set(typeof given.stop === "number" ? [given.stop] : (given.stop ?? [])),
    sampling: checkSampling(owner, given),
    random: new Random(given.seed),
  };
  if (typeof prompt === "string") {
    throw new TypeError(
      `generate: the prompt must be ids, got the text ${show(prompt)}; tokenizer.encode(text) gives them`,
    );
  }
  if (!(prompt?.length > 0)) {
    throw new RangeError(
      `generate: the prompt must have at least one id, got ${show(prompt)}; begin with a line break`,
    );
  }
  checkIds("generate: prompt", prompt, { below: vocabSize, by: `a vocabulary of ${vocabSize}` });
  return text(trainer, model, Array.from(prompt), resolved);
}

interface Resolved {
  readonly maxTokens: number;
  readonly signal: AbortSignal | undefined;
  readonly keep: number;
  readonly averaged: boolean;
  readonly ends: ReadonlySet<number>;
  readonly sampling: Required<SamplingOptions>;
  readonly random: Random;
}

async function* text(
  trainer: Trainer,
  model: Gpt,
  ids: number[],
  { maxTokens, signal, keep, averaged, ends, sampling, random }: Resolved,
): AsyncGenerator<number, void, undefined> {
  const decoder = new Decoder(trainer.state, model, averaged);
  const breather = new Breather();
  const seen = new Set(ids);
  try {
    let unread = ids.slice(-model.config.contextLength);
    for (let count = 0; count < maxTokens; count++) {
      signal?.throwIfAborted();
      if (unread.length > decoder.left) {
        decoder.clear();
        unread = ids.slice(-keep);
      }
      const logits = await decoder.read(unread);
      const id = nextToken(logits, seen, sampling, random);
      if (ends.has(id)) return;
      yield id;
      ids.push(id);
      seen.add(id);
      unread = [id];
      if (breather.due) await breather.pause();
    }
  } finally {
    decoder.dispose();
  }
}
