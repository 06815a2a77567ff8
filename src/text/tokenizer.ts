// What a tokenizer is: text to the indices that a model takes, and back.

/** Text to token ids and back. Made by charTokenizer, wordTokenizer, bpeTokenizer or gpt2Tokenizer. */
export interface Tokenizer {
  /** The number of tokens: ids are 0 to size - 1. The rows of an embedding, and the classes of a language model. */
  readonly size: number;
  /** The ids of a text. RangeError for what the tokenizer has no token for. */
  encode(text: string): Int32Array<ArrayBuffer>;
  /** The text of some ids. RangeError for an id that is none. */
  decode(ids: ArrayLike<number>): string;
  /** Decodes ids that come one at a time, as a model writes them. */
  stream(): TextStream;
  /** Plain data for JSON.stringify, of which `tokenizerFromJSON` makes the tokenizer again. */
  toJSON(): TokenizerData;
}

/**
 * Takes ids, and gives the text that is complete so far; all of it put together is `decode` of all ids.
 *
 * ```ts
 * const text = tokenizer.stream();
 * for await (const id of ids) process.stdout.write(text.push(id));
 * process.stdout.write(text.end());
 * ```
 */
export interface TextStream {
  /** The text that this id completes: "" while a character whose bytes are spread over several tokens is only half there. */
  push(id: number): string;
  /** What is left at the end: a character cut off gives U+FFFD. */
  end(): string;
}

/** A tokenizer as plain data. */
export type TokenizerData =
  | {
      readonly kind: "characters" | "words";
      /** The tokens in the order of their ids. */
      readonly tokens: readonly string[];
      readonly unknown?: string;
      /** Of words: whether the text is lower-cased first. */
      readonly lowerCase?: boolean;
    }
  | {
      readonly kind: "byte pairs";
      /** The tokens in the order of their ids, each byte as one character (src/text/byte-alphabet.ts). */
      readonly tokens: readonly string[];
      /** The pairs that are merged, "left right", the first ones first. Without: whatever makes a token, lower ids first. */
      readonly merges?: readonly string[];
      /** Tokens that no text is split into, such as <|endoftext|>. */
      readonly special: readonly string[];
    };
