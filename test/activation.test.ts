// How exact the transcendental kernels are, and what they make of the numbers that are none.
//
// The points are half from an even grid of numbers and half from an even grid of bit patterns, which reaches every
// exponent, subnormal ones too. An ulp is the distance of neighbouring f32 where the exact result lies.
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { Opcode } from "../src/shared/opcodes.js";
import { openKernels, real, type Kernels, type Real } from "./support/kernel.js";
import { activations, unary } from "./support/reference-elementwise.js";

let k: Kernels;
beforeAll(async () => {
  k = await openKernels();
});

const random = new Random(31);
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);
const SMALLEST_NORMAL = 2 ** -126;

function ulpOf(exact: number): number {
  float[0] = exact;
  const exponent = (bits[0]! >>> 23) & 255;
  return 2 ** (Math.max(exponent, 1) - 150);
}

/** `n` numbers from `low` to `high`. */
function points(n: number, [low, high]: readonly [number, number]): Float32Array {
  const values = new Float32Array(n);
  for (let i = 0; i < n / 2; i++) values[i] = low + ((high - low) * (i + random.uniform())) / (n / 2);
  const key = (value: number) => {
    float[0] = value; // f32 in their order, as whole numbers
    return bits[0]! < 0 ? -2147483648 - bits[0]! : bits[0]!;
  };
  const [first, last] = [key(low), key(high)];
  for (let i = n >> 1; i < n; i++) {
    const at = Math.round(first + ((last - first) * (i - (n >> 1) + random.uniform())) / (n / 2));
    bits[0] = at < 0 ? -2147483648 - at : at;
    values[i] = float[0]!;
  }
  return values;
}

/** What a kernel makes of x; a gradient kernel with dy = 1. */
function run(
  opcode: Opcode,
  x: Float32Array,
  { alpha, gradient = false }: { alpha?: number; gradient?: boolean } = {},
) {
  const [bx, y] = [k.f32(x), k.f32(x.length)];
  const more: Real[] = alpha === undefined ? [] : [real(alpha)];
  if (gradient) {
    const dy = k.f32(new Float32Array(x.length).fill(1));
    k.run(opcode, y, dy, bx, x.length, ...more);
    k.free(dy);
  } else k.run(opcode, y, bx, x.length, ...more);
  const values = y.values();
  k.free(bx, y);
  return values;
}

/** The largest error, measured by `measure`, and where it is. */
function worst(
  x: Float32Array,
  y: Float32Array,
  exact: (x: number) => number,
  measure: (error: number, exact: number, x: number) => number,
) {
  let most = { error: 0, at: NaN };
  for (let i = 0; i < x.length; i++) {
    const expected = exact(x[i]!);
    const error = measure(Math.abs(y[i]! - expected), expected, x[i]!);
    if (!(error <= most.error)) most = { error, at: x[i]! };
  }
  return most;
}

interface Bound {
  name: string;
  opcode: Opcode;
  from: readonly [number, number];
  /** Units in the last place. */
  ulp: number;
  points?: number;
  alpha?: number;
}

const LARGEST = 3.4028234663852886e38;

// Where a result is small because two numbers nearly cancel (gelu far to the left, say), no bound in ulp holds; the
// next table has those ranges.
// prettier-ignore
const relative: Bound[] = [
  { name: "exp", opcode: Opcode.Exp, from: [-87.33654, 88.72283], ulp: 1, points: 2 ** 20 },
  { name: "log", opcode: Opcode.Log, from: [2 ** -149, LARGEST], ulp: 1, points: 2 ** 20 },
  { name: "log", opcode: Opcode.Log, from: [0.5, 2], ulp: 1, points: 2 ** 20 },
  { name: "sqrt", opcode: Opcode.Sqrt, from: [0, LARGEST], ulp: 0.5 },
  { name: "sigmoid", opcode: Opcode.Sigmoid, from: [-87.3, LARGEST], ulp: 4 },
  { name: "tanh", opcode: Opcode.Tanh, from: [-LARGEST, LARGEST], ulp: 6, points: 2 ** 19 },
  { name: "tanh", opcode: Opcode.Tanh, from: [-10, 10], ulp: 6, points: 2 ** 19 },
  { name: "softplus", opcode: Opcode.Softplus, from: [-87.3, LARGEST], ulp: 2 },
  { name: "silu", opcode: Opcode.Silu, from: [-87.3, LARGEST], ulp: 4 },
  { name: "elu", opcode: Opcode.Elu, from: [-LARGEST, LARGEST], ulp: 3, alpha: 0.75 },
  { name: "elu", opcode: Opcode.Elu, from: [-20, 0], ulp: 3, alpha: 0.75 },
  { name: "selu", opcode: Opcode.Selu, from: [-LARGEST, 3e38], ulp: 3 },
  { name: "selu", opcode: Opcode.Selu, from: [-20, 20], ulp: 3 },
  { name: "gelu", opcode: Opcode.Gelu, from: [0, 100], ulp: 4, points: 2 ** 16 },
  { name: "gelu", opcode: Opcode.Gelu, from: [-0.5, 0], ulp: 6, points: 2 ** 16 },
  { name: "geluTanh", opcode: Opcode.GeluTanh, from: [-1, 100], ulp: 6 },
  { name: "hardSwish", opcode: Opcode.HardSwish, from: [-2.9, 1e38], ulp: 3 },
];

