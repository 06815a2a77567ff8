// Each optimizer with each of its options against its plain f64 reference, parameters and state, over many updates.
import { beforeAll, describe, expect, test } from "vitest";
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  nadam,
  rmsprop,
  sgd,
  type Optimizer,
} from "../src/nn/optimizers/index.js";
import { Control } from "../src/shared/opcodes.js";
import { openKernels, type Kernels } from "./support/kernel.js";
import { referenceOptimizer } from "./support/reference-optimizers.js";

const cases: Optimizer[] = [
  sgd({ lr: 0.1 }),
  sgd({ lr: 0.05, weightDecay: 0.1 }),
  sgd({ lr: 0.05, momentum: 0.9 }),
  sgd({ lr: 0.05, momentum: 0.9, dampening: 0.3, weightDecay: 0.02 }),
  sgd({ lr: 0.05, momentum: 0.8, nesterov: true }),
  sgd({ lr: 0.05, momentum: 0.8, nesterov: true, weightDecay: 0.1, maximize: true }),
  adam(),
  adam({ lr: 0.02, betas: [0.8, 0.95], eps: 1e-3 }),
  adam({ lr: 0.02, weightDecay: 0.1 }),
  adam({ lr: 0.02, betas: [0.9, 0.7], amsgrad: true, maximize: true }),
  adamW({ lr: 0.02 }),
  adamW({ lr: 0.02, weightDecay: 0.3, amsgrad: true }),
  adamW({ lr: 0.02, weightDecay: 0.3, maximize: true }),
  rmsprop(),
  rmsprop({ lr: 0.01, alpha: 0.9, eps: 1e-4, weightDecay: 0.1 }),
  rmsprop({ lr: 0.01, momentum: 0.9 }),
  rmsprop({ lr: 0.01, centered: true }),
  rmsprop({ lr: 0.01, momentum: 0.5, centered: true, maximize: true }),
  adagrad(),
  adagrad({ lr: 0.1, lrDecay: 0.05, weightDecay: 0.1, initialAccumulatorValue: 0.5, eps: 1e-3 }),
  adagrad({ lr: 0.1, maximize: true }),
  adadelta(),
  adadelta({ lr: 0.5, rho: 0.8, eps: 1e-3, weightDecay: 0.1, maximize: true }),
  adamax(),
  adamax({ lr: 0.01, betas: [0.8, 0.9], eps: 1e-3, weightDecay: 0.1, maximize: true }),
  nadam(),
  nadam({ lr: 0.01, betas: [0.95, 0.99], momentumDecay: 0.1, weightDecay: 0.1, maximize: true }),
  nadam({ lr: 0.01, betas: [0.999, 0.99], momentumDecay: 0 }),
];

const shortName = ({ name, options }: Optimizer) => `${name} ${JSON.stringify(options)}`;
const padded = (n: number) => Math.ceil(n / 16) * 16;

/** A number in (-1, 1) that depends on two whole numbers. */
const noise = (i: number, j: number) => (((i * 7919 + j * 104729 + 12345) * 2654435761) % 2001) / 1000.5 - 1;

let k: Kernels;
beforeAll(async () => {
  k = await openKernels();
});

/** The optimizer with `n` parameters in the core, to be stepped. */
function place(optimizer: Optimizer, n: number, { clipping = false, keeping = true } = {}) {
  const size = padded(n);
  const rates = k.f64(1);
  const p = k.f32(Array.from({ length: size }, (_, i) => (i < n ? noise(i, 0) : NaN)));
  const keep = k.f32(size);
  const g = k.f32(size);
  const scale = k.f32(2);
  const states = optimizer.states.map(({ init }) => k.f32(new Float32Array(size).fill(init)));
  const hyper = k.f64(optimizer.hyper);
  k.control(Control.Rates, rates.address);
  k.control(Control.Capacity, 1);
  k.control(Control.Done, 0);
  return {
    p,
    keep,
    g,
    states,
    step(step: number, gradients: ArrayLike<number>, factor = 1, lr = optimizer.lr as number) {
      k.control(Control.Step, step);
      rates.view()[0] = lr;
      g.view().fill(NaN).set(Array.from(gradients));
      scale.view()[0] = factor;
      const [s0 = 0, s1 = 0, s2 = 0] = states;
      k.run(optimizer.opcode, p, keeping ? keep : 0, g, s0, s1, s2, size, hyper, clipping ? scale : 0);
    },
  };
}

