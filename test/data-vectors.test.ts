// One-hot vectors and bags of words.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bagOfWords, inverseDocumentFrequency, oneHot, splitWords, vocabulary } from "../src/data/index.js";

describe("oneHot", () => {
  test("the words of a text", () => {
    const words = splitWords("How does neural network works?");
    const v = vocabulary(words);
    const identity = Array.from({ length: 25 }, (_, i) => (i % 6 === 0 ? 1 : 0));
    expect([...oneHot(v.encode(words), v.size)]).toEqual(identity);
  });

  test("each row has one 1, at its id", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9)), (ids) => {
        const vectors = oneHot(ids, 10);
        expect(vectors).toHaveLength(10 * ids.length);
        expect(vectors.reduce((sum, value) => sum + value, 0)).toBe(ids.length);
        ids.forEach((id, row) => expect(vectors[10 * row + id]).toBe(1));
      }),
    );
  });

  test("refusals", () => {
    expect(() => oneHot([0, 10], 10)).toThrow(
      new RangeError("oneHot: ids: element 1 must be a whole number from 0 to 9, got 10"),
    );
    for (const id of [-1, 0.5, NaN]) expect(() => oneHot([id], 10)).toThrow(RangeError);
    expect(() => oneHot(["1"] as unknown as number[], 10)).toThrow(RangeError);
    expect(() => oneHot([0], 0)).toThrow("oneHot: classes must be a whole number from 1");
    expect(() => oneHot(new Uint8Array(100000), 100000)).toThrow("oneHot: 100000 x 100000 values are more than");
    expect(() => oneHot(3 as unknown as number[], 10)).toThrow(TypeError);
  });
});

describe("bagOfWords", () => {
  const sequences = [[0, 2, 2], Uint8Array.of(1, 2), []];

  test("counts, or says what is there", () => {
    expect([...bagOfWords(sequences, 4)]).toEqual([1, 0, 2, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect([...bagOfWords(sequences, 4, { mode: "binary" })]).toEqual([1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
  });

  test("tfidf weighs by rarity: ln((1 + n) / (1 + df)) + 1", () => {
    const idf = [Math.log(4 / 2) + 1, Math.log(4 / 2) + 1, Math.log(4 / 3) + 1, Math.log(4 / 1) + 1];
    inverseDocumentFrequency(sequences, 4).forEach((weight, id) => expect(weight).toBeCloseTo(idf[id]!, 14));
    const bags = bagOfWords(sequences, 4, { mode: "tfidf" });
    [idf[0]!, 0, 2 * idf[2]!, 0, 0, idf[1]!, idf[2]!, 0].forEach((value, at) =>
      expect(bags[at]).toBe(Math.fround(value)),
    );
  });

  test("the weights of a training set serve another set", () => {
    const idf = inverseDocumentFrequency(sequences, 4);
    expect([...bagOfWords([[3]], 4, { mode: "tfidf", idf })]).toEqual([0, 0, 0, Math.fround(idf[3]!)]);
  });

  test("the logarithm is right to the last places", () => {
    const size = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(size, (n) => {
        const [weight] = inverseDocumentFrequency(new Array<number[]>(n).fill([]), 1);
        expect(Math.abs(weight! - 1 - Math.log(1 + n))).toBeLessThanOrEqual(4e-16 * Math.log(1 + n) + 4e-16);
      }),
    );
  });

  test("refusals", () => {
    expect(() => bagOfWords([[0], [4]], 4)).toThrow(
      "bagOfWords: sequences[1]: element 0 must be a whole number from 0 to 3",
    );
    expect(() => bagOfWords([], 0)).toThrow(RangeError);
    expect(() => bagOfWords([[0]], 4, { mode: "idf" as "tfidf" })).toThrow(TypeError);
    expect(() => bagOfWords([[0]], 4, { mode: "tfidf", idf: [1] })).toThrow(
      "idf must have 4 values, one a word, got 1",
    );
    expect(() => bagOfWords([0] as unknown as number[][], 4)).toThrow(TypeError);
    expect(() => inverseDocumentFrequency([[9]], 4)).toThrow(RangeError);
  });
});
