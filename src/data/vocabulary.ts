// A vocabulary gives each word an index, so that a text becomes a sequence of indices. Words are any strings: words,
// characters or sentences. Indices are given in this order: padding (if any) 0, unknown (if any), then the words by how
// often they came, the first to appear first among equals.

import { known, show, whole } from "./check.js";

/** What `vocabulary` takes beside the tokens. */
export interface VocabularyOptions {
  /** The most entries, padding and unknown included: the most frequent words are kept. Default: all. */
  readonly size?: number;
  /** Words that came fewer times are left out. Default: 1. */
  readonly minCount?: number;
  /** The entry that stands for every word left out, say "<unk>". Default: none, and unknown words are refused. */
  readonly unknown?: string;
  /** The entry at index 0 that fills sequences up, say "<pad>". Default: none. */
  readonly padding?: string;
}

/** A vocabulary as plain data: the words in the order of their indices. */
export interface VocabularyData {
  readonly words: readonly string[];
  readonly unknown?: string;
  readonly padding?: string;
}

/**
 * The vocabulary of all words of some tokens (an array of words, or an array of such arrays), or of the most frequent.
 *
 * @throws TypeError for tokens that are not strings, and for a text that was not split; RangeError if no word is left.
 */
export function vocabulary(
  tokens: Iterable<string> | Iterable<Iterable<string>>,
  options: VocabularyOptions = {},
): Vocabulary {
  const names = ["size", "minCount", "unknown", "padding"] as const;
  const { size = Infinity, minCount = 1, unknown, padding } = known("vocabulary", options, names);
  const special = [padding, unknown].filter((word) => word !== undefined);
  if (size !== Infinity) whole("vocabulary: size", size, special.length + 1);
  whole("vocabulary: minCount", minCount, 1);

  const counts = countWords(tokens);
  for (const word of special) counts.delete(word);
  const words = [...counts]
    .filter(([, count]) => count >= minCount)
    .sort(([, a], [, b]) => b - a) // stable, and a Map keeps the order of appearance
    .slice(0, size === Infinity ? undefined : size - special.length)
    .map(([word]) => word);
  if (words.length === 0) {
    const why = counts.size === 0 ? "no tokens came" : `none of ${counts.size} words came ${minCount} times`;
    throw new RangeError(`vocabulary: no word is left: ${why}`);
  }
  return new Vocabulary({ words: [...special, ...words], unknown, padding });
}

/** Words and their indices, 0 to size - 1. Made by `vocabulary`, or from the data of one (`toJSON`). */
export class Vocabulary {
  /** The words in the order of their indices. */
  readonly words: readonly string[];
  readonly unknown: string | undefined;
  readonly padding: string | undefined;
  readonly #indices: ReadonlyMap<string, number>; // a Map, as "constructor" and "__proto__" are words too

  /** @throws TypeError if a word is no string; RangeError if a word is there twice or a special one is not there. */
  constructor({ words, unknown, padding }: VocabularyData) {
    const indices = new Map<string, number>();
    words.forEach((word, at) => {
      if (typeof word !== "string") throw new TypeError(`Vocabulary: words[${at}] must be a string, got ${show(word)}`);
      if (indices.has(word)) throw new RangeError(`Vocabulary: words[${at}] is ${show(word)}, which came before`);
      indices.set(word, at);
    });
    for (const [label, word] of Object.entries({ unknown, padding })) {
      if (word === undefined) continue;
      if (typeof word !== "string") throw new TypeError(`Vocabulary: ${label} must be a string, got ${show(word)}`);
      if (!indices.has(word)) throw new RangeError(`Vocabulary: ${label} is ${show(word)}, which is not in words`);
    }
    if (unknown !== undefined && unknown === padding) {
      throw new RangeError(`Vocabulary: unknown and padding must be two words, got ${show(unknown)} for both`);
    }
    this.words = Object.freeze([...words]);
    this.unknown = unknown;
    this.padding = padding;
    this.#indices = indices;
  }

  /** The number of entries, padding and unknown included: the rows of an embedding, the length of a one-hot vector. */
  get size(): number {
    return this.words.length;
  }

  /** Whether a word has an index of its own. */
  has(word: string): boolean {
    return this.#indices.has(word);
  }

  /**
   * The index of a word; that of `unknown` for a word that is not there.
   *
   * @throws RangeError for a word that is not there if the vocabulary has no `unknown`; TypeError for what is no string.
   */
  indexOf(word: string): number {
    const index = this.#indices.get(word) ?? (this.unknown === undefined ? undefined : this.#indices.get(this.unknown));
    if (typeof word !== "string") throw new TypeError(`Vocabulary: a word must be a string, got ${show(word)}`);
    if (index !== undefined) return index;
    throw new RangeError(
      `Vocabulary: ${show(word)} is not one of the ${this.size} entries; to take it all the same, build with { unknown: "<unk>" }`,
    );
  }

  /** The word of an index. RangeError for an index that is not there. */
  wordAt(index: number): string {
    return this.words[whole("Vocabulary: index", index, 0, this.size - 1)]!;
  }

  /** The indices of a sequence of words: Int32Array of as many. Errors as `indexOf`; TypeError for a text not split. */
  encode(tokens: Iterable<string>): Int32Array<ArrayBuffer> {
    refuseText("Vocabulary.encode", tokens);
    return Int32Array.from(tokens, (word) => this.indexOf(word));
  }

  /** The words of a sequence of indices. Errors as `wordAt`. */
  decode(indices: Iterable<number>): string[] {
    return Array.from(indices, (index) => this.wordAt(index));
  }

  /** Plain data for JSON.stringify. */
  toJSON(): VocabularyData {
    return { words: this.words, unknown: this.unknown, padding: this.padding };
  }

  /** The vocabulary of what `toJSON` gave, after JSON.parse. TypeError or RangeError as the constructor. */
  static fromJSON(data: unknown): Vocabulary {
    const { words, unknown, padding } = (data ?? {}) as Partial<VocabularyData>;
    if (!Array.isArray(words)) {
      throw new TypeError(`Vocabulary.fromJSON: data must be an object with an array of words, got ${show(data)}`);
    }
    return new Vocabulary({ words, unknown, padding });
  }
}

function countWords(tokens: Iterable<string> | Iterable<Iterable<string>>): Map<string, number> {
  refuseText("vocabulary", tokens);
  const counts = new Map<string, number>();
  const count = (word: unknown) => {
    if (typeof word !== "string") throw new TypeError(`vocabulary: a token must be a string, got ${show(word)}`);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  };
  for (const item of tokens) {
    if (typeof item === "object" && item !== null && Symbol.iterator in item) for (const word of item) count(word);
    else count(item);
  }
  return counts;
}

function refuseText(label: string, tokens: unknown): void {
  if (typeof tokens === "object" && tokens !== null && Symbol.iterator in tokens) return;
  const hint = typeof tokens === "string" ? "; split the text first, by splitWords(text) or characters(text)" : "";
  throw new TypeError(`${label}: tokens must be an array of strings, got ${show(tokens)}${hint}`);
}
