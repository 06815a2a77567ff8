// Softmax and log-softmax: along every axis, of every length behind a vector, how exact they are, and what extreme
// numbers and those that are none make of a row.
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { grad } from "../src/graph/grad.js";
import { mul } from "../src/graph/ops/elementwise.js";
import { sum } from "../src/graph/ops/reduce.js";
import { logSoftmax, softmax } from "../src/graph/ops/softmax.js";
import { sizeOf, type Shape } from "../src/graph/tensor.js";
import { expectClose } from "./support/close.js";
import { slopes } from "./support/finite-differences.js";
import { openGraphs, type Given, type Graphs } from "./support/graph.js";
import { logSoftmaxOf, softmaxOf } from "./support/reference-shape.js";
import { indicesOf, placeIn, sumOf } from "./support/reference-tensor.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

const random = new Random(23);
const floats = (shape: Shape, spread = 3): Given => ({
  shape,
  values: Float32Array.from({ length: sizeOf(shape) }, () => random.normal(0, spread)),
});
const ofRows = (values: readonly number[], rows = 1) => {
  const x: Given = { shape: [rows, values.length / rows], values, as: "parameter" };
  const { p, log } = graphs.run({ x }, ({ x }) => ({ p: softmax(x), log: logSoftmax(x) }));
  return { p: Array.from(p), log: Array.from(log) };
};

/** f of each line along `axis`, put back in place. */
function along(shape: Shape, values: readonly number[], axis: number, f: (line: number[]) => number[]): number[] {
  const to = shape.map((size, i) => (i === axis ? 1 : size));
  const places: number[][] = Array.from({ length: sizeOf(to) }, () => []);
  indicesOf(shape).forEach((index, i) => places[placeIn(to, index)]!.push(i));
  const result = [...values];
  for (const line of places) f(line.map((i) => values[i]!)).forEach((value, i) => (result[line[i]!] = value));
  return result;
}

describe.each([
  ["softmax", softmax, softmaxOf],
  ["logSoftmax", logSoftmax, logSoftmaxOf],
] as const)("%s", (_, op, reference) => {
  test.each([[[6]], [[3, 5]], [[4, 17]], [[2, 3, 4]], [[3, 4, 2, 5]]] as Shape[][])(
    "along each axis of [%s]",
    (shape) => {
      const [x, dy] = [floats(shape!), floats(shape!)];
      const values = Array.from(x.values);
      for (let axis = 0; axis < shape!.length; axis++) {
        const results = graphs.run({ x, dy }, (leaves) => {
          const y = op(leaves.x, { axis });
          const [dx] = grad(sum(mul(y, leaves.dy)), [leaves.x]);
          return { y, same: op(leaves.x, { axis: axis - shape!.length }), dx: dx! };
        });
        const of = (at: number[]) => along(shape!, at, axis, reference);
        expectClose(results.y, of(values), 1e-6);
        expect(results.same).toEqual(results.y);
        const difference = slopes((at) => sumOf(of(at).map((value, i) => value * dy.values[i]!)), values);
        expectClose(results.dx, difference, 5e-6);
      }
    },
  );

  test("of every length behind a vector and a block", () => {
    for (const cols of [1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 63, 64, 65, 100, 1000]) {
      const x = floats([3, cols]);
      const { y } = graphs.run({ x }, (leaves) => ({ y: op(leaves.x) }));
      expectClose(y, along([3, cols], Array.from(x.values), 1, reference), 1e-6);
    }
  });
});

test("probabilities are exact to 6 ulp and sum to 1", () => {
  for (const cols of [10, 1000, 50_000]) {
    // Numbers whose distance from the largest is exact: else its rounding is that of the exponent.
    const x = Array.from({ length: cols }, () => Math.round(random.normal(0, 4) * 256) / 256);
    const { p } = ofRows(x);
    const errors = softmaxOf(x).map((expected, i) => Math.abs(p[i]! / expected - 1));
    expect(Math.max(...errors)).toBeLessThan(6 * 2 ** -24);
    expect(Math.abs(sumOf(p) - 1)).toBeLessThan(1e-6);
  }
});

describe("extreme rows", () => {
  test.each([1, 2, 3, 4, 5, 8, 9])("of %i equal numbers, whatever they are, are even", (n) => {
    for (const value of [0, -1e30, 1e30, 3.4e38, -3.4e38]) {
      const { p, log } = ofRows(new Array<number>(n).fill(value));
      p.forEach((one) => expect(Math.abs(one * n - 1)).toBeLessThan(2e-7));
      log.forEach((one) => expect(Math.abs(one + Math.log(n))).toBeLessThan(1e-6));
    }
  });

  test("a number far above all others takes it all, wherever it stands", () => {
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 17]) {
      for (let place = 0; place < n; place++) {
        const row = Array.from({ length: n }, (_, i) => (i === place ? 500 : -500));
        const { p, log } = ofRows(row);
        expect(p).toEqual(row.map((value) => Number(value > 0)));
        expect(log).toEqual(row.map((value) => (value > 0 ? 0 : -1000)));
      }
    }
  });

  test("logarithms keep the distance", () => {
    const { p, log } = ofRows([1000, 0, -1000, 999]);
    expect(p).toEqual([expect.closeTo(1 / (1 + Math.exp(-1)), 6), 0, 0, expect.closeTo(1 / (1 + Math.E), 6)]);
    expect(log[2]! - log[0]!).toBeCloseTo(-2000, 3);
    expect(ofRows([3e38, -3e38, 0]).p).toEqual([1, 0, 0]);
  });

  test("an entry of -Infinity is impossible, and no matter to the others", () => {
    for (let place = 0; place < 7; place++) {
      const row = [0.5, 1, -2, 0.25, 3, 1, -1];
      row[place] = -Infinity;
      const { p, log } = ofRows(row);
      expect([p[place], log[place]]).toEqual([0, -Infinity]);
      expectClose(p, softmaxOf(row), 1e-6);
      expectClose(log, logSoftmaxOf(row), 1e-6);
    }
  });

  test.each([
    ["NaN", NaN],
    ["Infinity", Infinity],
  ])("a row with %s is NaN, the others are not", (_, bad) => {
    for (const cols of [1, 2, 3, 4, 5, 9]) {
      for (let place = 0; place < cols; place++) {
        const row = Array.from({ length: cols }, (_, i) => (i === place ? bad : i / 4));
        const good = Array.from({ length: cols }, (_, i) => i / 4);
        const { p, log } = ofRows([...good, ...row, ...good], 3);
        for (const values of [p, log]) {
          expect(values.slice(cols, 2 * cols)).toEqual(new Array(cols).fill(NaN));
          expect(
            values
              .slice(0, cols)
              .concat(values.slice(2 * cols))
              .some(Number.isNaN),
          ).toBe(false);
        }
      }
    }
  });

  test("a row of -Infinity alone is NaN, as in PyTorch", () => {
    for (const cols of [1, 3, 4, 6]) {
      const { p, log } = ofRows(new Array<number>(cols).fill(-Infinity));
      expect([p, log]).toEqual([new Array(cols).fill(NaN), new Array(cols).fill(NaN)]);
    }
  });
});
