// The numeric core's products, and what moves rows about, against plain f64 loops: whole
// numbers, so exactly.
import { beforeAll, describe, expect, test } from "vitest";
import { open, type NumericCore, type Values } from "../src/core/index.js";
import { expectClose } from "./support/close.js";
import { plain, product, sizes, transposed, wholeNumbers, type Plain } from "./support/core.js";

let core: NumericCore;
beforeAll(async () => {
  core = await open();
});

const expectExact = (actual: ArrayLike<number>, expected: ArrayLike<number>) => expectClose(actual, expected, 0);
const place = ({ rows, cols, values }: Plain) => core.matrix(rows, cols, values);

describe.each(sizes)("m = %i", (m) => {
  test.each(sizes)("n = %i, for several k, all four forms", (n) => {
    for (const k of [1, 5, 16, 33]) {
      core.scope(() => {
        const [a, b] = [plain(m, k, 1), plain(k, n, 2)];
        const [at, bt] = [transposed(a), transposed(b)];
        const expected = product(a, b);
        const c = core.matrix(m, n);
        expect(core.matmul(c, place(a), place(b))).toBe(c);
        expectExact(c.values, expected);
        expectExact(core.matmul(c, place(at), place(b), { transA: true }).values, expected);
        expectExact(core.matmul(c, place(a), place(bt), { transB: true }).values, expected);
        expectExact(core.matmul(c, place(at), place(bt), { transA: true, transB: true }).values, expected);
      });
    }
  });

  test.each(sizes)("a matrix of %i columns times a vector, and a vector times it", (n) => {
    core.scope(() => {
      const w = plain(m, n, 1);
      const x = wholeNumbers(n, 2);
      const bias = wholeNumbers(m, 3);
      const expected = product(w, { rows: n, cols: 1, values: x });
      const matrix = place(w);
      const y = core.vector(m);
      expect(core.matvec(y, matrix, core.vector(x))).toBe(y);
      expectExact(y.values, expected);
      core.matvec(y, matrix, core.vector(x), { bias: core.vector(bias), activation: "relu" });
      expectExact(
        y.values,
        expected.map((value, i) => Math.max(value + bias[i]!, 0)),
      );

      const back = core.vector(n);
      const expectedBack = product(transposed(w), { rows: m, cols: 1, values: bias });
      expectExact(core.matvec(back, matrix, core.vector(bias), { transA: true }).values, expectedBack);
      expectExact(core.matmul(back, core.vector(bias), matrix).values, expectedBack); // a vector is one row
      core.matvec(back, matrix, core.vector(bias), { transA: true, accumulate: true });
      expectExact(
        back.values,
        expectedBack.map((value) => 2 * value),
      );
    });
  });

  test.each(sizes)("the outer product with %i numbers, and the transposed matrix", (n) => {
    core.scope(() => {
      const x = wholeNumbers(m, 1);
      const y = wholeNumbers(n, 2);
      const expected = product({ rows: m, cols: 1, values: x }, { rows: 1, cols: n, values: y });
      const c = core.matrix(m, n);
      expectExact(core.outer(c, core.vector(x), core.vector(y)).values, expected);
      core.outer(c, core.vector(x), core.vector(y), { accumulate: true });
      expectExact(
        c.values,
        expected.map((value) => 2 * value),
      );
      const w = plain(m, n, 3);
      expect(core.transpose(core.matrix(n, m), place(w)).values).toEqual(Float32Array.from(transposed(w).values));
    });
  });
});

