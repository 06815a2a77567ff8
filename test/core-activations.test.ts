// The numeric core's activations and their gradients against f64 definitions.
import { beforeAll, describe, expect, test } from "vitest";
import { open, type Activation, type NumericCore } from "../src/core/index.js";
import { activationCodes } from "../src/core/activations.js";
import { expectClose } from "./support/close.js";
import { numbers, sizes } from "./support/core.js";
import { activations as references } from "./support/reference-elementwise.js";

let core: NumericCore;
beforeAll(async () => {
  core = await open();
});

const names = Object.keys(activationCodes) as Activation[];
const alphas: Partial<Record<Activation, number>> = { leakyRelu: 0.01, elu: 1 };
/** Those whose gradient reads the input; the others read the output. */
const readsInput: Activation[] = ["gelu", "geluTanh", "softplus", "silu", "hardSwish"];

describe.each(names)("%s", (name) => {
  const [f, slope] = references[name]!;
  const attrs = { alpha: alphas[name] ?? NaN };

  test.each(sizes)("n = %i", (n) => {
    core.scope(() => {
      const x = core.vector(numbers(n, 1));
      const y = core.vector(n);
      expect(core[name](y, x)).toBe(y);
      expectClose(
        y.values,
        Array.from(x.values, (value) => f(value, attrs)),
        2e-6,
      );

      const dy = core.vector(numbers(n, 2));
      const expected = Array.from(x.values, (value, i) => slope(value, attrs) * dy.values[i]!);
      const dx = core.vector(n);
      expect(core[`${name}Grad`](dx, dy, readsInput.includes(name) ? x : y)).toBe(dx);
      expectClose(dx.values, expected, 2e-6);
      core[`${name}Grad`](dy, dy, readsInput.includes(name) ? x : y);
      expectClose(dy.values, expected, 2e-6);

      const forward = y.values.slice();
      expect(core[name](x).values).toEqual(forward); // in place
    });
  });
});

test("leakyRelu and elu take their parameter, which must not be negative", () => {
  core.scope(() => {
    const x = core.vector([-2, 3]);
    const y = core.vector(2);
    const dy = core.vector([10, 10]);
    const dx = core.vector(2);
    expectClose(core.leakyRelu(y, x, 0.25).values, [-0.5, 3], 1e-6);
    expectClose(core.leakyReluGrad(dx, dy, y, 0.25).values, [2.5, 10], 1e-6);
    expectClose(core.elu(y, x, 2).values, [2 * Math.expm1(-2), 3], 1e-6);
    expectClose(core.eluGrad(dx, dy, y, 2).values, [20 * Math.exp(-2), 10], 1e-6);
    for (const op of ["leakyRelu", "elu"] as const) {
      expect(() => core[op](y, x, -1)).toThrow(`${op}: alpha must be a number of at least 0, got -1`);
      expect(() => core[`${op}Grad`](dx, dy, y, NaN)).toThrow(
        `${op}Grad: alpha must be a number of at least 0, got NaN`,
      );
    }
  });
});

test("gradients of different shapes are refused", () => {
  core.scope(() => {
    const a = core.matrix(2, 3);
    const b = core.matrix(3, 2);
    expect(() => core.reluGrad(a, a, b)).toThrow("reluGrad: matrix [2, 3] and matrix [3, 2] must have the same shape");
    expect(() => core.geluGrad(a, b, a)).toThrow("geluGrad: matrix [2, 3] and matrix [3, 2] must have the same shape");
  });
});
