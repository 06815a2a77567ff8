// How the bench shows its figures.
import { describe, expect, test } from "vitest";
import { digits, show, table } from "../bench/report.js";
import { productsOf } from "../bench/products.js";

describe("digits", () => {
  test.each([
    [43.94, "43.9"],
    [101.4, "101"],
    [9_832_123, "9,830,000"],
    [1234.5, "1,230"],
    [0.318, "0.318"],
    [0.00123, "0.0012"],
    [0, "0"],
    [7, "7"],
  ])("%d is %s", (value, text) => expect(digits(value)).toBe(text));
});

test("a value shows its spread only if it has one", () => {
  expect(show({ value: 43.94, unit: "GFLOP/s", spread: 0.41 })).toBe("43.9 ±0.410 GFLOP/s");
  expect(show({ value: 38.2, unit: "kB" })).toBe("38.2 kB");
  expect(show(undefined)).toBe("");
});

test("a table has a column for each value that any row has", () => {
  const section = { name: "size", about: "Programs.", measure: () => Promise.reject(new Error()) };
  const text = table(section, {
    rows: [
      { name: "all of it", values: { gzipped: { value: 38.2, unit: "kB" } } },
      { name: "core", values: { gzipped: { value: 9, unit: "kB" }, minified: { value: 20.5, unit: "kB" } } },
    ],
  });
  expect(text).toBe(
    [
      "size: Programs.",
      "             gzipped  minified",
      "  all of it  38.2 kB",
      "  core          9 kB   20.5 kB",
    ].join("\n"),
  );
});

test("the products of a step are those of its layers, without the gradient of the data", () => {
  expect(productsOf([784, 128, 10], 32)).toEqual([
    { m: 32, n: 128, k: 784, form: "A·Bᵀ" },
    { m: 128, n: 784, k: 32, form: "Aᵀ·B" },
    { m: 32, n: 10, k: 128, form: "A·Bᵀ" },
    { m: 10, n: 128, k: 32, form: "Aᵀ·B" },
    { m: 32, n: 128, k: 10, form: "A·B" },
  ]);
});
