// Figures of classifiers, against hand-worked values and a naive count.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classMetrics, metrics } from "wasmgrad";

const { aboveThreshold, accuracy, confusionMatrix, topKAccuracy } = metrics;

describe("accuracy", () => {
  test("by class indices, and by the largest of a row, the first of equals", () => {
    expect(accuracy([0, 1, 2, 1], [0, 1, 1, 1])).toBe(0.75);
    expect(accuracy([0.1, 0.9, 0.8, 0.2, 0.5, 0.5], [1, 0, 0])).toBe(1);
    expect(accuracy([0.5, 0.5], [1])).toBe(0);
  });

  test("of scores and a threshold", () => {
    const scores = Float32Array.of(0.2, 0.5, 0.7, NaN);
    expect(aboveThreshold(scores)).toEqual(Int32Array.of(0, 1, 1, 0));
    expect(aboveThreshold([-1, 0, 1], 0)).toEqual(Int32Array.of(0, 1, 1));
    expect(accuracy(aboveThreshold(scores), [0, 1, 0, 0])).toBe(0.75);
  });

  test("leaves out ignored labels", () => {
    expect(accuracy([0, 1, 1], [0, -100, 0])).toBe(0.5);
    expect(accuracy([0.9, 0.1, 0.9, 0.1], [7, 0], { ignoreIndex: 7 })).toBe(1);
    expect(() => accuracy([0, 1], [-100, -100])).toThrow(
      new RangeError("accuracy: all 2 labels are -100, which is ignored"),
    );
  });
});

describe("topKAccuracy", () => {
  const rows = [0.1, 0.4, 0.3, 0.2, 0.4, 0.3, 0.2, 0.1];
  test("counts a class among the k largest", () => {
    expect(topKAccuracy(rows, [2, 3], 1)).toBe(0);
    expect(topKAccuracy(rows, [2, 3], 2)).toBe(0.5);
    expect(topKAccuracy(rows, [2, 3], 3)).toBe(0.5);
    expect(topKAccuracy(rows, [2, 3], 4)).toBe(1);
  });

  test("takes the lower index of equals, and NaN for nothing", () => {
    expect([0, 1, 2].map((label) => topKAccuracy([1, 1, 1], [label], 2))).toEqual([1, 1, 0]);
    expect(topKAccuracy([1, NaN, 0], [1], 3)).toBe(0);
  });

  test("is the share of labels among the first k of a stable sort, and accuracy for k = 1", () => {
    const samples = fc.integer({ min: 1, max: 6 }).chain((classes) =>
      fc.record({
        k: fc.integer({ min: 1, max: classes + 1 }),
        samples: fc.array(
          fc.record({
            row: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: classes + 1, maxLength: classes + 1 }),
            label: fc.nat(classes),
          }),
          { minLength: 1, maxLength: 8 },
        ),
      }),
    );
    fc.assert(
      fc.property(samples, ({ k, samples }) => {
        const predictions = samples.flatMap(({ row }) => row);
        const labels = samples.map(({ label }) => label);
        const ranked = samples.map(({ row }) => row.map((_, c) => c).sort((a, b) => row[b]! - row[a]!));
        const share = (k: number) =>
          ranked.filter((order, i) => order.slice(0, k).includes(labels[i]!)).length / labels.length;
        expect(topKAccuracy(predictions, labels, k)).toBe(share(k));
        expect(accuracy(predictions, labels)).toBe(share(1));
      }),
    );
  });

  test("refusals", () => {
    expect(() => topKAccuracy([1, 0], [1, 0])).toThrow(
      new RangeError("topKAccuracy: predictions must be scores of each class, got one number a sample"),
    );
    expect(() => topKAccuracy([1, 0, 0], [1])).toThrow(
      new RangeError("topKAccuracy: k must be a whole number from 1 to 3, the classes, got 5"),
    );
    expect(() => topKAccuracy([1, 0, 0], [1], 1.5)).toThrow("got 1.5");
    expect(() => topKAccuracy([1, 0, 0], [3], 1)).toThrow(
      new RangeError("topKAccuracy: labels[0] is 3, but the predictions have classes 0 to 2"),
    );
    expect(() => topKAccuracy([1, 0, 0], [0, 1], 1)).toThrow(
      new RangeError(
        "topKAccuracy: predictions must be one number, or one for each class, for each label; got 3 numbers for 2 labels",
      ),
    );
    expect(() => accuracy([], [])).toThrow("got no numbers for no labels");
    expect(() => accuracy(3 as never, [1])).toThrow(
      new TypeError("accuracy: predictions must be an array or a typed array of numbers, got 3"),
    );
    expect(() => accuracy([1], null as never)).toThrow("accuracy: labels must be an array");
  });
});

describe("classMetrics", () => {
  // truth 0: 2 right, 1 taken for 1;  truth 1: 1 right;  truth 2: taken for 0
  const predictions = [0, 0, 1, 1, 0];
  const labels = [0, 0, 0, 1, 2];

  test("of a hand-worked case", () => {
    const { confusion, perClass, macro, weighted, micro, accuracy } = classMetrics(predictions, labels);
    expect(confusion).toEqual([[2, 1, 0], [0, 1, 0], [1, 0, 0]]); // prettier-ignore
    expect(perClass).toEqual([
      { precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 },
      { precision: 1 / 2, recall: 1, f1: 2 / 3, support: 1 },
      { precision: 0, recall: 0, f1: 0, support: 1 },
    ]);
    expect(macro.precision).toBeCloseTo((2 / 3 + 1 / 2) / 3, 15);
    expect(macro.recall).toBeCloseTo((2 / 3 + 1) / 3, 15);
    expect(macro.f1).toBeCloseTo(4 / 9, 15);
    expect(weighted.precision).toBeCloseTo((3 * (2 / 3) + 1 / 2) / 5, 15);
    expect(weighted.recall).toBeCloseTo(3 / 5, 15);
    expect(weighted.f1).toBeCloseTo((4 * (2 / 3)) / 5, 15);
    expect(micro).toEqual({ precision: 0.6, recall: 0.6, f1: 0.6 });
    expect(accuracy).toBe(0.6);
  });

  test("micro averages are those of pooled counts, and weighted recall is the accuracy", () => {
    const pairs = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(pairs, (pairs) => {
        const truth = pairs.map(([label]) => label);
        const { micro, weighted, confusion, accuracy } = classMetrics(
          pairs.map(([, prediction]) => prediction),
          truth,
          4,
        );
        const [rows, columns] = [confusion, confusion[0]!.map((_, c) => confusion.map((row) => row[c]!))];
        const sum = (lines: readonly (readonly number[])[]) => lines.flat().reduce((a, b) => a + b, 0);
        const right = confusion.reduce((total, row, c) => total + row[c]!, 0);
        expect(micro.precision).toBe(right / sum(columns));
        expect(micro.recall).toBe(right / sum(rows));
        expect(weighted.recall).toBeCloseTo(accuracy, 12);
      }),
    );
  });

  test("refusals", () => {
    expect(() => confusionMatrix([0, 1, 2], [0, 1])).toThrow("3 predictions do not go with 2 labels");
    expect(() => confusionMatrix([], [])).toThrow(RangeError);
    expect(() => confusionMatrix([0, 3], [0, 1], 2)).toThrow(
      new RangeError("confusionMatrix: sample 1 has label 1 and prediction 3, but there are classes 0 to 1"),
    );
    expect(() => confusionMatrix([0, 1], [0, -1])).toThrow("sample 1 has label -1");
  });
});
