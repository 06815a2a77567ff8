// Comparison of the core's numbers with references.

import { expect } from "vitest";

/**
 * Every element within tolerance · (1 + |expected|) of the expected number; NaN and infinities must be met exactly.
 * The message names the worst element.
 */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = -1;
  let excess = 1;
  for (let i = 0; i < expected.length; i++) {
    const [got, wanted] = [actual[i]!, expected[i]!];
    if (Object.is(got, wanted) || got === wanted) continue;
    const ratio = Math.abs(got - wanted) / (tolerance * (1 + Math.abs(wanted)));
    if (!(ratio <= excess)) {
      worst = i;
      excess = ratio;
    }
  }
  if (worst >= 0)
    expect.fail(`element ${worst}: ${actual[worst]} instead of ${expected[worst]}, tolerance ${tolerance}`);
}
