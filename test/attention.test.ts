// Attention against a plain f64 loop over random shapes and options, at sizes beyond a strip, a tile and a block; what
// it makes of queries that see nothing and of numbers that are none; its memory; and what it refuses.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { grad } from "../src/graph/grad.js";
import { attention, packedAttention, rowsAttention, type AttentionOptions } from "../src/graph/ops/attention.js";
import { mul } from "../src/graph/ops/elementwise.js";
import { matmul } from "../src/graph/ops/matmul.js";
import { sum } from "../src/graph/ops/reduce.js";
import { permute, reshape } from "../src/graph/ops/shape.js";
import { slice } from "../src/graph/ops/slice.js";
import { softmax } from "../src/graph/ops/softmax.js";
import { compileProgram } from "../src/graph/program.js";
import { sizeOf, type Shape, type Tensor } from "../src/graph/tensor.js";
import { expectClose } from "./support/close.js";
import { leavesOf, openGraphs, type Given, type Graphs } from "./support/graph.js";
import { evaluate } from "./support/reference.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

const floats = (shape: Shape, random: Random, spread = 1): Given => ({
  shape,
  values: Float32Array.from({ length: sizeOf(shape) }, () => random.normal(0, spread)),
});

type Leaves = Readonly<Record<string, Tensor>>;

/** y, and the gradients of sum(y · dy) by all leaves that hold floats. */
function withGradients(trace: (leaves: Leaves) => Tensor) {
  return (leaves: Leaves): Record<string, Tensor> => {
    const y = trace(leaves);
    const by = Object.entries(leaves).filter(([name, { dtype }]) => name !== "dy" && dtype === "f32");
    const gradients = grad(
      sum(mul(y, leaves["dy"]!)),
      by.map(([, tensor]) => tensor),
    );
    return { y, ...Object.fromEntries(by.map(([name], i) => [`d ${name}`, gradients[i]!])) };
  };
}

function expectAsInF64(given: Record<string, Given>, trace: (leaves: Leaves) => Tensor, tolerance = 3e-5): void {
  const full = withGradients(trace);
  const leaves = leavesOf(given);
  const results = full(leaves);
  const numbers = new Map(Object.entries(given).map(([name, { values }]) => [leaves[name]!, Array.from(values)]));
  const expected = evaluate(Object.values(results), numbers);
  const computed = graphs.run(given, full);
  Object.keys(results).forEach((name, i) => expectClose(computed[name]!, expected[i]!, tolerance));
}

/** A size: small, or just about that of a strip, a tile or two. */
const sizes = (...around: number[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 20 }) },
    ...around.map((size) => ({ weight: 1, arbitrary: fc.integer({ min: size - 2, max: size + 5 }) })),
  );

