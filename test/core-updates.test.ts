// Gradient updates, clipping and random numbers of the numeric core.
import { beforeAll, describe, expect, test } from "vitest";
import { open, type NumericCore } from "../src/core/index.js";
import { adadelta, adagrad, adam, adamax, adamW, nadam, rmsprop, sgd } from "../src/nn/optimizers/index.js";
import { expectClose } from "./support/close.js";
import { numbers, sizes } from "./support/core.js";
import { referenceOptimizer } from "./support/reference-optimizers.js";

let core: NumericCore;
beforeAll(async () => {
  core = await open();
});

/** Parameters after ten updates with the gradients numbers(n, 2), numbers(n, 3), …, in f64. */
function afterTen(name: string, options: object, n: number): number[] {
  const reference = referenceOptimizer(name, options as Record<string, number>);
  return Array.from(numbers(n, 1), (start, i) => {
    const state = { ...reference.init };
    let p = start;
    for (let t = 1; t <= 10; t++) p = reference.update(p, numbers(n, 1 + t)[i]!, t, state);
    return p;
  });
}

test.each(sizes)("sgdStep, n = %i", (n) => {
  core.scope(() => {
    const p = core.vector(numbers(n, 1));
    for (let t = 1; t <= 10; t++) core.sgdStep(p, core.vector(numbers(n, 1 + t)), 0.05);
    const expected = afterTen("sgd", { lr: 0.05, momentum: 0, weightDecay: 0 }, n);
    expectClose(p.values, expected, 2e-6);
  });
});

const adamDefaults = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 };

test.each(sizes)("adamStep, n = %i", (n) => {
  core.scope(() => {
    const p = core.vector(numbers(n, 1));
    const state = core.adamState(p);
    for (let t = 1; t <= 10; t++) core.adamStep(p, core.vector(numbers(n, 1 + t)), state);
    expect(state.steps).toBe(10);
    expectClose(p.values, afterTen("adam", adamDefaults, n), 2e-6);
  });
});

test("adamStep takes its options, and decouples the weight decay", () => {
  const options = { lr: 0.02, betas: [0.8, 0.95], eps: 1e-3, weightDecay: 0.1 } as const;
  for (const [name, decoupled] of [["adam", false] as const, ["adamW", true] as const]) {
    core.scope(() => {
      const p = core.matrix(4, 5, numbers(20, 1));
      const state = core.adamState(p);
      expect(state.values.map(String)).toEqual(['matrix "exp_avg" [4, 5]', 'matrix "exp_avg_sq" [4, 5]']);
      for (let t = 1; t <= 10; t++) {
        core.adamStep(p, core.matrix(4, 5, numbers(20, 1 + t)), state, { ...options, decoupled });
      }
      expectClose(p.values, afterTen(name, options, 20), 2e-6);
    });
  }
});

describe("by the rules of the main entry", () => {
  const rules = [
    sgd({ lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.02 }),
    adam({ lr: 0.02, amsgrad: true }),
    adamW({ lr: 0.02, weightDecay: 0.3 }),
    adamax({ lr: 0.01 }),
    nadam({ lr: 0.01 }),
    rmsprop({ lr: 0.01, momentum: 0.5, centered: true }),
    adagrad({ lr: 0.1, lrDecay: 0.05, initialAccumulatorValue: 0.5 }),
    adadelta({ lr: 0.5 }),
  ];
  test.each(rules.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
    core.scope(() => {
      const p = core.matrix(3, 7, numbers(21, 1));
      const state = core.updateState(rule, p);
      for (let t = 1; t <= 10; t++) core.update(rule, p, core.matrix(3, 7, numbers(21, 1 + t)), state);
      expectClose(p.values, afterTen(name, rule.options, 21), 1e-5);
    });
  });

  test("a schedule gives the rate of each step, and a rate that is passed wins", () => {
    core.scope(() => {
      const rule = sgd({ lr: (step) => 0.1 * (step + 1) });
      const p = core.vector([0]);
      const g = core.vector([-1]);
      const state = core.updateState(rule, p);
      core.update(rule, p, g, state);
      core.update(rule, p, g, state);
      expect(p.values[0]).toBeCloseTo(0.3, 6);
      core.update(rule, p, g, state, 1);
      expect(p.values[0]).toBeCloseTo(1.3, 6);
    });
  });

  test("the memory of a state goes back", () => {
    const { used } = core.core.memory;
    core.scope(() => {
      const state = core.updateState(rules[1]!, core.vector(3));
      state.free();
      expect(state.values.every(({ freed }) => freed)).toBe(true);
      expect(core.updateState(rules[1]!, core.vector(3)).values).toHaveLength(3);
    });
    expect(core.core.memory.used).toBe(used);
  });
});

