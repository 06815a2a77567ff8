// GPT-2's tokenizer against the package whose vocabulary it takes, and against its own vocabulary as files.
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { Tiktoken } from "js-tiktoken/lite";
import ranks from "js-tiktoken/ranks/gpt2";
import { beforeAll, describe, expect, test } from "vitest";
import { bpeTokenizer, BytePairTokenizer, gpt2Tokenizer, tokenizerFromJSON, type TokenizerData } from "wasmgrad/text";
import { fromBytes, toBytes } from "../src/text/byte-alphabet.js";
import { mergePairs } from "../src/text/merge.js";

const reference = new Tiktoken(ranks);
let gpt2: BytePairTokenizer;
beforeAll(async () => void (gpt2 = await gpt2Tokenizer()));

const own = readFileSync(new URL("../LICENSE", import.meta.url), "utf8");

const codePoint = fc
  .oneof(fc.nat(0x17f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** A text as UTF-8 can write it. */
const wellFormed = (text: string) =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));

const texts = [
  "",
  " ",
  "Hello world",
  "Hello, world! It's 2024; we'll see, they've said I'm 'd.",
  "  two spaces,\ttabs\t\tand\n\nempty lines  \n   ",
  "a  b   c    d\u00a0e\u2003\u2003f\u3000g",
  "naïve café, cafe\u0301, Übergröße, İstanbul ſ",
  "Привет, мир! Γειά σου Κόσμε. שלום עולם. مرحبا بالعالم",
  "你好，世界。こんにちは世界。 안녕하세요 세계",
  "हिन्दी में वाक्य, ภาษาไทย",
  "😀👍🏽👨‍👩‍👧‍👦 🇩🇪 and text",
  "½ ² Ⅷ ٣ 1,234.56 0x1F",
  "lone \ud800 and \udc00 halves",
  "\0\x01\x1f\x7f\x80\xff",
  "<|endoftext|> is text",
  "don't DON'T won’t 'S 'll'",
  "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
  own,
];

describe("GPT-2's tokenizer", () => {
  test("has 50,257 tokens, <|endoftext|> last", () => {
    expect([gpt2.size, gpt2.endOfText]).toEqual([50257, 50256]);
    expect([...gpt2.encode("Hello world")]).toEqual([15496, 995]);
    expect(gpt2.encode("")).toEqual(new Int32Array(0));
  });

  test.each(texts)("encodes and decodes %j as js-tiktoken", (text) => {
    const ids = gpt2.encode(text);
    expect([...ids]).toEqual(reference.encode(text, [], []));
    expect(gpt2.decode(ids)).toBe(wellFormed(text));
    expect([...gpt2.encode(text)]).toEqual([...ids]); // from what was kept
  });

  test("encodes any text as js-tiktoken, and gives it back", () => {
    // But for U+FEFF and U+0085, which JavaScript's \s takes for what Python's, and GPT-2's, does not.
    const text = fc
      .oneof(
        fc.string({ unit: codePoint, maxLength: 40 }),
        fc.string({
          unit: fc.constantFrom("the ", "café", "e\u0301", "👍🏽", "世界", "שלום", "12", "\n"),
          maxLength: 20,
        }),
        fc.string({ unit: fc.constantFrom(..." \n\tabé😀1'.s"), maxLength: 40 }),
      )
      .filter((text) => !/[\uFEFF\u0085]/.test(text));
    fc.assert(
      fc.property(text, (text) => {
        expect([...gpt2.encode(text)]).toEqual(reference.encode(text, [], []));
        expect(gpt2.decode(gpt2.encode(text))).toBe(wellFormed(text));
      }),
      { numRuns: 500 },
    );
  });

  test("takes white space as Python does", () => {
    // U+0085 is white space, which stays apart from the word after it; U+FEFF is not, and goes with the space before.
    const pieces = (text: string) => [...gpt2.encode(text)].length;
    expect(gpt2.decode(gpt2.encode("a\u0085b\uFEFFc"))).toBe("a\u0085b\uFEFFc");
    expect(pieces("a \uFEFF")).toBe(pieces("a") + pieces(" \uFEFF"));
  });

  test("makes ids of special tokens only if asked", () => {
    const text = "one<|endoftext|>two";
    expect([...gpt2.encode(text)]).not.toContain(50256);
    expect([...gpt2.encode(text, { special: true })]).toEqual([505, 50256, 11545]);
    expect([...gpt2.encode(text, { special: true })]).toEqual(reference.encode(text, "all"));
    expect(gpt2.decode([505, 50256])).toBe("one<|endoftext|>");
  });

  test("does not slow down with the square of a long run", () => {
    // 200,000 characters would be 2e10 steps; this is 200,000 times a few dozen.
    const run = "ab".repeat(100_000);
    expect(gpt2.decode(gpt2.encode(run))).toBe(run);
  });

  test("streams ids as text, whole characters at a time", () => {
    const emoji = gpt2.encode("👨‍👩‍👧!");
    const stream = gpt2.stream();
    const parts = Array.from(emoji, (id) => stream.push(id));
    expect(parts.filter(Boolean).join("")).toBe("👨‍👩‍👧!");
    expect(parts[0]).toBe("");
    expect(parts.join("")).not.toContain("\uFFFD");
    fc.assert(
      fc.property(fc.array(fc.nat(50256), { maxLength: 30 }), (ids) => {
        const { push, end } = gpt2.stream();
        expect(ids.map(push).join("") + end()).toBe(gpt2.decode(ids));
        expect(gpt2.decode(ids)).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(ids)));
      }),
    );
    const half = gpt2.stream();
    expect(half.push(emoji[0]!) + half.end()).toBe("\uFFFD");
  });

  test("comes back from JSON", () => {
    const copy = tokenizerFromJSON(JSON.parse(JSON.stringify(gpt2)));
    expect(copy.size).toBe(gpt2.size);
    for (const text of texts) expect(copy.encode(text)).toEqual(gpt2.encode(text));
    expect((copy as BytePairTokenizer).endOfText).toBe(50256);
  });

  test("refusals", () => {
    expect(() => gpt2.encode(3 as never)).toThrow(new TypeError("tokenizer: text must be a string, got 3"));
    expect(() => gpt2.decode([1, 50257])).toThrow(
      new RangeError("tokenizer: id must be a whole number from 0 to 50256, got 50257"),
    );
    expect(() => gpt2.decode([0.5])).toThrow(RangeError);
    expect(() => gpt2.stream().push(-1)).toThrow(RangeError);
  });
});

