// Splits, shuffles and folds: no row is lost, doubled or torn, and a seed decides everything.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kFold, shuffleTogether, takeRows, trainTestSplit } from "../src/data/index.js";

/** Row i is [i, i + 0.25, i + 0.5], its target i. */
const samples = (count: number) => ({
  x: Float32Array.from({ length: 3 * count }, (_, at) => Math.floor(at / 3) + (at % 3) / 4),
  y: Int32Array.from({ length: count }, (_, row) => row),
});

const sorted = (rows: Iterable<number>) => [...rows].sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("trainTestSplit", () => {
  test("keeps a fifth for testing", () => {
    const { train, test } = trainTestSplit(samples(50), { features: 3 });
    expect([train.y.length, test.y.length, train.x.length, test.x.length]).toEqual([40, 10, 120, 30]);
    expect([train.x.constructor, test.y.constructor]).toEqual([Float32Array, Int32Array]);
  });

  test("every row is in one part, with its own target", () => {
    const fraction = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fraction,
        fc.nat(),
        fc.boolean(),
        (count, testFraction, seed, shuffle) => {
          const { train, test } = trainTestSplit(samples(count), { testFraction, seed, shuffle });
          expect(sorted([...train.y, ...test.y])).toEqual(upTo(count));
          expect(Math.abs(test.y.length - count * testFraction)).toBeLessThanOrEqual(1);
          for (const { x, y, rows } of [train, test]) {
            expect(y.length).toBeGreaterThan(0);
            expect([...rows]).toEqual([...y]);
            y.forEach((row, at) => expect([...x.subarray(3 * at, 3 * at + 3)]).toEqual([row, row + 0.25, row + 0.5]));
          }
        },
      ),
    );
  });

  test("a seed decides it, another one another", () => {
    const split = (seed?: number) => [...trainTestSplit(samples(100), { seed }).test.y];
    expect(split(3)).toEqual(split(3));
    expect(split(3)).not.toEqual(split(4));
    expect(split()).toEqual(split(0));
  });

  test("without a shuffle the last rows are for testing", () => {
    const { train, test } = trainTestSplit(samples(10), { shuffle: false });
    expect([...train.y, -1, ...test.y]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, -1, 8, 9]);
  });

  test("stratified parts have the classes in their shares", () => {
    const labels = fc.array(fc.nat(3), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(labels, fc.nat(), fc.boolean(), (given, seed, shuffle) => {
        const y = Uint8Array.from(given);
        const { train, test } = trainTestSplit(
          { x: upTo32(y.length), y },
          { stratify: true, testFraction: 0.3, seed, shuffle },
        );
        expect(sorted([...train.x, ...test.x])).toEqual(upTo(y.length));
        expect(test.y.length).toBe(Math.max(Math.round(y.length * 0.3), 1));
        for (let label = 0; label < 4; label++) {
          const all = given.filter((one) => one === label).length;
          const share = (all * test.y.length) / y.length;
          expect(Math.abs(test.y.filter((one) => one === label).length - share)).toBeLessThan(1);
        }
      }),
    );
  });

  test("classes may be given beside one-hot targets", () => {
    const y = Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1);
    const options = { targets: 2, testFraction: 0.5, stratify: [0, 1, 0, 1] };
    const { test } = trainTestSplit({ x: new Float32Array(8), y }, options);
    expect(sorted(test.y)).toEqual([0, 0, 1, 1]);
    expect(test.y[0]).not.toBe(test.y[2]);
  });

  test("a Buffer of Node counts as the bytes it is", () => {
    const { train } = trainTestSplit({ x: Buffer.from([1, 2, 3, 4, 5]), y: new Uint8Array(5) }, { shuffle: false });
    expect(train.x).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test("refusals", () => {
    const { x, y } = samples(4);
    const split =
      (given: object, options: object = {}) =>
      () =>
        trainTestSplit(given as typeof samples.prototype, options);
    expect(split({ x, y: y.subarray(1) }, { features: 3 })).toThrow(
      new RangeError(
        "trainTestSplit: x and y must have equally many samples, " +
          "got x with 4 samples (12 values, 3 features each) and y with 3",
      ),
    );
    expect(split({ x: x.subarray(1), y })).toThrow("y has 4 samples, but the 11 values of x cannot be as many rows");
    expect(split({ x, y }, { targets: 3 })).toThrow("y must be one or more rows of 3 values, got 4 values");
    expect(split({ x, y: new Int32Array(0) })).toThrow(RangeError);
    expect(split({ x: new Float32Array(0), y })).toThrow(RangeError);
    expect(split({ x: [1, 2], y })).toThrow("trainTestSplit: x must be a typed array of numbers, got an array of 2");
    expect(split({ x, y: new DataView(new ArrayBuffer(4)) })).toThrow(TypeError);
    expect(split(samples(1))).toThrow("trainTestSplit: needs at least 2 samples, got 1");
    for (const testFraction of [0, 1, -0.1, NaN, "0.2"]) {
      expect(split({ x, y }, { testFraction })).toThrow(/testFraction must be between 0 and 1, got/);
    }
    expect(split({ x, y }, { stratify: [1] })).toThrow("stratify must have 4 classes, one a sample, got 1");
    expect(split({ x, y }, { stratify: true, targets: 2 })).toThrow("give the classes as stratify: labels");
  });
});