describe("on the way out", () => {
  const [m, n, k] = [9, 13, 21];
  const a = plain(m, k, 1);
  const b = plain(k, n, 2);
  const before = wholeNumbers(m * n, 3);
  const bias = wholeNumbers(n, 4);

  test("the product is added to what was there, then the bias", () => {
    core.scope(() => {
      const c = core.matrix(m, n, before);
      core.matmul(c, place(a), place(b), { accumulate: true, bias: core.vector(bias) });
      expectExact(
        c.values,
        product(a, b).map((value, i) => value + before[i]! + bias[i % n]!),
      );
    });
  });

  test.each([
    "relu",
    "leakyRelu",
    "elu",
    "selu",
    "gelu",
    "geluTanh",
    "sigmoid",
    "tanh",
    "softplus",
    "silu",
    "hardSwish",
  ] as const)("%s gives the same numbers as on its own", (activation) => {
    core.scope(() => {
      const c = core.matmul(core.matrix(m, n), place(a), place(b), { bias: core.vector(bias) });
      core[activation](c);
      const fused = core.matmul(core.matrix(m, n), place(a), place(b), { bias: core.vector(bias), activation });
      expect(fused.values).toEqual(c.values);
    });
  });

  test("leakyRelu and elu take their parameter", () => {
    core.scope(() => {
      const row = core.matrix(1, 1, [-3]);
      const one = core.matrix(1, 1, [1]);
      const activate = (activation: "leakyRelu" | "elu", alpha: number) =>
        core.matmul(core.matrix(1, 1), row, one, { activation, alpha }).values[0]!;
      expect(activate("leakyRelu", 0.5)).toBeCloseTo(-1.5, 6);
      expect(activate("elu", 2)).toBeCloseTo(2 * Math.expm1(-3), 6);
      expect(() => activate("elu", -1)).toThrow("matmul: alpha must be a number of at least 0, got -1");
    });
  });
});

describe("a batch", () => {
  const [batch, m, n, k] = [3, 6, 10, 7];
  const as = Array.from({ length: batch }, (_, i) => plain(m, k, 10 + i));
  const bs = Array.from({ length: batch }, (_, i) => plain(k, n, 20 + i));
  const stack = (parts: Plain[]): Plain => ({
    rows: parts.length * parts[0]!.rows,
    cols: parts[0]!.cols,
    values: parts.flatMap(({ values }) => Array.from(values)),
  });

  test.each([
    { transA: false, transB: false },
    { transA: true, transB: false },
    { transA: false, transB: true },
    { transA: true, transB: true },
  ])("of products, $transA, $transB", ({ transA, transB }) => {
    core.scope(() => {
      const a = place(stack(transA ? as.map(transposed) : as));
      const b = place(stack(transB ? bs.map(transposed) : bs));
      const c = core.matmul(core.matrix(batch * m, n), a, b, { transA, transB, batch });
      const expected = as.flatMap((each, i) => product(each, bs[i]!));
      expectExact(c.values, expected);
    });
  });

  test("that shares its second matrix", () => {
    core.scope(() => {
      const b = place(bs[0]!);
      const c = core.matmul(core.matrix(batch * m, n), place(stack(as.map(transposed))), b, {
        transA: true,
        batch,
        shareB: true,
      });
      const expected = as.flatMap((each) => product(each, bs[0]!));
      expectExact(c.values, expected);
    });
  });

  test("must divide the rows", () => {
    core.scope(() => {
      const a = core.matrix(3, 3);
      const options = { batch: 2, shareB: true };
      expect(() => core.matmul(core.matrix(3, 3), a, core.matrix(3, 3), options)).toThrow(
        "matmul: a batch of 2 must divide the rows of matrix [3, 3], matrix [3, 3]",
      );
    });
  });
});

test("products larger than a block agree with plain loops", () => {
  core.scope(() => {
    const [a, b] = [plain(70, 300, 1), plain(300, 270, 2)];
    const c = core.matmul(core.matrix(70, 270), place(a), place(b));
    expectExact(c.values, product(a, b));
  });
});

test("the room for packing is kept, and bounded", () => {
  const { memory } = core.core;
  const square = (size: number) =>
    core.scope(() => void core.matmul(core.matrix(size, size), core.matrix(size, size), core.matrix(size, size)));
  square(512);
  const { used } = memory;
  for (const size of [4, 100, 300, 600]) square(size);
  expect(memory.used).toBe(used);
});

