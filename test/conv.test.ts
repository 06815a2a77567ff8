// Convolutions over random shapes and attributes against loops that follow PyTorch's definition, with all gradients;
// fused activations and gradients of gradients. What they refuse is in conv-refused.test.ts.

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { grad } from "../src/graph/grad.js";
import { activations, type ActivationName } from "../src/graph/ops/activation.js";
import {
  conv2d,
  convTranspose2d,
  type ConvOptions,
  type ConvTransposeOptions,
} from "../src/graph/ops/conv-functions.js";
import { mul } from "../src/graph/ops/elementwise.js";
import { input } from "../src/graph/ops/leaf.js";
import { sum } from "../src/graph/ops/reduce.js";
import { square } from "../src/graph/ops/unary.js";
import { apply, sizeOf, type Shape, type Tensor } from "../src/graph/tensor.js";
import { expectClose } from "./support/close.js";
import { slopes } from "./support/finite-differences.js";
import { openGraphs, type Given, type Graphs } from "./support/graph.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

const random = new Random(31);
const floats = (shape: Shape): Given => ({
  shape,
  values: Float32Array.from({ length: sizeOf(shape) }, () => random.normal(0, 0.5)),
});

type Four = [number, number, number, number];
type Two = [number, number];

interface Setting {
  images: number;
  groups: number;
  /** In each group. */
  channels: number;
  outs: number;
  size: Two;
  kernel: Two;
  stride: Two;
  dilation: Two;
  padding: Two;
}

const two = (least: number, most: number) =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));
const settings = fc.record<Setting>({
  images: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 5 }),
  outs: fc.integer({ min: 1, max: 9 }),
  size: two(1, 11),
  kernel: two(1, 4),
  stride: two(1, 3),
  dilation: two(1, 3),
  padding: two(0, 3),
});

/** Calls `meet` for every product in the sums of a convolution of x [n, c, h, w] to y [n, o, h, w]. */
function products(x: Four, y: Four, setting: Setting, meet: (x: number, weight: number, y: number) => void): void {
  const { groups, channels, outs, kernel, stride, dilation, padding } = setting;
  const at = ([, a, b, c]: Four, i: number, j: number, k: number, l: number) => ((i * a + j) * b + k) * c + l;
  const weight: Four = [outs * groups, channels, ...kernel];
  for (let n = 0; n < y[0]; n++)
    for (let o = 0; o < y[1]; o++)
      for (let oy = 0; oy < y[2]; oy++)
        for (let ox = 0; ox < y[3]; ox++)
          for (let c = 0; c < channels; c++)
            for (let ky = 0; ky < kernel[0]; ky++)
              for (let kx = 0; kx < kernel[1]; kx++) {
                const iy = oy * stride[0] + ky * dilation[0] - padding[0];
                const ix = ox * stride[1] + kx * dilation[1] - padding[1];
                if (iy < 0 || iy >= x[2] || ix < 0 || ix >= x[3]) continue;
                const channel = Math.floor(o / outs) * channels + c;
                meet(at(x, n, channel, iy, ix), at(weight, o, c, ky, kx), at(y, n, o, oy, ox));
              }
}

/** Sums of products by the places that `meet` is told, in f64, and those of their magnitudes. */
function summed(size: number, walk: (add: (place: number, term: number) => void) => void): [number[], number[]] {
  const sums = new Array<number>(size).fill(0);
  const magnitudes = new Array<number>(size).fill(0);
  walk((place, term) => {
    sums[place]! += term;
    magnitudes[place]! += Math.abs(term);
  });
  return [sums, magnitudes];
}

/** Within what rounding may do to a sum of these terms. */
function expectSums(actual: ArrayLike<number>, [sums, magnitudes]: [number[], number[]]): void {
  expect(actual.length).toBe(sums.length);
  const bad = sums.findIndex((wanted, i) => !(Math.abs(actual[i]! - wanted) <= 1e-6 * (magnitudes[i]! + 1e-3)));
  if (bad >= 0) expect.fail(`element ${bad}: ${actual[bad]} instead of ${sums[bad]}`);
}

