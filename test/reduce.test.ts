// Sums, means and maxima over every choice of axes; how exact long sums are; and the numbers that are none.
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { max, mean, sum } from "../src/graph/ops/reduce.js";
import { argmax, countCorrect } from "../src/graph/ops/step.js";
import { sizeOf, type Shape } from "../src/graph/tensor.js";
import { expectClose } from "./support/close.js";
import { openGraphs, type Given, type Graphs } from "./support/graph.js";
import { indicesOf, placeIn, sumOf } from "./support/reference-tensor.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

const random = new Random(17);
const floats = (shape: Shape, draw = () => random.normal()): Given => ({
  shape,
  values: Float32Array.from({ length: sizeOf(shape) }, draw),
});

/** The elements that each result comes from. */
function groupsOf({ shape, values }: Given, axes: readonly number[]): { to: Shape; groups: number[][] } {
  const to = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const groups: number[][] = Array.from({ length: sizeOf(to) }, () => []);
  indicesOf(shape).forEach((index, i) => groups[placeIn(to, index)]!.push(values[i]!));
  return { to, groups };
}

const subsets = (rank: number) =>
  Array.from({ length: 2 ** rank }, (_, bits) =>
    Array.from({ length: rank }, (_, axis) => axis).filter((axis) => bits & (1 << axis)),
  );

const SHAPES: Shape[] = [
  [],
  [1],
  [7],
  [3, 5],
  [17, 33],
  [2, 3, 4],
  [5, 1, 16],
  [3, 40, 5],
  [2, 3, 2, 5],
  [2, 3, 2, 3, 2],
];

test.each(SHAPES.map((shape) => [shape] as const))(
  "sum, mean and max of [%s] over every subset of its axes",
  (shape) => {
    const x = floats(shape);
    for (const axes of subsets(shape.length)) {
      const { to, groups } = groupsOf(x, axes);
      const results = graphs.run({ x }, (leaves) => ({
        sum: sum(leaves.x, { axes }),
        mean: mean(leaves.x, { axes: axes.map((axis) => axis - shape.length) }),
        max: max(leaves.x, { axes }),
        kept: sum(leaves.x, { axes, keepDims: true }),
      }));
      expectClose(results.sum, groups.map(sumOf), 1e-6);
      expectClose(
        results.mean,
        groups.map((group) => sumOf(group) / group.length),
        1e-6,
      );
      expect(Array.from(results.max)).toEqual(groups.map((group) => Math.max(...group)));
      expect(results.kept).toEqual(results.sum);
      const without = shape.filter((_, axis) => !axes.includes(axis));
      const traced = graphs.run({ x }, (leaves) => {
        const [plain, kept] = [sum(leaves.x, { axes }), max(leaves.x, { axes, keepDims: true })];
        expect(plain.shape).toEqual(without);
        expect(kept.shape).toEqual(to);
        return { plain };
      });
      expect(traced.plain).toHaveLength(groups.length);
    }
  },
);

describe("long sums", () => {
  /** Sum of every `step`th element in f64, and what an error is compared with. */
  function exactSum(values: Float32Array, first = 0, step = 1): { exact: number; magnitude: number } {
    let [exact, magnitude] = [0, 0];
    for (let i = first; i < values.length; i += step) {
      exact += values[i]!;
      magnitude += Math.abs(values[i]!);
    }
    return { exact, magnitude };
  }

  test.each([1000, 100_003, 500_000])(
    "of %i elements are exact to 1e-6 of the sum of magnitudes, along rows and columns",
    (n) => {
      const values = Float32Array.from({ length: n }, () => random.uniform(-1, 3));
      for (const cols of [1, 3, 4, 20]) {
        const part = values.subarray(0, Math.floor(n / cols) * cols);
        const table: Given = { shape: [part.length / cols, cols], values: part };
        const { y } = graphs.run({ table }, (leaves) => ({ y: sum(leaves.table, { axes: 0 }) }));
        y.forEach((value, c) => {
          const { exact, magnitude } = exactSum(part, c, cols);
          expect(Math.abs(value - exact)).toBeLessThan(1e-6 * magnitude);
        });
      }
    },
  );

  test("of numbers far larger than their sum keep what f32 blocks leave", () => {
    const values = new Float32Array(2 ** 16).fill(1);
    values[0] = 1e8;
    values[values.length - 1] = -1e8;
    const { y } = graphs.run({ x: { shape: [values.length], values } }, ({ x }) => ({ y: sum(x) }));
    // Blocks of 256 lose up to half an ulp of 1e8 (4) at each of their additions.
    expect(Math.abs(y[0]! - (values.length - 2))).toBeLessThan(600);
  });

  test("do not depend on what lies behind the last element", () => {
    for (const n of [1, 2, 3, 5, 6, 7, 17, 63]) {
      const x: Given = { shape: [n], values: new Float32Array(n).fill(1) };
      expect(graphs.run({ x }, ({ x }) => ({ y: sum(x), m: max(x) }))).toMatchObject({ y: new Float32Array([n]), m: new Float32Array([1]) }); // prettier-ignore
    }
  });
});

