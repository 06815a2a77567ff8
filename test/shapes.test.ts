// Arithmetic on shapes against naive versions of itself, on shapes of every kind.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../src/graph/op.js";
import { around, broadcastShapes, broadcastStrides, kernelDims, normalAxes, strides } from "../src/graph/shapes.js";
import { sizeOf, type Shape } from "../src/graph/tensor.js";
import { Layout } from "../src/shared/opcodes.js";
import { indicesOf, placeIn } from "./support/reference-tensor.js";

const size = fc.constantFrom(1, 1, 2, 3, 4);
const shape = fc.array(size, { maxLength: 5 });
/** A shape and one that broadcasts to it: axes cut off in front, others set to 1. */
const pair: fc.Arbitrary<[Shape, Shape]> = shape.chain((to) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: to.length, maxLength: to.length }), fc.nat(to.length))
    .map(([kept, cut]) => [to.map((size, axis) => (kept[axis] ? size : 1)).slice(cut), to]),
);

/** Where the strides lead, for every index. */
const walk = (dims: Shape, by: readonly number[]) =>
  indicesOf(dims).map((index) => index.reduce((at, i, axis) => at + i * by[axis]!, 0));

describe("broadcastShapes", () => {
  /** The rule as NumPy's manual has it. */
  function naive(a: Shape, b: Shape): number[] | undefined {
    const rank = Math.max(a.length, b.length);
    const longer = (of: Shape) => [...new Array<number>(rank - of.length).fill(1), ...of];
    const sizes = longer(a).map((x, axis) => [x, longer(b)[axis]!] as const);
    if (sizes.some(([x, y]) => x !== y && Math.min(x, y) !== 1)) return undefined;
    return sizes.map(([x, y]) => Math.max(x, y));
  }

  test("is NumPy's rule, whichever comes first", () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const expected = naive(a, b);
        for (const [first, second] of [
          [a, b],
          [b, a],
        ] as const) {
          if (expected) expect(broadcastShapes("add", first, second)).toEqual(expected);
          else expect(() => broadcastShapes("add", first, second)).toThrow(ShapeError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("shows both shapes and the sizes that meet", () => {
    expect(() => broadcastShapes("add", [2, 3, 4], [2, 1])).toThrow(
      new ShapeError(
        "add: [2, 3, 4] and [2, 1] do not broadcast: sizes 3 and 2 meet; from the last axis backwards, sizes must be equal or 1",
      ),
    );
  });
});

test("strides are those of row-major order", () => {
  fc.assert(
    fc.property(shape, (of) => {
      expect(walk(of, strides(of))).toEqual(indicesOf(of).map((_, i) => i));
    }),
  );
  expect(strides([])).toEqual([]);
});

test("broadcastStrides read the elements that broadcasting repeats", () => {
  fc.assert(
    fc.property(pair, ([from, to]) => {
      expect(walk(to, broadcastStrides(from, to))).toEqual(indicesOf(to).map((index) => placeIn(from, index)));
    }),
  );
});

describe("kernelDims", () => {
  test("walks the same elements in the same order, in Layout.Dims dimensions", () => {
    fc.assert(
      fc.property(pair, fc.infiniteStream(fc.nat(9)), ([from, to], more) => {
        const own = broadcastStrides(from, to);
        const any = to.map(() => more.next().value);
        const [dims, first, second] = kernelDims("op", to, own, any);
        expect([dims, first, second].map((list) => list!.length)).toEqual([Layout.Dims, Layout.Dims, Layout.Dims]);
        expect(walk(dims!, first!)).toEqual(walk(to, own));
        expect(walk(dims!, second!)).toEqual(walk(to, any));
      }),
    );
  });

  test("joins neighbours, drops sizes of 1 and pads in front", () => {
    expect(kernelDims("op", [2, 1, 3, 4], strides([2, 1, 3, 4]))).toEqual([
      [1, 1, 1, 1, 1, 24],
      [0, 0, 0, 0, 0, 1],
    ]);
    const to = [2, 3, 4, 5];
    expect(kernelDims("op", to, broadcastStrides([4, 5], to), strides(to))).toEqual([
      [1, 1, 1, 1, 6, 20],
      [0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 20, 1],
    ]);
    expect(kernelDims("op", [], [])).toEqual([new Array(6).fill(1), new Array(6).fill(0)]);
  });

  test("leaves a broadcast's innermost stride 0 or 1, as the kernel needs it", () => {
    fc.assert(
      fc.property(pair, pair, ([a, to], [b]) => {
        let shape: Shape;
        try {
          shape = broadcastShapes("op", a, broadcastShapes("op", b, to));
        } catch {
          return;
        }
        const [, first, second] = kernelDims("op", shape, broadcastStrides(a, shape), broadcastStrides(b, shape));
        expect([0, 1]).toContain(first!.at(-1));
        expect([0, 1]).toContain(second!.at(-1));
      }),
    );
  });

  test("refuses more dimensions than kernels walk", () => {
    const dims = [2, 2, 2, 2, 2, 2, 2];
    expect(kernelDims("permute", dims, strides(dims))[0]).toEqual([1, 1, 1, 1, 1, 128]);
    expect(() => kernelDims("permute", dims, [...strides(dims)].reverse())).toThrow(
      new ShapeError("permute: [2, 2, 2, 2, 2, 2, 2] has more than 6 axes that cannot be joined; reshape it to fewer"),
    );
  });
});

describe("normalAxes", () => {
  test("are ascending and not negative; none given means all", () => {
    expect(normalAxes("sum", 3, undefined)).toEqual([0, 1, 2]);
    expect(normalAxes("sum", 3, -1)).toEqual([2]);
    expect(normalAxes("sum", 3, [2, -3])).toEqual([0, 2]);
    expect(normalAxes("sum", 3, [])).toEqual([]);
    expect(normalAxes("sum", 0, undefined)).toEqual([]);
  });

  test("any choice of axes, from either end and in any order, is itself", () => {
    fc.assert(
      fc.property(fc.subarray([0, 1, 2, 3, 4]), fc.infiniteStream(fc.boolean()), (axes, turn) => {
        const given = axes.map((axis) => (turn.next().value ? axis - 5 : axis)).reverse();
        expect(normalAxes("sum", 5, given)).toEqual(axes);
      }),
    );
  });

  test.each([
    [3, 3, "sum: axis 3 does not exist in a tensor of 3 axes; give a number from -3 to 2"],
    [3, -4, "sum: axis -4 does not exist in a tensor of 3 axes; give a number from -3 to 2"],
    [3, 0.5, "sum: axis 0.5 does not exist in a tensor of 3 axes; give a number from -3 to 2"],
    [0, -1, "sum: axis -1 does not exist in a tensor of 0 axes; reshape it"],
    [3, [0, -3], "sum: the axes [0, -3] name one axis twice"],
  ])("of %i axes, %j: %s", (rank, axes, message) => {
    expect(() => normalAxes("sum", rank, axes)).toThrow(new ShapeError(message));
  });
});

test("around splits a shape before, within and behind the axes", () => {
  expect(around([2, 3, 4, 5], 1, 2)).toEqual({ outer: 2, n: 12, inner: 5 });
  expect(around([2, 3], 0, 1)).toEqual({ outer: 1, n: 6, inner: 1 });
  fc.assert(
    fc.property(
      shape.filter((of) => of.length > 0),
      fc.nat(4),
      fc.nat(4),
      (of, i, j) => {
        const [first, last] = [i % of.length, j % of.length].sort() as [number, number];
        const { outer, n, inner } = around(of, first, last);
        expect(outer * n * inner).toBe(sizeOf(of));
      },
    ),
  );
});
