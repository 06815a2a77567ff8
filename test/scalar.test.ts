// The scalar functions: within a few units of the last place of the engine's own, and the same bits when compiled by
// AssemblyScript.
import { readFile } from "node:fs/promises";
import asc from "assemblyscript/asc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as scalar from "../src/shared/scalar.js";

const { exp, log, sin, cos, pow, powInt } = scalar;

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const runs = { numRuns: 5000 };

function near(value: number, wanted: number, relative: number) {
  expect(Math.abs(value - wanted)).toBeLessThanOrEqual(relative * Math.abs(wanted) + Number.MIN_VALUE);
}

describe("against the engine's functions", () => {
  test("exp", () =>
    fc.assert(
      fc.property(between(-745, 709.7), (x) => near(exp(x), Math.exp(x), 5e-16)),
      runs,
    ));

  test("log of anything positive", () =>
    fc.assert(
      fc.property(between(Number.MIN_VALUE, Number.MAX_VALUE), (x) => near(log(x), Math.log(x), 5e-16)),
      runs,
    ));

  test("log close to one", () =>
    fc.assert(
      fc.property(between(0.5, 2), (x) => near(log(x), Math.log(x), 5e-16)),
      runs,
    ));

  test("sin and cos", () => {
    const check = (x: number) => {
      near(sin(x), Math.sin(x), 1e-15);
      near(cos(x), Math.cos(x), 1e-15);
    };
    fc.assert(fc.property(between(-10, 10), check), runs);
    fc.assert(fc.property(between(-1e6, 1e6), check), runs);
    for (let k = -100; k <= 100; k++) check((k * Math.PI) / 4); // next to their zeros
  });

  test("sin and cos of large arguments lose no more than the argument's rounding", () =>
    fc.assert(
      fc.property(between(-2e9, 2e9), (x) => Math.abs(sin(x) - Math.sin(x)) < 1e-6),
      runs,
    ));

  test("pow", () => {
    const check = (x: number, y: number) => near(pow(x, y), Math.pow(x, y), 1e-14 + Math.abs(y) * 1e-16);
    fc.assert(fc.property(between(1e-3, 1e3), between(-6, 6), check), runs);
    fc.assert(fc.property(between(0.1, 10), fc.integer({ min: -40, max: 40 }), check), runs);
    check(-1.5, 7);
    check(-1.5, -8);
    check(0.999, 1000);
    check(0.9, 3000);
  });
});

test("special values", () => {
  expect(exp(0)).toBe(1);
  expect(exp(Infinity)).toBe(Infinity);
  expect(exp(710)).toBe(Infinity);
  expect(exp(-Infinity)).toBe(0);
  expect(exp(-746)).toBe(0);
  expect(exp(-745)).toBe(Number.MIN_VALUE);
  expect(log(1)).toBe(0);
  expect(log(0)).toBe(-Infinity);
  expect(log(-1)).toBeNaN();
  expect(log(Infinity)).toBe(Infinity);
  expect(sin(0)).toBe(0);
  expect(cos(0)).toBe(1);
  expect(sin(Infinity)).toBeNaN();
  expect(cos(1e300)).toBeNaN();
  expect(pow(0, 0)).toBe(1);
  expect(pow(0, 0.5)).toBe(0);
  expect(pow(0, -0.5)).toBe(Infinity);
  expect(pow(0, -1)).toBe(Infinity);
  expect(pow(2, Infinity)).toBe(Infinity);
  expect(pow(2, -Infinity)).toBe(0);
  expect(pow(-8, 1 / 3)).toBeNaN();
  expect(powInt(2, -1074)).toBe(0); // 1 / 2^1074, and 2^1074 is infinite
  expect(powInt(2, 1023)).toBe(2 ** 1023);
  expect(powInt(3, 0.5)).toBeNaN();
  expect(powInt(3, Infinity)).toBeNaN();
  for (const f of [exp, log, sin, cos]) expect(f(NaN)).toBeNaN();
  expect(pow(NaN, 0.5)).toBeNaN();
  expect(pow(2, NaN)).toBeNaN();
});

test("AssemblyScript compiles the file to the same bits", async () => {
  const { error, binary } = await asc.compileString(
    { "scalar.ts": await readFile(new URL("../src/shared/scalar.ts", import.meta.url), "utf8") },
    { optimizeLevel: 3, runtime: "stub", noAssert: true },
  );
  expect(error).toBeNull();
  const { instance } = (await WebAssembly.instantiate(binary!.slice(), {})) as unknown as {
    instance: { exports: typeof scalar };
  };
  const core = instance.exports;
  const same = (x: number, y: number) => {
    for (const name of ["exp", "log", "sin", "cos"] as const) expect(core[name](x)).toBe(scalar[name](x));
    for (const name of ["pow", "powInt"] as const) expect(core[name](x, y)).toBe(scalar[name](x, y));
  };
  fc.assert(fc.property(fc.double(), fc.double(), same), runs);
  fc.assert(fc.property(between(-50, 50), fc.integer({ min: -100, max: 100 }), same), runs);
});
