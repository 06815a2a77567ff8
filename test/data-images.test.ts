// Normalised planes, bytes that stay bytes, and many pictures as one tensor.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  featuresToImage,
  imagesToTensor,
  imageToPlanes,
  planesToImage,
  resizeImage,
  tensorToImages,
} from "../src/data/index.js";

const pixel = { data: Uint8Array.of(255, 0, 51, 102), width: 1, height: 1 };

/** ImageNet's, which many models were trained with. */
const imageNet = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

const pictures = (bytesPerPixel: number) =>
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([width, height]) => {
    const length = width * height * bytesPerPixel;
    return fc.array(
      fc.uint8Array({ minLength: length, maxLength: length }).map((data) => ({ data, width, height })),
      { minLength: 1, maxLength: 3 },
    );
  });

describe("normalisation", () => {
  test("is (byte · scale - mean) / std, one for all channels or each its own", () => {
    const own = imageToPlanes(pixel, imageNet).data;
    const expected = [(1 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225];
    own.forEach((value, channel) => expect(value).toBeCloseTo(expected[channel]!, 6));
    expect([...imageToPlanes(pixel, { scale: 1 / 255, mean: 0.5, std: 0.5 }).data]).toEqual(
      [1, -1, -0.6].map(Math.fround),
    );
    expect([...imageToPlanes(pixel, { channels: "grey", mean: [10], std: [2] }).data]).toEqual([
      Math.fround(((299 * 255 + 114 * 51) / 1000 - 10) / 2),
    ]);
  });

  test("is undone without loss", () => {
    fc.assert(
      fc.property(pictures(3), ([picture]) => {
        const back = planesToImage(imageToPlanes(picture!, imageNet), imageNet);
        expect([...back.data].filter((_, i) => i % 4 < 3)).toEqual([...picture!.data]);
        const { width, height } = picture!;
        expect(featuresToImage(imageToPlanes(picture!, imageNet).data, { width, height, ...imageNet })).toEqual(back);
      }),
    );
  });

  test("refusals", () => {
    expect(() => imageToPlanes(pixel, { mean: [1, 2] })).toThrow(
      new RangeError("imageToPlanes: mean must be one number, or 3, one for each channel, got 2"),
    );
    expect(() => imageToPlanes(pixel, { mean: [1, 2, NaN] })).toThrow(
      new RangeError("imageToPlanes: mean must be finite, got NaN for channel 2"),
    );
    expect(() => imageToPlanes(pixel, { std: 0 })).toThrow(
      new RangeError("imageToPlanes: std must be positive, got 0 for channel 0"),
    );
    expect(() => planesToImage(imageToPlanes(pixel), { std: [1, 1, -1] })).toThrow("got -1 for channel 2");
    expect(() => imageToPlanes(pixel, { std: "1" as never })).toThrow("imageToPlanes: std must be an array");
    expect(() => imageToPlanes(pixel, { scale: "1" as never })).toThrow(
      new TypeError('imageToPlanes: scale must be a positive number, got "1"'),
    );
  });
});

describe("bytes", () => {
  test("stay bytes, grey ones rounded", () => {
    const rgb = imageToPlanes(pixel, { type: "u8" });
    expect(rgb).toEqual({ data: Uint8Array.of(255, 0, 51), shape: [3, 1, 1] });
    expect(imageToPlanes(pixel, { type: "u8", channels: "rgba" }).data).toEqual(Uint8Array.of(255, 0, 51, 102));
    expect(imageToPlanes(pixel, { type: "u8", channels: "grey" }).data).toEqual(Uint8Array.of(82)); // 82.059
    expect([...planesToImage(rgb).data]).toEqual([255, 0, 51, 255]);
  });

  test("refusals", () => {
    const message = 'imageToPlanes: bytes are kept as they are; leave out scale, mean and std, or take type "f32"';
    for (const option of [{ scale: 1 }, { mean: 0 }, { std: 1 }]) {
      expect(() => imageToPlanes(pixel, { type: "u8", ...option })).toThrow(new TypeError(message));
    }
    expect(() => imageToPlanes(pixel, { type: "f64" as never })).toThrow(
      new TypeError('imageToPlanes: type must be "f32" or "u8", got "f64"'),
    );
  });
});

describe("a tensor of pictures", () => {
  test("is their planes one after another, and back", () => {
    fc.assert(
      fc.property(pictures(4), (images) => {
        const options = { channels: "rgba", scale: 1 / 255 } as const;
        const tensor = imagesToTensor(images, options);
        const { width, height } = images[0]!;
        expect(tensor.shape).toEqual([images.length, 4, height, width]);
        expect([...tensor.data]).toEqual(images.flatMap((image) => [...imageToPlanes(image, options).data]));
        expect(tensorToImages(tensor, options).map(({ data }) => [...data])).toEqual(
          images.map(({ data }) => [...data]),
        );
        const bytes = imagesToTensor(images, { channels: "rgba", type: "u8" });
        expect(bytes.data).toBeInstanceOf(Uint8Array);
        expect(tensorToImages(bytes)).toEqual(tensorToImages(tensor, options));
      }),
    );
  });

  test("brings pictures to one size", () => {
    const large = { data: Uint8Array.from({ length: 36 }, (_, i) => 7 * i), width: 4, height: 3 };
    const small = { data: Uint8Array.from({ length: 12 }, (_, i) => 20 * i), width: 2, height: 2 };
    const { data, shape } = imagesToTensor([large, small], { width: 2, height: 2, method: "bilinear" });
    expect(shape).toEqual([2, 3, 2, 2]);
    const resized = resizeImage(large, { width: 2, height: 2, method: "bilinear" });
    expect([...data]).toEqual([resized, small].flatMap((image) => [...imageToPlanes(image).data]));
    expect(imagesToTensor([large], { width: 2 }).shape).toEqual([1, 3, 3, 2]);
  });

  test("refusals", () => {
    const other = { data: new Uint8Array(6), width: 2, height: 1 };
    expect(() => imagesToTensor([])).toThrow(
      new RangeError("imagesToTensor: images must be at least one picture, got none"),
    );
    expect(() => imagesToTensor(other as never)).toThrow(
      new TypeError("imagesToTensor: images must be an array, got an object of Object"),
    );
    expect(() => imagesToTensor([pixel, other])).toThrow(
      new RangeError("imagesToTensor: images[1] is 2 x 1, but images[0] is 1 x 1; give width and height to resize all"),
    );
    expect(() => imagesToTensor([pixel], { width: 0 })).toThrow("imagesToTensor: width must be a whole number from 1");
    expect(() => tensorToImages({ data: new Float32Array(5), shape: [1, 3, 1, 2] })).toThrow(
      new RangeError("tensorToImages: shape is [1, 3, 1, 2], but data has 5 values"),
    );
  });
});
