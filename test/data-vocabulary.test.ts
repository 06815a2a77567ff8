// Words to indices and back.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { characters, splitWords, Vocabulary, vocabulary } from "../src/data/index.js";

const special = { unknown: "<unk>", padding: "<pad>" };

describe("the order of the indices", () => {
  test("How does neural network works?: all words, each with an index", () => {
    const words = splitWords("How does neural network works?");
    const v = vocabulary(words);
    expect(v.words).toEqual(["how", "does", "neural", "network", "works"]);
    expect(v.encode(words)).toEqual(Int32Array.of(0, 1, 2, 3, 4));
    expect(v.decode(v.encode(words))).toEqual(words);
  });

  test("is by frequency, then by first appearance, after padding and unknown", () => {
    const v = vocabulary(["b", "a", "c", "a", "d", "c"], special);
    expect(v.words).toEqual(["<pad>", "<unk>", "a", "c", "b", "d"]);
    expect([v.size, v.indexOf("<pad>"), v.indexOf("<unk>"), v.indexOf("zebra"), v.has("zebra")]).toEqual([
      6,
      0,
      1,
      1,
      false,
    ]);
  });

  test("is the same from one array of words, or from an array of such arrays, or from generators", () => {
    const texts = [["a", "b"], ["b"], []];
    const expected = vocabulary(texts.flat()).words;
    expect(vocabulary(texts).words).toEqual(expected);
    const lazily = function* () {
      for (const text of texts) yield text.values();
    };
    expect(vocabulary(lazily()).words).toEqual(expected);
  });
});

describe("the most frequent only", () => {
  const words = splitWords("to be or not to be that is the question the the");

  test("size counts padding and unknown", () => {
    expect(vocabulary(words, { ...special, size: 5 }).words).toEqual(["<pad>", "<unk>", "the", "to", "be"]);
    expect(vocabulary(words, { size: 2 }).words).toEqual(["the", "to"]);
  });

  test("minCount leaves out what is rarer", () => {
    expect(vocabulary(words, { minCount: 2 }).words).toEqual(["the", "to", "be"]);
  });

  test("words left out become unknown", () => {
    const v = vocabulary(words, { ...special, size: 5 });
    expect(v.decode(v.encode(["the", "question", "be"]))).toEqual(["the", "<unk>", "be"]);
  });
});

test("encode and decode undo each other, and JSON changes nothing", () => {
  const word = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("constructor", "__proto__", "toString", "<unk>"),
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.boolean(), (words, withSpecial) => {
      fc.pre(!withSpecial || words.some((one) => one !== "<unk>"));
      const v = vocabulary(words, withSpecial ? special : {});
      expect(v.decode(v.encode(words))).toEqual(words);
      const again = Vocabulary.fromJSON(JSON.parse(JSON.stringify(v)));
      expect(again.words).toEqual(v.words);
      expect([again.unknown, again.padding]).toEqual([v.unknown, v.padding]);
      expect(again.encode(words)).toEqual(v.encode(words));
    }),
  );
});

test("words are characters, if those are given", () => {
  const v = vocabulary(characters("hello"));
  expect(v.decode(v.encode("lol".split(""))).join("")).toBe("lol");
});

describe("refusals", () => {
  const v = vocabulary(["a", "b"]);

  test("unknown words, where nothing stands for them", () => {
    expect(() => v.encode(["a", "zebra"])).toThrow(
      new RangeError(
        'Vocabulary: "zebra" is not one of the 2 entries; to take it all the same, build with { unknown: "<unk>" }',
      ),
    );
    expect(() => v.indexOf("constructor")).toThrow(RangeError);
  });

  test("indices that are not there", () => {
    for (const index of [2, -1, 0.5, NaN]) expect(() => v.decode([index])).toThrow(RangeError);
  });

  test("a text that was not split, and tokens that are none", () => {
    expect(() => vocabulary("a text")).toThrow(/^vocabulary: tokens must be an array of strings.*split the text first/);
    expect(() => v.encode("a text")).toThrow(TypeError);
    expect(() => vocabulary([1] as unknown as string[])).toThrow("vocabulary: a token must be a string, got 1");
    expect(() => vocabulary([[["a"]]] as unknown as string[][])).toThrow(TypeError);
    expect(() => v.encode([1] as unknown as string[])).toThrow(TypeError);
  });

  test("nothing left, and sizes that cannot be", () => {
    expect(() => vocabulary([])).toThrow("vocabulary: no word is left: no tokens came");
    expect(() => vocabulary(["a"], { minCount: 2 })).toThrow("none of 1 words came 2 times");
    expect(() => vocabulary(["a"], { ...special, size: 2 })).toThrow("vocabulary: size must be a whole number from 3");
    expect(() => vocabulary(["a"], { minCount: 0 })).toThrow(RangeError);
    expect(() => vocabulary(["a"], { unknown: "?", padding: "?" })).toThrow(RangeError);
  });

  test("data that is no vocabulary", () => {
    for (const data of [null, 7, {}, { words: "abc" }, { words: [1] }]) {
      expect(() => Vocabulary.fromJSON(data)).toThrow(TypeError);
    }
    expect(() => Vocabulary.fromJSON({ words: ["a", "a"] })).toThrow('words[1] is "a", which came before');
    expect(() => Vocabulary.fromJSON({ words: ["a"], unknown: "b" })).toThrow('unknown is "b", which is not in words');
    expect(() => Vocabulary.fromJSON({ words: ["a"], padding: 1 })).toThrow("padding must be a string, got 1");
  });
});
