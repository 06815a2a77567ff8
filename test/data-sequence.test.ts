// Sequences as rectangles: padded, or cut into windows with their continuations.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { padSequences, windows } from "../src/data/index.js";

const rows = ({ data, shape }: { data: Int32Array; shape: readonly [number, number] }) =>
  Array.from({ length: shape[0] }, (_, row) => [...data.subarray(row * shape[1], (row + 1) * shape[1])]);

describe("padSequences", () => {
  const sequences = [[1, 2, 3], Int32Array.of(4), []];

  test("fills up to the longest, at the end", () => {
    const padded = padSequences(sequences);
    expect(padded.shape).toEqual([3, 3]);
    expect(rows(padded)).toEqual([[1, 2, 3], [4, 0, 0], [0, 0, 0]]); // prettier-ignore
    expect(padded.lengths).toEqual(Int32Array.of(3, 1, 0));
  });

  test.each([
    [
      "post",
      "post",
      [
        [1, 2],
        [4, 9],
        [9, 9],
      ],
    ],
    [
      "pre",
      "post",
      [
        [1, 2],
        [9, 4],
        [9, 9],
      ],
    ],
    [
      "post",
      "pre",
      [
        [2, 3],
        [4, 9],
        [9, 9],
      ],
    ],
    [
      "pre",
      "pre",
      [
        [2, 3],
        [9, 4],
        [9, 9],
      ],
    ],
  ] as const)("padding %s, truncating %s", (padding, truncating, expected) => {
    // prettier-ignore
    expect(rows(padSequences(sequences, { length: 2, padding, truncating, value: 9 }))).toEqual(expected);
  });

  test("what is not padding is the sequence", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer())), (given) => {
        const padded = padSequences(given);
        expect(rows(padded).map((row, i) => row.slice(0, padded.lengths[i]))).toEqual(given);
      }),
    );
  });

  test("refusals", () => {
    expect(() => padSequences([[1, 0.5]])).toThrow(
      "padSequences: sequences[0]: element 1 must be a 32-bit integer, got 0.5",
    );
    expect(() => padSequences([[2 ** 31]])).toThrow(RangeError);
    expect(() => padSequences([[1]], { length: 0 })).toThrow("padSequences: length must be a whole number from 1");
    expect(() => padSequences([[1]], { length: "3" as unknown as number })).toThrow(TypeError);
    expect(() => padSequences([[1]], { value: 0.5 })).toThrow(RangeError);
    expect(() => padSequences([[1]], { padding: "left" as "pre" })).toThrow(
      'padding must be "pre" or "post", got "left"',
    );
    expect(() => padSequences([[1]], { truncating: "x" as "pre" })).toThrow(TypeError);
    expect(() => padSequences([[1], [1]], { length: 2 ** 30 })).toThrow("more than one array may hold");
    expect(() => padSequences([1] as unknown as number[][])).toThrow("sequences[0] must be an array");
    expect(() => padSequences(Int32Array.of(1) as unknown as number[][])).toThrow(TypeError);
  });
});

describe("windows", () => {
  const sequence = Int32Array.from({ length: 8 }, (_, i) => 10 * i);

  test("are the next-token pairs of a language model", () => {
    const { inputs, targets, shape } = windows(sequence, { length: 3 });
    expect(rows({ data: inputs, shape })).toEqual([[0, 10, 20], [30, 40, 50]]); // prettier-ignore
    expect(rows({ data: targets, shape })).toEqual([[10, 20, 30], [40, 50, 60]]); // prettier-ignore
  });

  test("overlap if the stride is smaller, and look further ahead if asked", () => {
    const { inputs, targets, shape } = windows(sequence, { length: 4, stride: 2, targetShift: 2 });
    expect(rows({ data: inputs, shape })).toEqual([[0, 10, 20, 30], [20, 30, 40, 50]]); // prettier-ignore
    expect(rows({ data: targets, shape })).toEqual([[20, 30, 40, 50], [40, 50, 60, 70]]); // prettier-ignore
  });

  test("every target is the element `targetShift` after its input, and no window is missing", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(size, size, fc.nat(4), fc.nat(40), (length, stride, targetShift, more) => {
        const total = length + targetShift + more;
        const { inputs, targets, shape } = windows(
          Array.from({ length: total }, (_, i) => i),
          {
            length,
            stride,
            targetShift,
          },
        );
        expect(shape).toEqual([Math.floor(more / stride) + 1, length]);
        inputs.forEach((value, at) => {
          expect(value).toBe(Math.floor(at / length) * stride + (at % length));
          expect(targets[at]).toBe(value + targetShift);
        });
      }),
    );
  });

  test("refusals", () => {
    expect(() => windows(sequence, { length: 8 })).toThrow(
      new RangeError("windows: the sequence has 8 elements, but one window of 8 and its targets, 1 ahead, need 9"),
    );
    expect(() => windows(sequence, { length: 0 })).toThrow(RangeError);
    expect(() => windows(sequence, { length: 2, stride: 0 })).toThrow(RangeError);
    expect(() => windows(sequence, { length: 2, targetShift: -1 })).toThrow(RangeError);
    expect(() => windows([1, NaN, 2], { length: 1 })).toThrow("element 1 must be a 32-bit integer, got NaN");
    expect(() => windows(null as unknown as number[], { length: 1 })).toThrow(TypeError);
    expect(() => windows(new Uint8Array(70000), { length: 35000, stride: 1 })).toThrow("more than one array may hold");
  });
});
