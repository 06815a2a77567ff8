// Files whose tensors are read one at a time, and files that are written part by part.

import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openFile,
  openSafetensors,
  readSafetensors,
  safetensorsParts,
  saveFile,
  toFloat32,
  writeSafetensors,
  type ByteReader,
  type TensorToStream,
} from "../src/io/index.js";
import { entry, fileOf } from "./support/safetensors.js";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "open-"))));
afterAll(() => rm(folder, { recursive: true }));

const tensors = {
  a: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  b: { shape: [3], data: Uint8Array.of(7, 8, 9) },
  c: { shape: [2], data: Uint16Array.of(0x3f80, 0xbf80), dtype: "BF16" },
  empty: { shape: [0, 4], data: new Float32Array(0) },
} as const;
const bytes = writeSafetensors(tensors, { made: "here" });

/** A reader that counts what is read, and gives views that start anywhere. */
function counting(file: Uint8Array): ByteReader & { total: number } {
  return {
    size: file.length,
    total: 0,
    async read(begin, end) {
      this.total += end - begin;
      const shifted = new Uint8Array(end - begin + 1);
      shifted.set(file.subarray(begin, end), 1);
      return shifted.subarray(1);
    },
  };
}

describe("openSafetensors", () => {
  test("finds what readSafetensors does, and reads no data before it is asked to", async () => {
    const reader = counting(bytes);
    const opened = await openSafetensors(reader, "file");
    const whole = readSafetensors(bytes);
    const data = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(reader.total).toBe(bytes.length - data);
    expect(opened.metadata).toEqual(whole.metadata);
    expect([...opened.tensors.keys()]).toEqual([...whole.tensors.keys()]);
    for (const [name, tensor] of whole.tensors) {
      const found = opened.tensors.get(name)!;
      expect(found).toMatchObject({ dtype: tensor.dtype, shape: tensor.shape, size: tensor.data.length });
      expect(await found.floats()).toEqual(toFloat32(tensor));
    }
    expect(reader.total).toBe(bytes.length);
  });

  test("parts of a tensor, and what is no part of it", async () => {
    const { tensors } = await openSafetensors(bytes, "file");
    const a = tensors.get("a")!;
    expect(await a.floats(1, 4)).toEqual(Float32Array.of(2, 3, 4));
    expect(await a.floats(6)).toEqual(new Float32Array(0));
    for (const [first, end] of [
      [-1, 2],
      [0, 7],
      [3, 2],
      [0.5, 2],
    ])
      // prettier-ignore
      await expect(a.floats(first, end)).rejects.toThrow('tensor "a" has elements 0 to 5');
  });

  test("the floats are the caller's own", async () => {
    const { tensors } = await openSafetensors(bytes, "file");
    (await tensors.get("a")!.floats()).fill(0);
    expect(await tensors.get("a")!.floats()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  test.each([
    ["too small", new Uint8Array(3), "HeaderTooSmall"],
    ["header longer than the file", fileOf("{}", 0, 90), "InvalidHeaderLength"],
    ["header far too long", fileOf("{}", 0, 10n ** 18n), "HeaderTooLarge"],
    ["no JSON", fileOf("[]"), "InvalidHeaderStart"],
    ["not UTF-8", fileOf(Uint8Array.of(0x7b, 0xff)), "InvalidHeader"],
    ["offsets beyond the file", fileOf(`{${entry("[3]", "[0,12]")}}`, 8), "MetadataIncompleteBuffer"],
    ["shape against offsets", fileOf(`{${entry("[3]", "[0,8]")}}`, 8), "TensorInvalidInfo"],
  ])("%s is refused as by readSafetensors, by the name of the file", async (_, file, code) => {
    await expect(openSafetensors(counting(file), "x.safetensors")).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^x\.safetensors/),
    });
    expect(() => readSafetensors(file)).toThrow(expect.objectContaining({ code }));
  });
});

describe("openFile", () => {
  test("reads parts of a file", async () => {
    const path = join(folder, "parts");
    await writeFile(path, bytes);
    const file = await openFile(path);
    expect(file.size).toBe(bytes.length);
    expect(await file.read(3, 9)).toEqual(bytes.slice(3, 9));
    const { tensors } = await openSafetensors(file, "parts");
    expect(await tensors.get("b")!.floats()).toEqual(Float32Array.of(7, 8, 9));
    await truncate(path, 20);
    await expect(file.read(10, 30)).rejects.toThrow(`${path} ends at 20, but had ${bytes.length} bytes`);
    await file.close();
  });

  test("a path that is none", async () => {
    await expect(openFile(join(folder, "none"))).rejects.toMatchObject({
      message: expect.stringContaining("openFile: "),
      cause: { code: "ENOENT" },
    });
  });
});

describe("safetensorsParts", () => {
  const streamed = (onData?: (name: string) => void) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, data }]): [string, TensorToStream] => [
        name,
        {
          shape,
          dtype: name === "c" ? "BF16" : data instanceof Uint8Array ? "U8" : "F32",
          data: () => (onData?.(name), data),
        },
      ]),
    );

  test("are the bytes of writeSafetensors, each asked for when it is its turn", async () => {
    const asked: string[] = [];
    const parts = safetensorsParts(
      streamed((name) => asked.push(name)),
      { made: "here" },
    );
    const header = parts.next().value as Uint8Array;
    expect(asked).toEqual([]);
    const all = [header, ...parts];
    expect(asked).toEqual(["a", "empty", "c", "b"]);
    expect(new Uint8Array(Buffer.concat(all))).toEqual(bytes);
  });

  test("go into a file as they are", async () => {
    const path = join(folder, "streamed");
    await saveFile(path, safetensorsParts(streamed(), { made: "here" }));
    expect(new Uint8Array(await readFile(path))).toEqual(bytes);
  });

  test("data that are not what was announced end the file, and leave no file", async () => {
    const path = join(folder, "broken");
    const wrong = { a: { shape: [2], dtype: "F32", data: () => Float32Array.of(1, 2, 3) } } as const;
    await expect(saveFile(path, safetensorsParts(wrong))).rejects.toThrow("shape [2] is 2 elements, but data has 3");
    await expect(readFile(path)).rejects.toMatchObject({ code: "ENOENT" });
    const other = { a: { shape: [2], dtype: "F32", data: () => Int32Array.of(1, 2) } } as const;
    expect(() => [...safetensorsParts(other)]).toThrow("data of dtype F32 must be a Float32Array, got Int32Array");
    const unknown = { a: { shape: [2], dtype: "F8", data: () => new Float32Array(2) } };
    expect(() => [...safetensorsParts(unknown as never)]).toThrow("dtype must be one of");
    const huge = { a: { shape: [2 ** 30, 2 ** 30], dtype: "F32", data: () => new Float32Array(2) } } as const;
    expect(() => [...safetensorsParts(huge)]).toThrow(RangeError);
    await expect(saveFile(path, [1] as never)).rejects.toThrow("a part is no Uint8Array but number");
  });
});
