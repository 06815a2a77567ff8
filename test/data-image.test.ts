// Pictures to planes and feature vectors, and back.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { featuresToImage, imageToFeatures, imageToPlanes, planesToImage } from "../src/data/index.js";

const picture = (bytesPerPixel: number) =>
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([width, height]) => {
    const length = width * height * bytesPerPixel;
    return fc.uint8Array({ minLength: length, maxLength: length }).map((data) => ({ data, width, height }));
  });

/** 0 to 255 as it is, to 0 … 1, to 0 … 2^-20, and something crooked. */
const scales = fc.constantFrom(1, 1 / 255, 2 ** -20 / 255, 0.7310585);

describe("a picture in", () => {
  test("256 x 256 x 3 gives 196,608 features", () => {
    const data = new Uint8ClampedArray(256 * 256 * 4).map((_, i) => i % 256);
    expect(imageToFeatures({ data, width: 256, height: 256 })).toHaveLength(196_608);
  });

  test("is three matrices of red, green and blue, end to end", () => {
    const data = Uint8Array.of(1, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33, 41, 42, 43, 51, 52, 53);
    const planes = imageToPlanes({ data, width: 3, height: 2 });
    expect(planes.shape).toEqual([3, 2, 3]);
    expect([...planes.data]).toEqual([1, 11, 21, 31, 41, 51, 2, 12, 22, 32, 42, 52, 3, 13, 23, 33, 43, 53]);
  });

  test("leaves alpha out, or keeps it if asked", () => {
    const pixels = { data: Uint8Array.of(1, 2, 3, 128), width: 1, height: 1 };
    expect([...imageToFeatures(pixels)]).toEqual([1, 2, 3]);
    expect([...imageToFeatures(pixels, { channels: "rgba" })]).toEqual([1, 2, 3, 128]);
    const opaque = { data: Uint8Array.of(1, 2, 3), width: 1, height: 1 };
    expect([...imageToFeatures(opaque, { channels: "rgba", scale: 1 / 255 })].at(-1)).toBe(1);
  });

  test("becomes grey by the luma weights, and a grey one stays as it is", () => {
    const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77);
    const grey = imageToPlanes({ data, width: 2, height: 2 }, { channels: "grey" });
    expect(grey.shape).toEqual([1, 2, 2]);
    expect([...grey.data]).toEqual([255 * 0.299, 255 * 0.587, 255 * 0.114, 77].map(Math.fround));
    const one = { data: Uint8Array.of(5, 6), width: 2, height: 1 };
    expect([...imageToFeatures(one, { channels: "grey" })]).toEqual([5, 6]);
    expect([...imageToFeatures(one)]).toEqual([5, 6, 5, 6, 5, 6]);
  });
});

describe("and out", () => {
  test("RGBA comes back unchanged at any scale", () => {
    fc.assert(
      fc.property(picture(4), scales, (pixels, scale) => {
        const back = planesToImage(imageToPlanes(pixels, { channels: "rgba", scale }), { scale });
        expect([...back.data]).toEqual([...pixels.data]);
        expect([back.width, back.height]).toEqual([pixels.width, pixels.height]);
      }),
    );
  });

  test("RGB comes back with full alpha, through features too", () => {
    fc.assert(
      fc.property(picture(3), scales, (pixels, scale) => {
        const { width, height } = pixels;
        const back = featuresToImage(imageToFeatures(pixels, { scale }), { width, height, scale });
        const expected = Array.from({ length: width * height }, (_, i) => [
          ...pixels.data.subarray(3 * i, 3 * i + 3),
          255,
        ]);
        expect([...back.data]).toEqual(expected.flat());
      }),
    );
  });

  test("grey comes back as equal red, green and blue", () => {
    fc.assert(
      fc.property(picture(1), scales, (pixels, scale) => {
        const back = planesToImage(imageToPlanes(pixels, { channels: "grey", scale }), { scale });
        expect([...back.data]).toEqual([...pixels.data].flatMap((value) => [value, value, value, 255]));
      }),
    );
  });

  test("values are rounded and clamped", () => {
    const features = Float32Array.of(-3, 300, 1.6, 1.4, NaN, 255);
    const { data } = featuresToImage(features, { width: 2, height: 3 });
    expect([...data].filter((_, i) => i % 4 === 0)).toEqual([0, 255, 2, 1, 0, 255]);
  });
});

test("refusals", () => {
  const data = new Uint8Array(12);
  expect(() => imageToPlanes({ data, width: 3, height: 3 })).toThrow(
    new RangeError("imageToPlanes: 12 values are not 1, 3 or 4 for each pixel of 3 x 3"),
  );
  expect(() => imageToPlanes({ data, width: 0, height: 3 })).toThrow(RangeError);
  expect(() => imageToPlanes({ data, width: 2, height: 1.5 })).toThrow(RangeError);
  expect(() => imageToPlanes({ data, width: 2 ** 20, height: 2 ** 20 })).toThrow("more than one array may hold");
  const floats = new Float32Array(12) as unknown as Uint8Array;
  expect(() => imageToPlanes({ data: floats, width: 2, height: 2 })).toThrow(TypeError);
  expect(() => imageToPlanes({ data, width: 2, height: 2 }, { channels: "cmyk" as "rgb" })).toThrow(
    new TypeError('imageToPlanes: channels must be "grey" or "rgb" or "rgba", got "cmyk"'),
  );
  for (const scale of [0, -1, NaN, Infinity, 1e-45, 1e37]) {
    expect(() => imageToPlanes({ data, width: 2, height: 2 }, { scale })).toThrow(/^imageToPlanes: scale must be/);
  }
  expect(() => planesToImage({ data: new Float32Array(12), shape: [1, 2, 2] })).toThrow(
    "shape is [1, 2, 2], but data has 12",
  );
  expect(() => featuresToImage(new Float32Array(8), { width: 2, height: 2 })).toThrow("8 values are not 1, 3 or 4");
});