function expectClose(values: Float32Array, wanted: readonly number[], what: string) {
  const largest = Math.max(...wanted.map(Math.abs), 1e-3);
  wanted.forEach((value, i) => {
    const error = Math.abs(values[i]! - value);
    if (!(error <= 2e-6 + 1e-5 * largest)) expect.fail(`${what}[${i}] is ${values[i]}, not ${value}`);
  });
}

describe.each(cases.map((optimizer) => [shortName(optimizer), optimizer] as const))("%s", (_, optimizer) => {
  test.each([
    { n: 1, clipping: false, keeping: true },
    { n: 21, clipping: true, keeping: true },
    { n: 48, clipping: false, keeping: false },
  ])("$n parameters, clipping $clipping, keeping $keeping", ({ n, ...how }) => {
    const { p, keep, states, step, g } = place(optimizer, n, how);
    const { init, update } = referenceOptimizer(optimizer.name, optimizer.options as Record<string, number>);
    const wanted = Array.from(p.values().subarray(0, n));
    const wantedStates = wanted.map(() => ({ ...init }));
    for (let t = 1; t <= 25; t++) {
      const gradients = Float32Array.from(wanted, (value, i) => value + noise(i, t));
      const factor = how.clipping ? Math.fround(0.2 + 0.1 * (t % 7)) : 1;
      const before = p.values();
      step(t - 1, gradients, factor);
      for (let i = 0; i < n; i++) wanted[i] = update(wanted[i]!, gradients[i]! * factor, t, wantedStates[i]!);

      expectClose(p.values(), wanted, `p after update ${t}`);
      optimizer.states.forEach(({ name }, s) => {
        expectClose(
          states[s]!.values(),
          wantedStates.map((state) => state[name]!),
          `${name} after update ${t}`,
        );
      });
      expect(g.values().subarray(0, n)).toEqual(gradients);
      expect(keep.values().subarray(0, n)).toEqual(how.keeping ? before.subarray(0, n) : new Float32Array(n));
    }
  });
});

test("the rate of the step under way is used", () => {
  const { p, step } = place(sgd({ lr: 0.1 }), 16);
  const before = p.values();
  step(0, new Float32Array(16).fill(1), 1, 0.25);
  expect(p.values()).toEqual(before.map((value) => Math.fround(value - 0.25)));
});

test.each([...cases.map((optimizer) => [shortName(optimizer), optimizer] as const)])(
  "gradients that stay zero leave no subnormal numbers: %s",
  (_, optimizer) => {
    const { states, step } = place({ ...optimizer, hyper: [1, 0, ...optimizer.hyper.slice(2)] }, 16);
    for (let t = 0; t < 1200; t++) step(t, new Float32Array(16).fill(t < 3 ? 1e-15 * (t + 1) : 0));
    for (const state of states) {
      for (const value of state.values()) expect(value === 0 || Math.abs(value) > 1.17e-38).toBe(true);
    }
  },
);

test("a gradient that is not a number is not hidden", () => {
  for (const optimizer of cases) {
    const { p, step } = place(optimizer, 16);
    step(0, new Float32Array(16).fill(NaN));
    expect(p.values().every(Number.isNaN), shortName(optimizer)).toBe(true);
  }
});

test("a centered RMSprop survives a gradient that does not change", () => {
  const { p, step } = place(rmsprop({ lr: 1e-6, alpha: 0.5, centered: true }), 16);
  for (let t = 0; t < 200; t++) step(t, new Float32Array(16).fill(0.1));
  expect(p.values().every(Number.isFinite)).toBe(true);
});

test("late updates of nadam need no state from the early ones", () => {
  const optimizer = nadam({ lr: 0.01, betas: [0.9, 0.999] });
  const { p, step } = place(optimizer, 16);
  const { init, update } = referenceOptimizer("nadam", optimizer.options as Record<string, number>);
  const wanted = Array.from(p.values());
  const states = wanted.map(() => ({ ...init }));
  for (let t = 1; t <= 500; t++) {
    const gradients = Float32Array.from(wanted, (_, i) => Math.sign(noise(i, 1)) + 0.1 * noise(i, t));
    step(t - 1, gradients);
    wanted.forEach((value, i) => (wanted[i] = update(value, gradients[i]!, t, states[i]!)));
  }
  expectClose(p.values(), wanted, "p after update 500");
});
