// Indexing at its edges: ids outside, NaN, equal elements, special cases of powers, random shapes. The rows' values and
// gradients at ordinary numbers are checked with all others, in ops.test.ts.
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { func, grad, ops } from "wasmgrad";
import { Random } from "../src/data/random.js";
import { expectClose } from "./support/close.js";
import { openGraphs, type Graphs, type Given } from "./support/graph.js";
import { indexingReferences } from "./support/reference-indexing.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

const opened: { dispose(): void }[] = [];
async function compiled<F extends { dispose(): void }>(made: Promise<F>): Promise<F> {
  const f = await made;
  opened.push(f);
  return f;
}
afterEach(() => opened.splice(0).forEach((f) => f.dispose()));

const vector = (...values: number[]): Given => ({ shape: [values.length], values });
/** As a parameter: the gathering of an input, x · 1 + 0, makes 0 of -0. */
const exact = (...values: number[]): Given => ({ ...vector(...values), as: "parameter" });
const ints = (...values: number[]): Given => ({ shape: [values.length], values, dtype: "i32" });

describe("ids outside of the axis", () => {
  test("are refused where they come in, with what takes them", async () => {
    const f = await compiled(
      func({ x: [3, 2], ids: { shape: [2], dtype: "i32" } }, ({ x, ids }) => ({ y: ops.take(x, ids) })),
    );
    expect(() => f({ x: [1, 2, 3, 4, 5, 6], ids: [0, 3] })).toThrow(
      new RangeError("func: ids[1] is 3, but take along axis 0 of x [3, 2] takes whole numbers from 0 to 2"),
    );
    const g = await compiled(
      func({ x: [2, 4], ids: { shape: [2, 1], dtype: "i32" } }, ({ x, ids }) => ({ y: ops.gather(x, 1, ids) })),
    );
    expect(() => g({ x: new Float32Array(8), ids: [-1, 0] })).toThrow(
      new RangeError("func: ids[0] is -1, but gather along axis 1 of x [2, 4] takes whole numbers from 0 to 3"),
    );
    const h = await compiled(func({ ids: { shape: [2], dtype: "i32" } }, ({ ids }) => ({ y: ops.oneHot(ids, 3) })));
    expect(() => h({ ids: [1, 3] })).toThrow(
      new RangeError("func: ids[1] is 3, but oneHot of 3 classes takes whole numbers from 0 to 2"),
    );
  });

  test("are held within it by the kernels, forward and backward", () => {
    const given = { x: vector(10, 20, 30), ids: ints(-5, 1, 2_000_000_000, -2_147_483_648), dy: vector(1, 2, 4, 8) };
    const { taken, gathered, dTaken, dGathered } = graphs.run(given, ({ x, ids, dy }) => {
      const [taken, gathered] = [ops.take(x, ids), ops.gather(x, 0, ids)];
      const d = (y: typeof x) => grad(ops.sum(ops.mul(y, dy)), [x])[0]!;
      return { taken, gathered, dTaken: d(taken), dGathered: d(gathered) };
    });
    for (const y of [taken, gathered]) expect([...y]).toEqual([10, 20, 30, 10]);
    for (const dx of [dTaken, dGathered]) expect([...dx]).toEqual([9, 2, 4]);
  });

  test("give rows of zeros in oneHot", () => {
    const { y } = graphs.run({ ids: ints(-1, 2, 3, 2_147_483_647) }, ({ ids }) => ({ y: ops.oneHot(ids, 3) }));
    expect([...y]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  });
});

test("whole numbers are taken, gathered, joined and turned as they are", () => {
  const given = { x: { ...ints(7, -8, 2_000_000_001, -1), shape: [2, 2] }, ids: { ...ints(1, 0), shape: [1, 2] } };
  const { taken, gathered, joined, turned } = graphs.run(given, ({ x, ids }) => ({
    taken: ops.take(x, ids, 1),
    gathered: ops.gather(x, 0, ids),
    joined: ops.concat([x, ids]),
    turned: ops.flip(x, 0),
  }));
  expect([...taken]).toEqual([-8, 7, -1, 2_000_000_001]);
  expect([...gathered]).toEqual([2_000_000_001, -8]);
  expect([...joined]).toEqual([7, -8, 2_000_000_001, -1, 1, 0]);
  expect([...turned]).toEqual([2_000_000_001, -1, 7, -8]);
});

test("take and gather of random shapes are those of a plain loop", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  const calls = fc.record({ shape: sizes, n: fc.integer({ min: 1, max: 11 }), at: fc.nat(), seed: fc.nat() });
  fc.assert(
    fc.property(calls, ({ shape, n, at, seed }) => {
      const random = new Random(seed);
      const axis = at % shape.length;
      const along = shape.with(axis, n);
      const count = along.reduce((product, size) => product * size, 1);
      const given: Record<string, Given> = {
        x: { shape, values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.integer(1000)) },
        few: { shape: [n], dtype: "i32", values: Array.from({ length: n }, () => random.integer(shape[axis]!)) },
        all: { shape: along, dtype: "i32", values: Array.from({ length: count }, () => random.integer(shape[axis]!)) },
      };
      const { taken, gathered, program } = graphs.run(given, ({ x, few, all }) => ({
        taken: ops.take(x!, few!, axis),
        gathered: ops.gather(x!, axis, all!),
      }));
      const nodeOf = (name: string) => program.order.find(({ op }) => op.name === name)!;
      const numbers = (name: string) => [...Array.from(given[name]!.values)];
      expect([...taken]).toEqual(indexingReferences.take!([numbers("x"), numbers("few")], nodeOf("take"))[0]);
      expect([...gathered]).toEqual(indexingReferences.gather!([numbers("x"), numbers("all")], nodeOf("gather"))[0]);
    }),
    { numRuns: 100 },
  );
});

