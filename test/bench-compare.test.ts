// What the bench says of two checkouts' figures: ratios by which more is slower, and a verdict only beyond the noise.
import { describe, expect, test } from "vitest";
import { compare, textOf } from "../bench/compare.js";
import type { Value } from "../bench/harness.js";
import type { Report } from "../bench/report.js";

/** A report with one row in each section. */
const report = (sections: Record<string, Record<string, Value>>): Report => ({
  machine: "a machine",
  engine: "an engine",
  rounds: 3,
  sections: Object.fromEntries(Object.entries(sections).map(([name, values]) => [name, [{ name: "row", values }]])),
});

const ms = (value: number, spread?: number): Value => ({ value, unit: "ms", ...(spread !== undefined && { spread }) });
const reports = (values: readonly Value[], column = "step") =>
  values.map((value) => report({ steps: { [column]: value } }));
const only = (here: readonly Value[], there: readonly Value[]) =>
  compare(reports(here), reports(there)).differences[0]!;

describe("the ratio", () => {
  test("is that of the medians over the rounds", () => {
    const difference = only([ms(20, 1), ms(22, 1), ms(90, 1)], [ms(10, 1), ms(11, 1), ms(12, 1)]);
    expect(difference).toMatchObject({ section: "steps", name: "row, step", ratio: 2 });
  });

  test("is one of times for work a second too", () => {
    const rate = (value: number): Value => ({ value, spread: 0.1, unit: "GFLOP/s" });
    expect(only([rate(20)], [rate(40)])).toMatchObject({ ratio: 2, verdict: "slower" });
    expect(only([rate(40)], [rate(20)])).toMatchObject({ ratio: 0.5, verdict: "faster" });
  });

  test("of nothing and nothing is 1", () => {
    const bytes: Value = { value: 0, unit: "B" };
    expect(only([bytes], [bytes])).toMatchObject({ ratio: 1, spread: 0 });
  });
});

describe("the verdict", () => {
  test("needs a difference of three times both spreads together", () => {
    expect(only([ms(12, 0.1)], [ms(10, 0.1)]).verdict).toBe("slower");
    expect(only([ms(10.4, 0.1)], [ms(10, 0.1)]).verdict).toBeUndefined();
    expect(only([ms(12, 1)], [ms(10, 0.1)]).verdict).toBeUndefined();
  });

  test("takes the rounds' spread where it is larger than that within them", () => {
    const [steady, unsteady] = [
      [ms(12, 0), ms(12, 0), ms(12, 0)],
      [ms(12, 0), ms(16, 0), ms(10, 0)],
    ];
    const there = [ms(9, 0), ms(9, 0), ms(9, 0)];
    expect(only(steady, there).verdict).toBe("slower");
    expect(only(unsteady, there).verdict).toBeUndefined();
  });

  test("needs rounds that lie apart, but for the slowest of five", () => {
    const rounds = (...values: number[]) => values.map((value) => ms(value, 0));
    expect(only(rounds(12, 12, 12, 12, 12), rounds(10, 10, 10, 10, 90)).verdict).toBe("slower");
    expect(only(rounds(12, 12, 12, 12, 12), rounds(10, 10, 10, 90, 90)).verdict).toBeUndefined();
    expect(only(rounds(12, 12, 12, 12, 9), rounds(10, 10, 10, 10, 10)).verdict).toBeUndefined();
    const speeds = (...values: number[]) => values.map((value): Value => ({ value, unit: "samples/s", spread: 0 }));
    expect(only(speeds(12, 12, 12, 12, 1), speeds(10, 10, 10, 10, 10)).verdict).toBe("faster");
  });

  test("is not given on a single time of which no spread is known, but on a size", () => {
    expect(only([ms(20)], [ms(10)]).verdict).toBeUndefined();
    expect(only([{ value: 48, unit: "kB" }], [{ value: 47, unit: "kB" }]).verdict).toBe("larger");
    expect(only([{ value: 46, unit: "kB" }], [{ value: 47, unit: "kB" }]).verdict).toBe("smaller");
  });
});

test("ceilings, and what says the same in other words, are left out", () => {
  const here = [report({ products: { product: ms(1), ceiling: ms(1), share: ms(1), speed: ms(1) } })];
  expect(compare(here, here).differences.map(({ name }) => name)).toEqual(["row, product"]);
});

test("the text tells each figure, what one side alone has, and the sum of it", () => {
  const here = [report({ steps: { step: ms(12, 0.1) }, scaling: { step: ms(1) } })];
  const there = [report({ steps: { step: ms(10, 0.1) }, start: { import: ms(5) } })];
  const lines = textOf(compare(here, there)).split("\n");
  expect(lines[2]).toBe("  steps: row, step  12 ±0.100 ms  10 ±0.100 ms  1.20 ±0.0220  slower");
  expect(lines.slice(3)).toEqual([
    "only here: scaling, row, step",
    "only there: start, row, import",
    "compare: 1 slower, 0 of 1 no different beyond the noise",
  ]);
});
