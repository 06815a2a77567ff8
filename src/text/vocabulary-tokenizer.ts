// Tokenizers by characters and by words, on a vocabulary of what some text has.

import { known, show } from "../data/check.js";
import { characters, splitWords } from "../data/text.js";
import { Vocabulary, vocabulary } from "../data/vocabulary.js";
import type { TextStream, Tokenizer, TokenizerData } from "./tokenizer.js";

/** What `wordTokenizer` takes beside the text. */
export interface WordTokenizerOptions {
  /** The most tokens, the unknown one included: the most frequent words are kept. Default: all. */
  readonly size?: number;
  /** Words that came fewer times are left out. Default: 1. */
  readonly minCount?: number;
  /** The token that stands for every word left out. Default: "<unk>". */
  readonly unknown?: string;
  /** Whether to lower-case. Default: true. */
  readonly lowerCase?: boolean;
}

class VocabularyTokenizer implements Tokenizer {
  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly kind: "characters" | "words",
    private readonly lowerCase: boolean,
  ) {}

  get size(): number {
    return this.vocabulary.size;
  }

  encode(text: string): Int32Array<ArrayBuffer> {
    const { lowerCase } = this;
    return this.vocabulary.encode(this.kind === "words" ? splitWords(text, { lowerCase }) : characters(text));
  }

  decode(ids: ArrayLike<number>): string {
    return this.vocabulary.decode(Array.from(ids)).join(this.kind === "words" ? " " : "");
  }

  stream(): TextStream {
    let between = "";
    const push = (id: number) => {
      const text = between + this.vocabulary.wordAt(id);
      between = this.kind === "words" ? " " : "";
      return text;
    };
    return { push, end: () => "" };
  }

  toJSON(): TokenizerData {
    const { words, unknown } = this.vocabulary;
    const data = { kind: this.kind, tokens: words, ...(unknown === undefined ? {} : { unknown }) };
    return this.kind === "words" ? { ...data, lowerCase: this.lowerCase } : data;
  }
}

/**
 * A tokenizer of the characters of a text (its code points), in the order of their code points: the same for any text with
 * the same characters.
 *
 * @param text All that is to be known; the training text, say.
 * @param options.unknown The token that stands for any other character, say "�". Default: none, and others are refused.
 * @throws TypeError if the text is no string; RangeError if it is empty.
 */
export function charTokenizer(text: string, options: { readonly unknown?: string } = {}): Tokenizer {
  const { unknown } = known("charTokenizer", options, ["unknown"]);
  const found = new Set(characters(text));
  if (found.size === 0) throw new RangeError("charTokenizer: text must have at least one character, got none");
  if (unknown !== undefined) found.delete(unknown);
  const sorted = [...found].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const words = unknown === undefined ? sorted : [unknown, ...sorted];
  return new VocabularyTokenizer(new Vocabulary({ words, unknown }), "characters", false);
}

/**
 * A tokenizer of the words of a text, as `splitWords` finds them: marks and spaces are lost, and `decode` puts a space
 * between words. The most frequent word has the lowest id after that of `unknown`, which is 0.
 *
 * @throws TypeError if the text is no string; RangeError if no word is left, or an option is out of bounds.
 */
export function wordTokenizer(text: string, options: WordTokenizerOptions = {}): Tokenizer {
  const names = ["size", "minCount", "unknown", "lowerCase"] as const;
  const { lowerCase = true, unknown = "<unk>", size, minCount } = known("wordTokenizer", options, names);
  const words = splitWords(text, { lowerCase });
  return new VocabularyTokenizer(vocabulary(words, { size, minCount, unknown }), "words", lowerCase);
}

/** The tokenizer of what `toJSON` gave. @throws TypeError or RangeError for tokens that are none, or twice there */
export function vocabularyTokenizer(data: TokenizerData & { kind: "characters" | "words" }): Tokenizer {
  const { kind, tokens, unknown, lowerCase = true } = data;
  if (!Array.isArray(tokens)) throw new TypeError(`tokenizer: tokens must be an array of strings, got ${show(tokens)}`);
  return new VocabularyTokenizer(new Vocabulary({ words: tokens, unknown }), kind, lowerCase);
}
