// PNG and JPEG files, made here: their pixels come back, and what is no such file, or too large, is refused before it costs
// memory.
import { crc32, deflateSync } from "node:zlib";
import * as fc from "fast-check";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { decodeImage, encodePng, ImageError } from "wasmgrad/images";
import { upright } from "../src/images/upright.js";

const picture = (bytesPerPixel: number) =>
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([width, height]) => {
    const length = width * height * bytesPerPixel;
    return fc.uint8Array({ minLength: length, maxLength: length }).map((data) => ({ data, width, height }));
  });

/** A PNG of chunks, right or wrong. */
function pngOf(...chunks: [name: string, data: Uint8Array][]): Uint8Array {
  const parts = chunks.map(([name, data]) => {
    const chunk = Buffer.alloc(12 + data.length);
    chunk.writeUInt32BE(data.length, 0);
    chunk.write(name, 4, "latin1");
    chunk.set(data, 8);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
    return chunk;
  });
  return new Uint8Array(Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...parts]));
}

function header(width: number, height: number, depth: number, type: number, interlaced = 0): [string, Uint8Array] {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([depth, type, 0, 0, interlaced], 8);
  return ["IHDR", data];
}

const end: [string, Uint8Array] = ["IEND", new Uint8Array(0)];

describe("PNG", () => {
  test("comes back as it was written: grey, RGB and RGBA", async () => {
    for (const bytes of [1, 3, 4]) {
      await fc.assert(
        fc.asyncProperty(picture(bytes), async ({ data, width, height }) => {
          const file = await encodePng({ data, width, height });
          expect(file[25]).toBe({ 1: 0, 3: 2, 4: 6 }[bytes]);
          const rgba = Array.from({ length: width * height }, (_, i) => {
            const pixel = [...data.subarray(i * bytes, (i + 1) * bytes)];
            if (bytes === 1) return [pixel[0], pixel[0], pixel[0], 255];
            return bytes === 3 ? [...pixel, 255] : pixel;
          });
          expect(await decodeImage(file)).toEqual({
            data: Uint8ClampedArray.from(rgba.flat() as number[]),
            width,
            height,
          });
        }),
        { numRuns: 30 },
      );
    }
  });

  test("of other kinds: palette, 16 bits", async () => {
    const palette = pngOf(
      header(3, 1, 2, 3),
      ["PLTE", Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255)],
      ["tRNS", Uint8Array.of(255, 128)],
      ["IDAT", deflateSync(Uint8Array.of(0, 0b00_01_10_00))],
      end,
    );
    expect([...(await decodeImage(palette)).data]).toEqual([255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 255]);
    const deep = PNG.sync.write({ width: 1, height: 1, data: Buffer.from(Uint16Array.of(0x1234, 0xffff, 0, 0x8000).buffer) } as PNG, { bitDepth: 16, colorType: 6 }); // prettier-ignore
    expect((await decodeImage(deep)).data).toHaveLength(4);
  });

  test("of interlaced pixels, of any size", async () => {
    // The pass in which each pixel of a square of 8 x 8 comes, as the specification draws it.
    const passes = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];
    await fc.assert(
      fc.asyncProperty(picture(1), async ({ data, width, height }) => {
        const rows = [1, 2, 3, 4, 5, 6, 7].flatMap((pass) =>
          Array.from({ length: height }, (_, row) =>
            [...data.subarray(row * width, (row + 1) * width)].filter(
              (_, at) => passes[row % 8]![at % 8] === `${pass}`,
            ),
          ).filter((row) => row.length > 0),
        );
        const pixels = Uint8Array.from(rows.flatMap((row) => [0, ...row]));
        const file = pngOf(header(width, height, 8, 0, 1), ["IDAT", deflateSync(pixels)], end);
        expect([...(await decodeImage(file)).data].filter((_, i) => i % 4 === 0)).toEqual([...data]);
      }),
    );
  });

  test("takes ArrayBuffers, and views of a part of one", async () => {
    const file = await encodePng({ data: Uint8Array.of(1, 2, 3), width: 1, height: 1 });
    const expected = await decodeImage(file);
    expect(await decodeImage(file.buffer)).toEqual(expected);
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    expect(await decodeImage(shifted.subarray(3))).toEqual(expected);
  });
});

