// Text to words, sentences and characters.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { characters, splitSentences, splitWords } from "../src/data/index.js";

const anyText = fc.string({ unit: "binary", maxLength: 200 });

describe("splitWords", () => {
  test("How does neural network works?", () => {
    expect(splitWords("How does neural network works?")).toEqual(["how", "does", "neural", "network", "works"]);
  });

  test.each([
    ["", []],
    [" \n\t?!…—", []],
    ["Don't stop; the dogs' 'quoted' rock'n'roll", ["don't", "stop", "the", "dogs", "quoted", "rock'n'roll"]],
    ["don’t", ["don't"]],
    ["GPT-2 has 1,024 tokens", ["gpt", "2", "has", "1", "024", "tokens"]],
    ["Ärger über Straße, ÉCOLE", ["ärger", "über", "straße", "école"]],
    ["e\u0301cole", ["école"]],
    ["как работает нейронная сеть?", ["как", "работает", "нейронная", "сеть"]],
    ["हिन्दी भाषा", ["हिन्दी", "भाषा"]],
    ["می‌خواهم برم", ["می‌خواهم", "برم"]],
    ["I ❤️ 𝒳 👩‍🚀", ["i", "𝒳"]],
    ["constructor __proto__", ["constructor", "proto"]],
  ])("%j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  test("keeps capitals if asked", () => {
    expect(splitWords("How Does", { lowerCase: false })).toEqual(["How", "Does"]);
  });

  test("words are words: splitting them again changes nothing", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const words = splitWords(text, { lowerCase: false });
        expect(splitWords(words.join(" "), { lowerCase: false })).toEqual(words);
        for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}]/u);
      }),
    );
  });

  test("long words and long runs of marks take no more than linear time", { timeout: 5000 }, () => {
    expect(splitWords("a".repeat(1e6))).toHaveLength(1);
    expect(splitWords("𝒳".repeat(1e6))).toHaveLength(1);
    expect(splitWords("a'".repeat(5e5))).toHaveLength(1);
    expect(splitWords("'".repeat(1e6))).toHaveLength(0);
    for (const part of ["!", '!"', "\n", " ", "\n ", ". ", ".a", "a. "]) splitSentences(`x${part.repeat(3e5)}a`);
  });
});

describe("splitSentences", () => {
  test.each([
    ["", []],
    ["How does it work? It adds. Then it multiplies!", ["How does it work?", "It adds.", "Then it multiplies!"]],
    ["No mark at the end", ["No mark at the end"]],
    ["It is 3.14 wide, i.e. this wide. Yes.", ["It is 3.14 wide, i.e. this wide.", "Yes."]],
    ['He said "Stop!" and left. "Why?" "So."', ['He said "Stop!" and left.', '"Why?"', '"So."']],
    ["Wait... What?! Yes (indeed.) Good", ["Wait...", "What?!", "Yes (indeed.)", "Good"]],
    ["A title\n\nA paragraph\nof two lines.\r\n\r\nThe end", ["A title", "A paragraph\nof two lines.", "The end"]],
    ["这是什么？这是一句话。好", ["这是什么？", "这是一句话。", "好"]],
  ])("%j", (text, sentences) => {
    expect(splitSentences(text)).toEqual(sentences);
  });

  test("loses nothing but white space", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "B", ".", "!", "。", '"', " ", "\n"), maxLength: 60 });
    fc.assert(
      fc.property(text, (given) => {
        const sentences = splitSentences(given);
        expect(sentences.join("").replaceAll(/\s/g, "")).toBe(given.replaceAll(/\s/g, ""));
        expect(sentences).not.toContain("");
      }),
    );
  });
});

describe("characters", () => {
  test("are code points, and nothing is lost", () => {
    expect(characters("aé😀\n")).toEqual(["a", "é", "😀", "\n"]);
    fc.assert(fc.property(anyText, (text) => void expect(characters(text).join("")).toBe(text)));
  });
});

test("what is no text is refused", () => {
  for (const split of [splitWords, splitSentences, characters]) {
    expect(() => split(null as unknown as string)).toThrow(
      new TypeError(`${split.name}: text must be a string, got null`),
    );
  }
});