describe("against a plain f64 loop", () => {
  const options = fc.record({
    causal: fc.boolean(),
    causalOffset: fc.integer({ min: -5, max: 12 }),
    scale: fc.option(fc.double({ min: 0.05, max: 1, noNaN: true }), { nil: undefined }),
    dropout: fc.constantFrom(0, 0, 0, 0.2, 0.5),
    stream: fc.nat(100),
  });

  test("of heads, grouped or not, with masks of every shape", () => {
    const sized = fc.record({
      lead: fc.constantFrom<Shape>([], [2], [3], [2, 2], [1, 3], [2, 1, 2]),
      group: fc.integer({ min: 1, max: 3 }),
      ...{ tq: sizes(64), tk: sizes(64), d: sizes(32), dv: sizes(32) },
      mask: fc.constantFrom("none", "none", "floats", "boolean"),
      maskAxes: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      seed: fc.nat(),
    });
    const property = fc.property(sized, options, ({ lead, group, tq, tk, d, dv, mask, maskAxes, seed }, choices) => {
      const random = new Random(seed);
      const heads = lead.length === 0 ? [] : [...lead.slice(0, -1), lead.at(-1)! * group];
      const scores = [...heads, tq, tk];
      const shape = scores.map((size, axis) => (maskAxes[axis] ? size : 1)).slice(maskAxes[4] ? 0 : -2);
      const given: Record<string, Given> = {
        q: floats([...heads, tq, d], random),
        k: floats([...lead, tk, d], random),
        v: floats([...lead, tk, dv], random),
        dy: floats([...heads, tq, dv], random),
        ...(mask === "floats" && { mask: floats(shape, random) }),
        ...(mask === "boolean" && {
          mask: { shape, dtype: "i32", values: Array.from({ length: sizeOf(shape) }, () => random.integer(3) - 1) },
        }),
      };
      expectAsInF64(given, ({ q, k, v, mask }) => attention(q!, k!, v!, { ...choices, ...(mask && { mask }) }));
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("of rows, and of rows that hold all three", () => {
    const sized = fc.record({
      ...{ samples: fc.integer({ min: 1, max: 3 }), kvHeads: fc.integer({ min: 1, max: 3 }) },
      ...{ group: fc.integer({ min: 1, max: 2 }), d: sizes(), tq: sizes(64), tk: sizes() },
      ...{ packed: fc.boolean(), seed: fc.nat() },
    });
    const property = fc.property(sized, options, ({ samples, kvHeads, group, d, tq, tk, packed, seed }, choices) => {
      const random = new Random(seed);
      const heads = kvHeads * group;
      const dy = floats([samples, tq, heads * d], random);
      if (packed) {
        const qkv = floats([samples, tq, (heads + 2 * kvHeads) * d], random);
        expectAsInF64({ qkv, dy }, ({ qkv }) => packedAttention(qkv!, { heads, kvHeads, ...choices }));
      } else {
        const given = {
          q: floats([samples, tq, heads * d], random),
          k: floats([samples, tk, kvHeads * d], random),
          v: floats([samples, tk, kvHeads * d], random),
          dy,
        };
        expectAsInF64(given, ({ q, k, v }) => rowsAttention(q!, k!, v!, { heads, kvHeads, ...choices }));
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  test.each([
    { tq: 300, tk: 300, causal: true },
    { tq: 262, tk: 140, causal: false },
    { tq: 40, tk: 515, causal: true, causalOffset: 475 },
  ])("at $tq queries and $tk keys, beyond a tile", ({ tq, tk, ...choices }) => {
    const random = new Random(tq);
    const given = {
      q: floats([2, tq, 9], random),
      k: floats([2, tk, 9], random),
      v: floats([2, tk, 9], random),
      dy: floats([2, tq, 9], random),
    };
    expectAsInF64(given, ({ q, k, v }) => attention(q!, k!, v!, choices));
  });
});

test("packed rows give what separate tensors give, to the bit", () => {
  const random = new Random(8);
  const qkv = floats([2, 21, 3 * 4 * 6], random);
  const { packed, apart } = graphs.run({ qkv }, ({ qkv }) => {
    const parts = permute(reshape(qkv, [2, 21, 3, 4, 6]), [2, 0, 3, 1, 4]);
    const [q, k, v] = [0, 1, 2].map((i) => reshape(slice(parts, { start: i, end: i + 1 }), [2, 4, 21, 6])) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const y = attention(q, k, v, { causal: true });
    return {
      packed: packedAttention(qkv, { heads: 4, causal: true }),
      apart: reshape(permute(y, [0, 2, 1, 3]), [2, 21, 24]),
    };
  });
  expect(packed).toEqual(apart);
});

test("is the softmax of the product of queries and keys, times the values", () => {
  const random = new Random(12);
  const shape = [2, 2, 10, 8];
  const given = { q: floats(shape, random), k: floats(shape, random), v: floats(shape, random) };
  const { y, composed } = graphs.run(given, ({ q, k, v }) => ({
    y: attention(q, k, v),
    composed: matmul(softmax(mul(matmul(q, k, { transB: true }), 1 / Math.sqrt(8))), v),
  }));
  expectClose(y, Array.from(composed), 1e-6);
});

describe("extreme scores", () => {
  const run = (rows: readonly (readonly number[])[], options: AttentionOptions = {}, mask?: Given) => {
    const n = rows.length;
    const given = {
      q: { shape: [n, 1], values: rows.map(([q]) => q!) },
      k: { shape: [n, 1], values: rows.map(([, k]) => k!) },
      v: { shape: [n, 1], values: rows.map(([, , v]) => v!) },
      dy: { shape: [n, 1], values: new Array<number>(n).fill(1) },
      ...(mask && { mask }),
    };
    return graphs.run(
      given as Record<string, Given>,
      withGradients((leaves) => {
        return attention(leaves["q"]!, leaves["k"]!, leaves["v"]!, {
          ...options,
          ...(mask && { mask: leaves["mask"]! }),
        });
      }),
    );
  };

  test("do not overflow", () => {
    const { y } = run([[1000, 1000, 1], [-1000, 999, 2], [1e18, -1000, 3]]); // prettier-ignore
    expect(Array.from(y!)).toEqual([1, 3, 1]);
  });

  test.each([1, 3, 4, 5, 9])("a query of %i that may see nothing gives 0, and so do its gradients", (n) => {
    const rows = Array.from({ length: n }, (_, i) => [i + 1, i / 2, 1 - i]);
    const blind = Array.from({ length: n * n }, (_, i) => (i < n ? -Infinity : 0));
    const whole = blind.map((value) => (value === 0 ? 1 : 0));
    for (const mask of [
      { shape: [n, n], values: blind },
      { shape: [n, n], values: whole, dtype: "i32" as const },
    ]) {
      const results = run(rows, {}, mask);
      expect([results["y"]![0], results["d q"]![0]]).toEqual([0, 0]);
      for (const name of ["y", "d q", "d k", "d v"]) expect(results[name]!.some(Number.isNaN)).toBe(false);
    }
  });

  test("NaN spoils the rows that see it and no other", () => {
    const rows = Array.from({ length: 9 }, (_, i) => [i + 1, i === 5 ? NaN : i / 2, 1 - i]);
    expect(Array.from(run(rows, { causal: true })["y"]!, Number.isNaN)).toEqual(rows.map((_, i) => i >= 5));
  });
});

test("memory does not grow with the square of the length", () => {
  const arena = (length: number) => {
    const shape = [1, 2, length, 16];
    const leaves = leavesOf({ q: { shape, values: [] }, k: { shape, values: [] }, v: { shape, values: [] } });
    const y = attention(leaves.q, leaves.k, leaves.v, { causal: true });
    return compileProgram([y, ...grad(sum(y), [leaves.q, leaves.k, leaves.v])]).arenaBytes;
  };
  const scores = 2 * 2048 * 2048 * 4;
  expect(arena(2048)).toBeLessThan(scores / 8);
  expect(arena(2048) / arena(1024)).toBeLessThan(2.1);
});

describe("refuses", () => {
  const tensors = (...shapes: Shape[]) =>
    Object.values(leavesOf(Object.fromEntries(shapes.map((shape, i) => [`x${i}`, { shape, values: [] }]))));
  const call = (shapes: readonly [Shape, Shape, Shape], options: AttentionOptions = {}) => {
    const [q, k, v] = tensors(...shapes) as [Tensor, Tensor, Tensor];
    return () => attention(q, k, v, options);
  };
  const fits: [Shape, Shape, Shape] = [[2, 3, 4, 5], [2, 3, 6, 5], [2, 3, 6, 7]]; // prettier-ignore

  test("queries and keys of different sizes, keys and values of different counts", () => {
    expect(call([[3, 4], [3, 5], [3, 4]])).toThrow("attention: q [3, 4], k [3, 5], v [3, 4]: needs q [.., queries, dim]"); // prettier-ignore
    expect(call([[3, 4], [5, 4], [6, 4]])).toThrow("k [5, 4], v [6, 4]"); // prettier-ignore
    expect(call([[4], [4], [4]])).toThrow("needs q [.., queries, dim]"); // prettier-ignore
  });
  test("heads that do not divide", () => {
    expect(call([[4, 3, 4], [3, 3, 4], [3, 3, 4]])).toThrow("do not broadcast"); // prettier-ignore
    const [x] = tensors([2, 3, 24]);
    expect(() => packedAttention(x!, { heads: 5 })).toThrow("packedAttention: needs [samples, length, 15 * dim]");
    expect(() => packedAttention(x!, { heads: 4, kvHeads: 3 })).toThrow("3 heads of keys do not divide 4 heads");
    expect(() => packedAttention(x!, { heads: 0 })).toThrow("heads must be a whole number of at least 1, got 0");
    expect(() => rowsAttention(x!, x!, x!, { heads: 7 })).toThrow("do not fit 7 heads");
  });
  test("a mask that does not broadcast", () => {
    const [mask, large] = tensors([4, 5], [4, 1, 3, 4, 6]);
    expect(call(fits, { mask: mask! })).toThrow("attention: the mask: [4, 5] and [2, 3, 4, 6] do not broadcast");
    expect(call(fits, { mask: large! })).toThrow("the mask");
  });
  test("whole numbers", () => {
    const { x, k } = leavesOf({ x: { shape: [3, 4], values: [] }, k: { shape: [3, 4], values: [], dtype: "i32" } });
    expect(() => attention(x, k, x)).toThrow("attention: queries, keys and values must be f32, got k [3, 4]");
  });
  test("options out of range", () => {
    expect(call(fits, { scale: 0 })).toThrow("attention: scale must be a positive number, got 0");
    expect(call(fits, { scale: NaN })).toThrow("scale");
    expect(call(fits, { dropout: 1.5 })).toThrow("attention: dropout must be a number from 0 to 1, got 1.5");
    expect(call(fits, { causalOffset: 0.5 })).toThrow("attention: causalOffset must be a whole number, got 0.5");
  });
});