describe("numbers that are none", () => {
  const run = (values: number[], shape: Shape, axes: number) =>
    graphs.run({ x: { shape, values, as: "parameter" } }, ({ x }) => ({
      sum: sum(x, { axes }),
      max: max(x, { axes }),
    }));

  test.each([1, 2, 3, 4, 5, 7, 8, 16, 19])(
    "NaN wins wherever it stands, and in its row or column alone, of %i",
    (n) => {
      for (let place = 0; place < n; place++) {
        const row = Array.from({ length: n }, (_, i) => (i === place ? NaN : i));
        const other = row.map((_, i) => i);
        const rows = run([...other, ...row, ...other], [3, n], 1);
        expect(Array.from(rows.max)).toEqual([n - 1, NaN, n - 1]);
        expect(Array.from(rows.sum)).toEqual([(n * (n - 1)) / 2, NaN, (n * (n - 1)) / 2]);
        const columns = run(row.flatMap((value, i) => [other[i]!, value, other[i]!]), [n, 3], 0); // prettier-ignore
        expect(Array.from(columns.max)).toEqual([n - 1, NaN, n - 1]);
        expect(Array.from(columns.sum)).toEqual([(n * (n - 1)) / 2, NaN, (n * (n - 1)) / 2]);
      }
    },
  );

  test("infinities sum and win as IEEE has it", () => {
    for (const [shape, axes] of [
      [[4, 3], 1],
      [[4, 3], 0],
    ] as const) {
      // prettier-ignore
      const by = [[1, Infinity, 2], [-Infinity, 1, 2], [Infinity, -Infinity, 0], [-Infinity, -Infinity, -Infinity]]; // prettier-ignore
      const groups = axes === 1 ? by : [0, 1, 2].map((c) => by.map((row) => row[c]!));
      const { sum, max } = run(by.flat(), shape, axes);
      expect(Array.from(sum)).toEqual(groups.map(sumOf));
      expect(Array.from(max)).toEqual(groups.map((group) => Math.max(...group)));
    }
  });

  test("nothing but negative numbers has a negative maximum", () => {
    for (const n of [1, 3, 4, 5, 17]) {
      const x: Given = { shape: [n], values: new Float32Array(n).fill(-3) };
      expect([...graphs.run({ x }, ({ x }) => ({ y: max(x) })).y]).toEqual([-3]);
    }
  });
});

describe("argmax", () => {
  const of = (rows: number[][]) => {
    const x: Given = { shape: [rows.length, rows[0]!.length], values: rows.flat(), as: "parameter" };
    return [...graphs.run({ x }, (leaves) => ({ y: argmax(leaves.x) })).y];
  };

  test("finds every place, of every length behind a vector", () => {
    for (const n of [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33]) {
      const rows = Array.from({ length: n }, (_, place) => Array.from({ length: n }, (_, i) => (i === place ? 1 : -i)));
      expect(of(rows)).toEqual(rows.map((_, place) => place));
    }
  });

  test("takes the first of equals, and NaN for the largest", () => {
    expect(of([[1, 3, 3, 2, 3], [-1, -1, -1, -1, -1], [0, -0, 0, 0, 0], [-Infinity, -Infinity, -5, 0, 0]])).toEqual([1, 0, 0, 3]); // prettier-ignore
    expect(of([[1, Infinity, NaN, 2, NaN], [NaN, 1, 2, 3, 4], [1, 2, 3, 4, NaN]])).toEqual([2, 0, 4]); // prettier-ignore
  });
});

test("a prediction that is NaN is never right", () => {
  for (const n of [1, 3, 4, 5, 9]) {
    const x: Given = {
      shape: [2, n],
      values: [...new Array<number>(n).fill(NaN), ...new Array<number>(n).fill(-Infinity)],
    };
    const t: Given = { shape: [2], values: [0, 0], dtype: "i32" };
    expect([...graphs.run({ x, t }, ({ x, t }) => ({ y: countCorrect(x, t, "ids") })).y]).toEqual([1]);
  }
});
