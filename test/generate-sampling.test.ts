// From logits to a token: shares, choices and penalties.

import { describe, expect, test } from "vitest";
import { Random } from "../src/data/index.js";
import { nextToken, samplingDefaults, type SamplingOptions } from "../src/models/sampling.js";

const DRAWS = 20_000;

/** How often each token is drawn. */
function shares(logits: readonly number[], options: SamplingOptions, text: readonly number[] = []): number[] {
  const counts = logits.map(() => 0);
  const resolved = { ...samplingDefaults, ...options };
  const random = new Random(1);
  for (let i = 0; i < DRAWS; i++) counts[nextToken(Float32Array.from(logits), new Set(text), resolved, random)]!++;
  return counts.map((count) => count / DRAWS);
}

const softmax = (logits: readonly number[]) => {
  const weights = logits.map(Math.exp);
  return weights.map((weight) => weight / weights.reduce((sum, other) => sum + other, 0));
};

function expectShares(found: readonly number[], expected: readonly number[]): void {
  found.forEach((share, i) => {
    // Four standard deviations; what cannot be drawn never is.
    if (expected[i] === 0) expect(share).toBe(0);
    else
      expect(Math.abs(share - expected[i]!)).toBeLessThan(
        4 * Math.sqrt((expected[i]! * (1 - expected[i]!)) / DRAWS) + 1e-9,
      );
  });
}

const logits = [1, -0.5, 2, 0, 1.5];

test("tokens are drawn as often as the softmax of their logits says", () =>
  expectShares(shares(logits, {}), softmax(logits)));

test.each([0.5, 2])("temperature %d divides the logits", (temperature) =>
  expectShares(shares(logits, { temperature }), softmax(logits.map((logit) => logit / temperature))),
);

test("temperature 0 takes the largest, the first of equals", () => {
  expect(shares([0, 3, 3, 1], { temperature: 0 })).toEqual([0, 1, 0, 0]);
});

test("topK leaves the largest, of equals the first", () => {
  const kept = softmax([2, 1.5]);
  expectShares(shares(logits, { topK: 2 }), [0, 0, kept[0]!, 0, kept[1]!]);
  expectShares(shares([1, 1, 1, 1], { topK: 2 }), [0.5, 0.5, 0, 0]);
  expectShares(shares(logits, { topK: 99 }), softmax(logits));
});

test("topP leaves the fewest that reach it", () => {
  // 0.4, 0.3, 0.2, 0.1
  const known = [0.1, 0.4, 0.2, 0.3].map(Math.log);
  expectShares(shares(known, { topP: 0.39 }), [0, 1, 0, 0]);
  expectShares(shares(known, { topP: 0.65 }), [0, 4 / 7, 0, 3 / 7]);
  expectShares(shares(known, { topP: 0.71 }), [0, 4 / 9, 2 / 9, 3 / 9]);
  expectShares(shares(known, { topP: 1 }), [0.1, 0.4, 0.2, 0.3]);
  // Of what topK leaves.
  expectShares(shares(known, { topK: 2, topP: 0.5 }), [0, 1, 0, 0]);
});

test("the penalty divides positive logits of the text and multiplies negative ones", () => {
  expectShares(shares(logits, { repetitionPenalty: 2 }, [1, 2]), softmax([1, -1, 1, 0, 1.5]));
  expectShares(shares(logits, { repetitionPenalty: 0.5 }, [2]), softmax([1, -0.5, 4, 0, 1.5]));
});

describe("logits that are no numbers", () => {
  test("NaN and -Infinity are never drawn", () => {
    expectShares(shares([NaN, 0, -Infinity, 0], {}), [0, 0.5, 0, 0.5]);
    expectShares(shares([NaN, 0, -Infinity, 0], { topP: 0.99 }), [0, 0.5, 0, 0.5]);
    expectShares(shares([NaN, 0, -Infinity, 1], { topK: 1 }), [0, 0, 0, 1]);
  });

  test("infinite ones are certain, the first of several", () => {
    for (const topP of [1, 0.5]) expect(shares([0, Infinity, Infinity], { topP })).toEqual([0, 1, 0]);
  });

  test("nothing but NaN is an error", () => expect(() => shares([NaN, NaN], {})).toThrow("no number for any token"));
});

test("many tokens: the draw is exact over a vocabulary like GPT-2's", () => {
  const many = Float32Array.from({ length: 50_257 }, (_, id) => (id === 31_337 ? 12 : Math.sin(id)));
  const resolved = { ...samplingDefaults, topP: 0.5 };
  const random = new Random(3);
  for (let i = 0; i < 20; i++) expect(nextToken(many.slice(), new Set(), resolved, random)).toBe(31_337);
});
