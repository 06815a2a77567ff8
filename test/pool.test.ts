// Poolings over random shapes and attributes against loops that follow PyTorch's definition; ties, NaN and infinities;
// what is refused.

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { grad } from "../src/graph/grad.js";
import { mul } from "../src/graph/ops/elementwise.js";
import { input } from "../src/graph/ops/leaf.js";
import { adaptiveAvgPool2d, avgPool2d, globalAvgPool2d, type AvgPoolOptions } from "../src/graph/ops/pool-average.js";
import { maxPool1d, maxPool2d, type MaxPoolOptions } from "../src/graph/ops/pool-max.js";
import { sum } from "../src/graph/ops/reduce.js";
import { sizeOf, type Shape, type Tensor } from "../src/graph/tensor.js";
import { expectClose } from "./support/close.js";
import { openGraphs, type Graphs } from "./support/graph.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

const random = new Random(77);
type Two = [number, number];

const two = (least: number, most: number) =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));
const settings = fc.record({
  planes: fc.integer({ min: 1, max: 3 }),
  size: two(1, 13),
  kernel: two(1, 4),
  stride: two(1, 3),
  dilation: two(1, 3),
  /** Of half the kernel. */
  share: fc.constantFrom(0, 0.5, 1),
  ceilMode: fc.boolean(),
});

interface Windows {
  grid: Two;
  padding: Two;
  /** Indices along an axis, in the picture, of window o. */
  along(axis: 0 | 1, o: number): number[];
  /** First index of window o, which may lie in the padding. */
  start(axis: 0 | 1, o: number): number;
}

/** PyTorch's `pooling_output_shape` and its loops' bounds. */
function windowsOf(setting: typeof settings extends fc.Arbitrary<infer T> ? T : never, dilation: Two): Windows {
  const { size, kernel, stride, share, ceilMode } = setting;
  const padding = kernel.map((k) => Math.floor((k / 2) * share)) as Two;
  const grid = [0, 1].map((i) => {
    const room = size[i]! + 2 * padding[i]! - dilation[i]! * (kernel[i]! - 1) - 1 + (ceilMode ? stride[i]! - 1 : 0);
    const count = Math.floor(room / stride[i]!) + 1;
    return ceilMode && (count - 1) * stride[i]! >= size[i]! + padding[i]! ? count - 1 : count;
  }) as Two;
  const start = (axis: 0 | 1, o: number) => o * stride[axis] - padding[axis];
  const along = (axis: 0 | 1, o: number) =>
    Array.from({ length: kernel[axis] }, (_, k) => start(axis, o) + k * dilation[axis]).filter(
      (i) => i >= 0 && i < size[axis],
    );
  return { grid, padding, along, start };
}

/** For each window of each plane, its place in the result and those of its elements. */
function* placed(planes: number, [height, width]: Two, { grid, along }: Windows) {
  for (let plane = 0; plane < planes; plane++)
    for (let oy = 0; oy < grid[0]; oy++)
      for (let ox = 0; ox < grid[1]; ox++) {
        const elements = along(0, oy).flatMap((iy) => along(1, ox).map((ix) => (plane * height + iy) * width + ix));
        yield { at: (plane * grid[0] + oy) * grid[1] + ox, oy, ox, elements };
      }
}

function run(shape: Shape, values: ArrayLike<number>, pool: (x: Tensor) => Tensor) {
  const y = pool(input("x", shape));
  const up = Array.from({ length: y.size }, () => Math.fround(random.normal()));
  const given = { x: { shape, values }, up: { shape: y.shape, values: up } };
  const results = graphs.run(given, ({ x, up }) => {
    const y = pool(x);
    return { y, dx: grad(sum(mul(y, up)), [x])[0]! };
  });
  return { y: results.y, dx: results.dx, up };
}

const numbers = (size: number, draw = () => random.normal()) => Float32Array.from({ length: size }, draw);

