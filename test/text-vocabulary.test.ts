// Tokenizers by characters and by words.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { charTokenizer, tokenizerFromJSON, wordTokenizer, type Tokenizer } from "wasmgrad/text";

const again = (tokenizer: Tokenizer) => tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));

describe("charTokenizer", () => {
  test("gives characters ids in the order of their code points", () => {
    const tokenizer = charTokenizer("hello 😀é\n");
    expect(tokenizer.size).toBe(8);
    expect(tokenizer.decode([0, 1, 2, 3, 4, 5, 6, 7])).toBe("\n ehloé😀");
    expect(tokenizer.encode("hole")).toEqual(Int32Array.of(3, 5, 4, 2));
    expect(charTokenizer("\né😀 olleh").toJSON()).toEqual(tokenizer.toJSON());
  });

  test("decodes what it encodes, whole and as a stream, from JSON too", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "B", "é", "e\u0301", "\n", " ", "😀", "世", "\ud800"), minLength: 1 }),
        (text) => {
          for (const tokenizer of [charTokenizer(text), again(charTokenizer(text))]) {
            const ids = tokenizer.encode(text);
            expect(tokenizer.decode(ids)).toBe(text);
            const stream = tokenizer.stream();
            expect(Array.from(ids, stream.push).join("") + stream.end()).toBe(text);
          }
        },
      ),
    );
  });

  test("refuses other characters, or has one that stands for them", () => {
    expect(() => charTokenizer("abc").encode("abd")).toThrow('Vocabulary: "d" is not one of the 3 entries');
    const tokenizer = charTokenizer("abc", { unknown: "�" });
    expect(tokenizer.encode("abd")).toEqual(Int32Array.of(1, 2, 0));
    expect(tokenizer.decode([0, 3])).toBe("�c");
    expect(again(tokenizer).encode("xa")).toEqual(Int32Array.of(0, 1));
    expect(charTokenizer("a�", { unknown: "�" }).size).toBe(2);
  });

  test("refusals", () => {
    expect(() => charTokenizer("")).toThrow(
      new RangeError("charTokenizer: text must have at least one character, got none"),
    );
    expect(() => charTokenizer(3 as never)).toThrow(TypeError);
    expect(() => charTokenizer("ab").decode([2])).toThrow(RangeError);
    expect(() => charTokenizer("ab").stream().push(2)).toThrow(RangeError);
  });
});

describe("wordTokenizer", () => {
  const text = "How does a neural network work? A network works, and a network learns.";

  test("gives the most frequent words the lowest ids, after the unknown one", () => {
    const tokenizer = wordTokenizer(text);
    expect(tokenizer.decode([0, 1, 2, 3])).toBe("<unk> a network how");
    expect(tokenizer.decode(tokenizer.encode("Does the network learn?"))).toBe("does <unk> network <unk>");
    expect(wordTokenizer(text, { size: 3 }).size).toBe(3);
    expect(wordTokenizer(text, { minCount: 3, unknown: "?" }).decode([0, 1, 2])).toBe("? a network");
    expect(wordTokenizer(text, { lowerCase: false }).decode(wordTokenizer(text, { lowerCase: false }).encode("A a"))).toBe("A a"); // prettier-ignore
  });

  test("streams words with a space between, and comes back from JSON", () => {
    for (const options of [{}, { lowerCase: false }]) {
      const tokenizer = wordTokenizer(text, options);
      const ids = tokenizer.encode(text);
      const stream = tokenizer.stream();
      expect(Array.from(ids, stream.push).join("") + stream.end()).toBe(tokenizer.decode(ids));
      expect(again(tokenizer).encode(text)).toEqual(ids);
      expect(again(tokenizer).toJSON()).toEqual(tokenizer.toJSON());
    }
  });

  test("refusals", () => {
    expect(() => wordTokenizer("?!")).toThrow("vocabulary: no word is left: no tokens came");
    expect(() => wordTokenizer(text, { size: 1 })).toThrow(RangeError);
    expect(() => wordTokenizer(null as never)).toThrow(TypeError);
  });
});

test("tokenizerFromJSON refuses what is none", () => {
  expect(() => tokenizerFromJSON(null)).toThrow(
    new TypeError("tokenizerFromJSON: data must be what a tokenizer's toJSON gives, got null"),
  );
  expect(() => tokenizerFromJSON({ kind: "letters" })).toThrow(TypeError);
  expect(() => tokenizerFromJSON({ kind: "words", tokens: "a" })).toThrow(
    new TypeError('tokenizer: tokens must be an array of strings, got "a"'),
  );
  expect(() => tokenizerFromJSON({ kind: "characters", tokens: ["a", "a"] })).toThrow(RangeError);
});
