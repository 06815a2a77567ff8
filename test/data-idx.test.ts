// IDX files: what is written is read back, and every kind of bad file is refused with a message that says why.
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeIdx, IdxError, loadIdx, pairIdx, parseIdx, type IdxFile } from "../src/data/index.js";

/** A header of any bytes with some bytes after it. */
const file = (header: number[], after: number | number[] = 0) =>
  Uint8Array.from([...header, ...(typeof after === "number" ? new Array<number>(after).fill(7) : after)]);

const u32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

describe("round trips", () => {
  const arrays = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }).chain((shape) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const limits = { minLength: length, maxLength: length };
    const data: fc.Arbitrary<IdxFile["data"]> = fc.oneof(
      fc.uint8Array(limits),
      fc.int8Array(limits),
      fc.int16Array(limits),
      fc.int32Array(limits),
      fc.float32Array(limits),
      fc.float64Array(limits),
    );
    return data.map((values) => ({ shape, data: values }));
  });

  test("what is encoded is parsed back, for every type and rank", () => {
    fc.assert(
      fc.property(arrays, (array) => {
        const { shape, data } = parseIdx(encodeIdx(array));
        expect(shape).toEqual(array.shape);
        expect(data).toEqual(array.data);
      }),
    );
  });

  test("gzip is unpacked", async () => {
    await fc.assert(
      fc.asyncProperty(arrays, async (array) => {
        const { shape, data } = await loadIdx(gzipSync(encodeIdx(array)));
        expect(shape).toEqual(array.shape);
        expect(data).toEqual(array.data);
      }),
      { numRuns: 20 },
    );
  });

  test("bytes are big-endian", () => {
    expect([...encodeIdx({ shape: [2], data: Int16Array.of(1, -2) })]).toEqual([
      0, 0, 0x0b, 1, 0, 0, 0, 2, 0, 1, 255, 254,
    ]);
    const { type, data } = parseIdx(file([0, 0, 0x0d, 1, 0, 0, 0, 1], [0x3f, 0x80, 0, 0]));
    expect([type, ...data]).toEqual(["f32", 1]);
  });

  test("the data is a copy, also from the middle of a buffer", () => {
    const bytes = file([9, 9, 9, 0, 0, 8, 1, ...u32(2)], [5, 6]).subarray(3);
    const { data } = parseIdx(bytes);
    bytes.fill(0);
    expect([...data]).toEqual([5, 6]);
  });
});

describe("sources", () => {
  const bytes = encodeIdx({ shape: [300, 100], data: new Uint8Array(30000).map((_, i) => i % 251) });
  const packed = gzipSync(bytes);
  const drip = (all: Uint8Array) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < all.length; at++) controller.enqueue(all.slice(at, at + 1));
        controller.close();
      },
    });

  test.each([
    ["bytes", () => bytes],
    ["an ArrayBuffer", () => bytes.buffer],
    ["a Blob", () => new Blob([packed])],
    ["a Response", () => new Response(packed)],
    ["a plain stream that comes byte by byte", () => drip(bytes)],
    ["a gzip stream that comes byte by byte", () => drip(packed)],
    ["a data: address", () => `data:application/octet-stream;base64,${packed.toString("base64")}`],
  ])("%s", async (_, source) => {
    const { shape, data } = await loadIdx(source());
    expect(shape).toEqual([300, 100]);
    expect(data).toEqual(bytes.subarray(12));
  });

  test("a failed answer, an address that is none, and a source that is none", async () => {
    await expect(loadIdx(new Response("", { status: 404, statusText: "Not Found" }))).rejects.toThrow(
      new IdxError("IDX file: the server answered 404 Not Found"),
    );
    await expect(loadIdx("labels.idx")).rejects.toThrow(
      /^labels\.idx: could not be fetched .*in Node pass its bytes, await readFile\("…"\)$/,
    );
    await expect(loadIdx(7 as unknown as string)).rejects.toThrow(TypeError);
  });
});