describe("random shapes and attributes", () => {
  test("maxPool2d and its gradient, with equals, NaN and infinities among the numbers", () => {
    const values = [-1, 0, 0, 1, 1, 2, -Infinity, Infinity, NaN];
    fc.assert(
      fc.property(settings, fc.constantFrom("numbers", "few", "low"), (setting, kind) => {
        const { planes, size, kernel, stride, dilation, ceilMode } = setting;
        const windows = windowsOf(setting, dilation);
        const all = [...placed(planes, size, windows)];
        // A window of padding alone has no largest element; PyTorch's result is undefined there.
        fc.pre(windows.grid.every((count) => count >= 1) && all.every(({ elements }) => elements.length > 0));
        const draw = {
          numbers: () => random.normal(),
          few: () => values[random.integer(values.length)]!,
          low: () => -Infinity,
        }[kind];
        const x = numbers(planes * size[0] * size[1], draw);
        const options: MaxPoolOptions = { stride, padding: windows.padding, dilation, ceilMode };
        const { y, dx, up } = run([1, planes, ...size], x, (t) => maxPool2d(t, kernel, options));

        const wanted = new Array<number>(all.length);
        const gradient = new Array<number>(x.length).fill(0);
        for (const { at, elements } of all) {
          let best = elements[0]!;
          for (const i of elements) if (x[i]! > x[best]! || Number.isNaN(x[i])) best = i;
          wanted[at] = x[best]!;
          gradient[best]! += up[at]!;
        }
        expect([...y]).toEqual(wanted);
        expectClose(dx, gradient, 1e-6);
      }),
      { numRuns: 150 },
    );
  });

  test("avgPool2d and its gradient", () => {
    const divisors = fc.constantFrom(undefined, 3);
    fc.assert(
      fc.property(settings, fc.boolean(), divisors, (setting, countIncludePad, divisorOverride) => {
        const { planes, size, kernel, stride, ceilMode } = setting;
        const windows = windowsOf(setting, [1, 1]);
        fc.pre(windows.grid.every((count) => count >= 1));
        const x = numbers(planes * size[0] * size[1]);
        const options: AvgPoolOptions = {
          ...{ stride, ceilMode, countIncludePad, padding: windows.padding },
          ...(divisorOverride && { divisorOverride }),
        };
        const { y, dx, up } = run([1, planes, ...size], x, (t) => avgPool2d(t, kernel, options));

        const padded = (axis: 0 | 1, o: number) => {
          const start = windows.start(axis, o);
          return Math.min(start + kernel[axis], size[axis] + windows.padding[axis]) - start;
        };
        const wanted: number[] = [];
        const gradient = new Array<number>(x.length).fill(0);
        for (const { at, oy, ox, elements } of placed(planes, size, windows)) {
          const divisor = divisorOverride ?? (countIncludePad ? padded(0, oy) * padded(1, ox) : elements.length);
          wanted[at] = elements.length === 0 ? 0 : elements.reduce((total, i) => total + x[i]!, 0) / divisor;
          for (const i of elements) gradient[i]! += up[at]! / divisor;
        }
        expectClose(y, wanted, 1e-6);
        expectClose(dx, gradient, 1e-6);
      }),
      { numRuns: 150 },
    );
  });

  test("adaptiveAvgPool2d and its gradient", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), two(1, 12), two(1, 6), (planes, size, grid) => {
        const x = numbers(planes * size[0] * size[1]);
        const { y, dx, up } = run([1, planes, ...size], x, (t) => adaptiveAvgPool2d(t, grid));
        const along = (axis: 0 | 1, o: number) => {
          const first = Math.floor((o * size[axis]) / grid[axis]);
          return Array.from({ length: Math.ceil(((o + 1) * size[axis]) / grid[axis]) - first }, (_, i) => first + i);
        };
        const wanted: number[] = [];
        const gradient = new Array<number>(x.length).fill(0);
        const windows: Windows = { grid, along, padding: [0, 0], start: () => 0 };
        for (const { at, elements } of placed(planes, size, windows)) {
          wanted[at] = elements.reduce((total, i) => total + x[i]!, 0) / elements.length;
          for (const i of elements) gradient[i]! += up[at]! / elements.length;
        }
        expectClose(y, wanted, 1e-6);
        expectClose(dx, gradient, 1e-6);
      }),
      { numRuns: 80 },
    );
  });
});

test("of equals, the first gets the gradient, in every loop", () => {
  for (const [shape, kernel] of [
    [[1, 1, 2, 12], 2],
    [[1, 1, 2, 4], 2],
    [
      [1, 1, 3, 12],
      [3, 2],
    ],
  ] as [Shape, number | Two][]) {
    const { dx, up } = run(shape, new Array<number>(sizeOf(shape)).fill(7), (x) => maxPool2d(x, kernel));
    expect([...dx.subarray(0, shape[3])]).toEqual(up.flatMap((g) => [g, 0]));
    expect(dx.subarray(shape[3]!).every((g) => g === 0)).toBe(true);
  }
});

test("the gradient of a window that reaches beyond the windows is 0 there", () => {
  const { dx } = run([1, 1, 3, 9], numbers(27), (x) => maxPool2d(x, 2));
  expect([...dx.subarray(18)].every((g) => g === 0)).toBe(true);
  expect(dx[8]).toBe(0);
});

test("globalAvgPool2d leaves samples and channels", () => {
  const x = numbers(2 * 3 * 20);
  const { y } = run([2, 3, 4, 5], x, globalAvgPool2d);
  const wanted = Array.from({ length: 6 }, (_, i) => x.subarray(i * 20, i * 20 + 20).reduce((a, b) => a + b) / 20);
  expectClose(y, wanted, 1e-6);
  expect(globalAvgPool2d(input("x", [2, 3, 4, 5])).shape).toEqual([2, 3]);
});

describe("what is refused", () => {
  const x = input("x", [2, 3, 8, 8]);
  const refused: [string, () => unknown, string][] = [
    [
      "too much padding",
      () => maxPool2d(x, 2, { padding: [1, 2] }),
      "maxPool2d: padding must be at most half the kernel, got 2 for a kernel of 2",
    ],
    [
      "a window that does not fit",
      () => avgPool2d(x, 9),
      "avgPool2d: the window is larger than the padded input (input [8,8], kernel 9, padding 0, dilation 1); take a smaller kernel or more padding",
    ],
    [
      "a series without channels",
      () => maxPool1d(input("x", [2, 8]), 2),
      "maxPool1d: needs an input [samples, channels, length], got [2, 8]; reshape it",
    ],
    [
      "a kernel of 0",
      () => maxPool2d(x, 0),
      "maxPool2d: kernel must be a whole number of at least 1 or 2 of them, got 0",
    ],
    [
      "a divisor of 0",
      () => avgPool2d(x, 2, { divisorOverride: 0 }),
      "avgPool2d: divisorOverride must be a number other than 0, got 0",
    ],
    [
      "no output size",
      () => adaptiveAvgPool2d(x, [0, 2]),
      "adaptiveAvgPool2d: outputSize must be a whole number of at least 1, or two, got [0,2]",
    ],
    [
      "a picture without channels",
      () => globalAvgPool2d(input("x", [2, 3, 4])),
      "globalAvgPool2d: needs an input [samples, channels, height, width], got [2, 3, 4]; reshape it",
    ],
  ];
  test.each(refused)("%s", (_, call, message) => expect(call).toThrow(message));
});