describe("JPEG", () => {
  const size = { width: 16, height: 8 };
  const data = Buffer.alloc(16 * 8 * 4, 255);
  for (let i = 0; i < 16 * 8; i++) data.set(i % 16 < 8 ? [200, 40, 40] : [40, 40, 200], 4 * i);
  const file = new Uint8Array(jpeg.encode({ ...size, data }, 95).data);

  test("comes back nearly as it was", async () => {
    const image = await decodeImage(file);
    expect([image.width, image.height]).toEqual([16, 8]);
    expect(image.data).toBeInstanceOf(Uint8ClampedArray);
    image.data.forEach((value, i) => {
      // Colour is kept for blocks of 16 x 16 alone, but for the brightness.
      expect(Math.abs(value - data[i]!)).toBeLessThan(12);
    });
  });

  /** The file with Exif data that say how the camera was held. */
  function held(orientation: number, little: boolean): Uint8Array {
    const exif = Buffer.alloc(38);
    exif.set([0xff, 0xe1, 0, 36, ...Buffer.from("Exif\0\0")]);
    exif.write(little ? "II" : "MM", 10, "latin1");
    const [u16, u32] = little
      ? [exif.writeUInt16LE.bind(exif), exif.writeUInt32LE.bind(exif)]
      : [exif.writeUInt16BE.bind(exif), exif.writeUInt32BE.bind(exif)];
    u16(42, 12);
    u32(8, 14);
    u16(1, 18); // entries
    u16(0x0112, 20);
    u16(3, 22); // of 16 bits
    u32(1, 24);
    u16(orientation, 28);
    return Uint8Array.from([0xff, 0xd8, ...exif, ...file.subarray(2)]);
  }

  test("is turned upright, as its Exif data say", async () => {
    const plain = await decodeImage(file);
    for (const little of [true, false]) {
      for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
        expect(await decodeImage(held(orientation, little))).toEqual(upright(plain, orientation));
      }
      expect(await decodeImage(held(9, little))).toEqual(plain);
    }
    const cut = held(6, true);
    cut[3] = 12; // the segment ends within the entry
    await expect(decodeImage(cut)).rejects.toThrow(ImageError);
  });

  test("is refused where it is damaged", async () => {
    await expect(decodeImage(file.subarray(0, 12), { name: "a.jpg" })).rejects.toThrow(
      new ImageError("a.jpg is cut short: its header does not fit into 12 bytes"),
    );
    await expect(decodeImage(file.subarray(0, file.length - 30))).rejects.toThrow(
      /^picture could not be decoded \(.*\); is the file damaged or cut short\?$/,
    );
    await expect(decodeImage(Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 2))).rejects.toThrow(
      new ImageError("picture is damaged: its pixels come before their size"),
    );
    await expect(decodeImage(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 2, 7, 7))).rejects.toThrow(
      new ImageError("picture is damaged: byte 6 should begin a segment"),
    );
    const frame = (height: number, width: number) =>
      Uint8Array.of(
        0xff,
        0xd8,
        0xff,
        0xff,
        0xc0,
        0,
        11,
        8,
        height >> 8,
        height & 255,
        width >> 8,
        width & 255,
        1,
        0,
        0,
        0,
      );
    await expect(decodeImage(frame(0, 5))).rejects.toThrow("picture has no pixels: its header says 5 x 0 pixels");
    await expect(decodeImage(frame(65535, 65535))).rejects.toThrow(
      new ImageError(
        "picture is larger than maxPixels = 33554432: its header says 65535 x 65535 pixels; raise maxPixels if you trust it",
      ),
    );
    await expect(decodeImage(frame(50, 50))).rejects.toThrow("could not be decoded");
  });
});

test("all orientations of Exif", () => {
  // 1 2 3
  // 4 5 6
  const image = { data: Uint8ClampedArray.from([1, 2, 3, 4, 5, 6].flatMap((v) => [v, v, v, v])), width: 3, height: 2 };
  const turned = [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => {
    const { data, width, height } = upright(image, orientation);
    const values = [...data].filter((_, i) => i % 4 === 0);
    return Array.from({ length: height }, (_, row) => values.slice(row * width, (row + 1) * width).join("")).join(" ");
  });
  expect(turned).toEqual(["123 456", "321 654", "654 321", "456 123", "14 25 36", "41 52 63", "63 52 41", "36 25 14"]);
});

