// The numeric core's element-wise arithmetic against plain f64 loops.
import { beforeAll, describe, expect, test } from "vitest";
import { open, type Matrix, type NumericCore, type Values, type Vector } from "../src/core/index.js";
import { expectClose } from "./support/close.js";
import { numbers, sizes } from "./support/core.js";

let core: NumericCore;
beforeAll(async () => {
  core = await open();
});

const two = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  equal: (a: number, b: number) => Number(a === b),
  greater: (a: number, b: number) => Number(a > b),
};
const namesOfTwo = Object.keys(two) as (keyof typeof two)[];

const one = {
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  square: (x: number) => x * x,
  abs: Math.abs,
  sign: Math.sign,
  neg: (x: number) => -x,
};
const namesOfOne = Object.keys(one) as (keyof typeof one)[];

describe.each(sizes)("n = %i", (n) => {
  test.each(namesOfTwo)("%s", (name) => {
    core.scope(() => {
      const a = core.vector(numbers(n, 1));
      const b = core.vector(numbers(n, 2));
      b.values[n - 1] = a.values[n - 1]!; // so that some are equal
      const y = core.vector(n);
      expect(core[name](y, a, b)).toBe(y);
      const expected = Array.from(a.values, (value, i) => two[name](value, b.values[i]!));
      expectClose(y.values, expected, 2e-7);
      expectClose(core[name](a, a, b).values, expected, 2e-7);
    });
  });

  test.each(namesOfOne)("%s", (name) => {
    core.scope(() => {
      const x = core.vector(numbers(n).map(name === "log" || name === "sqrt" ? Math.abs : (value) => value));
      const y = core.vector(n);
      expect(core[name](y, x)).toBe(y);
      const expected = Array.from(x.values, one[name]);
      expectClose(y.values, expected, 2e-7);
      expectClose(core[name](x).values, expected, 2e-7); // in place
    });
  });

  test("axpy, scale, affine, fill and copy", () => {
    core.scope(() => {
      const x = core.vector(numbers(n, 1));
      const y = core.vector(numbers(n, 2));
      const expected = Array.from(y.values, (value, i) => value + 0.3 * x.values[i]!);
      expectClose(core.axpy(0.3, x, y).values, expected, 3e-7);
      expectClose(
        core.scale(y, -2).values,
        expected.map((value) => -2 * value),
        3e-7,
      );
      expectClose(
        core.affine(y, x, 1.5, -0.25).values,
        Array.from(x.values, (value) => value * 1.5 - 0.25),
        3e-7,
      );
      expect(core.fill(y, 7).values).toEqual(new Float32Array(n).fill(7));
      expect(core.copy(y, x).values).toEqual(x.values);
    });
  });
});

describe("spreading, as in NumPy", () => {
  const shapes: [rows: number, cols: number][] = [
    [1, 1],
    [3, 1],
    [1, 5],
    [4, 4],
    [7, 17],
    [2, 33],
  ];
  const at = (x: Values, row: number, col: number) =>
    x.values[(x.rows === 1 ? 0 : row) * x.cols + (x.cols === 1 ? 0 : col)]!;

  function expectSpread(name: keyof typeof two, y: Matrix, a: Values, b: Values) {
    core[name](y, a, b);
    const expected = Array.from(y.values, (_, i) => {
      const [row, col] = [Math.floor(i / y.cols), i % y.cols];
      return two[name](at(a, row, col), at(b, row, col));
    });
    expectClose(y.values, expected, 2e-7);
  }

  test.each(shapes)("a matrix [%i, %i] meets rows, columns and single numbers", (rows, cols) => {
    for (const name of namesOfTwo) {
      core.scope(() => {
        const a = core.matrix(rows, cols, numbers(rows * cols, 1));
        const y = core.matrix(rows, cols);
        const others = [
          core.vector(numbers(cols, 2)),
          core.matrix(rows, 1, numbers(rows, 3)),
          core.vector([1.5]),
          core.matrix(1, cols, numbers(cols, 4)),
        ];
        for (const other of others) {
          expectSpread(name, y, a, other);
          expectSpread(name, y, other, a);
        }
        expectSpread(name, y, core.matrix(rows, 1, numbers(rows, 5)), core.vector(numbers(cols, 6)));
      });
    }
  });

  test("the output may be the larger side", () => {
    core.scope(() => {
      const a = core.matrix(3, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect([...core.add(a, a, core.vector([10, 20, 30])).values]).toEqual([11, 22, 33, 14, 25, 36, 17, 28, 39]);
      expect([...core.sub(a, core.matrix(3, 1, [1, 2, 3]), a).values]).toEqual([
        -10, -21, -32, -12, -23, -34, -14, -25, -36,
      ]);
    });
  });

  test("shapes that do not fit are refused, and shown", () => {
    core.scope(() => {
      const a = core.matrix(2, 3).named("weights");
      expect(() => core.add(a, a, core.vector(2))).toThrow(
        'add: matrix "weights" [2, 3] and vector [2] into matrix "weights" [2, 3]: rows and columns must be equal, ' +
          "or 1 on one side, and the output has the larger ones",
      );
      expect(() => core.add(core.matrix(1, 3), a, core.vector(3))).toThrow("and the output has the larger ones");
      expect(() => core.mul(core.matrix(2, 4), core.matrix(2, 1), core.vector(1))).toThrow("ones");
    });
  });
});

test("operations on different shapes are refused, and both are shown", () => {
  core.scope(() => {
    const x: Vector = core.vector(3).named("x");
    const y = core.vector(4);
    expect(() => core.axpy(1, x, y)).toThrow('axpy: vector [4] and vector "x" [3] must have the same shape');
    expect(() => core.exp(x, y)).toThrow('exp: vector "x" [3] and vector [4] must have the same shape');
    expect(() => core.exp(core.matrix(2, 2), y)).toThrow("exp: matrix [2, 2] and vector [4]");
    expect(() => core.add(y, x, x)).toThrow('add: vector [4] and vector "x" [3] must have the same shape');
  });
});