const table = ranks.bpe_ranks.split("\n").flatMap((line) => line.split(" ").slice(2));

/** The bytes of tokens, by the package's own table. */
const bytesOf = (ids: readonly number[]) =>
  Buffer.concat(ids.map((id) => (id === 50256 ? Buffer.from("<|endoftext|>") : Buffer.from(table[id]!, "base64"))));

describe("a vocabulary in files", () => {
  /** vocab.json and merges.txt of GPT-2: the last merge of each token is of the two parts that lower ids make of it. */
  function files() {
    const { tokens } = gpt2.toJSON();
    const ids = new Map(tokens.map((token, id) => [token, id]));
    const merges = tokens.slice(256, -1).map((token, i) => {
      const below = (left: string, right: string) => {
        const id = ids.get(left + right);
        return id !== undefined && id < 256 + i ? id : undefined;
      };
      return mergePairs(token, below).join(" ");
    });
    return { vocab: JSON.stringify(Object.fromEntries(ids)), merges: `#version: 0.2\n${merges.join("\n")}\n` };
  }

  test("gives the same tokenizer", () => {
    const { vocab, merges } = files();
    const [first, second] = ["Ġ t", "Ġ a"]; // as merges.txt of GPT-2 begins
    expect(merges.startsWith(`#version: 0.2\n${first}\n${second}\nh e\ni n\n`)).toBe(true);
    const tokenizer = bpeTokenizer({ vocab, merges });
    expect([tokenizer.size, tokenizer.endOfText]).toEqual([50257, 50256]);
    for (const text of texts) expect(tokenizer.encode(text)).toEqual(gpt2.encode(text));
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 30 }), (text) => {
        expect(tokenizer.encode(text)).toEqual(gpt2.encode(text));
      }),
    );
    const copy = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(copy.encode(own)).toEqual(gpt2.encode(own));
    expect(copy.toJSON()).toEqual(tokenizer.toJSON());
  });

  const bytes = Array.from({ length: 256 }, (_, byte) => fromBytes([byte]));
  const vocabOf = (...more: string[]) => Object.fromEntries([...bytes, ...more].map((token, id) => [token, id]));

  test("merges in the order of the file, and only the pairs in it", () => {
    const merges = ["b c", "a b", "ab c"];
    const tokenizer = bpeTokenizer({ vocab: vocabOf("ab", "bc", "abc"), merges });
    const names = (text: string) =>
      Array.from(tokenizer.encode(text), (id) => Object.keys(vocabOf("ab", "bc", "abc"))[id]);
    expect(names("abc")).toEqual(["a", "bc"]); // "abc" is a token, but "a bc" is no merge
    expect(names("ab")).toEqual(["ab"]);
    expect(tokenizer.endOfText).toBeUndefined();
    expect(tokenizer.encode("abc", { special: true })).toEqual(tokenizer.encode("abc"));
  });

  test("takes other special tokens, the longest first", () => {
    const special = ["<|a|>", "<|a|>+"];
    const tokenizer = bpeTokenizer({ vocab: vocabOf(...special), merges: "", special });
    expect([...tokenizer.encode("<|a|><|a|>+", { special: true })]).toEqual([256, 257]);
    expect(tokenizer.decode([257, 256])).toBe("<|a|>+<|a|>");
  });

  test("refusals", () => {
    const refuse = (given: object, error: string | RegExp | Error) =>
      expect(() => bpeTokenizer({ vocab: vocabOf(), merges: "", ...given } as never)).toThrow(error);
    refuse({ vocab: "{" }, /^bpeTokenizer: vocab must be JSON \(/);
    refuse(
      { vocab: "[]" },
      new TypeError("bpeTokenizer: vocab must be an object of tokens and their ids, got an array of 0"),
    );
    refuse({ vocab: undefined }, "got undefined");
    expect(() => bpeTokenizer(undefined as never)).toThrow("bpeTokenizer: vocab must be");
    refuse({ merges: 3 }, new TypeError("bpeTokenizer: merges must be the text of merges.txt, or its lines, got 3"));
    refuse(
      { vocab: { ...vocabOf(), ab: 300 } },
      new RangeError('bpeTokenizer: ids must be the whole numbers from 0 to 256, each once, but "ab" has 300'),
    );
    refuse({ vocab: { ...vocabOf(), ab: 3 } }, 'each once, but "ab" has 3');
    refuse({ vocab: { ...vocabOf(), ab: "3" } }, 'each once, but "ab" has "3"');
    refuse({ vocab: { a: 0 } }, new RangeError('tokenizer: byte 0, "Ā" is not among the 1 tokens'));
    refuse(
      { vocab: vocabOf("a b") },
      new RangeError(
        `tokenizer: token 256, "a b", is not written in GPT-2's characters of bytes; name it in special if it is a special token`,
      ),
    );
    refuse({ special: ["<|x|>"] }, new RangeError('tokenizer: the special token "<|x|>" is not among the 256 tokens'));
    refuse({ merges: "a b\n" }, new RangeError('tokenizer: merge 0, "a b", needs "ab" is not among the 256 tokens'));
    for (const merge of ["ab", "a b c", " b"]) {
      refuse(
        { merges: merge },
        new TypeError(`tokenizer: merge 0 must be two tokens with a space between them, got "${merge}"`),
      );
    }
  });

  test("data are checked", () => {
    const from = (change: object) => () =>
      tokenizerFromJSON({ kind: "byte pairs", tokens: bytes, special: [], ...change } as TokenizerData);
    expect(from({})().size).toBe(256);
    expect(from({ tokens: 1 })).toThrow(new TypeError("tokenizer: tokens must be an array of strings, got 1"));
    expect(from({ special: undefined })).toThrow("tokenizer: special must be an array of strings, got undefined");
    expect(from({ merges: {} })).toThrow("tokenizer: merges must be an array of strings");
    expect(from({ merges: [1] })).toThrow("tokenizer: merge 0 must be two tokens with a space between them, got 1");
    expect(from({ tokens: [...bytes, 7] })).toThrow(new TypeError("tokenizer: token 256 must be a string, got 7"));
    expect(from({ tokens: [...bytes, "a"] })).toThrow(new RangeError('tokenizer: token 256 is "a", which came before'));
  });
});

