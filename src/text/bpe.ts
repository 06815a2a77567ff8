// GPT-2's tokenizer of a vocabulary in files, as Hugging Face keeps them: vocab.json and merges.txt.

import { show } from "../data/check.js";
import { BytePairTokenizer } from "./byte-pair-tokenizer.js";

/** A vocabulary of byte pairs. */
export interface BpeFiles {
  /** vocab.json, as text or parsed: each token's id. */
  readonly vocab: string | Readonly<Record<string, number>>;
  /** merges.txt: a line for each pair that is merged, "left right", the first ones first; or its lines. */
  readonly merges: string | readonly string[];
  /** Tokens that no text is split into. Default: <|endoftext|>, where it is in the vocabulary. */
  readonly special?: readonly string[];
}

/**
 * The tokenizer of a vocabulary in the format of GPT-2: byte-level, with GPT-2's way of cutting text into pieces.
 *
 * ```ts
 * const tokenizer = bpeTokenizer({
 *   vocab: await readFile("gpt2/vocab.json", "utf8"),
 *   merges: await readFile("gpt2/merges.txt", "utf8"),
 * });
 * ```
 *
 * @throws TypeError for what is no such file; RangeError if ids are missing or twice there, a byte has no token, or a merge
 *   needs a token that is not there.
 */
export function bpeTokenizer(files: BpeFiles): BytePairTokenizer {
  const { vocab, merges } = files ?? {};
  const parsed = typeof vocab === "string" ? parse(vocab) : vocab;
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new TypeError(`bpeTokenizer: vocab must be an object of tokens and their ids, got ${show(parsed)}`);
  }
  const entries = Object.entries(parsed as Record<string, unknown>);
  const tokens = new Array<string>(entries.length);
  for (const [token, id] of entries) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= entries.length || id in tokens) {
      const range = `ids must be the whole numbers from 0 to ${entries.length - 1}, each once`;
      throw new RangeError(`bpeTokenizer: ${range}, but ${show(token)} has ${show(id)}`);
    }
    tokens[id] = token;
  }
  if (typeof merges !== "string" && !Array.isArray(merges)) {
    throw new TypeError(`bpeTokenizer: merges must be the text of merges.txt, or its lines, got ${show(merges)}`);
  }
  const lines = typeof merges === "string" ? merges.split(/\r?\n/) : (merges as readonly string[]);
  const special = files.special ?? ["<|endoftext|>"].filter((token) => Object.hasOwn(parsed, token));
  const pairs = lines.filter((line, at) => line !== "" && !(at === 0 && line.startsWith("#version")));
  return new BytePairTokenizer({ kind: "byte pairs", tokens, merges: pairs, special });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`bpeTokenizer: vocab must be JSON (${(cause as Error).message})`, { cause });
  }
}
