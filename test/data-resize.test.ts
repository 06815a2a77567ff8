// Pictures at another size: hand-worked cases, and every method against its definition, pixel by pixel.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resizeImage, resizePlanes, type Planes, type ResizeMethod } from "../src/data/index.js";

const plane = (width: number, ...data: number[]): Planes => ({
  data: Float32Array.from(data),
  shape: [1, data.length / width, width],
});

describe("hand-worked", () => {
  test("nearest takes the pixel under the new one's centre", () => {
    const { data, shape } = resizePlanes(plane(2, 1, 2, 3, 4), { width: 4, height: 2, method: "nearest" });
    expect(shape).toEqual([1, 2, 4]);
    expect([...data]).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect([...resizePlanes(plane(5, 0, 1, 2, 3, 4), { width: 3, height: 1, method: "nearest" }).data]).toEqual([
      0, 2, 4,
    ]);
    expect([...resizePlanes(plane(4, 0, 1, 2, 3), { width: 2, height: 1, method: "nearest" }).data]).toEqual([1, 3]);
  });

  test("bilinear, as PyTorch's interpolate(…, align_corners=False)", () => {
    const { data } = resizePlanes(plane(2, 1, 2, 3, 4), { width: 4, height: 4, method: "bilinear" });
    expect([...data]).toEqual([
      1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4,
    ]); // prettier-ignore
    expect([...resizePlanes(plane(4, 0, 1, 2, 3), { width: 2, height: 1, method: "bilinear" }).data]).toEqual([
      0.5, 2.5,
    ]);
  });

  test("box takes the mean of what is covered, in parts too", () => {
    const planes = plane(3, 0, 3, 6, 6, 9, 12, 12, 15, 18);
    expect([...resizePlanes(planes, { width: 1, height: 1, method: "box" }).data]).toEqual([9]);
    expect([...resizePlanes(plane(3, 0, 3, 6), { width: 2, height: 1, method: "box" }).data]).toEqual([1, 5]);
    expect([...resizePlanes(plane(2, 0, 8), { width: 3, height: 1, method: "box" }).data]).toEqual([0, 4, 8]);
  });

  test("the usual method is box where both sides get smaller, else bilinear", () => {
    const planes = plane(4, ...Array.from({ length: 16 }, (_, i) => i * i));
    const method = (width: number, height: number, method?: ResizeMethod) => [
      ...resizePlanes(planes, { width, height, method }).data,
    ];
    expect(method(2, 1)).toEqual(method(2, 1, "box"));
    expect(method(2, 1)).not.toEqual(method(2, 1, "bilinear"));
    expect(method(8, 1)).toEqual(method(8, 1, "bilinear"));
    expect(method(4, 2)).toEqual(method(4, 2, "bilinear"));
  });
});

/** What a value at (row, column) of the new picture is by the definition of the method. */
function byDefinition(
  x: (row: number, column: number) => number,
  from: readonly number[],
  to: readonly number[],
  row: number,
  column: number,
) {
  const [height, width] = from as readonly [number, number];
  const place = (i: number, axis: number) => ((i + 0.5) * from[axis]!) / to[axis]!;
  return {
    nearest: () => x(Math.floor(place(row, 0)), Math.floor(place(column, 1))),
    bilinear: () => {
      const clamp = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1);
      const [v, u] = [clamp(place(row, 0) - 0.5, height), clamp(place(column, 1) - 0.5, width)];
      let sum = 0;
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++)
          sum += Math.max(1 - Math.abs(i - v), 0) * Math.max(1 - Math.abs(j - u), 0) * x(i, j);
      }
      return sum;
    },
    box: () => {
      const covered = (pixel: number, i: number, axis: number) => {
        const step = from[axis]! / to[axis]!;
        return Math.max(Math.min(pixel + 1, (i + 1) * step) - Math.max(pixel, i * step), 0) / step;
      };
      let sum = 0;
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) sum += covered(i, row, 0) * covered(j, column, 1) * x(i, j);
      }
      return sum;
    },
  };
}