describe("where", () => {
  test("takes NaN and -1 as true, 0 and -0 as false", () => {
    const given = { c: exact(NaN, -1, 0, -0, 1e-45), a: vector(1, 2, 3, 4, 5), b: vector(-1, -2, -3, -4, -5) };
    expect([...graphs.run(given, ({ c, a, b }) => ({ y: ops.where(c, a, b) })).y]).toEqual([1, 2, -3, -4, 5]);
  });

  test("keeps what is not chosen out of the derivative, even if it is NaN", () => {
    const { dx } = graphs.run({ x: vector(4, -1, 0, 9) }, ({ x }) => {
      const safe = ops.where(ops.greater(x, ops.constant(0)), x, 1);
      const y = ops.where(ops.greater(x, ops.constant(0)), ops.sqrt(safe), 0);
      return { dx: grad(ops.sum(y), [x])[0]! };
    });
    expect([...dx]).toEqual([0.25, 0, 0, Math.fround(1 / 6)]);
  });

  test("takes numbers on either side", () => {
    const { y, z } = graphs.run({ c: vector(1, 0, 1) }, ({ c }) => ({ y: ops.where(c, 2, 3), z: ops.where(c, c, -1) }));
    expect([...y]).toEqual([2, 3, 2]);
    expect([...z]).toEqual([1, -1, 1]);
  });
});