describe("what is refused", () => {
  const small: [string, Uint8Array] = ["IDAT", deflateSync(Uint8Array.of(0, 1))];

  test("other files", async () => {
    await expect(decodeImage(Buffer.from("GIF89a.."), { name: "cat.gif" })).rejects.toThrow(
      new ImageError("cat.gif is neither PNG nor JPEG: its first bytes are 47 49 46 38"),
    );
    await expect(decodeImage(new Uint8Array(0))).rejects.toThrow(
      "picture is neither PNG nor JPEG: its first bytes are none",
    );
    await expect(decodeImage("cat.png" as never)).rejects.toThrow(
      new TypeError('decodeImage: bytes must be a Uint8Array or an ArrayBuffer, got "cat.png"'),
    );
    await expect(decodeImage(pngOf(small, small))).rejects.toThrow(
      new ImageError("picture is no PNG: it does not begin with a header"),
    );
    await expect(decodeImage(pngOf(header(1, 1, 8, 0)).subarray(0, 20))).rejects.toThrow("picture is cut short");
  });

  test("pictures that are too large, before they are decoded", async () => {
    const claim = (width: number, height: number) => pngOf(header(width, height, 8, 6), small, end);
    await expect(decodeImage(claim(100, 101), { maxPixels: 10_000 })).rejects.toThrow(
      "picture is larger than maxPixels = 10000: its header says 100 x 101 pixels",
    );
    await expect(decodeImage(claim(2 ** 31, 2 ** 31))).rejects.toThrow("picture is larger than maxPixels = 33554432");
    await expect(decodeImage(claim(70_000, 1))).rejects.toThrow("picture is larger than 65535 a side");
    await expect(decodeImage(claim(0, 1))).rejects.toThrow("picture has no pixels: its header says 0 x 1 pixels");
    await expect(decodeImage(claim(5000, 5000))).rejects.toThrow(
      /bytes cannot hold 5000 x 5000 pixels, 100005000 bytes/,
    );
    await expect(decodeImage(claim(1, 1), { maxPixels: 0 })).rejects.toThrow("decodeImage: maxPixels must be");
    await expect(decodeImage(claim(1, 1), { maxPixels: 2 ** 29 })).rejects.toThrow(RangeError);
  });

  test("pictures that unpack to more than their pixels", async () => {
    const bomb: [string, Uint8Array] = ["IDAT", deflateSync(new Uint8Array(50_000_000))];
    await expect(decodeImage(pngOf(header(100, 100, 8, 0, 1), bomb, end))).rejects.toThrow(
      /^picture could not be decoded \(Cannot create a Buffer larger than 10188 bytes\)/,
    );
    await expect(decodeImage(pngOf(header(100, 100, 8, 0), bomb, end))).rejects.toThrow("larger than 10100 bytes");
  });

  test("damaged PNG", async () => {
    const whole = await encodePng({ data: new Uint8Array(300).map((_, i) => i * 7), width: 10, height: 10 });
    const broken = whole.slice();
    broken[50]! ^= 1;
    await expect(decodeImage(broken, { name: "x.png" })).rejects.toThrow(
      /^x\.png could not be decoded \(.*\); is the file damaged or cut short\?$/,
    );
    await expect(decodeImage(whole.subarray(0, whole.length - 20))).rejects.toThrow(ImageError);
    await expect(decodeImage(pngOf(header(10, 10, 8, 2), small, end))).rejects.toThrow(
      "picture could not be decoded (2 bytes came for 10 x 10 pixels, 310 bytes); is the file damaged or cut short?",
    );
    await expect(decodeImage(pngOf(header(1, 1, 3, 0), small, end))).rejects.toThrow(/^picture could not be decoded/);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (rest, isPng) => {
        const begin = isPng ? whole.subarray(0, 33) : Uint8Array.of(0xff, 0xd8, 0xff);
        const file = Uint8Array.from([...begin, ...rest]);
        await decodeImage(file, { maxPixels: 10_000 }).catch((error) => expect(error).toBeInstanceOf(ImageError));
      }),
    );
  });

  test("pixels that do not match their size", async () => {
    await expect(encodePng({ data: new Uint8Array(5), width: 2, height: 2 })).rejects.toThrow(
      new RangeError("encodePng: 5 values are not 1, 3 or 4 for each pixel of 2 x 2"),
    );
  });
});