const size = fc.integer({ min: 1, max: 7 });

test("every method is what its definition says, for planes and pixels, floats and bytes", () => {
  const pictures = fc.tuple(size, size, fc.constantFrom(1, 3, 4)).chain(([height, width, channels]) =>
    fc.record({
      from: fc.constant([height, width]),
      to: fc.tuple(size, size),
      bytes: fc.uint8Array({ minLength: height * width * channels, maxLength: height * width * channels }),
    }),
  );
  fc.assert(
    fc.property(pictures, fc.constantFrom("nearest", "bilinear", "box"), ({ from, to, bytes }, method) => {
      const [height, width] = from as readonly [number, number];
      const channels = bytes.length / (height * width);
      const options = { height: to[0], width: to[1], method };
      const image = resizeImage({ data: bytes, width, height }, options);
      const planar = bytes.map(
        (_, at) => bytes[(at % (height * width)) * channels + Math.floor(at / (height * width))]!,
      );
      const shape = [channels, height, width] as const;
      const floats = resizePlanes({ data: Float32Array.from(planar), shape }, options);
      const planes = resizePlanes({ data: planar, shape }, options);
      expect(planes.data).toBeInstanceOf(Uint8Array);
      expect(planes.shape).toEqual([channels, ...to]);
      expect([image.width, image.height]).toEqual([to[1], to[0]]);
      for (let row = 0; row < to[0]; row++) {
        for (let column = 0; column < to[1]; column++) {
          for (let channel = 0; channel < channels; channel++) {
            const x = (i: number, j: number) => bytes[(i * width + j) * channels + channel]!;
            const expected = byDefinition(x, from, to, row, column)[method]();
            const at = (channel * to[0] + row) * to[1] + column;
            expect(floats.data[at]).toBeCloseTo(expected, 3);
            expect(Math.abs(planes.data[at]! - expected)).toBeLessThan(0.501);
            expect(image.data[(row * to[1] + column) * channels + channel]).toBe(planes.data[at]);
          }
        }
      }
    }),
  );
});

test("the same size gives the same picture", () => {
  fc.assert(
    fc.property(size, size, fc.constantFrom("nearest", "bilinear", "box"), (width, height, method) => {
      const data = Float32Array.from({ length: 2 * width * height }, (_, i) => Math.fround(Math.sin(i)));
      const planes = resizePlanes({ data, shape: [2, height, width] }, { width, height, method });
      expect(planes.data).toEqual(data);
    }),
  );
});

test("refusals", () => {
  const planes = plane(2, 1, 2);
  const pixels = { data: new Uint8Array(4), width: 2, height: 2 };
  expect(() => resizePlanes(planes, { width: 0, height: 1 })).toThrow(
    new RangeError("resizePlanes: width must be a whole number from 1 to 2147483647, got 0"),
  );
  expect(() => resizeImage(pixels, { width: 1, height: 1.5 })).toThrow("resizeImage: height must be a whole number");
  expect(() => resizePlanes(planes, undefined as never)).toThrow(
    new TypeError("resizePlanes: options must be { width, height }, got undefined"),
  );
  expect(() => resizePlanes(planes, { width: 1, height: 1, method: "cubic" as never })).toThrow(
    new TypeError('resizePlanes: method must be "nearest" or "bilinear" or "box", got "cubic"'),
  );
  expect(() => resizePlanes({ data: new Float32Array(3), shape: [1, 2, 2] }, { width: 1, height: 1 })).toThrow(
    new RangeError("resizePlanes: shape is [1, 2, 2], but data has 3 values"),
  );
  expect(() => resizePlanes(planes, { width: 2 ** 20, height: 2 ** 20 })).toThrow("more than one array may hold");
  expect(() => resizeImage({ ...pixels, width: 3 }, { width: 1, height: 1 })).toThrow(
    "resizeImage: 4 values are not 1, 3 or 4 for each pixel of 3 x 2",
  );
});
