// 8-bit weights: how weights become codes, what products with them are off by, and the pass that puts them into a graph.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { dequantizeRows, quantizeRows, offsetEvenCodes } from "../src/core/int8.js";
import { Random } from "../src/data/random.js";
import { fuse } from "../src/graph/fuse.js";
import { canBeEightBits, eightBitOf, withEightBits } from "../src/graph/int8.js";
import * as ops from "../src/graph/index.js";
import { ShapeError } from "../src/graph/op.js";
import { codeBytes, embeddingInt8Op, linearInt8Op } from "../src/graph/ops/int8.js";
import { input, parameter } from "../src/graph/ops/leaf.js";
import { apply, createNode, reachable, type Tensor } from "../src/graph/tensor.js";
import { EightBit } from "../src/shared/eight-bit.js";
import { openGraphs, type Given, type Graphs } from "./support/graph.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

const normals = (random: Random, n: number, spread = 1) =>
  Float32Array.from({ length: n }, () => random.normal(0, spread));

describe("quantizeRows", () => {
  test("is off by at most half a scale, and its largest code is 127", () => {
    const random = new Random(1);
    const [rows, cols] = [20, 37];
    const weights = normals(random, rows * cols, 0.05);
    const { values, scales } = quantizeRows(weights, rows, cols);
    weights.forEach((weight, i) => {
      const scale = scales[Math.floor(i / cols)]!;
      expect(Math.abs(values[i]! * scale - weight)).toBeLessThanOrEqual(scale * 0.50001);
    });
    for (let row = 0; row < rows; row++) {
      const codes = values.subarray(row * cols, (row + 1) * cols);
      expect(Math.max(...codes.map(Math.abs))).toBe(127);
    }
  });

  test("keeps weights that are codes times a power of two as they are, and rows of zeros", () => {
    const weights = Float32Array.from([127, -127, 3, 0, 0, 0, 0, 0, 254, 2, -4, 100], (x) => x / 1024);
    const quantized = quantizeRows(weights, 3, 4);
    expect(dequantizeRows(quantized, 4)).toEqual(weights);
    expect(quantized.scales[1]).toBe(0);
  });

  test("takes rows too small for a scale as zeros", () => {
    expect(quantizeRows(Float32Array.of(1e-40, -1e-38), 1, 2)).toEqual({
      values: Int8Array.of(0, 0),
      scales: Float32Array.of(0),
    });
  });

  test("refuses what has no scale, and other numbers of weights", () => {
    expect(() => quantizeRows(Float32Array.of(1, NaN), 1, 2)).toThrow(
      new RangeError("quantizeRows: number 1 is NaN, which has no scale"),
    );
    expect(() => quantizeRows(Float32Array.of(1, -Infinity), 2, 1)).toThrow("number 1 is -Infinity");
    expect(() => quantizeRows(new Float32Array(5), 2, 3)).toThrow(
      new RangeError("quantizeRows: [2, 3] takes 6 numbers, got 5"),
    );
  });
});

/** Codes and scales as leaves are given. */
function given(
  weights: Float32Array,
  rows: number,
  cols: number,
): { codes: Given; scales: Given; exact: Float32Array } {
  const { values, scales } = quantizeRows(weights, rows, cols);
  const bytes = codeBytes(cols);
  const padded = new Int8Array(rows * bytes);
  for (let row = 0; row < rows; row++) padded.set(values.subarray(row * cols, (row + 1) * cols), row * bytes);
  offsetEvenCodes(padded);
  return {
    codes: { shape: [rows, bytes], dtype: "i8", values: padded, as: "parameter" },
    scales: { shape: [rows], values: scales },
    exact: dequantizeRows({ values, scales }, cols),
  };
}

const product = (x: Float32Array, codes: Given, scales: Given, m: number, k: number, dots = false) =>
  graphs.run({ x: { shape: [m, k], values: x }, codes, scales }, (leaves) => ({
    y: apply(linearInt8Op, [leaves.x, leaves.codes, leaves.scales], { dots }),
  })).y;

