// The way over a canvas, with a canvas of the test's own: what is drawn where, and what is said where there is none. That a
// real browser's canvas gives the same bytes is tested in test/browser-canvas.test.ts.
import { afterEach, describe, expect, test, vi } from "vitest";
import { drawPixels, imagePixels, planesToImage, type Drawable } from "../src/data/index.js";

class FakeImageData {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}

/** A canvas that notes what it is told, and gives its size as pixels. */
class FakeCanvas {
  readonly told: unknown[] = [];
  constructor(
    public width: number,
    public height: number,
  ) {}
  getContext(kind: string) {
    return kind !== "2d"
      ? null
      : {
          drawImage: (...all: unknown[]) => this.told.push(all),
          putImageData: (...all: unknown[]) => this.told.push(all),
          getImageData: (_x: number, _y: number, width: number, height: number) =>
            new FakeImageData(new Uint8ClampedArray(4 * width * height).fill(7), width, height),
        };
  }
}

afterEach(() => void vi.unstubAllGlobals());

describe("imagePixels", () => {
  test("draws on a canvas of the picture's own size", () => {
    vi.stubGlobal("OffscreenCanvas", FakeCanvas);
    for (const size of [
      { width: 2, height: 3 },
      { naturalWidth: 2, naturalHeight: 3, width: 50, height: 50 },
      { videoWidth: 2, videoHeight: 3, width: 50, height: 50 },
      { displayWidth: 2, displayHeight: 3, codedWidth: 16, codedHeight: 16 },
    ]) {
      const { data, width, height } = imagePixels(size as Drawable);
      expect([width, height, data.length]).toEqual([2, 3, 24]);
    }
  });

  test("takes the page's canvas where there is no other", () => {
    vi.stubGlobal("document", { createElement: () => new FakeCanvas(0, 0) });
    expect(imagePixels({ width: 1, height: 1 } as Drawable).data).toHaveLength(4);
  });

  test("gives pixels back as they are", () => {
    const pixels = { data: new Uint8Array(3), width: 1, height: 1 };
    expect(imagePixels(pixels)).toBe(pixels);
  });

  test("refusals", () => {
    expect(() => imagePixels({ width: 1, height: 1 } as Drawable)).toThrow(
      new Error("imagePixels: there is no canvas here, since this is no browser; decode files by wasmgrad/images"),
    );
    expect(() => imagePixels("cat.png" as never)).toThrow(
      new TypeError('imagePixels: source must be something a canvas can draw, got "cat.png"'),
    );
    expect(() => imagePixels({ naturalWidth: 0, naturalHeight: 0 } as Drawable)).toThrow(
      "imagePixels: the picture has no size, got an object of Object of 0 x 0; wait until it has loaded",
    );
    class Tainted extends FakeCanvas {
      override getContext() {
        const refuse = () => {
          throw new Error("tainted");
        };
        return { ...super.getContext("2d")!, getImageData: refuse };
      }
    }
    vi.stubGlobal("OffscreenCanvas", Tainted);
    expect(() => imagePixels({ width: 1, height: 1 } as Drawable)).toThrow(
      'imagePixels: the pixels cannot be read (tainted); a picture from another site needs crossOrigin = "anonymous"',
    );
    class Other extends FakeCanvas {
      override getContext() {
        return null;
      }
    }
    vi.stubGlobal("OffscreenCanvas", Other);
    expect(() => imagePixels({ width: 1, height: 1 } as Drawable)).toThrow(
      "imagePixels: the canvas gives no 2d context; was one of another kind taken from it?",
    );
  });
});

describe("drawPixels", () => {
  test("gives the canvas the picture's size, and puts the pixels there", () => {
    vi.stubGlobal("ImageData", FakeImageData);
    const canvas = new FakeCanvas(9, 9);
    const image = planesToImage({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 2, 3] });
    drawPixels(canvas as never, image);
    expect([canvas.width, canvas.height]).toEqual([3, 2]);
    expect(canvas.told).toEqual([[new FakeImageData(image.data, 3, 2), 0, 0]]);
  });

  test("refusals", () => {
    expect(() => drawPixels({} as never, { data: new Uint8ClampedArray(3), width: 1, height: 1 })).toThrow(
      new RangeError("drawPixels: data must be four bytes a pixel, got 3 for 1 x 1; planesToImage gives them"),
    );
    expect(() => drawPixels({} as never, { data: new Uint8ClampedArray(3), width: 0, height: 1 })).toThrow(
      "drawPixels: width must be a whole number from 1",
    );
  });
});
