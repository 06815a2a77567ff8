// ROC, hit rate and NDCG, against hand-worked values and naive references: all pairs, and all orders of ties.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metrics } from "wasmgrad";

const { hitRate, ndcg, rocAuc, rocCurve } = metrics;
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe("ROC", () => {
  // scikit-learn's example
  const [scores, labels] = [
    [0.1, 0.4, 0.35, 0.8],
    [0, 0, 1, 1],
  ];

  test("curve and area of a hand-worked case", () => {
    const curve = rocCurve(scores, labels);
    expect([...curve.thresholds]).toEqual([Infinity, 0.8, 0.4, 0.35, 0.1]);
    expect([...curve.falsePositiveRate]).toEqual([0, 0, 0.5, 0.5, 1]);
    expect([...curve.truePositiveRate]).toEqual([0, 0.5, 0.5, 1, 1]);
    expect(rocAuc(scores, labels)).toBe(0.75);
  });

  test("equal scores are one point, and worth half", () => {
    const curve = rocCurve([1, 1, 1, 1], [0, 1, 0, 1]);
    expect([...curve.thresholds]).toEqual([Infinity, 1]);
    expect(rocAuc([1, 1, 1, 1], [0, 1, 0, 1])).toBe(0.5);
    expect(rocAuc(Float32Array.of(0, -0), [0, 1])).toBe(0.5);
    expect(rocAuc([-Infinity, Infinity], [0, 1])).toBe(1);
  });

  test("area is the share of pairs in the right order, equal ones half", () => {
    const samples = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat(1)), { maxLength: 20 });
    fc.assert(
      fc.property(samples, (more) => {
        const all = [[1, 0], [0, 1], ...more] as [number, number][]; // both classes
        const positive = all.filter(([, label]) => label === 1);
        const negative = all.filter(([, label]) => label === 0);
        const pairs = positive.flatMap(([p]) => negative.map(([n]) => (p > n ? 1 : p === n ? 0.5 : 0)));
        const [s, l] = [all.map(([score]) => score), all.map(([, label]) => label)];
        expect(rocAuc(s, l)).toBeCloseTo(mean(pairs), 12);
        const { falsePositiveRate: x, truePositiveRate: y } = rocCurve(s, l);
        const area = x.reduce((sum, at, i) => (i === 0 ? 0 : sum + ((at - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2), 0);
        expect(rocAuc(s, l)).toBeCloseTo(area, 12);
      }),
    );
  });

  test("refusals", () => {
    expect(() => rocAuc([1, 2], [1, 1])).toThrow(
      new RangeError("rocAuc: needs labels of both classes, got 2 of class 1 and 0 of class 0"),
    );
    expect(() => rocCurve([1, NaN], [1, 0])).toThrow(
      new RangeError("rocCurve: scores[1] is NaN, which has no place in an order"),
    );
    expect(() => rocAuc([1, 2], [1, 2])).toThrow(new RangeError("rocAuc: labels[1] must be 0 or 1, got 2"));
    expect(() => rocAuc([1], [1, 0])).toThrow("rocAuc: scores and labels must be equally many");
  });
});

/** All orders of the items, from the highest score down. */
function orders(items: number[], scores: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  const best = Math.max(...items.map((item) => scores[item]!));
  return items
    .filter((item) => scores[item] === best)
    .flatMap((first) =>
      orders(
        items.filter((item) => item !== first),
        scores,
      ).map((rest) => [first, ...rest]),
    );
}

const dcg = (gains: readonly number[]) => gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);

