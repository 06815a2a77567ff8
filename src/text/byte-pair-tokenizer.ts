// GPT-2's tokenizer: text is cut into words with the space before them, numbers, marks and white space; the UTF-8 bytes of
// each are merged, pair by pair, into tokens. So every text has tokens, and `decode(encode(text))` is the text.
//
// Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019;
// https://github.com/openai/gpt-2/blob/master/src/encoder.py

import { show, whole } from "../data/check.js";
import { fromBytes, toBytes } from "./byte-alphabet.js";
import { mergePairs, type RankOf } from "./merge.js";
import type { TextStream, Tokenizer, TokenizerData } from "./tokenizer.js";

// encoder.py's, with White_Space for its \s, which is the same there, while JavaScript's has U+FEFF and lacks U+0085.
const PIECE =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const END_OF_TEXT = "<|endoftext|>";

/** Pieces whose tokens are kept, since words come again and again, and the longest of them. */
const MOST_KEPT = 2 ** 16;
const LONGEST_KEPT = 32;

/** A tokenizer that merges pairs of bytes, as GPT-2's does. Made by `bpeTokenizer` or `gpt2Tokenizer`. */
export class BytePairTokenizer implements Tokenizer {
  /** The id of <|endoftext|>, which separates documents; undefined if there is no such token. */
  readonly endOfText: number | undefined;
  readonly #data: TokenizerData & { kind: "byte pairs" };
  readonly #ids = new Map<string, number>();
  readonly #bytes: readonly Uint8Array[];
  readonly #special: ReadonlyMap<string, number>;
  readonly #rankOf: RankOf;
  readonly #kept = new Map<string, readonly number[]>();

  /** @throws TypeError or RangeError for tokens or merges that are none, or if a byte has no token */
  constructor(data: TokenizerData & { kind: "byte pairs" }) {
    const { tokens, merges, special } = data;
    for (const [name, list] of Object.entries({ tokens, special, merges: merges ?? [] })) {
      if (!Array.isArray(list))
        throw new TypeError(`tokenizer: ${name} must be an array of strings, got ${show(list)}`);
    }
    const utf8 = new TextEncoder();
    const isSpecial = new Set(special);
    this.#data = data;
    this.#bytes = tokens.map((token, id) => {
      if (typeof token !== "string") throw new TypeError(`tokenizer: token ${id} must be a string, got ${show(token)}`);
      if (this.#ids.has(token)) throw new RangeError(`tokenizer: token ${id} is ${show(token)}, which came before`);
      this.#ids.set(token, id);
      const bytes = isSpecial.has(token) ? utf8.encode(token) : toBytes(token);
      if (bytes !== undefined) return bytes;
      const advice = "name it in special if it is a special token";
      throw new RangeError(
        `tokenizer: token ${id}, ${show(token)}, is not written in GPT-2's characters of bytes; ${advice}`,
      );
    });
    this.#special = new Map(special.map((token) => [token, this.#idOf(token, "the special token")]));
    for (let byte = 0; byte < 256; byte++) this.#idOf(fromBytes([byte]), `byte ${byte},`);
    this.endOfText = this.#special.get(END_OF_TEXT);
    for (const token of special) this.#ids.delete(token); // text never becomes one by merging

    const ranks = new Map<string, number>();
    merges?.forEach((merge, rank) => {
      const [left, right, ...more] = typeof merge === "string" ? merge.split(" ") : [];
      if (!left || !right || more.length > 0) {
        throw new TypeError(
          `tokenizer: merge ${rank} must be two tokens with a space between them, got ${show(merge)}`,
        );
      }
      for (const token of [left, right, left + right]) this.#idOf(token, `merge ${rank}, ${show(merge)}, needs`);
      if (!ranks.has(merge)) ranks.set(merge, rank);
    });
    this.#rankOf =
      merges === undefined
        ? (left, right) => this.#ids.get(left + right)
        : (left, right) => ranks.get(`${left} ${right}`);
  }

  get size(): number {
    return this.#bytes.length;
  }

  /**
   * The ids of a text. Lone halves of surrogate pairs, which UTF-8 cannot write, become U+FFFD.
   *
   * @param options.special Whether <|endoftext|> and other special tokens in the text become their ids; only for text that
   *   is trusted. Default: false, they are text like any other.
   */
  encode(text: string, options: { readonly special?: boolean } = {}): Int32Array<ArrayBuffer> {
    if (typeof text !== "string") throw new TypeError(`tokenizer: text must be a string, got ${show(text)}`);
    const ids: number[] = [];
    if (!options.special || this.#special.size === 0) {
      this.#encode(text, ids);
      return Int32Array.from(ids);
    }
    const longestFirst = [...this.#special.keys()].sort((a, b) => b.length - a.length);
    const escaped = longestFirst.map((token) => token.replace(/[\\^$*+?.()|[\]{}]/g, "\\$&"));
    for (const part of text.split(new RegExp(`(${escaped.join("|")})`))) {
      const id = this.#special.get(part);
      if (id === undefined) this.#encode(part, ids);
      else ids.push(id);
    }
    return Int32Array.from(ids);
  }

  /** The text of some ids; bytes that are not UTF-8, a character cut off, say, become U+FFFD. */
  decode(ids: ArrayLike<number>): string {
    const { push, end } = this.stream();
    let text = "";
    for (let i = 0; i < ids.length; i++) text += push(ids[i]!);
    return text + end();
  }

  stream(): TextStream {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return {
      push: (id) => decoder.decode(this.#bytes[whole("tokenizer: id", id, 0, this.size - 1)], { stream: true }),
      end: () => decoder.decode(),
    };
  }

  toJSON(): TokenizerData {
    return this.#data;
  }

  #encode(text: string, ids: number[]): void {
    for (const [piece] of text.matchAll(PIECE)) {
      let known = this.#kept.get(piece);
      if (known === undefined) {
        known = this.#idsOf(fromBytes(new TextEncoder().encode(piece)));
        if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
        if (piece.length <= LONGEST_KEPT) this.#kept.set(piece, known);
      }
      for (const id of known) ids.push(id);
    }
  }

  #idsOf(piece: string): readonly number[] {
    const single = this.#data.merges === undefined ? this.#ids.get(piece) : undefined;
    return single !== undefined ? [single] : mergePairs(piece, this.#rankOf).map((part) => this.#ids.get(part)!);
  }

  #idOf(token: string, what: string): number {
    const id = this.#ids.get(token);
    if (id !== undefined) return id;
    throw new RangeError(`tokenizer: ${what} ${show(token)} is not among the ${this.#ids.size} tokens`);
  }
}
