// The core's random numbers: bit for bit those of the TypeScript generator, with the right distribution, and a pure
// function of seed, step, stream and element.
import { beforeAll, expect, test } from "vitest";
import { philox } from "../src/data/random.js";
import { Control, Opcode } from "../src/shared/opcodes.js";
import { openKernels, real, type Kernels } from "./support/kernel.js";

let k: Kernels;
beforeAll(async () => {
  k = await openKernels();
  seed(0x12345678, 0x0abcdef0);
});

function seed(low: number, high: number) {
  k.control(Control.SeedLow, low);
  k.control(Control.SeedHigh, high);
}

/** The random word of an element: word w of the blocks 4g … 4g + 3 fills the elements 16g + 4w … 16g + 4w + 3. */
function wordOf(element: number, step: number, stream: number, purpose: number, key: [number, number]): number {
  const block = (element >>> 4) * 4 + (element & 3);
  return philox([block, step, stream, purpose], key)[(element >>> 2) & 3]!;
}

function uniform(n: number, low = 0, high = 1, stream = 0) {
  const y = k.f32(n);
  k.run(Opcode.Uniform, y, n, real(low), real(high), stream);
  const values = y.values();
  k.free(y);
  return values;
}

function normal(n: number, mean = 0, std = 1, stream = 0) {
  const y = k.f32(n);
  k.run(Opcode.Normal, y, n, real(mean), real(std), stream);
  const values = y.values();
  k.free(y);
  return values;
}

function dropout(values: ArrayLike<number>, p: number, stream = 0, inPlace = false) {
  const x = k.f32(values);
  const y = inPlace ? x : k.f32(values.length);
  k.run(Opcode.Dropout, y, x, values.length, real(p), stream);
  const result = y.values();
  k.free(x);
  if (!inPlace) k.free(y);
  return result;
}

test("uniform is the TypeScript generator's words, cut to 24 bits", () => {
  const values = uniform(100, 0, 1, 9);
  values.forEach((value, i) => {
    expect(value).toBe((wordOf(i, 0, 9, 1, [0x12345678, 0x0abcdef0]) >>> 8) / 2 ** 24);
  });
});

test("dropout keeps the elements whose 24 bits reach p", () => {
  k.control(Control.Step, 5);
  const values = dropout(new Array<number>(77).fill(1), 0.25, 3);
  k.control(Control.Step, 0);
  values.forEach((value, i) => {
    const kept = (wordOf(i, 5, 3, 3, [0x12345678, 0x0abcdef0]) >>> 8) / 2 ** 24 >= 0.25;
    expect(value).toBe(kept ? Math.fround(1 / 0.75) : 0);
  });
});

test("normal is Box and Muller's transform of those words, to 1e-6", () => {
  const values = normal(64, 0, 1, 2);
  const word = (i: number) => wordOf(i, 0, 2, 2, [0x12345678, 0x0abcdef0]);
  for (let i = 0; i < 64; i++) {
    const first = (i & ~7) + (i & 3);
    const radius = Math.sqrt(-2 * Math.log(((word(first) >>> 1) + 0.5) / 2 ** 31));
    const angle = (2 * Math.PI * word(first + 4)) / 2 ** 32;
    expect(Math.abs(values[i]! - radius * (i & 4 ? Math.sin(angle) : Math.cos(angle)))).toBeLessThan(2e-6);
  }
});

test("a longer buffer begins with the numbers of a shorter one", () => {
  for (const draw of [uniform, normal]) {
    const long = draw(200);
    for (const n of [1, 3, 4, 5, 15, 16, 17, 63, 65]) expect(draw(n)).toEqual(long.slice(0, n));
  }
});

test("nothing is written behind the last line", () => {
  const y = k.f32(64);
  y.view().fill(7);
  k.run(Opcode.Uniform, y, 17, real(0), real(1), 0);
  expect(y.values().slice(32)).toEqual(new Float32Array(32).fill(7));
  k.free(y);
});

test("seed and stream choose other numbers", () => {
  const base = uniform(8);
  expect(uniform(8)).toEqual(base);
  expect(uniform(8, 0, 1, 1)).not.toEqual(base);
  seed(0x12345679, 0x0abcdef0);
  expect(uniform(8)).not.toEqual(base);
  seed(0x12345678, 0x0abcdef1);
  expect(uniform(8)).not.toEqual(base);
  seed(0x12345678, 0x0abcdef0);
});

test("uniform has the mean and variance of its range, and stays in it", () => {
  const values = uniform(100_000, -2, 4);
  const { mean, variance } = moments(values);
  expect(Math.abs(mean - 1)).toBeLessThan(0.02);
  expect(Math.abs(variance - 3)).toBeLessThan(0.04);
  expect(values.every((value) => value >= -2 && value < 4)).toBe(true);
});

test.each([
  [1, 1 + 2 ** -23],
  [-1 - 2 ** -23, -1],
  [-1, 0],
  [1e6, 1e6 + 0.25],
])("uniform from %f never rounds up to %f", (low, high) => {
  expect(uniform(10_000, low, high).every((value) => value >= low && value < high)).toBe(true);
});

test("a range of one number gives that number", () => {
  expect(uniform(5, 3, 3)).toEqual(new Float32Array(5).fill(3));
});

test("normal has the moments and tails of one", () => {
  const values = normal(100_000);
  const { mean, variance } = moments(values);
  expect(Math.abs(mean)).toBeLessThan(0.015);
  expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  expect(Math.abs(moments(values.map((z) => z ** 3)).mean)).toBeLessThan(0.06);
  expect(Math.abs(moments(values.map((z) => z ** 4)).mean - 3)).toBeLessThan(0.15);
  const beyond = (z: number) => values.filter((value) => Math.abs(value) > z).length / values.length;
  expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.007);
  expect(Math.abs(beyond(3) - 0.0027)).toBeLessThan(0.0008);
  expect(beyond(6.7)).toBe(0);
});

test("normal scales by std and moves by mean", () => {
  const z = normal(20);
  normal(20, 5, 0.5).forEach((value, i) => expect(Math.abs(value - (5 + 0.5 * z[i]!))).toBeLessThan(1e-6));
});

test.each([0.1, 0.5, 0.9])("dropout drops about %f of the elements and keeps the mean", (p) => {
  const values = dropout(new Float32Array(100_000).fill(1), p);
  expect(Math.abs(values.filter((value) => value === 0).length / values.length - p)).toBeLessThan(0.006);
  expect(Math.abs(moments(values).mean - 1)).toBeLessThan(0.03);
});

test("the same call on the gradient finds the same mask, in place too", () => {
  const x = Float32Array.from({ length: 83 }, (_, i) => i + 1);
  const y = dropout(x, 0.4, 6);
  const dx = dropout(
    x.map((value) => -value),
    0.4,
    6,
    true,
  );
  expect(dx).toEqual(y.map((value) => (value === 0 ? value : -value)).map((value) => value + 0));
});

test("the mask changes with the step", () => {
  const ones = new Float32Array(64).fill(1);
  const before = dropout(ones, 0.5);
  k.control(Control.Step, 1);
  expect(dropout(ones, 0.5)).not.toEqual(before);
  k.control(Control.Step, 0);
});

test("dropout with p = 0 copies and with p = 1 clears, whatever x is", () => {
  const x = [1, -2, 0, 1e30, -1e-30, Infinity, NaN];
  expect(dropout(x, 0)).toEqual(new Float32Array(x));
  expect(dropout(x, 1)).toEqual(new Float32Array(x.length));
});

function moments(values: Float32Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}
