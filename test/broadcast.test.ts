// Element-wise ops of two inputs over every pattern of broadcasting up to five axes: which axes either side repeats, and
// which it lacks; and the numbers that are none through all of them.
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import * as elementwise from "../src/graph/ops/elementwise.js";
import { expand } from "../src/graph/ops/reduce.js";
import { permute } from "../src/graph/ops/shape.js";
import { sizeOf, type Shape, type Tensor } from "../src/graph/tensor.js";
import { openGraphs, type Given, type Graphs } from "./support/graph.js";
import { binary } from "./support/reference-elementwise.js";
import { indicesOf, placeIn } from "./support/reference-tensor.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

const { add, sub, mul, div, maximum, minimum, equal, greater } = elementwise;
const ops = { add, sub, mul, div, maximum, minimum, equal, greater } as Record<
  string,
  (a: Tensor, b: Tensor) => Tensor
>;

const random = new Random(3);
// Small whole numbers: every result but a quotient is exact, and some are equal.
const numbers = (shape: Shape): Given => ({
  shape,
  as: random.integer(2) ? "input" : "parameter",
  values: Array.from({ length: sizeOf(shape) }, () => random.integer(9) - 4),
});

/** Every way to broadcast to `full`: for each axis a repeats, b repeats, both, or none; and axes cut off in front. */
function patterns(full: Shape): [Shape, Shape][] {
  const found: [Shape, Shape][] = [];
  for (let code = 0; code < 4 ** full.length; code++) {
    const repeats = (axis: number, side: number) => (code >> (2 * axis + side)) & 1;
    const side = (which: number) => full.map((size, axis) => (repeats(axis, which) ? 1 : size));
    const [a, b] = [side(0), side(1)];
    found.push([a, b]);
    const lead = b.findIndex((size) => size !== 1);
    if (lead > 0) found.push([a, b.slice(lead)]);
  }
  return found;
}

/** What the op is by definition, in f32. */
function expected(name: string, a: Given, b: Given): Float32Array {
  const rank = Math.max(a.shape.length, b.shape.length);
  const size = (axis: number) => Math.max(a.shape.at(axis - rank) ?? 1, b.shape.at(axis - rank) ?? 1);
  const shape = Array.from({ length: rank }, (_, axis) => size(axis));
  const at = ({ shape, values }: Given, index: number[]) => values[placeIn(shape, index)]!;
  return Float32Array.from(indicesOf(shape), (index) => binary[name]!(at(a, index), at(b, index)));
}

function check(name: string, a: Given, b: Given) {
  const { y } = graphs.run({ a, b }, (leaves) => ({ y: ops[name]!(leaves.a, leaves.b) }));
  expect(y, `${name} of [${a.shape}] and [${b.shape}]`).toEqual(expected(name, a, b));
}

describe("broadcasting", () => {
  test.each([[[5]], [[3, 5]], [[2, 3, 4]], [[3, 17]]] as Shape[][])("every op over every pattern of [%s]", (full) => {
    for (const name of Object.keys(ops)) {
      for (const [a, b] of patterns(full!)) check(name, numbers(a), numbers(b));
    }
  });

  test.each([[[2, 3, 2, 5]], [[2, 3, 1, 2, 3]]] as Shape[][])("one op over every pattern of [%s]", (full) => {
    for (const [a, b] of patterns(full!)) check("sub", numbers(a), numbers(b));
  });

  test("long rows, of every length behind a vector", () => {
    for (const cols of [1, 2, 3, 4, 5, 6, 7, 15, 16, 17, 63, 64, 65, 100]) {
      for (const [a, b] of patterns([3, cols])) check("sub", numbers(a), numbers(b));
    }
  });

  test("as many axes as a kernel walks", () => {
    const shape = [2, 1, 2, 1, 2, 1];
    const other = [1, 2, 1, 2, 1, 2];
    check("sub", numbers(shape), numbers(other));
  });
});

// As parameters, since gathering adds 0, which makes a -0 a 0.
const given = (shape: Shape, values: readonly number[]): Given => ({ shape, values, as: "parameter" });
const odd = [NaN, Infinity, -Infinity, 0, -0, 1, -2.5, 3.4028234663852886e38, 2 ** -149];

describe("numbers that are none", () => {
  const pairs = odd.flatMap((a) => odd.map((b) => [a, b] as const));
  const flat = (side: 0 | 1) => pairs.map((pair) => pair[side]);
  const n = odd.length;

  test.each(Object.keys(ops))("%s of every pair of them is IEEE's", (name) => {
    // Math.max and Math.min take -0 for less than 0 and let NaN win, as do the kernels.
    check(name, given([n * n], flat(0)), given([n * n], flat(1)));
    check(name, given([n, n], flat(0)), given([n], odd));
    check(name, given([n, 1], odd), given([n], odd));
  });

  test("with a number in place of a tensor", () => {
    const x = given([n], odd);
    const results = graphs.run({ x }, ({ x }) => ({
      plus: add(x, 2),
      minus: sub(x, 2),
      from: sub(2, x),
      times: mul(x, -2),
      over: div(x, 2),
      under: div(2, x),
      negative: elementwise.neg(x),
    }));
    // Adding the shift of 0 makes a -0 a 0, which is the one difference from IEEE.
    const by = (f: (x: number) => number) => Float32Array.from(odd, (value) => f(Math.fround(value)) + 0);
    expect(results.plus).toEqual(by((x) => x + 2));
    expect(results.minus).toEqual(by((x) => x - 2));
    expect(results.from).toEqual(by((x) => 2 - x));
    expect(results.times).toEqual(by((x) => x * -2));
    expect(results.over).toEqual(by((x) => x / 2));
    expect(results.negative).toEqual(by((x) => -x));
    expect(results.under).toEqual(Float32Array.from(odd, (value) => 2 / Math.fround(value)));
  });
});

describe("expand and permute", () => {
  test("expand repeats, over every pattern", () => {
    for (const full of [[7], [3, 5], [2, 3, 17], [2, 3, 2, 5]] as Shape[]) {
      for (const [from] of patterns(full)) {
        const x = numbers(from);
        const { y } = graphs.run({ x }, (leaves) => ({ y: expand(leaves.x, full) }));
        expect(y, `[${from}] to [${full}]`).toEqual(
          Float32Array.from(indicesOf(full), (index) => x.values[placeIn(from, index)]!),
        );
      }
    }
  });

  test("permute puts axes in every order, of every length behind a vector, and leaves whole numbers whole", () => {
    const orders = [[0], [1], [2], [3]].flatMap(([a]) =>
      [0, 1, 2, 3].flatMap((b) => [0, 1, 2, 3].flatMap((c) => [0, 1, 2, 3].map((d) => [a!, b, c, d]))),
    );
    const valid = orders.filter((order) => new Set(order).size === 4);
    for (const shape of [
      [2, 3, 4, 5],
      [1, 9, 1, 8],
      [5, 4, 3, 2],
      [2, 17, 1, 6],
      [3, 1, 4, 33],
    ]) {
      for (const dtype of ["f32", "i32"] as const) {
        const x: Given = { ...numbers(shape), dtype, as: "input" };
        for (const order of valid) {
          const { y } = graphs.run({ x }, (leaves) => ({ y: permute(leaves.x, order) }));
          const to = order.map((axis) => shape[axis]!);
          const from = (index: number[]) =>
            placeIn(
              shape,
              shape.map((_, axis) => index[order.indexOf(axis)]!),
            );
          expect(Array.from(y), `[${shape}] by [${order}]`).toEqual(
            indicesOf(to).map((index) => x.values[from(index)]!),
          );
        }
      }
    }
  });
});
