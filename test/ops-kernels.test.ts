// Kernels that the op table reaches in part or not at all: filling, copying, adding by strides, the scaled sums. They
// are there for embedders, for the trainer's own instructions, and for rows to come.
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { kernelDims } from "../src/graph/shapes.js";
import { sizeOf } from "../src/graph/tensor.js";
import { Opcode } from "../src/shared/opcodes.js";
import { openKernels, real, type Kernels } from "./support/kernel.js";
import { indicesOf } from "./support/reference-tensor.js";

let k: Kernels;
beforeAll(async () => {
  k = await openKernels();
});

const random = new Random(53);
const SIZES = [1, 2, 3, 4, 5, 15, 16, 17, 33, 64, 100];
const floats = (n: number) => Float32Array.from({ length: n }, () => random.integer(100) - 50);
/** Whole lines, as the planner gives them. */
const lines = (values: Float32Array) => {
  const padded = new Float32Array(Math.ceil(values.length / 16) * 16 + 16).fill(NaN);
  padded.set(values);
  return k.f32(padded);
};

test.each(SIZES)("Fill, Copy and Axpy of %i elements stay within their line", (n) => {
  const x = lines(floats(n));
  const y = lines(floats(n));
  const before = y.values();
  k.run(Opcode.Axpy, y, x, n, real(-1.5));
  expect(y.values().subarray(0, n)).toEqual(before.map((value, i) => value - 1.5 * x.view()[i]!).subarray(0, n));
  k.run(Opcode.Copy, y, x, n);
  expect(y.values().subarray(0, n)).toEqual(x.values().subarray(0, n));
  k.run(Opcode.Fill, y, n, real(2.5));
  expect(y.values().subarray(0, n)).toEqual(new Float32Array(n).fill(2.5));
  expect(y.values().subarray(-16).every(Number.isNaN)).toBe(true);
  k.free(x, y);
});

test.each([...SIZES, 255, 256, 257, 1000, 4096])("Dot and SumSquares of %i elements end exactly at the last", (n) => {
  const [a, b, y] = [lines(floats(n)), lines(floats(n)), k.f32(1)];
  const exact = (x: Float32Array, other: Float32Array) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += x[i]! * other[i]!;
    return sum;
  };
  k.run(Opcode.Dot, y, a, b, n);
  expect(y.values()[0]).toBe(exact(a.view(), b.view()));
  k.run(Opcode.SumSquares, y, a, n);
  expect(y.values()[0]).toBe(Math.fround(exact(a.view(), a.view())));
  k.free(a, b, y);
});

test("SumSquares sums in f64: squares beyond f32 make it infinite, and only the sum", () => {
  const [x, y] = [k.f32([1e20, 1, 1, 1, 1e20, 3]), k.f32(1)];
  k.run(Opcode.SumSquares, y, x, 6);
  expect(y.values()[0]).toBe(Infinity);
  x.view().set([1e19, 0, 0, 0, 1e19, 3]);
  k.run(Opcode.SumSquares, y, x, 6);
  expect(Math.abs(y.values()[0]! / 2e38 - 1)).toBeLessThan(1e-6);
});

describe("by strides", () => {
  /** Where every element of `dims` lies. */
  const walk = (dims: readonly number[], by: readonly number[]) =>
    indicesOf(dims).map((index) => index.reduce((at, i, axis) => at + i * by[axis]!, 0));

  const cases: [dims: number[], by: number[]][] = [];
  for (let i = 0; i < 300; i++) {
    const dims = Array.from({ length: 1 + random.integer(4) }, () => 1 + random.integer(6));
    // Of every kind: contiguous, transposed, spread, repeated.
    let next = 1;
    const order = random.shuffle(dims.map((_, axis) => axis));
    const by = dims.map(() => 0);
    for (const axis of order) {
      by[axis] = random.integer(6) === 0 ? 0 : next;
      next *= dims[axis]! + (random.integer(4) === 0 ? 2 : 0);
    }
    cases.push([dims, by]);
  }
  cases.push([[17, 33], [1, 17]], [[33, 17], [20, 1]], [[4, 64], [0, 1]], [[64, 5], [1, 0]], [[5, 100], [1, 0]]); // prettier-ignore

  test("StridedCopy reads every element where it lies", () => {
    for (const [dims, by] of cases) {
      const from = walk(dims, by);
      const source = floats(Math.max(...from) + 1);
      const [x, y] = [k.f32(source), k.f32(new Float32Array(from.length + 1).fill(NaN))];
      const [kernel, strides] = kernelDims("copy", dims, by);
      k.run(Opcode.StridedCopy, y, x, ...kernel!, ...strides!);
      expect([...y.values()], `[${dims}] by [${by}]`).toEqual([...from.map((at) => source[at]!), NaN]);
      k.free(x, y);
    }
  });

  test("StridedPut puts every element where it belongs, the last of several where strides are 0", () => {
    for (const [dims, by] of cases) {
      const to = walk(dims, by);
      const [given, before] = [floats(sizeOf(dims)), floats(Math.max(...to) + 2)];
      const [x, y] = [k.f32(given), k.f32(before)];
      const [kernel, strides] = kernelDims("put", dims, by);
      k.run(Opcode.StridedPut, y, x, ...kernel!, ...strides!);
      const expected = [...before];
      to.forEach((at, i) => (expected[at] = given[i]!));
      expect([...y.values()], `[${dims}] by [${by}]`).toEqual(expected);
      k.free(x, y);
    }
  });

  test("StridedAdd adds every element where it belongs, several to one where strides are 0", () => {
    for (const [dims, by] of cases) {
      const to = walk(dims, by);
      const [added, before] = [floats(sizeOf(dims)), floats(Math.max(...to) + 2)];
      const [x, y] = [k.f32(added), k.f32(before)];
      const [kernel, strides] = kernelDims("add", dims, by);
      k.run(Opcode.StridedAdd, y, x, ...kernel!, ...strides!);
      const expected = [...before];
      to.forEach((at, i) => (expected[at]! += added[i]!));
      expect([...y.values()], `[${dims}] by [${by}]`).toEqual(expected);
      k.free(x, y);
    }
  });

  test("dimensions that the compiler would have joined are walked as well", () => {
    const source = floats(120);
    const x = k.f32(source);
    const y = k.f32(120);
    k.run(Opcode.StridedCopy, y, x, 1, 2, 3, 4, 1, 5, 0, 60, 20, 5, 9, 1);
    expect(y.values()).toEqual(source);
    k.run(Opcode.Broadcast, y, x, x, Opcode.Sub, 1, 2, 3, 4, 1, 5, 0, 60, 20, 5, 0, 1, 0, 60, 20, 5, 0, 1);
    expect(y.values()).toEqual(new Float32Array(120));
    k.free(x, y);
  });
});