describe("topK", () => {
  const topOf = (k: number, ...values: number[]) => {
    const { v, i } = graphs.run({ x: vector(...values) }, ({ x }) => {
      const { values: v, indices: i } = ops.topK(x, k);
      return { v, i };
    });
    return { values: [...v], indices: [...i] };
  };

  test("has the first of equal elements first", () => {
    expect(topOf(3, 1, 5, 1, 5, 1, 5, 1)).toEqual({ values: [5, 5, 5], indices: [1, 3, 5] });
    expect(topOf(4, 2, 2, 2, 2, 2, 2, 2, 2, 2)).toEqual({ values: [2, 2, 2, 2], indices: [0, 1, 2, 3] });
  });

  test("counts NaN as the largest, as argmax does", () => {
    expect(topOf(3, 1, NaN, Infinity, 7, NaN, -Infinity, 3)).toEqual({
      values: [NaN, NaN, Infinity],
      indices: [1, 4, 2],
    });
    expect(topOf(2, NaN, NaN, NaN, 1, NaN, NaN, 2)).toEqual({ values: [NaN, NaN], indices: [0, 1] });
    expect(topOf(3, NaN, -Infinity, 1)).toEqual({ values: [NaN, 1, -Infinity], indices: [0, 2, 1] });
  });

  test("agrees with sorting, over random rows with few and with many equals", () => {
    const rows = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(rows, fc.nat(), (row, by) => {
        const k = 1 + (by % row.length);
        const ranked = row.map((value, place) => ({ value, place }));
        ranked.sort((a, b) => b.value - a.value || a.place - b.place);
        const best = ranked.slice(0, k);
        const expected = { values: best.map(({ value }) => value), indices: best.map(({ place }) => place) };
        expect(topOf(k, ...row)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe("pow", () => {
  const special = [0, -0, 1, -1, 2, -2, 0.5, -0.5, Infinity, -Infinity, NaN, 1e-40, -1e-40, 3e38, -3e38, 1.17e-38];
  const exponents = [-3, -2, -1, -0.5, -1 / 3, 1 / 3, 0.1, 1.5, 2.5, 3, 4, 17, 100, -100, 1e9 + 1];
  const power = (exponent: number, values: number[]) =>
    graphs.run({ x: exact(...values) }, ({ x }) => ({ y: ops.pow(x, exponent) })).y;

  test.each([...exponents, 0, 1, 2])("to the %f has IEEE 754's special cases", (exponent) => {
    const values = special.map(Math.fround);
    expect([...power(exponent, values)]).toEqual(values.map((x) => Math.fround(x ** exponent)));
  });

  test.each(exponents.filter((exponent) => Math.abs(exponent) < 1e6))("to the %f is within an ulp", (exponent) => {
    const random = new Random(9);
    const values = Array.from({ length: 4000 }, () => Math.fround(Math.exp(random.uniform(-4, 4))));
    power(exponent, values).forEach((y, i) => {
      const exact = values[i]! ** exponent;
      if (exact > 3.4e38 || exact < 1.2e-38) return;
      expect(Math.abs(y - exact)).toBeLessThanOrEqual(Math.abs(exact) * 2 ** -23.9);
    });
  });
});

test("clamp passes NaN, holds infinities, and has the derivative 1 at its limits", () => {
  const { y, dx } = graphs.run({ x: vector(NaN, -Infinity, Infinity, -1, 2, 3) }, ({ x }) => {
    const y = ops.clamp(x, -1, 2);
    return { y, dx: grad(ops.sum(y), [x])[0]! };
  });
  expect([...y]).toEqual([NaN, -1, 2, -1, 2, 2]);
  expect([...dx]).toEqual([0, 0, 0, 1, 1, 0]);
  const { above, below } = graphs.run({ x: vector(-5, 5) }, ({ x }) => ({
    above: ops.clamp(x, 0),
    below: ops.clamp(x, undefined, 0),
  }));
  expect([...above, ...below]).toEqual([0, 5, -5, 0]);
});

test("cumsum adds in f64: a million elements later it is still right", () => {
  const n = 1_000_000;
  const { y } = graphs.run({ x: { shape: [n], values: new Float32Array(n).fill(0.1) } }, ({ x }) => ({
    y: ops.cumsum(x),
  }));
  expect(y[n - 1]).toBe(Math.fround(Math.fround(0.1) * n));
});

test("pad fills with any number, infinite too, and pairs belong to the last axes", () => {
  const { y } = graphs.run({ x: { shape: [2, 1, 2], values: [1, 2, 3, 4] } }, ({ x }) => ({
    y: ops.pad(x, [[0, 1], [1, 0]], -Infinity), // prettier-ignore
  }));
  const edge = -Infinity;
  expect([...y]).toEqual([edge, 1, 2, edge, edge, edge, edge, 3, 4, edge, edge, edge]);
});

test("transpose, squeeze and unsqueeze give the shapes that PyTorch gives", () => {
  const x = ops.constant(0, [2, 1, 3, 1]);
  expect(ops.transpose(x).shape).toEqual([2, 1, 1, 3]);
  expect(ops.transpose(x, 0, -2).shape).toEqual([3, 1, 2, 1]);
  expect(ops.squeeze(x).shape).toEqual([2, 3]);
  expect(ops.squeeze(x, 1).shape).toEqual([2, 3, 1]);
  expect(ops.squeeze(x, [1, -1]).shape).toEqual([2, 3]);
  expect(ops.unsqueeze(x, 0).shape).toEqual([1, 2, 1, 3, 1]);
  expect(ops.unsqueeze(x, -1).shape).toEqual([2, 1, 3, 1, 1]);
});

test("nothing is done where nothing changes", () => {
  const x = ops.constant(1, [3, 1]);
  expect(ops.pad(x, [[0, 0]])).toBe(x);
  expect(ops.flip(x, 1)).toBe(x);
  expect(ops.split(x, 3)[0]).toBe(x);
  expect(ops.concat([x], 1)).toBe(x);
  expect(ops.pow(x, 1)).toBe(x);
});

test("a concatenation writes each part once, where it belongs", () => {
  const given = { a: vector(1, 2, 3), b: vector(4, 5) };
  const { y, program } = graphs.run(given, ({ a, b }) => ({ y: ops.concat([a, b]) }));
  expectClose(y, [1, 2, 3, 4, 5], 0);
  expect(program.steps.filter(({ node }) => node?.op.name === "concat")).toHaveLength(2);
});

test("ids that choose among ids are held to the table they choose from", async () => {
  const f = await compiled(
    func(
      { words: { shape: [5], dtype: "i32" }, chosen: { shape: [2], dtype: "i32" }, table: [3, 1] },
      ({ words, chosen, table }) => ({ y: ops.embedding(ops.take(words, chosen), table) }),
    ),
  );
  expect([...f({ words: [0, 1, 2, 1, 0], chosen: [4, 2], table: [10, 20, 30] }).y]).toEqual([10, 30]);
  expect(() => f({ words: [0, 1, 2, 3, 0], chosen: [4, 2], table: [10, 20, 30] })).toThrow("words[3] is 3");
  expect(() => f({ words: [0, 1, 2, 1, 0], chosen: [5, 2], table: [10, 20, 30] })).toThrow("chosen[0] is 5");
});