describe("shuffleTogether", () => {
  test("keeps rows and targets together, and the originals as they are", () => {
    const given = samples(30);
    const { x, y, rows } = shuffleTogether(given, { seed: 5 });
    expect([...y]).not.toEqual(upTo(30));
    expect(sorted(y)).toEqual(upTo(30));
    expect([...rows]).toEqual([...y]);
    y.forEach((row, at) => expect(x[3 * at + 2]).toBe(row + 0.5));
    expect(given).toEqual(samples(30));
    expect(shuffleTogether(given, { seed: 5 }).y).toEqual(y);
  });

  test("refuses what does not fit together", () => {
    expect(() => shuffleTogether({ x: new Float32Array(5), y: new Int32Array(2) })).toThrow(
      /^shuffleTogether: y has 2/,
    );
  });
});

describe("kFold", () => {
  test("every row is tested once, and trained on in every other fold", () => {
    const n = fc.integer({ min: 2, max: 30 });
    fc.assert(
      fc.property(n, fc.nat(), fc.nat(), (count, pick, seed) => {
        const k = 2 + (pick % (count - 1));
        const folds = kFold(count, k, seed);
        expect(folds).toHaveLength(k);
        expect(sorted(folds.flatMap(({ test }) => [...test]))).toEqual(upTo(count));
        for (const { train, test } of folds) {
          expect(sorted([...train, ...test])).toEqual(upTo(count));
          expect(test.length - Math.floor(count / k)).toBeOneOf([0, 1]);
        }
      }),
    );
  });

  test("bounds", () => {
    expect(() => kFold(5, 6)).toThrow("kFold: k must be a whole number from 2 to 5, got 6");
    expect(() => kFold(5, 1)).toThrow(RangeError);
    expect(() => kFold(1, 2)).toThrow(RangeError);
  });
});

test("takeRows copies rows in the order given, repeated if asked", () => {
  expect([...takeRows(Float32Array.of(1, 2, 3, 4, 5, 6), 2, [2, 0, 2])]).toEqual([5, 6, 1, 2, 5, 6]);
  expect(() => takeRows(new Uint8Array(6), 2, [3])).toThrow(
    "takeRows: rows[0] must be a whole number from 0 to 2, got 3",
  );
  expect(() => takeRows(new Uint8Array(5), 2, [0])).toThrow("takeRows: x must be whole rows of 2 values, got 5 values");
  expect(() => takeRows(new Uint8Array(6), 2, [0.5])).toThrow(RangeError);
});

function upTo32(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => i);
}
