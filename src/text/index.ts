// Tokenizers: what `wasmgrad/text` exports. Characters, words, and the byte pairs of GPT-2, whose vocabulary comes from
// files or from the package js-tiktoken.

import { show } from "../data/check.js";
import { BytePairTokenizer } from "./byte-pair-tokenizer.js";
import type { Tokenizer, TokenizerData } from "./tokenizer.js";
import { vocabularyTokenizer } from "./vocabulary-tokenizer.js";

export { bpeTokenizer, type BpeFiles } from "./bpe.js";
export { BytePairTokenizer } from "./byte-pair-tokenizer.js";
export { gpt2Tokenizer } from "./gpt2.js";
export type { TextStream, Tokenizer, TokenizerData } from "./tokenizer.js";
export { charTokenizer, wordTokenizer, type WordTokenizerOptions } from "./vocabulary-tokenizer.js";

/**
 * The tokenizer of what `toJSON` gave, after JSON.parse.
 *
 * @throws TypeError or RangeError for what is no such data.
 */
export function tokenizerFromJSON(data: unknown): Tokenizer {
  const given = (data ?? {}) as TokenizerData;
  if (given.kind === "characters" || given.kind === "words") return vocabularyTokenizer(given);
  if (given.kind === "byte pairs") return new BytePairTokenizer(given);
  throw new TypeError(`tokenizerFromJSON: data must be what a tokenizer's toJSON gives, got ${show(data)}`);
}