describe("a product with 8-bit weights", () => {
  test("is within the bound that rounding to 8 bits allows", () => {
    const sizes = fc.record({
      m: fc.integer({ min: 1, max: 5 }),
      k: fc.integer({ min: 1, max: 300 }),
      n: fc.integer({ min: 1, max: 20 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(sizes, ({ m, k, n, seed }) => {
        const random = new Random(seed);
        const [x, weights] = [normals(random, m * k), normals(random, n * k, 0.1)];
        const { codes, scales } = given(weights, n, k);
        const y = product(x, codes, scales, m, k);
        expect(product(x, codes, scales, m, k, true)).toEqual(y); // the same bits by either way
        for (let i = 0; i < m; i++) {
          const row = x.subarray(i * k, (i + 1) * k);
          const step = Math.max(...row.map(Math.abs)) / 127;
          for (let j = 0; j < n; j++) {
            const scale = scales.values[j]!;
            let [sum, bound] = [0, 0];
            row.forEach((value, p) => {
              const weight = weights[j * k + p]!;
              sum += value * weight;
              // (x + dx)(w + dw) - x w, where |dx| ≤ step / 2 and |dw| ≤ scale / 2
              bound += (Math.abs(value) * scale + Math.abs(weight) * step + (scale * step) / 2) / 2;
            });
            expect(Math.abs(y[i * n + j]! - sum)).toBeLessThanOrEqual(bound * 1.0001 + 1e-6);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    [768, 64, 0.0065],
    [3072, 64, 0.0065],
    [64, 64, 0.008],
  ])("of %i normal inputs is off by less than a hundredth of what the result varies by", (k, n, least) => {
    const random = new Random(k);
    const [x, weights] = [normals(random, 4 * k), normals(random, n * k, 0.02)];
    const { codes, scales } = given(weights, n, k);
    const y = product(x, codes, scales, 4, k);
    let [squares, all] = [0, 0];
    y.forEach((value, i) => {
      const [row, col] = [Math.floor(i / n), i % n];
      let exact = 0;
      let [xNorm, wNorm] = [0, 0];
      for (let p = 0; p < k; p++) {
        const [a, b] = [x[row * k + p]!, weights[col * k + p]!];
        exact += a * b;
        xNorm += a * a;
        wNorm += b * b;
      }
      // Relative to |x| |w| / √k, the standard deviation of such a product.
      squares += (value - exact) ** 2;
      all += (xNorm * wNorm) / k;
    });
    const error = Math.sqrt(squares / all);
    expect(error).toBeLessThan(2 * least);
    expect(error).toBeGreaterThan(least / 2); // it is 8 bits
  });

  test("is exact for whole numbers up to 127", () => {
    const x = Float32Array.from({ length: 50 }, (_, i) => (i === 0 ? 127 : (i * 37) % 128));
    const weights = Float32Array.from({ length: 150 }, (_, i) => (i % 50 === 0 ? -127 : ((i * 29) % 255) - 127));
    const { codes, scales } = given(weights, 3, 50);
    expect([...(scales.values as Float32Array)]).toEqual([1, 1, 1]);
    const exact = [0, 1, 2].map((row) => x.reduce((sum, value, p) => sum + value * weights[row * 50 + p]!, 0));
    expect([...product(x, codes, scales, 1, 50)]).toEqual(exact);
  });

  test("keeps its sums whole in the longest rows, where what is summed on the way leaves 32 bits", () => {
    const [k, n] = [EightBit.Longest, 2];
    const codes = new Int8Array(n * k).fill(127).fill(-127, k);
    offsetEvenCodes(codes);
    const weight = [
      { shape: [n, k], dtype: "i8", values: codes, as: "parameter" },
      { shape: [n], values: [1, 1] },
    ] as const;
    for (const dots of [false, true]) {
      for (const m of [1, 2]) {
        const y = product(new Float32Array(m * k).fill(-127), ...weight, m, k, dots);
        const whole = Math.fround(127 * 127 * k);
        expect([...y]).toEqual(Array.from({ length: m }, () => [-whole, whole]).flat());
      }
    }
  });

  test("of a row with NaN or infinity is NaN, of other rows is not, and of zeros is 0", () => {
    const { codes, scales } = given(Float32Array.of(1, 2, 3, 4), 2, 2);
    const y = product(Float32Array.of(NaN, 1, 1, 1, 1, -Infinity, 0, 0, 1e-35, 0), codes, scales, 5, 2);
    expect([...y].map(Number.isNaN)).toEqual([true, true, false, false, true, true, false, false, false, false]);
    expect([...y.subarray(6)]).toEqual([0, 0, 0, 0]);
  });

  test("has the same bits by either way where the codes come in chunks", () => {
    const random = new Random(5);
    const [m, k, n] = [3, 5000, 19];
    const x = normals(random, m * k);
    const { codes, scales } = given(normals(random, n * k), n, k);
    expect(product(x, codes, scales, m, k, true)).toEqual(product(x, codes, scales, m, k));
  });

  test("has the same bits for a row alone and among others", () => {
    const random = new Random(6);
    const [k, n, m] = [100, 13, 70];
    const x = normals(random, m * k);
    const { codes, scales } = given(normals(random, n * k), n, k);
    const all = product(x, codes, scales, m, k);
    for (const row of [0, 1, 31, 32, 69]) {
      const alone = product(x.slice(row * k, (row + 1) * k), codes, scales, 1, k);
      expect([...alone]).toEqual([...all.slice(row * n, (row + 1) * n)]);
    }
  });
});

test("a table's rows are its codes times their scale; ids beyond it are held within", () => {
  const { codes, scales, exact } = given(normals(new Random(2), 6 * 11), 6, 11);
  const ids: Given = { shape: [4], dtype: "i32", values: [5, -3, 2, 99] };
  const { all, some } = graphs.run({ codes, scales, ids }, (leaves) => ({
    all: apply(embeddingInt8Op, [leaves.codes, leaves.scales], { cols: 11 }),
    some: apply(embeddingInt8Op, [leaves.codes, leaves.scales, leaves.ids], { cols: 11 }),
  }));
  expect(all).toEqual(exact);
  expect([...some]).toEqual([5, 0, 2, 5].flatMap((row) => [...exact.slice(row * 11, (row + 1) * 11)]));
});

describe("the pass", () => {
  const [x, ids] = [input("x", [2, 64]), input("ids", [3], "i32")];
  const [weight, bias] = [parameter([80, 64], { name: "weight" }), parameter([80])];
  const table = parameter([100, 64]);
  const eight = (...tensors: Tensor[]) => new Map(tensors.map((tensor) => [tensor, eightBitOf(tensor)]));
  const names = (roots: readonly (Tensor | ReturnType<typeof createNode>)[]) =>
    reachable(roots).map(({ op }) => op.name);

  test("finds matrices that are large enough and used as weights of linear layers, or as tables, alone", () => {
    const small = parameter([4, 64]);
    const squared = parameter([80, 64]);
    const y = ops.relu(ops.linear(x, weight, bias));
    const roots = [
      y,
      ops.linear(x, small),
      ops.embedding(ids, table),
      ops.linear(ops.embedding(ids, table), table), // tied
      ops.add(ops.linear(x, squared), ops.sum(ops.square(squared))),
    ];
    expect([...canBeEightBits(roots, 4096)]).toEqual([weight, table]);
    expect([...canBeEightBits([...roots, table], 4096)]).toEqual([weight]);
    expect([...canBeEightBits([ops.linear(x, small)], 256)]).toEqual([small]);
  });

  test("replaces linear layers and tables, and keeps a fused activation", () => {
    const y = ops.gelu(ops.linear(x, weight, bias));
    const fused = fuse([y, ops.embedding(ids, table)]);
    const { roots, at } = withEightBits(fused.roots, eight(weight, table));
    expect(names(roots).filter((name) => name !== "parameter" && name !== "input")).toEqual([
      "linearInt8",
      "gelu",
      "embeddingInt8",
    ]);
    expect(at(fused.at(y)!)).toBe(roots[0]);
  });

  test("gives anything else the whole weight again, once", () => {
    const y = ops.add(ops.sum(ops.square(weight)), ops.mean(ops.transpose(weight)));
    const { roots } = withEightBits([y, weight], eight(weight));
    expect(names(roots).filter((name) => name === "embeddingInt8")).toHaveLength(1);
    expect(reachable(roots).flatMap(({ outputs }) => outputs)).not.toContain(weight);
    expect((roots[1] as Tensor).shape).toEqual([80, 64]);
  });

  test("names the leaves after the weight", () => {
    const { codes, scales } = eightBitOf(weight);
    expect([codes, scales].map(String)).toEqual(["weight codes [80, 64]", "weight scales [80]"]);
    expect(codes.dtype).toBe("i8");
    expect(eightBitOf(parameter([3, 17])).codes.shape).toEqual([3, 32]);
  });
});

describe("the rows refuse", () => {
  const { codes, scales } = eightBitOf(parameter([5, 20]));
  test("codes and scales that do not belong together, or other columns", () => {
    expect(() => apply(linearInt8Op, [input("x", [2, 40]), codes, scales])).toThrow(
      new ShapeError(
        "linearInt8: codes i8 [5, 32] with scales [5], expected i8 [rows, 48] and [rows] for 40 columns, of which there can be 131072",
      ),
    );
    expect(() => apply(embeddingInt8Op, [codes, parameter([4])], { cols: 20 })).toThrow(ShapeError);
    expect(() => apply(linearInt8Op, [input("x", [2, 20]), codes, scales, parameter([4])])).toThrow(
      new ShapeError("linearInt8: the bias is [4], expected [5]"),
    );
  });

  test("codes for other ops, and gradients", () => {
    expect(() => ops.relu(codes)).toThrow(TypeError);
    const x = input("x", [2, 20]);
    const y = ops.sum(apply(linearInt8Op, [x, codes, scales]));
    expect(() => ops.grad(y, [x])).toThrow("linearInt8 [2, 5] cannot be differentiated");
  });
});