interface AbsoluteBound {
  name: string;
  opcode: Opcode;
  from: readonly [number, number];
  /** Of the error divided by 1 + |x|, or of the error itself for a gradient, which is of the order of 1. */
  bound: number;
  gradient?: boolean;
  points?: number;
}

// prettier-ignore
const absolute: AbsoluteBound[] = [
  { name: "exp", opcode: Opcode.Exp, from: [-LARGEST, -87.3], bound: SMALLEST_NORMAL },
  { name: "sigmoid", opcode: Opcode.Sigmoid, from: [-LARGEST, -87], bound: SMALLEST_NORMAL },
  { name: "softplus", opcode: Opcode.Softplus, from: [-LARGEST, -87], bound: 1e-38 },
  { name: "silu", opcode: Opcode.Silu, from: [-LARGEST, -87], bound: 1e-37 },
  { name: "gelu", opcode: Opcode.Gelu, from: [-LARGEST, 0], bound: 1.2e-7, points: 2 ** 16 },
  { name: "geluTanh", opcode: Opcode.GeluTanh, from: [-LARGEST, 0], bound: 1e-7 },
  { name: "hardSwish", opcode: Opcode.HardSwish, from: [-3.5, -2.9], bound: 1e-7 },
  { name: "gelu", opcode: Opcode.GeluGrad, from: [-20, 20], bound: 4e-7, gradient: true, points: 2 ** 16 },
  { name: "geluTanh", opcode: Opcode.GeluTanhGrad, from: [-20, 20], bound: 4e-7, gradient: true },
  { name: "softplus", opcode: Opcode.SoftplusGrad, from: [-LARGEST, LARGEST], bound: 2e-7, gradient: true },
  { name: "silu", opcode: Opcode.SiluGrad, from: [-LARGEST, LARGEST], bound: 4e-7, gradient: true },
  { name: "silu", opcode: Opcode.SiluGrad, from: [-20, 20], bound: 4e-7, gradient: true },
  { name: "hardSwish", opcode: Opcode.HardSwishGrad, from: [-5, 5], bound: 2e-7, gradient: true },
];

