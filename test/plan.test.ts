// The planner's promises, checked without knowing how it keeps them.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lowerBound, plan, type Lifetime } from "../src/graph/plan.js";

const LINE = 64;
const padded = (bytes: number) => Math.ceil(bytes / LINE) * LINE;

const lifetime: fc.Arbitrary<Lifetime> = fc
  .record({ bytes: fc.integer({ min: 1, max: 4000 }), first: fc.nat(40), steps: fc.nat(12) })
  .map(({ bytes, first, steps }) => ({ bytes, first, last: first + steps }));
const lifetimes = fc.array(lifetime, { maxLength: 40 });

/** Most bytes alive at one step, counted step by step. */
function mostAlive(buffers: readonly Lifetime[]): number {
  const last = Math.max(0, ...buffers.map((buffer) => buffer.last));
  const alive = (step: number) => buffers.filter(({ first, last }) => first <= step && step <= last);
  const bytesAt = (step: number) => alive(step).reduce((total, { bytes }) => total + padded(bytes), 0);
  return Math.max(...Array.from({ length: last + 1 }, (_, step) => bytesAt(step)));
}

describe("plan", () => {
  test("buffers that are alive together never share a byte", () => {
    fc.assert(
      fc.property(lifetimes, (buffers) => {
        const { offsets } = plan(buffers);
        for (const [i, a] of buffers.entries()) {
          for (const [j, b] of buffers.entries()) {
            if (i >= j || a.last < b.first || b.last < a.first) continue;
            const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
            expect(apart, `buffers ${i} and ${j}`).toBe(true);
          }
        }
      }),
    );
  });

  test("every buffer starts on a line and ends, padded, within the arena", () => {
    fc.assert(
      fc.property(lifetimes, (buffers) => {
        const { offsets, bytes } = plan(buffers);
        expect(offsets.every((offset) => offset % LINE === 0)).toBe(true);
        expect(bytes).toBe(Math.max(0, ...buffers.map((buffer, i) => offsets[i]! + padded(buffer.bytes))));
      }),
    );
  });

  test("the arena is at most half as large again as any could be, and 6 % on average", () => {
    const ratios = fc.sample(lifetimes, { numRuns: 400, seed: 1 }).flatMap((buffers) => {
      const bound = lowerBound(buffers);
      return bound > 0 ? [plan(buffers).bytes / bound] : [];
    });
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...ratios)).toBeLessThan(1.5);
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThan(1.06);
  });

  test("is a function of the lifetimes alone, which it leaves as they are", () => {
    fc.assert(
      fc.property(lifetimes, (buffers) => {
        const frozen = Object.freeze(buffers.map((buffer) => Object.freeze({ ...buffer })));
        expect(plan(frozen)).toEqual(plan(buffers));
      }),
    );
  });

  test("buffers one after another lie in one place; those that overlap by a step do not", () => {
    const chain = (overlap: number) =>
      Array.from({ length: 5 }, (_, i) => ({ bytes: 100, first: i, last: i + overlap }));
    expect(plan(chain(0))).toEqual({ offsets: [0, 0, 0, 0, 0], bytes: 128 });
    expect(plan(chain(1)).bytes).toBe(256);
  });

  test("a gap between two buffers is filled", () => {
    const [small, large, fits] = [64, 256, 128];
    const buffers = [
      { bytes: large, first: 0, last: 9 },
      { bytes: fits, first: 0, last: 3 },
      { bytes: small, first: 0, last: 9 },
      { bytes: fits, first: 4, last: 9 },
    ];
    expect(plan(buffers)).toEqual({ offsets: [0, 256, 384, 256], bytes: 448 });
  });

  test("nothing needs nothing", () => expect(plan([])).toEqual({ offsets: [], bytes: 0 }));
});

test("lowerBound is the most that is alive at one step", () => {
  fc.assert(
    fc.property(lifetimes, (buffers) => {
      expect(lowerBound(buffers)).toBe(mostAlive(buffers));
    }),
  );
});

test("a buffer that is never alive, as a pinned one is, takes part in nothing", () => {
  const never = { bytes: 0, first: 0, last: -1 };
  const buffers = [{ bytes: 64, first: 0, last: 5 }, never, { bytes: 64, first: 0, last: 0 }];
  expect(plan(buffers).bytes).toBe(128);
  expect(lowerBound(buffers)).toBe(128);
});
