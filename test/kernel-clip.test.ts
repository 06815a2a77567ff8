// Gradient clipping: the factor and the norm, and the clamp.
import { beforeAll, expect, test } from "vitest";
import { Opcode } from "../src/shared/opcodes.js";
import { openKernels, real, type Kernels } from "./support/kernel.js";

let k: Kernels;
beforeAll(async () => {
  k = await openKernels();
});

function clipNorm(squares: number[], maxNorm: number): [factor: number, norm: number] {
  const scale = k.f32(2);
  k.run(Opcode.ClipNorm, scale, k.f32([...squares, 99, 99, 99]), squares.length, real(maxNorm));
  const [factor, norm] = scale.values();
  return [factor!, norm!];
}

test("a norm above the limit gives the factor that brings it there", () => {
  expect(clipNorm([9, 16], 1)).toEqual([Math.fround(1 / (5 + 1e-6)), 5]);
  expect(clipNorm([1, 2, 3, 4, 6], 0.5)).toEqual([Math.fround(0.5 / (4 + 1e-6)), 4]);
});

test("a norm up to the limit leaves the gradients alone", () => {
  expect(clipNorm([9, 16], 6)).toEqual([1, 5]);
  expect(clipNorm([0], 1)).toEqual([1, 0]);
  expect(clipNorm([0, 0], 1e-9)).toEqual([Math.fround(Math.fround(1e-9) / 1e-6), 0]);
});

test("no gradients have norm 0", () => expect(clipNorm([], 1)).toEqual([1, 0]));

test("sums beyond f32 are taken in f64", () => {
  const [factor, norm] = clipNorm([3e38, 3e38, 3e38, 3e38], 1);
  expect(norm).toBe(Math.fround(Math.sqrt(4 * Math.fround(3e38))));
  expect(factor).toBeGreaterThan(0);
});

test("an infinite norm gives factor 0", () => expect(clipNorm([1, Infinity], 1)).toEqual([0, Infinity]));

test("clipping by value holds each gradient within the limit", () => {
  for (const n of [1, 5, 16, 37]) {
    const values = Float32Array.from({ length: Math.ceil(n / 16) * 16 }, (_, i) => (i - 9) / 4);
    const g = k.f32(values);
    k.run(Opcode.ClipValue, g, n, real(1.5));
    const wanted = values.map((value) => Math.max(-1.5, Math.min(1.5, value)));
    expect(g.values().subarray(0, n)).toEqual(wanted.subarray(0, n));
  }
});

test("clipping by value keeps what is not a number", () => {
  const g = k.f32([NaN, -Infinity, Infinity, 0]);
  k.run(Opcode.ClipValue, g, 4, real(2));
  expect(Array.from(g.values())).toEqual([NaN, -2, 2, 0]);
});
