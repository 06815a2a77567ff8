// Sums, products, maxima, norms and softmax of the numeric core against plain f64 loops.
import { beforeAll, describe, expect, test } from "vitest";
import { open, type NumericCore } from "../src/core/index.js";
import { expectClose } from "./support/close.js";
import { numbers, sizes } from "./support/core.js";

let core: NumericCore;
beforeAll(async () => {
  core = await open();
});

const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe.each(sizes)("n = %i", (n) => {
  test("dot, sum, mean, max, argmax and norm", () => {
    core.scope(() => {
      const x = core.vector(numbers(n, 1));
      const y = core.vector(numbers(n, 2));
      const dot = sumOf(x.values.map((value, i) => value * y.values[i]!));
      expect(core.dot(x, y)).toBeCloseTo(dot, 4);
      expect(core.sum(x)).toBeCloseTo(sumOf(x.values), 4);
      expect(core.mean(x)).toBeCloseTo(sumOf(x.values) / n, 5);
      expect(core.max(x)).toBe(Math.max(...x.values));
      expect(core.argmax(x)).toBe(x.values.indexOf(Math.max(...x.values)));
      expect(core.norm(x)).toBeCloseTo(Math.hypot(...x.values), 4);
    });
  });

  test.each([1, 2, 5])("along the rows and columns of %i rows", (rows) => {
    core.scope(() => {
      const x = core.matrix(rows, n, numbers(rows * n));
      const row = (r: number) => Array.from(x.row(r));
      const column = (c: number) => Array.from({ length: rows }, (_, r) => x.values[r * n + c]!);
      const each = (count: number, f: (i: number) => number) => Array.from({ length: count }, (_, i) => f(i));

      const byRow = core.vector(rows);
      const byColumn = core.vector(n);
      expectClose(
        core.rowSums(byRow, x).values,
        each(rows, (r) => sumOf(row(r))),
        1e-6,
      );
      expectClose(
        core.rowSums(byRow, x, 1 / n).values,
        each(rows, (r) => sumOf(row(r)) / n),
        1e-6,
      );
      expectClose(
        core.columnSums(byColumn, x).values,
        each(n, (c) => sumOf(column(c))),
        1e-6,
      );
      expectClose(
        core.columnSums(core.matrix(1, n), x, 0.5).values,
        each(n, (c) => sumOf(column(c)) / 2),
        1e-6,
      );
      expectClose(
        core.rowMax(core.matrix(rows, 1), x).values,
        each(rows, (r) => Math.max(...row(r))),
        0,
      );
      expectClose(
        core.columnMax(byColumn, x).values,
        each(n, (c) => Math.max(...column(c))),
        0,
      );
    });
  });

  test("softmax, logSoftmax and their gradients", () => {
    const rows = 3;
    core.scope(() => {
      const x = core.matrix(rows, n, numbers(rows * n, 1));
      const dy = core.matrix(rows, n, numbers(rows * n, 2));
      const p: number[] = [];
      const logP: number[] = [];
      const dSoftmax: number[] = [];
      const dLogSoftmax: number[] = [];
      for (let r = 0; r < rows; r++) {
        const total = sumOf(Array.from(x.row(r), Math.exp));
        const ps = Array.from(x.row(r), (value) => Math.exp(value) / total);
        const mean = sumOf(ps.map((value, i) => value * dy.row(r)[i]!));
        p.push(...ps);
        logP.push(...ps.map(Math.log));
        dSoftmax.push(...ps.map((value, i) => value * (dy.row(r)[i]! - mean)));
        dLogSoftmax.push(...ps.map((value, i) => dy.row(r)[i]! - value * sumOf(dy.row(r))));
      }
      const y = core.matrix(rows, n);
      const dx = core.matrix(rows, n);
      expectClose(core.softmax(y, x).values, p, 1e-6);
      expectClose(core.softmaxGrad(dx, dy, y).values, dSoftmax, 2e-6);
      expectClose(core.logSoftmax(y, x).values, logP, 1e-6);
      expectClose(core.logSoftmaxGrad(dx, dy, y).values, dLogSoftmax, 5e-6);
      expectClose(core.logSoftmaxGrad(dy, dy, y).values, dLogSoftmax, 5e-6);
      expectClose(core.softmax(x).values, p, 1e-6);
    });
  });
});

test("what lies behind the last element plays no part", () => {
  core.scope(() => {
    const x = core.fill(core.vector(5), -1);
    core.log(x, core.vector(5)); // fills the padding with what log makes of it
    x.values.fill(-2);
    expect([core.sum(x), core.max(x), core.argmax(x), core.dot(x, x)]).toEqual([-10, -2, 0, 20]);
    expect(core.norm(x)).toBeCloseTo(Math.sqrt(20), 6);
  });
});

test("a vector is one row", () => {
  core.scope(() => {
    expectClose(core.softmax(core.vector([0, 0, 0, 0])).values, [0.25, 0.25, 0.25, 0.25], 1e-7);
  });
});

test("outputs of the wrong size are refused, with both shapes", () => {
  core.scope(() => {
    const x = core.matrix(2, 3);
    expect(() => core.rowSums(core.vector(3), x)).toThrow(
      "rowSums: matrix [2, 3] has 2 results, but vector [3] is to hold them; pass another vector [2]",
    );
    expect(() => core.columnMax(core.vector(2), x)).toThrow("columnMax: matrix [2, 3] has 3 results, but vector [2]");
    const row = core.matrix(1, 3);
    expect(() => core.columnSums(row, row)).toThrow("pass another vector [3]");
    expect(() => core.dot(x, core.matrix(3, 2))).toThrow(
      "dot: matrix [2, 3] and matrix [3, 2] must have the same shape",
    );
    expect(() => core.softmax(x, core.vector(6))).toThrow("softmax: matrix [2, 3] and vector [6] must have the same");
    expect(() => core.softmaxGrad(x, x, core.vector(6))).toThrow("softmaxGrad: matrix [2, 3] and vector [6]");
  });
});