describe("recommendations", () => {
  const scores = [0.9, 0.8, 0.1, 0.2, 0.3, 0.4]; // two users, three items
  test("of a hand-worked case", () => {
    // User 0 ranks 0, 1, 2 and likes 1; user 1 ranks 2, 1, 0 and likes 0 and 2.
    const relevance = [0, 1, 0, 1, 0, 1];
    for (const given of [relevance, Uint8Array.from(relevance), [[1], Int32Array.of(0, 2)]]) {
      expect(hitRate(scores, given, { items: 3, k: 1 })).toBe(0.5);
      expect(hitRate(scores, given, { items: 3, k: 2 })).toBe(1);
      expect(hitRate(scores, given, { items: 3 })).toBe(1);
      expect(ndcg(scores, given, { items: 3, k: 1 })).toBe(0.5);
      const second = 1.5 / (1 + 1 / Math.log2(3));
      expect(ndcg(scores, given, { items: 3 })).toBeCloseTo((1 / Math.log2(3) + second) / 2, 14);
    }
    // Gains of more than one degree: scikit-learn's example, at all places.
    expect(ndcg([0.1, 0.2, 0.3, 4, 70], [10, 0, 0, 1, 5], { items: 5 })).toBeCloseTo(0.6956940443813076, 14);
  });

  test("users without a relevant item are left out", () => {
    expect(hitRate(scores, [[], [2]], { items: 3, k: 1 })).toBe(1);
    expect(ndcg(scores, [0, 0, 0, 0, 0, 3], { items: 3, k: 1 })).toBe(1);
  });

  test("an item with a score of -Infinity is never recommended", () => {
    expect(hitRate([1, -Infinity, -Infinity], [[2]], { items: 3 })).toBe(0);
    expect(ndcg([1, -Infinity, -Infinity], [[0, 2]], { items: 3 })).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 14);
  });

  test("equal scores count as the mean over all their orders", () => {
    const users = fc.integer({ min: 1, max: 5 }).chain((items) =>
      fc.record({
        items: fc.constant(items),
        k: fc.integer({ min: 1, max: 6 }),
        scores: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: items, maxLength: items }),
        gains: fc.array(fc.nat(3), { minLength: items, maxLength: items }).filter((gains) => gains.some(Boolean)),
      }),
    );
    fc.assert(
      fc.property(users, ({ items, k, scores, gains }) => {
        const ranked = orders(
          gains.map((_, item) => item),
          scores,
        ).map((order) => order.map((item) => gains[item]!).slice(0, k));
        const most = dcg([...gains].sort((a, b) => b - a).slice(0, k));
        expect(hitRate(scores, gains, { items, k })).toBeCloseTo(mean(ranked.map((g) => Number(g.some(Boolean)))), 12);
        expect(ndcg(scores, gains, { items, k })).toBeCloseTo(mean(ranked.map((g) => dcg(g) / most)), 12);
      }),
    );
  });

  test("refusals", () => {
    expect(() => hitRate(scores, [[0], [1]], {} as never)).toThrow(
      new RangeError("hitRate: options.items must be a whole number of at least 1, got undefined"),
    );
    expect(() => ndcg(scores, [[0], [1]], undefined as never)).toThrow("ndcg: options.items must be");
    expect(() => ndcg(scores, [[0], [1]], { items: 3, k: 0 })).toThrow(
      new RangeError("ndcg: options.k must be a whole number of at least 1, got 0"),
    );
    expect(() => hitRate(scores, [[0], [1]], { items: 4 })).toThrow(
      new RangeError("hitRate: scores must be whole rows of 4 items, got 6 numbers"),
    );
    expect(() => hitRate(scores, [[0]], { items: 3 })).toThrow(
      new RangeError("hitRate: relevance must be a list for each of 2 users, as the scores are, got 1"),
    );
    expect(() => hitRate(scores, [1, 0], { items: 3 })).toThrow(
      new RangeError("hitRate: relevance must be 2 rows of 3 items, as the scores are, got 2"),
    );
    expect(() => hitRate(scores, [[0], [3]], { items: 3 })).toThrow(
      new RangeError("hitRate: relevance[1][0] is 3, but items are 0 to 2"),
    );
    expect(() => hitRate(scores, [[0], 1] as never, { items: 3 })).toThrow("hitRate: relevance[1] must be an array");
    expect(() => ndcg(scores, [0, 0, 0, 0, -1, 0], { items: 3 })).toThrow(
      new RangeError("ndcg: relevance of user 1, item 1 must be a gain of 0 or more, got -1"),
    );
    expect(() => ndcg([0, 0, NaN], [[0]], { items: 3 })).toThrow(
      new RangeError("ndcg: the score of user 0, item 2 is NaN"),
    );
    expect(() => hitRate(scores, [[], []], { items: 3 })).toThrow(
      new RangeError("hitRate: no user has a relevant item, so there is nothing to find"),
    );
  });
});