describe("the alphabet of bytes", () => {
  test("is GPT-2's, and goes both ways", () => {
    expect(fromBytes(new TextEncoder().encode(" a\né"))).toBe("ĠaĊÃ©");
    expect(new Set(fromBytes(Uint8Array.from({ length: 256 }, (_, byte) => byte))).size).toBe(256);
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(toBytes(fromBytes(bytes))).toEqual(bytes)));
    expect(toBytes("a b")).toBeUndefined();
  });
});

test("merging takes the lowest rank first, the leftmost of equals", () => {
  const rank = new Map([["aa", 5], ["ab", 3], ["aab", 9], ["aaaa", 7]]); // prettier-ignore
  const merge = (piece: string) => mergePairs(piece, (left, right) => rank.get(left + right));
  expect(merge("aaa")).toEqual(["aa", "a"]);
  expect(merge("aaab")).toEqual(["aa", "ab"]);
  expect(merge("aaaaa")).toEqual(["aaaa", "a"]);
  expect(merge("aab")).toEqual(["aab"]);
  expect(merge("")).toEqual([]);
  const naive = (piece: string) => {
    const parts = [...piece];
    for (;;) {
      const ranks = parts.slice(1).map((right, i) => rank.get(parts[i]! + right) ?? Infinity);
      const best = Math.min(...ranks);
      if (best === Infinity) return parts;
      parts.splice(ranks.indexOf(best), 2, parts[ranks.indexOf(best)]! + parts[ranks.indexOf(best) + 1]!);
    }
  };
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 }), (piece) => {
      expect(merge(piece)).toEqual(naive(piece));
    }),
  );
});