test("what does not fit is refused", () => {
  core.scope(() => {
    const p = core.vector(3);
    const state = core.adamState(p);
    expect(() => core.sgdStep(p, p, NaN)).toThrow("sgdStep: lr must be a finite number, got NaN");
    expect(() => core.sgdStep(p, core.vector(4), 1)).toThrow(
      "sgdStep: vector [3] and vector [4] must have the same shape",
    );
    expect(() => core.adamStep(p, core.vector(4), state)).toThrow("adamStep: vector [3] and vector [4] must have");
    expect(() => core.adamStep(p, p, core.adamState(core.vector(4)))).toThrow('and vector "exp_avg" [4] must have');
    expect(() => core.adamStep(p, p, state, { betas: [0.9, 1] })).toThrow(
      "adamStep: betas[1] must be a number of at least 0 and below 1, got 1",
    );
    expect(() => core.update(sgd({ lr: 1 }), p, p, state)).toThrow("sgd: needs 0 arrays of state, got 2");
    expect(() => core.update({ ...adam(), hyper: new Array<number>(9).fill(0) }, p, p, state)).toThrow(
      "update: a rule has at most 8 hyperparameters, got 9",
    );
    expect(state.steps).toBe(0);
  });
});

test("clipping by value and by norm", () => {
  core.scope(() => {
    const g = core.vector([3, -5, 0.5]);
    expect([...core.clipValue(g, 2).values]).toEqual([2, -2, 0.5]);
    expect(() => core.clipValue(g, NaN)).toThrow("clipValue: the limit must be a number of at least 0, got NaN");

    const parts = [core.vector([3, 0]), core.matrix(1, 2, [0, 4])];
    expect(core.clipNorm(parts, 10)).toBeCloseTo(5, 6);
    expect([...parts[0]!.values]).toEqual([3, 0]);
    expect(core.clipNorm(parts, 1)).toBeCloseTo(5, 6);
    expectClose(parts[0]!.values, [0.6, 0], 1e-6);
    expectClose(parts[1]!.values, [0, 0.8], 1e-6);
    expect(() => core.clipNorm(parts, 0)).toThrow("clipNorm: the limit must be a positive number, got 0");
  });
});

test("random numbers depend on seed and stream alone", () => {
  core.scope(() => {
    const x = core.uniform(core.vector(1000), -1, 3, 5);
    expect(x.values.every((value) => value >= -1 && value < 3)).toBe(true);
    expect(core.mean(x)).toBeCloseTo(1, 0);
    expect(core.uniform(core.matrix(10, 100), -1, 3, 5).values).toEqual(x.values);
    expect(core.uniform(core.vector(1000), -1, 3, 6).values).not.toEqual(x.values);
    expect(core.uniform(core.vector(1000), -1, 3, 5, 1).values).not.toEqual(x.values);
    expect(core.uniform(core.vector(1000), -1, 3, 5 + 2 ** 40).values).not.toEqual(x.values);

    const z = core.normal(core.vector(10_000), 2, 0.5, 1);
    expect(core.mean(z)).toBeCloseTo(2, 1);
    expect(core.norm(core.affine(z, z, 1, -core.mean(z))) / 100).toBeCloseTo(0.5, 1);
    expect(() => core.normal(z, 0, 1, -1)).toThrow("normal: the seed must be a whole number from 0 to 2^53, got -1");
  });
});