test("rows are taken by their indices", () => {
  core.scope(() => {
    const x = core.matrix([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    const y = core.matrix(2, 3);
    expect([...core.takeRows(y, x, [2, 0]).values]).toEqual([7, 8, 9, 1, 2, 3]);
    expect([...core.takeRows(y, x, Uint32Array.of(0, 0, 1, 1), 2).values]).toEqual([4, 5, 6, 4, 5, 6]);
    expect(() => core.takeRows(y, x, [0, 3])).toThrow("takeRows: matrix [3, 3] has the rows 0 to 2, got 3");
    expect(() => core.takeRows(y, x, [0])).toThrow("takeRows: 1 of the rows of matrix [3, 3] into matrix [2, 3]");
    expect(() => core.takeRows(core.matrix(2, 2), x, [0, 1])).toThrow("into matrix [2, 2]");
  });
});

describe("refusals show the shapes and say what to change", () => {
  const refusals: [what: string, work: () => Values, message: string][] = [
    [
      "inner sizes",
      () => core.matmul(core.matrix(2, 4), core.matrix(2, 3).named("x"), core.matrix(5, 4)),
      'matmul: matrix [2, 4] = matrix "x" [2, 3] · matrix [5, 4]: the first has 3 columns but the second 5 rows; they must be equal',
    ],
    [
      "inner sizes of transposed matrices",
      () => core.matmul(core.matrix(2, 4), core.matrix(3, 2), core.matrix(4, 5), { transA: true, transB: true }),
      "matmul: matrix [2, 4] = matrix [3, 2] transposed · matrix [4, 5] transposed: the first has 3 columns but the second 5 rows",
    ],
    [
      "the output",
      () => core.matmul(core.matrix(2, 2), core.matrix(2, 3), core.matrix(3, 4)),
      "matmul: matrix [2, 2] = matrix [2, 3] · matrix [3, 4]: the product is [2, 4]; make the output so",
    ],
    [
      "the bias",
      () => core.matmul(core.matrix(2, 4), core.matrix(2, 3), core.matrix(3, 4), { bias: core.vector(2) }),
      "matmul: matrix [2, 4] needs a bias [4], got vector [2]",
    ],
    [
      "the activation",
      () => core.matmul(core.matrix(1, 1), core.matrix(1, 1), core.matrix(1, 1), { activation: "step" as "relu" }),
      'matmul: unknown activation "step"; the activations are relu, leakyRelu,',
    ],
    [
      "a vector for a matrix",
      () => core.matvec(core.vector(2), core.matrix(2, 3), core.vector(2)),
      "matvec: vector [2] = matrix [2, 3] · vector [2]: it takes 3 values and gives 2; check the vectors",
    ],
    [
      "a vector for a transposed matrix",
      () => core.matvec(core.vector(2), core.matrix(2, 3), core.vector(2), { transA: true }),
      "matvec: vector [2] = matrix [2, 3] transposed · vector [2]: it takes 2 values and gives 3",
    ],
    [
      "the outer product",
      () => core.outer(core.matrix(2, 2), core.vector(2), core.vector(3)),
      "outer: vector [2] and vector [3] give a matrix [2, 3], but the output is matrix [2, 2]",
    ],
    [
      "the transposed matrix",
      () => core.transpose(core.matrix(2, 3), core.matrix(2, 3)),
      "transpose: of matrix [2, 3] into matrix [2, 3]; pass another matrix [3, 2]",
    ],
  ];
  test.each(refusals)("%s", (_, work, message) => {
    expect(() => core.scope(work)).toThrow(message);
  });

  test("an output that is an input", () => {
    core.scope(() => {
      const square = core.matrix(2, 2).named("c");
      expect(() => core.matmul(square, square, core.matrix(2, 2))).toThrow(
        'matmul: the output matrix "c" [2, 2] is one of the inputs, too; give it a matrix or vector of its own',
      );
      const x = core.vector(2);
      expect(() => core.matvec(x, square, x)).toThrow("matvec: the output vector [2] is one of the inputs, too");
      expect(() => core.matvec(x, square, core.vector(2), { bias: x })).toThrow("is one of the inputs, too");
    });
  });
});