describe("errors", () => {
  test.each(relative)(
    "$name from $from is at most $ulp ulp off",
    ({ name, opcode, from, ulp, points: n = 2 ** 17, alpha }) => {
      const x = points(n, from);
      const exact = unary[name] ?? activations[name]![0];
      const y = run(opcode, x, { alpha });
      const { error, at } = worst(x, y, (value) => exact(value, { alpha: alpha! }), (off, expected) => off / ulpOf(expected)); // prettier-ignore
      expect(error, `at ${at}`).toBeLessThanOrEqual(ulp);
    },
  );

  test.each(absolute)(
    "$name ($opcode) from $from is off by at most $bound",
    ({ name, opcode, from, bound, gradient, points: n = 2 ** 17 }) => {
      const x = points(n, from);
      const exact = gradient ? activations[name]![1] : (unary[name] ?? activations[name]![0]);
      const y = run(opcode, x, { gradient });
      const scale = (value: number) => (gradient ? 1 : 1 + Math.abs(value));
      const { error, at } = worst(x, y, (value) => exact(value, {}), (off, _, value) => off / scale(value)); // prettier-ignore
      expect(error, `at ${at}`).toBeLessThanOrEqual(bound);
    },
  );

  // prettier-ignore
  test.each([
    ["relu", Opcode.Relu, Opcode.ReluGrad, undefined, 0],
    ["leakyRelu", Opcode.LeakyRelu, Opcode.LeakyReluGrad, 0.25, 0],
    ["elu", Opcode.Elu, Opcode.EluGrad, 1.25, 3e-7],
    ["selu", Opcode.Selu, Opcode.SeluGrad, undefined, 3e-7],
    ["sigmoid", Opcode.Sigmoid, Opcode.SigmoidGrad, undefined, 2e-7],
    ["tanh", Opcode.Tanh, Opcode.TanhGrad, undefined, 7e-7],
  ] as const)("the derivative of %s, taken from its result, is close", (name, opcode, gradient, alpha, bound) => {
    const x = points(2 ** 16, [-30, 30]);
    const dx = run(gradient, run(opcode, x, { alpha }), { alpha, gradient: true });
    const { error, at } = worst(x, dx, (value) => activations[name]![1](value, { alpha: alpha! }), (off) => off);
    expect(error, `at ${at}`).toBeLessThanOrEqual(bound);
  });

  test("exp is 0 where the result would be subnormal, and infinite where no f32 is as large", () => {
    expect([...run(Opcode.Exp, Float32Array.of(-87.34, -100, -1e30, 88.73, 1e30))]).toEqual([
      0,
      0,
      0,
      Infinity,
      Infinity,
    ]);
    const [least, most] = run(Opcode.Exp, Float32Array.of(-87.336, 88.7228));
    expect(least).toBeGreaterThan(SMALLEST_NORMAL);
    expect(most! / Math.exp(Math.fround(88.7228))).toBeCloseTo(1, 6);
  });

  test("odd functions are odd, and exp(0), log(1), sigmoid(0) are exact", () => {
    const x = points(4096, [0, 20]);
    const negative = x.map((value) => -value);
    expect(run(Opcode.Tanh, negative)).toEqual(run(Opcode.Tanh, x).map((value) => -value));
    expect([...run(Opcode.Exp, Float32Array.of(0, -0))]).toEqual([1, 1]);
    expect([...run(Opcode.Log, Float32Array.of(1))]).toEqual([0]);
    expect([...run(Opcode.Sigmoid, Float32Array.of(0, 200, -200))]).toEqual([0.5, 1, 0]);
    expect([...run(Opcode.Tanh, Float32Array.of(0, 20, -20, 1e-30))]).toEqual([0, 1, -1, Math.fround(1e-30)]);
  });

  test("whole rows agree with single numbers: no lane differs", () => {
    const x = points(64, [-5, 5]);
    for (const [opcode, alpha] of [
      [Opcode.Exp],
      [Opcode.Tanh],
      [Opcode.Elu, 0.5],
      [Opcode.Gelu],
      [Opcode.Softplus],
    ] as const) {
      const whole = run(opcode, x, { alpha });
      x.forEach((value, i) => expect(run(opcode, Float32Array.of(value), { alpha })[0]).toBe(whole[i]));
    }
  });
});