/** Adds what a bias adds, and what an upstream gradient gives the bias. */
function withBias(y: Four, bias: ArrayLike<number>, add: (place: number, term: number) => void): void {
  const plane = y[2] * y[3];
  for (let i = 0; i < sizeOf(y); i++) add(i, bias[Math.floor(i / plane) % y[1]]!);
}

const derived = (y: Tensor, { x, weight, bias, up }: Record<string, Tensor>) => {
  const [dx, dweight, dbias] = grad(sum(mul(y, up!)), [x!, weight!, bias!]);
  return { y, dx: dx!, dweight: dweight!, dbias: dbias! };
};

describe("random shapes and attributes", () => {
  test("conv2d and its gradients", () => {
    fc.assert(
      fc.property(settings, (setting) => {
        const { images, groups, channels, outs, size, kernel, stride, dilation, padding } = setting;
        const grid = [0, 1].map((i) =>
          Math.floor((size[i]! + 2 * padding[i]! - (kernel[i]! - 1) * dilation[i]! - 1) / stride[i]! + 1),
        ) as Two;
        fc.pre(grid.every((count) => count >= 1));
        const x: Four = [images, groups * channels, ...size];
        const y: Four = [images, groups * outs, ...grid];
        const shapes = { x, weight: [groups * outs, channels, ...kernel], bias: [groups * outs], up: y };
        const given = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, floats(shape)]));
        const options: ConvOptions = { stride, padding, dilation, groups };
        const results = graphs.run(given, (leaves) =>
          derived(conv2d(leaves.x!, leaves.weight!, leaves.bias, options), leaves),
        );
        const [xs, ws, bs, ups] = ["x", "weight", "bias", "up"].map((name) => given[name]!.values);
        const walk = (meet: Parameters<typeof products>[3]) => products(x, y, setting, meet);
        expectSums(
          results.y,
          summed(sizeOf(y), (add) => {
            walk((i, j, k) => add(k, xs![i]! * ws![j]!));
            withBias(y, bs!, add);
          }),
        );
        expectSums(
          results.dx,
          summed(sizeOf(x), (add) => walk((i, j, k) => add(i, ups![k]! * ws![j]!))),
        );
        expectSums(
          results.dweight,
          summed(ws!.length, (add) => walk((i, j, k) => add(j, ups![k]! * xs![i]!))),
        );
        const plane = grid[0] * grid[1];
        expectSums(
          results.dbias,
          summed(bs!.length, (add) => {
            for (let i = 0; i < sizeOf(y); i++) add(Math.floor(i / plane) % y[1], ups![i]!);
          }),
        );
      }),
      { numRuns: 150 },
    );
  });

  test("convTranspose2d and its gradients", () => {
    const more = two(0, 2);
    fc.assert(
      fc.property(settings, more, (setting, outputPadding) => {
        // In the loops above, x is the larger picture: here it is the result.
        const { images, groups, channels, outs, size: grid, kernel, stride, dilation, padding } = setting;
        const image = [0, 1].map(
          (i) =>
            (grid[i]! - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (kernel[i]! - 1) + outputPadding[i]! + 1,
        ) as Two;
        fc.pre(image.every((size) => size >= 1));
        fc.pre([0, 1].every((i) => outputPadding[i]! < Math.max(stride[i]!, dilation[i]!)));
        const x: Four = [images, groups * outs, ...grid];
        const y: Four = [images, groups * channels, ...image];
        const shapes = { x, weight: [groups * outs, channels, ...kernel], bias: [groups * channels], up: y };
        const given = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, floats(shape)]));
        const options: ConvTransposeOptions = { stride, padding, dilation, groups, outputPadding };
        const results = graphs.run(given, (leaves) =>
          derived(convTranspose2d(leaves.x!, leaves.weight!, leaves.bias, options), leaves),
        );
        const [xs, ws, bs, ups] = ["x", "weight", "bias", "up"].map((name) => given[name]!.values);
        const walk = (meet: Parameters<typeof products>[3]) => products(y, x, setting, meet);
        expectSums(
          results.y,
          summed(sizeOf(y), (add) => {
            walk((i, j, k) => add(i, xs![k]! * ws![j]!));
            withBias(y, bs!, add);
          }),
        );
        expectSums(
          results.dx,
          summed(sizeOf(x), (add) => walk((i, j, k) => add(k, ups![i]! * ws![j]!))),
        );
        expectSums(
          results.dweight,
          summed(ws!.length, (add) => walk((i, j, k) => add(j, ups![i]! * xs![k]!))),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe("sizes beyond one block", () => {
  const cases: [string, Four, Four, ConvOptions][] = [
    ["many channels", [1, 70, 6, 6], [6, 70, 3, 3], { padding: 1 }],
    ["many outs", [1, 3, 5, 6], [70, 3, 2, 2], {}],
    ["outs in more than one block of the transpose", [1, 2, 3, 4], [300, 2, 2, 2], { stride: 2 }],
    ["a wide row", [1, 1, 2, 1100], [3, 1, 2, 3], { padding: 1 }],
    ["many rows", [1, 2, 90, 30], [5, 2, 3, 3], {}],
  ];
  test.each(cases)("%s", (_, x, weight, options) => {
    const given = { x: floats(x), weight: floats(weight) };
    const trace = (leaves: Record<string, Tensor>) => {
      const y = conv2d(leaves.x!, leaves.weight!, undefined, options);
      const [dx, dweight] = grad(sum(square(y)), [leaves.x!, leaves.weight!]);
      return { y, dx: dx!, dweight: dweight! };
    };
    const setting: Setting = {
      ...{ images: x[0], groups: 1, channels: weight[1], outs: weight[0], size: [x[2], x[3]] },
      ...{ kernel: [weight[2], weight[3]], dilation: [1, 1] },
      padding: [0, 0].map(() => (options.padding as number | undefined) ?? 0) as Two,
      stride: [0, 0].map(() => (options.stride as number | undefined) ?? 1) as Two,
    };
    const shape = trace({ x: input("x", x), weight: input("w", weight) }).y.shape as unknown as Four;
    const results = graphs.run(given, trace);
    const walk = (meet: Parameters<typeof products>[3]) => products(x, shape, setting, meet);
    const [xs, ws] = [given.x.values, given.weight.values];
    expectSums(
      results.y,
      summed(sizeOf(shape), (add) => walk((i, j, k) => add(k, xs[i]! * ws[j]!))),
    );
    const ups = results.y.map((value) => 2 * value);
    expectSums(
      results.dx,
      summed(xs.length, (add) => walk((i, j, k) => add(i, ups[k]! * ws[j]!))),
    );
    expectSums(
      results.dweight,
      summed(ws.length, (add) => walk((i, j, k) => add(j, ups[k]! * xs[i]!))),
    );
  });
});

describe("activations in the kernel", () => {
  const layers: [string, (x: Tensor, weight: Tensor, bias: Tensor) => Tensor][] = [
    ["conv2d", (x, weight, bias) => conv2d(x, weight, bias)],
    ["convTranspose2d by taps", (x, weight, bias) => convTranspose2d(x, weight, bias, { stride: 2 })],
    ["convTranspose2d as a convolution", (x, weight, bias) => convTranspose2d(x, weight, bias, { padding: 1 })],
  ];
  const names = Object.keys(activations) as ActivationName[];
  test.each(layers.flatMap(([label, layer]) => names.map((name) => [label, name, layer] as const)))(
    "%s and %s: the bits are those of two instructions",
    (_, name, layer) => {
      // Planes of sizes that are no multiple of a vector lie side by side.
      const given = { x: floats([3, 3, 5, 5]), weight: floats([3, 3, 3, 3]), bias: floats([3]) };
      const trace = ({ x, weight, bias }: Record<string, Tensor>) => ({
        y: apply(activations[name].forward, [layer(x!, weight!, bias!)], { alpha: 0.3 }),
      });
      const fused = graphs.run(given, trace);
      const apart = graphs.run(given, trace, { fused: false });
      expect(fused.program.steps.length).toBe(apart.program.steps.length - 1);
      expect(fused.y).toEqual(apart.y);
    },
  );
});

test("the same bits for an image, whichever others are with it", () => {
  const x = floats([4, 3, 9, 9]);
  const weight = floats([6, 3, 3, 3]);
  const run = (x: Given) =>
    graphs.run({ x, weight }, (leaves) => ({ y: conv2d(leaves.x, leaves.weight, undefined, { padding: 1 }) })).y;
  const all = run(x);
  const size = all.length / 4;
  for (let image = 0; image < 4; image++) {
    const values = (x.values as Float32Array).subarray(image * 243, (image + 1) * 243);
    expect(run({ shape: [1, 3, 9, 9], values })).toEqual(all.subarray(image * size, (image + 1) * size));
  }
});

test("gradients of gradients", () => {
  const given = { x: floats([1, 2, 5, 5]), weight: floats([3, 2, 3, 3]) };
  const options: ConvOptions = { stride: 2, padding: 1 };
  /** The sum of the squares of the gradient by x of the sum of squares. */
  const penalty = (x: Tensor, weight: Tensor) => {
    const [dx] = grad(sum(square(conv2d(x, weight, undefined, options))), [x]);
    return sum(square(dx!));
  };
  const run = (weight: ArrayLike<number>) =>
    graphs.run({ ...given, weight: { ...given.weight, values: weight } }, ({ x, weight }) => {
      const value = penalty(x, weight);
      return { value, dweight: grad(value, [weight])[0]! };
    });
  const { dweight } = run(given.weight.values);
  // Numbers of f32: the steps must be large, and the function is a polynomial of the fourth degree.
  const places = [0, 7, 20, 53];
  const step = 0.02;
  for (const i of places) {
    const moved = (by: number) => {
      const values = Float32Array.from(given.weight.values);
      values[i]! += by;
      return run(values).value[0]!;
    };
    const slope = (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step);
    expect(Math.abs(dweight[i]! - slope)).toBeLessThan(2e-3 * (1 + Math.abs(slope)));
  }
});

test("padding by name", () => {
  const given = { x: floats([1, 1, 6, 7]), weight: floats([1, 1, 3, 4]) };
  const run = (padding: ConvOptions["padding"], options: ConvOptions = {}) =>
    graphs.run(given, ({ x, weight }) => ({ y: conv2d(x, weight, undefined, { ...options, padding }) }));
  expect(run("valid").y).toEqual(run(0).y);
  expect(run("same").y).toHaveLength(42);
  // Of 3 columns that a kernel of 4 needs, one lies before and two behind: the first of a result padded by 2 is left out.
  const wide = run([1, 2]).y;
  const rows = Array.from({ length: 6 }, (_, y) => [...wide.subarray(y * 8 + 1, y * 8 + 8)]);
  expect([...run("same").y]).toEqual(rows.flat());
});

test("a kernel as large as the picture is a linear layer", () => {
  const given = { x: floats([3, 4, 5, 5]), weight: floats([7, 4, 5, 5]), bias: floats([7]) };
  const { y, program } = graphs.run(given, ({ x, weight, bias }) => ({ y: conv2d(x, weight, bias) }));
  expect(program.order.map(({ op }) => op.name)).toContain("linear");
  expect(y).toHaveLength(21);
  const f = (x: number[]) => {
    let first = given.bias.values[0]! as number;
    for (let i = 0; i < 100; i++) first += x[i]! * (given.weight.values[i] as number);
    return first;
  };
  expectClose([y[0]!], [f([...Array.from(given.x.values)])], 1e-5);
  expect(slopes(f, [...Array.from(given.x.values)], [3])[0]).toBeCloseTo(given.weight.values[3] as number);
});
