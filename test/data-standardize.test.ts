// Features on one scale, and back.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minMax, Scaler, standardize } from "../src/data/index.js";

const x = Float32Array.of(1, 10, 7, 2, 20, 7, 3, 60, 7);

const table = fc.integer({ min: 1, max: 4 }).chain((features) =>
  fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 12 }).map((row) => ({
    features,
    x: Float32Array.from({ length: features * row.length }, (_, i) => row[i % row.length]! / 8),
  })),
);

describe("standardize", () => {
  test("subtracts the mean, divides by the deviation of the population", () => {
    const scaler = standardize(x, 3);
    expect([...scaler.offset]).toEqual([2, 30, 7].map((value) => expect.closeTo(value, 12)));
    expect([...scaler.scale]).toEqual(
      [Math.sqrt(2 / 3), Math.sqrt(1400 / 3), 1].map((value) => expect.closeTo(value, 12)),
    );
  });

  test("gives every feature mean 0 and deviation 1, or zeros if it never varies", () => {
    fc.assert(
      fc.property(table, ({ x: given, features }) => {
        const y = standardize(given, features).apply(given);
        for (let i = 0; i < features; i++) {
          const column = y.filter((_, at) => at % features === i);
          const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
          const variance = column.reduce((sum, value) => sum + value * value, 0) / column.length;
          expect(mean).toBeCloseTo(0, 4);
          expect(variance).toBeCloseTo(column.every((value) => value === 0) ? 0 : 1, 4);
        }
      }),
    );
  });

  test("a constant feature becomes exactly 0, however its mean is rounded", () => {
    const constant = new Float64Array(1003).fill(0.1);
    expect(
      standardize(constant, 1)
        .apply(constant)
        .every((value) => value === 0),
    ).toBe(true);
  });
});

describe("minMax", () => {
  test("maps least and greatest to 0 and 1, or to low and high", () => {
    expect([...minMax(x, 3).apply(x)]).toEqual([0, 0, 0, 0.5, Math.fround(0.2), 0, 1, 1, 0]);
    expect([...minMax(x, 3, { low: -1, high: 1 }).apply(x)]).toEqual([-1, -1, -1, 0, Math.fround(-0.6), -1, 1, 1, -1]);
  });
});

describe("every scaler", () => {
  test.each([
    ["standardize", standardize],
    ["minMax", minMax],
  ] as const)("%s is undone by invert, before and after JSON", (_, fit) => {
    // prettier-ignore
    fc.assert(
      fc.property(table, ({ x: given, features }) => {
        const scaler = fit(given, features);
        const again = Scaler.fromJSON(JSON.parse(JSON.stringify(scaler)));
        expect(again).toEqual(scaler);
        again.invert(scaler.apply(given)).forEach((value, at) => expect(value).toBeCloseTo(given[at]!, 3));
      }),
    );
  });

  test("applies to other rows than those it was fitted on", () => {
    expect([...minMax(x, 3).apply([5, 110, 8])]).toEqual([2, 2, 1]);
    expect(minMax(x, 3).features).toBe(3);
  });
});

test("refusals", () => {
  expect(() => standardize(x, 2)).toThrow(
    new RangeError("standardize: x must be whole rows of 2 features, got 9 values"),
  );
  expect(() => standardize([], 2)).toThrow("standardize: x must have at least one row, got none");
  expect(() => standardize([1, 2, NaN, 4], 2)).toThrow("standardize: x must be finite, got NaN at row 1, feature 0");
  expect(() => standardize(x, 0)).toThrow(RangeError);
  expect(() => standardize("abc" as unknown as number[], 1)).toThrow(TypeError);
  expect(() => minMax(x, 3, { low: 1, high: 1 })).toThrow("minMax: low must be less than high");
  const scaler = standardize(x, 3);
  expect(() => scaler.apply([1, 2])).toThrow("Scaler.apply: x must be whole rows of 3 features, got 2 values");
  expect(() => scaler.invert([1, 2])).toThrow(RangeError);
  for (const data of [null, {}, { offset: [1] }, { offset: "1", scale: "1" }]) {
    expect(() => Scaler.fromJSON(data)).toThrow(TypeError);
  }
  expect(() => Scaler.fromJSON({ offset: [1], scale: [0] })).toThrow(
    "a finite scale other than 0, got offset 1 and scale 0",
  );
  expect(() => Scaler.fromJSON({ offset: [1, 2], scale: [1] })).toThrow("2 offsets came with 1 scales");
  expect(() => Scaler.fromJSON({ offset: [null], scale: [1] })).toThrow(RangeError);
});