describe("refusals", () => {
  test.each([
    ["nothing", file([]), "x.idx has 0 bytes, but an IDX header has at least 8"],
    ["seven bytes", file([0, 0, 8, 1, 0, 0, 0]), "x.idx has 7 bytes, but an IDX header has at least 8"],
    ["another format", file([0x50, 0x4b, 3, 4], 9), "begins with 50 4b 03 04, but an IDX file begins with 00 00"],
    ["gzip where it is not unpacked", gzipSync("x"), "it is gzip: read it with loadIdx"],
    ["an unknown type", file([0, 0, 0x0a, 1], 9), "element type 0a (magic number 00 00 0a 01), expected one of 08 u8,"],
    ["no dimensions", file([0, 0, 8, 0], 9), "has 0 dimensions (magic number 00 00 08 00), expected 1 to 8"],
    ["255 dimensions", file([0, 0, 8, 255], 2000), "has 255 dimensions (magic number 00 00 08 ff), expected 1 to 8"],
    ["a cut header", file([0, 0, 8, 3], 11), "is cut short: 15 bytes came, its header alone has 16"],
    ["a size of 0", file([0, 0, 8, 2, ...u32(0), ...u32(9)]), "has shape [0, 9], expected sizes of 1 or more"],
    ["too few elements", file([0, 0, 8, 1, ...u32(5)], 4), "is cut short: 12 bytes came, its header says [5] of u8,"],
    ["trailing bytes", file([0, 0, 8, 1, ...u32(5)], 6), "goes on after its last element: 14 bytes came, its header"],
    [
      "4 G elements in 8 bytes",
      file([0, 0, 0x0e, 1, ...u32(2 ** 32 - 1)]),
      "says [4294967295] of f64, which is 34359738368",
    ],
    [
      "sizes whose product is 0 modulo 2^32 and 2^64",
      file([0, 0, 8, 4, ...u32(2 ** 16), ...u32(2 ** 16), ...u32(2 ** 16), ...u32(2 ** 16)]),
      "has shape [65536, 65536, 65536, 65536], which is more than any memory holds",
    ],
    [
      "sizes whose product is infinite for a smaller float",
      file([0, 0, 0x0e, 8, ...new Array(8).fill(u32(2 ** 32 - 1)).flat()]),
      "which is more than any memory holds",
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => parseIdx(bytes, "x.idx")).toThrow(IdxError);
    expect(() => parseIdx(bytes, "x.idx")).toThrow(message);
  });

  test("any bytes either parse or are refused by an IdxError", () => {
    const header = fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(8, 9, 11, 12, 13, 14, 1), fc.nat(9));
    const sizes = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(header, sizes, ([zero, type, rank], rest) => {
        try {
          parseIdx(file([0, zero, type, rank], [...rest]));
        } catch (error) {
          expect(error).toBeInstanceOf(IdxError);
        }
      }),
    );
  });

  test("damaged and cut gzip", async () => {
    const packed = gzipSync(encodeIdx({ shape: [1000], data: new Int32Array(1000).map((_, i) => i * i) }));
    const damaged = Uint8Array.from(packed);
    damaged.fill(255, 100, 200);
    for (const bytes of [damaged, packed.subarray(0, packed.length / 2), packed.subarray(0, 2)]) {
      const loading = loadIdx(bytes, { name: "bad.gz" });
      await expect(loading).rejects.toThrow(/^bad\.gz: the gzip data is damaged or cut short/);
      await expect(loading).rejects.toBeInstanceOf(IdxError);
    }
  });

  test("caller's mistakes are no IdxError", async () => {
    expect(() => parseIdx([0, 0] as unknown as Uint8Array)).toThrow(TypeError);
    await expect(loadIdx(new Uint8Array(9), { maxBytes: 0 })).rejects.toThrow(/^loadIdx: maxBytes must be/);
    expect(() => encodeIdx({ shape: [2], data: new Uint8Array(3) })).toThrow("shape [2] is 2 elements, but data has 3");
    expect(() => encodeIdx({ shape: [], data: new Uint8Array(1) })).toThrow("number of dimensions must be");
    expect(() => encodeIdx({ shape: [1], data: [1] as unknown as Uint8Array })).toThrow(
      "data must be one of Uint8Array,",
    );
  });
});

describe("a small file that unpacks into a large one", () => {
  /** 512 MiB that begin with `header`: gzip of 32 members, half a megabyte. */
  const bomb = (header: number[]) => {
    const zeros = new Uint8Array(2 ** 24);
    const member = gzipSync(zeros);
    zeros.set(header);
    return Buffer.concat([gzipSync(zeros), ...new Array<Buffer>(31).fill(member)]);
  };

  /** A stream of gzip bytes that counts those taken from it. Engines queue some before they unpack: Node 24 64 KiB. */
  const counted = (packed: Uint8Array) => {
    const taken = { bytes: 0, cancelled: false };
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (taken.bytes >= packed.length) return controller.close();
        controller.enqueue(packed.subarray(taken.bytes, (taken.bytes += 1024)));
      },
      cancel() {
        taken.cancelled = true;
      },
    });
    return { stream, taken };
  };

  test("is stopped at the header that says so", async () => {
    const { stream, taken } = counted(bomb([0, 0, 8, 1, ...u32(2 ** 31)]));
    await expect(loadIdx(stream, { name: "bomb" })).rejects.toThrow(
      /^bomb is larger than maxBytes = 1073741824: its header/,
    );
    expect(taken.bytes).toBeLessThan(100_000);
    expect(taken.cancelled).toBe(true);
  });

  test("is stopped after its last element, if the header says little", async () => {
    const { stream, taken } = counted(bomb([0, 0, 8, 1, ...u32(100)]));
    await expect(loadIdx(stream)).rejects.toThrow("goes on after its last element");
    expect(taken.bytes).toBeLessThan(100_000);
    expect(taken.cancelled).toBe(true);
  });

  test("is stopped at maxBytes, packed or not", async () => {
    const bytes = encodeIdx({ shape: [1000], data: new Uint8Array(1000) });
    for (const source of [bytes, gzipSync(bytes)]) {
      await expect(loadIdx(source, { maxBytes: 1007 })).rejects.toThrow("larger than maxBytes = 1007");
      expect((await loadIdx(source, { maxBytes: 1008 })).shape).toEqual([1000]);
    }
  });
});

describe("pairIdx", () => {
  const images = parseIdx(encodeIdx({ shape: [3, 2, 2], data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) }));
  const labels = (count: number) => parseIdx(encodeIdx({ shape: [count], data: new Uint8Array(count) }));

  test("puts images and labels together", () => {
    const pair = pairIdx(images, labels(3));
    expect(pair).toEqual({ x: images.data, y: new Uint8Array(3), samples: 3, features: 4, sampleShape: [2, 2] });
  });

  test("refuses other counts, and files exchanged", () => {
    expect(() => pairIdx(images, labels(2))).toThrow(
      new IdxError("3 images came with 2 labels; are both files of the same set?"),
    );
    expect(() => pairIdx(labels(3), images)).toThrow(
      "labels have shape [3, 2, 2], expected one dimension; were images",
    );
  });
});
