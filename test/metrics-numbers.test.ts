// Errors, R² and perplexity, against hand-worked values and their definitions.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metrics } from "wasmgrad";

const { mae, mse, perplexity, r2 } = metrics;

test("mean squared and absolute error", () => {
  expect(mse([1, 2, 3], [1, 4, 0])).toBe(13 / 3);
  expect(mae(Float32Array.of(1, 2, 3), [1, 4, 0])).toBe(5 / 3);
  expect(() => mse([1], [1, 2])).toThrow(
    new RangeError("mse: predictions and targets must be equally many, and at least one; got 1 and 2"),
  );
  expect(() => mae([], [])).toThrow("got 0 and 0");
  expect(() => mae([1], "1" as never)).toThrow(
    new TypeError('mae: targets must be an array or a typed array of numbers, got "1"'),
  );
});

describe("r2", () => {
  test("of hand-worked cases", () => {
    // scikit-learn's example: 1 - 1.5 / 29.1875
    expect(r2([2.5, 0, 2, 8], [3, -0.5, 2, 7])).toBeCloseTo(0.9486081370449679, 15);
    expect(r2([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(r2([2, 2, 2], [1, 2, 3])).toBe(0);
    expect(r2([3, 2, 1], [1, 2, 3])).toBe(-3);
  });

  test("of targets that are all the same", () => {
    expect(r2([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])).toBe(1);
    expect(r2([0.1, 0.2, 0.1], [0.1, 0.1, 0.1])).toBe(0);
  });

  test("of several outputs is the mean over them", () => {
    // scikit-learn's example, uniform_average
    const [targets, predictions] = [
      [0.5, 1, -1, 1, 7, -6],
      [0, 2, -1, 2, 8, -5],
    ];
    expect(r2(predictions, targets, { outputs: 2 })).toBeCloseTo((0.9654377880184332 + 0.9081632653061225) / 2, 14);
  });

  test("refusals", () => {
    expect(() => r2([1], [1])).toThrow(
      new RangeError("r2: targets must be two or more samples of 1 numbers, got 1 numbers in all"),
    );
    expect(() => r2([1, 2, 3], [1, 2, 3], { outputs: 2 })).toThrow("samples of 2 numbers, got 3");
    expect(() => r2([1, 2], [1, 2], { outputs: 0 })).toThrow("r2: outputs must be a whole number of at least 1, got 0");
    expect(() => r2([1, 2], [1])).toThrow("got 2 and 1");
  });
});

describe("perplexity", () => {
  test("of a fair guess among m is m, of certainty 1", () => {
    expect(perplexity(new Float32Array(50), [3, 4, 1, 0, 9])).toBeCloseTo(10, 12);
    expect(perplexity([1000, 0, 0, 1000], [0, 1])).toBe(1);
    expect(perplexity([-Infinity, 0], [0])).toBe(Infinity);
  });

  test("is e to the mean cross-entropy, of logits and of their log-probabilities", () => {
    const cases = fc.array(
      fc.tuple(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 3, maxLength: 3 }), fc.nat(2)),
      {
        minLength: 1,
        maxLength: 9,
      },
    );
    fc.assert(
      fc.property(cases, (cases) => {
        const labels = cases.map(([, label]) => label);
        const logProbabilities = cases.flatMap(([row]) => {
          const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
          return row.map((logit) => logit - Math.log(sum));
        });
        const mean = labels.reduce((sum, label, i) => sum + logProbabilities[3 * i + label]!, 0) / labels.length;
        const expected = Math.exp(-mean);
        const logits = cases.flatMap(([row]) => row);
        expect(perplexity(logits, labels) / expected).toBeCloseTo(1, 10);
        expect(perplexity(logProbabilities, labels) / expected).toBeCloseTo(1, 10);
      }),
    );
  });

  test("leaves out ignored labels", () => {
    expect(perplexity([0, 0, 5, -5], [0, -100])).toBeCloseTo(2, 14);
    expect(perplexity([0, 0, 5, -5], [0, 9], { ignoreIndex: 9 })).toBeCloseTo(2, 14);
  });

  test("refusals", () => {
    expect(() => perplexity([0, 0], [2])).toThrow(
      new RangeError("perplexity: labels[0] is 2, but the logits have classes 0 to 1"),
    );
    expect(() => perplexity([0, 0], [-100])).toThrow("perplexity: all 1 labels are -100, which is ignored");
    expect(() => perplexity([0, 0, 0], [0, 1])).toThrow("got 3 numbers for 2 labels");
  });
});
