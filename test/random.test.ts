// The data-side generator: published answers, ranges, moments, and streams that do not disturb one another.
import fc from "fast-check";
import { expect, test } from "vitest";
import { philox, Random } from "../src/data/random.js";

const ones = 0xffffffff;

test("philox gives the known answers of its reference implementation", () => {
  expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  expect(philox([ones, ones, ones, ones], [ones, ones])).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  // The digits of π as counter and key.
  expect(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
    0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
  ]);
});

test("philox agrees with the paper's formula in big integers", () => {
  const u32 = fc.integer({ min: 0, max: ones });
  fc.assert(
    fc.property(fc.tuple(u32, u32, u32, u32), fc.tuple(u32, u32), (counter, key) => {
      expect(philox(counter, key)).toEqual(philoxInBigInts(counter, key));
    }),
  );
});

function philoxInBigInts(counter: number[], key: number[]): number[] {
  const mask = 0xffffffffn;
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const first = 0xd2511f53n * c0;
    const second = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(second >> 32n) ^ c1 ^ k0, second & mask, (first >> 32n) ^ c3 ^ k1, first & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3].map(Number);
}

test("a seed determines the numbers, also beyond 32 bits", () => {
  const draw = (seed: number) =>
    Array.from(
      { length: 9 },
      (
        (random) => () =>
          random.next()
      )(new Random(seed)),
    );
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(7)).not.toEqual(draw(7 + 2 ** 32));
});

test("uniform stays in its range and has the mean and variance of one", () => {
  const random = new Random(1);
  const values = Array.from({ length: 20_000 }, () => random.uniform(-2, 4));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
  expect(Math.max(...values)).toBeLessThan(4);
  const { mean, variance } = moments(values);
  expect(Math.abs(mean - 1)).toBeLessThan(0.05);
  expect(Math.abs(variance - 3)).toBeLessThan(0.1);
});

test("uniform never returns the upper end, even where the sum rounds to it", () => {
  const random = new Random(1);
  const high = 1 + 2 ** -52;
  for (let i = 0; i < 1000; i++) expect(random.uniform(1, high)).toBe(1);
});

test("normal has the mean, variance, skewness and tails of one", () => {
  const random = new Random(2);
  const values = Array.from({ length: 20_000 }, () => random.normal(3, 2));
  const { mean, variance } = moments(values);
  expect(Math.abs(mean - 3)).toBeLessThan(0.06);
  expect(Math.abs(variance - 4)).toBeLessThan(0.2);
  const scaled = values.map((value) => (value - 3) / 2);
  expect(Math.abs(moments(scaled.map((z) => z ** 3)).mean)).toBeLessThan(0.12);
  expect(Math.abs(scaled.filter((z) => Math.abs(z) > 1.96).length / values.length - 0.05)).toBeLessThan(0.006);
});

test("integer reaches every value about equally often, and nothing else", () => {
  const random = new Random(3);
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 14_000; i++) counts[random.integer(7)]!++;
  expect(counts).toHaveLength(7);
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(180);
});

test("shuffle permutes, and returns what it was given", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
      const shuffled = [...items];
      expect(new Random(seed).shuffle(shuffled)).toBe(shuffled);
      expect(shuffled.sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
    }),
  );
});

test("shuffle makes every order of three equally likely", () => {
  const random = new Random(4);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = random.shuffle(new Uint8Array([0, 1, 2])).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test("a fork depends on the seed and the stream, not on what was drawn", () => {
  const fresh = new Random(5);
  const used = new Random(5);
  for (let i = 0; i < 11; i++) used.next();
  expect(used.fork(1).next()).toBe(fresh.fork(1).next());
  expect(fresh.fork(1).next()).not.toBe(fresh.fork(2).next());
  expect(fresh.fork(1).fork(2).next()).not.toBe(fresh.fork(2).fork(1).next());
  expect(new Random(6).fork(1).next()).not.toBe(fresh.fork(1).next());
});

test.each([-1, 0.5, NaN, Infinity, 2 ** 53])("the seed %s is refused", (seed) => {
  expect(() => new Random(seed)).toThrow(/seed must be a whole number/);
});

test("integer and fork refuse what they cannot do", () => {
  expect(() => new Random(1).integer(0)).toThrow(/n must be a whole number from 1/);
  expect(() => new Random(1).integer(2.5)).toThrow(/got 2.5/);
  expect(() => new Random(1).fork(-1)).toThrow(/stream must be a whole number/);
});

function moments(values: number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}
