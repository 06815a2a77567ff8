// Batches of sequences of similar lengths.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketByLength, paddedBatches } from "../src/data/index.js";

describe("bucketByLength", () => {
  test("puts every row into one batch, lengths that are next to each other together", () => {
    const lengths = fc.array(fc.nat(20), { maxLength: 60 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 9 }), fc.nat(), fc.nat(9), (lengths, batchSize, seed, epoch) => {
        const batches = bucketByLength(lengths, { batchSize, seed, epoch });
        expect(batches.flatMap((rows) => [...rows]).sort((a, b) => a - b)).toEqual(lengths.map((_, row) => row));
        expect(batches.filter((rows) => rows.length !== batchSize).length).toBeLessThan(2);
        const ranges = batches
          .map((rows) => [...rows].map((row) => lengths[row]!))
          .map((all) => [Math.min(...all), Math.max(...all)] as const)
          .sort(([a, b], [c, d]) => a - c || b - d);
        ranges.slice(1).forEach(([least], i) => expect(least).toBeGreaterThanOrEqual(ranges[i]![1]));
      }),
    );
  });

  test("seed and epoch decide", () => {
    const lengths = Uint8Array.from({ length: 50 }, (_, i) => i % 7);
    const once = bucketByLength(lengths, { batchSize: 5, seed: 1, epoch: 1 });
    expect(bucketByLength(lengths, { batchSize: 5, seed: 1, epoch: 1 })).toEqual(once);
    expect(bucketByLength(lengths, { batchSize: 5, seed: 1, epoch: 2 })).not.toEqual(once);
    expect(bucketByLength(lengths, { batchSize: 5, seed: 2, epoch: 1 })).not.toEqual(once);
    const lengthsInOrder = once.map((rows) => lengths[rows[0]!]);
    expect(lengthsInOrder).not.toEqual([...lengthsInOrder].sort()); // batches come shuffled
  });

  test("refusals", () => {
    expect(() => bucketByLength(3 as never)).toThrow(
      new TypeError("bucketByLength: lengths must be an array or a typed array of numbers, got 3"),
    );
    expect(() => bucketByLength([1, -1])).toThrow("bucketByLength: lengths[1] must be a whole number from 0");
    expect(() => bucketByLength([1], { batchSize: 0 })).toThrow(
      "bucketByLength: batchSize must be a whole number from 1",
    );
    expect(() => bucketByLength([1], { epoch: 0.5 })).toThrow("bucketByLength: epoch must be a whole number from 0");
    expect(() => bucketByLength([1], { seed: -1 })).toThrow("Random: the seed");
  });
});

describe("paddedBatches", () => {
  const sequences = [[1], [2, 2, 2], Int32Array.of(3, 3), [4, 4, 4, 4], [5, 5, 5, 5, 5]];
  const y = Float32Array.of(10, 11, 20, 21, 30, 31, 40, 41, 50, 51);

  test("pads to the longest of each batch, and keeps targets with their sequence", () => {
    const batches = [...paddedBatches(sequences, y, { batchSize: 2, targets: 2, padding: "pre", value: 9 })()];
    expect(batches.map(({ shape }) => shape[1]).sort()).toEqual([2, 4, 5]);
    for (const { x, y, shape, lengths, rows } of batches) {
      expect(shape[0]).toBe(rows.length);
      rows.forEach((row, i) => {
        const own = [...sequences[row]!];
        expect(lengths[i]).toBe(own.length);
        expect([...x.subarray(i * shape[1], (i + 1) * shape[1])]).toEqual([
          ...new Array<number>(shape[1] - own.length).fill(9),
          ...own,
        ]);
        expect([...y.subarray(2 * i, 2 * i + 2)]).toEqual([10 * row + 10, 10 * row + 11]);
      });
    }
    const equal = [...paddedBatches(sequences, y, { batchSize: 2, targets: 2, length: 3 })()];
    expect(equal.map(({ shape }) => shape[1])).toEqual([3, 3, 3]);
  });

  test("counts epochs by itself, or takes one", () => {
    const many = Array.from({ length: 30 }, (_, i) => new Array<number>(i % 4).fill(i));
    const [own, asked] = [0, 0].map(() => paddedBatches(many, Int32Array.from({ length: 30 }, (_, i) => i), { seed: 3, batchSize: 4 })); // prettier-ignore
    const rows = (epoch?: number, batches = own!) => [...batches(epoch)].map((batch) => [...batch.rows]);
    const first = rows();
    expect(first).toEqual(rows(1, asked));
    expect(rows()).toEqual(rows(2, asked));
    expect(rows(1)).toEqual(first);
  });

  test("refusals", () => {
    expect(() => paddedBatches([1] as never, y)).toThrow("paddedBatches: sequences[0] must be an array");
    expect(() => paddedBatches(sequences, y)).toThrow(
      new RangeError("paddedBatches: y must have 1 for each sequence, got 10 values for 5 sequences"),
    );
    expect(() => paddedBatches(sequences, y, { targets: 0 })).toThrow("paddedBatches: targets must be a whole number");
    expect(() => paddedBatches(sequences, y, { targets: 2, batchSize: -1 })()).toThrow("batchSize must be");
  });
});