describe("numbers that are none", () => {
  const inputs = [NaN, Infinity, -Infinity, 0, -0, -1];
  /** Each input in each of the four lanes. */
  const inEveryLane = (opcode: Opcode, options: { alpha?: number; gradient?: boolean } = {}) => {
    const lanes = [0, 1, 2, 3].map((lane) => {
      const padded = inputs.flatMap((value) => [0, 1, 2, 3].map((i) => (i === lane ? value : 0.5)));
      const y = run(opcode, Float32Array.from(padded), options);
      return inputs.map((_, i) => y[4 * i + lane]!);
    });
    for (const values of lanes) expect(values).toEqual(lanes[0]);
    return lanes[0]!;
  };
  const any: unknown = expect.any(Number);
  const close = (value: number): unknown => expect.closeTo(value, 5);

  // prettier-ignore
  test.each<[string, Opcode, unknown[], { alpha?: number }?]>([
    //                                 NaN  Infinity  -Infinity  0  -0  -1
    ["exp", Opcode.Exp,               [NaN, Infinity, 0, 1, 1, any]],
    ["log", Opcode.Log,               [NaN, Infinity, NaN, -Infinity, -Infinity, NaN]],
    ["sqrt", Opcode.Sqrt,             [NaN, Infinity, NaN, 0, -0, NaN]],
    ["square", Opcode.Square,         [NaN, Infinity, Infinity, 0, 0, 1]],
    ["abs", Opcode.Abs,               [NaN, Infinity, Infinity, 0, 0, 1]],
    ["sign", Opcode.Sign,             [NaN, 1, -1, 0, -0, -1]],
    ["relu", Opcode.Relu,             [NaN, Infinity, 0, 0, -0, 0]],
    ["leakyRelu", Opcode.LeakyRelu,   [NaN, Infinity, -Infinity, 0, -0, -0.25], { alpha: 0.25 }],
    ["elu", Opcode.Elu,               [NaN, Infinity, -2, 0, any, any], { alpha: 2 }],
    ["selu", Opcode.Selu,             [NaN, Infinity, close(-1.7580993), 0, any, any]],
    // x times 0 at -Infinity, as in PyTorch.
    ["gelu", Opcode.Gelu,             [NaN, Infinity, NaN, 0, -0, any]],
    ["geluTanh", Opcode.GeluTanh,     [NaN, Infinity, NaN, 0, -0, any]],
    ["silu", Opcode.Silu,             [NaN, Infinity, NaN, 0, -0, any]],
    ["hardSwish", Opcode.HardSwish,   [NaN, Infinity, NaN, 0, -0, any]],
    ["sigmoid", Opcode.Sigmoid,       [NaN, 1, 0, 0.5, 0.5, any]],
    ["tanh", Opcode.Tanh,             [NaN, 1, -1, 0, -0, any]],
    ["softplus", Opcode.Softplus,     [NaN, Infinity, 0, close(Math.LN2), close(Math.LN2), any]],
  ])("%s", (_, opcode, expected, options) => expect(inEveryLane(opcode, options)).toEqual(expected));

  // prettier-ignore
  test.each<[string, Opcode, unknown[], { alpha?: number }?]>([
    //                                           of y: NaN  Infinity  -Infinity  0  -0  -1
    ["relu lets NaN's gradient through", Opcode.ReluGrad, [1, 1, 0, 0, 0, 0]],
    ["leakyRelu", Opcode.LeakyReluGrad,                   [0.25, 1, 0.25, 0.25, 0.25, 0.25], { alpha: 0.25 }],
    ["elu", Opcode.EluGrad,                               [NaN, 1, any, 2, 2, 1], { alpha: 2 }],
    ["selu", Opcode.SeluGrad,                             [NaN, close(1.0507), any, close(1.7580993), close(1.7580993), close(0.7580993)]],
    ["sigmoid", Opcode.SigmoidGrad,                       [NaN, -Infinity, -Infinity, 0, -0, -2]],
    ["tanh", Opcode.TanhGrad,                             [NaN, -Infinity, -Infinity, 1, 1, 0]],
    //                                           of x: NaN  Infinity  -Infinity  0  -0  -1
    ["gelu", Opcode.GeluGrad,                             [NaN, NaN, NaN, 0.5, 0.5, any]],
    ["geluTanh", Opcode.GeluTanhGrad,                     [NaN, 1, close(0), 0.5, 0.5, any]],
    ["softplus", Opcode.SoftplusGrad,                     [NaN, 1, 0, 0.5, 0.5, any]],
    ["silu", Opcode.SiluGrad,                             [NaN, 1, close(0), 0.5, 0.5, any]],
    ["hardSwish", Opcode.HardSwishGrad,                   [NaN, 1, 0, 0.5, 0.5, close(1 / 6)]],
  ])("the derivative of %s", (_, opcode, expected, options) => {
    expect(inEveryLane(opcode, { ...options, gradient: true })).toEqual(expected);
  });

  test("the derivative of hardSwish where its pieces meet", () => {
    const dx = run(Opcode.HardSwishGrad, Float32Array.of(-3.0001, -3, -2.9999, 2.9999, 3, 3.0001), { gradient: true });
    expect([...dx]).toEqual([0, 0, close(-0.49997), close(1.49997), 1, 1]);
  });

  test("a gradient that is NaN or infinite stays so, but where nothing goes through", () => {
    const dy = k.f32([NaN, Infinity, NaN, Infinity]);
    const [y, dx] = [k.f32([1, 1, -1, -1]), k.f32(4)];
    k.run(Opcode.TanhGrad, dx, dy, k.f32([0.5, 0.5, -0.5, -0.5]), 4);
    expect([...dx.values()]).toEqual([NaN, Infinity, NaN, Infinity]);
    k.run(Opcode.ReluGrad, dx, dy, y, 4);
    expect([...dx.values()]).toEqual([NaN, Infinity, 0, 0]);
  });
});
