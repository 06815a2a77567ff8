// GPT-2's own vocabulary, which the package js-tiktoken brings along: nothing is fetched.

import { missingPackage } from "../data/optional.js";
import { fromBytes } from "./byte-alphabet.js";
import { BytePairTokenizer } from "./byte-pair-tokenizer.js";

/**
 * GPT-2's tokenizer (also GPT-3's first models', there called r50k_base): 50,257 tokens, of which the last is
 * <|endoftext|>. Its vocabulary comes from the package js-tiktoken, half a megabyte, which users install themselves.
 *
 * ```ts
 * const tokenizer = await gpt2Tokenizer();
 * tokenizer.encode("Hello world"); // Int32Array [15496, 995]
 * ```
 *
 * @throws Error if js-tiktoken is not installed.
 */
export async function gpt2Tokenizer(): Promise<BytePairTokenizer> {
  const { default: ranks } = await import("js-tiktoken/ranks/gpt2").catch(
    missingPackage("wasmgrad/text", "js-tiktoken"),
  );
  // Lines of "! <first id> <token> <token> …", each token in base64.
  const tokens: string[] = [];
  for (const line of ranks.bpe_ranks.split("\n")) {
    const [, first, ...words] = line.split(" ");
    words.forEach((word, i) => {
      tokens[Number(first) + i] = fromBytes(Array.from(atob(word), (character) => character.charCodeAt(0)));
    });
  }
  const special = Object.entries(ranks.special_tokens);
  for (const [token, id] of special) tokens[id] = token;
  return new BytePairTokenizer({ kind: "byte pairs", tokens, special: special.map(([token]) => token) });
}
