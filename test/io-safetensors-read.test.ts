// Reading: every type by its bytes, what is unusual but allowed, what the result shares with the bytes, and files of PyTorch.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSafetensors, toFloat32, type SafetensorsDtype } from "../src/io/index.js";
import { entry, fileOf } from "./support/safetensors.js";

const one = (shape: string, offsets: string, data: number | number[] = 0, parts: Parameters<typeof entry>[2] = {}) =>
  fileOf(`{${entry(shape, offsets, parts)}}`, data);

const read = (bytes: Uint8Array, tensor = "w") => readSafetensors(bytes).tensors.get(tensor)!;

describe("types", () => {
  /** Type, the bytes of two elements in the file, the data that they are, and these as f32. */
  const rows: [SafetensorsDtype, number[], ArrayLike<number | bigint>, number[]][] = [
    [
      "F64",
      [0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0xf0, 0xff],
      Float64Array.of(1.5, -Infinity),
      [1.5, -Infinity],
    ],
    ["F32", [0, 0, 0xc0, 0x3f, 0, 0, 0, 0x80], Float32Array.of(1.5, -0), [1.5, -0]],
    ["F16", [0x00, 0x3e, 0x01, 0x80], Uint16Array.of(0x3e00, 0x8001), [1.5, -(2 ** -24)]],
    ["BF16", [0xc0, 0x3f, 0x80, 0xff], Uint16Array.of(0x3fc0, 0xff80), [1.5, -Infinity]],
    [
      "I64",
      [0xfe, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 1, 0, 0, 0],
      BigInt64Array.of(-2n, 2n ** 32n),
      [-2, 2 ** 32],
    ],
    ["I32", [0xfe, 255, 255, 255, 0, 1, 0, 0], Int32Array.of(-2, 256), [-2, 256]],
    ["I16", [0xfe, 255, 0, 1], Int16Array.of(-2, 256), [-2, 256]],
    ["I8", [0xfe, 5], Int8Array.of(-2, 5), [-2, 5]],
    [
      "U64",
      [255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 0],
      BigUint64Array.of(2n ** 64n - 1n, 1n),
      [2 ** 64, 1],
    ],
    ["U32", [255, 255, 255, 255, 0, 1, 0, 0], Uint32Array.of(2 ** 32 - 1, 256), [2 ** 32, 256]],
    ["U16", [255, 255, 0, 1], Uint16Array.of(65535, 256), [65535, 256]],
    ["U8", [255, 1], Uint8Array.of(255, 1), [255, 1]],
    ["BOOL", [0, 1], Uint8Array.of(0, 1), [0, 1]],
  ];

  test.each(rows)("%s", (dtype, bytes, data, numbers) => {
    const tensor = read(one("[1,2]", `[0,${bytes.length}]`, bytes, { dtype: `"${dtype}"` }));
    expect(tensor).toEqual({ dtype, shape: [1, 2], data });
    expect(toFloat32(tensor)).toEqual(Float32Array.from(numbers));
  });

  test("every F16 is its number exactly, and its NaN a NaN", () => {
    const all = new Uint16Array(65536).map((_, bits) => bits);
    const numbers = toFloat32({ dtype: "F16", data: all });
    for (const bits of all) {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) & 31;
      const fraction = (bits & 1023) / 1024;
      const rest = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
      const expected = sign * (exponent < 31 ? rest : fraction === 0 ? Infinity : NaN);
      if (!Object.is(numbers[bits], expected)) throw new Error(`${bits}: ${numbers[bits]}, expected ${expected}`);
    }
  });

  test("every BF16 is the f32 with these upper bits", () => {
    const all = new Uint16Array(65536).map((_, bits) => bits);
    const numbers = toFloat32({ dtype: "BF16", data: all });
    const view = new DataView(new ArrayBuffer(4));
    for (const bits of all) {
      view.setUint16(0, bits);
      if (!Object.is(numbers[bits], view.getFloat32(0))) throw new Error(`${bits}: ${numbers[bits]}`);
    }
  });

  test("F32 data are not copied by toFloat32", () => {
    const data = Float32Array.of(1, 2);
    expect(toFloat32({ dtype: "F32", data })).toBe(data);
  });
});

describe("what is allowed", () => {
  test("no tensors, with and without padding", () => {
    for (const header of ["{}", "{      }", "{}    ", "{}\r \t\n"]) {
      expect(readSafetensors(fileOf(header))).toEqual({ tensors: new Map(), metadata: {} });
    }
  });

  test("a scalar, and tensors of nothing, also at the same place", () => {
    expect(read(one("[]", "[0,4]", [0, 0, 0x80, 0x3f]))).toEqual({ dtype: "F32", shape: [], data: Float32Array.of(1) });
    const entries = ["a", "b", "c"].map((name, i) =>
      entry(i === 1 ? "[1]" : "[3,0]", i < 1 ? "[0,0]" : i < 2 ? "[0,4]" : "[4,4]", { name: `"${name}"` }),
    );
    const { tensors } = readSafetensors(fileOf(`{${entries.reverse().join(",")}}`, 4));
    expect([...tensors].map(([name, { shape, data }]) => [name, shape, data.length])).toEqual([
      ["a", [3, 0], 0],
      ["b", [1], 1],
      ["c", [3, 0], 0],
    ]);
  });

  test("entries in any order, fields in any order, spaces anywhere", () => {
    const header = `{ "b" : { "data_offsets" : [ 2 , 3 ] ,\n"shape":[\t1 ] , "dtype" : "U8" } , "a":{"shape":[2],"data_offsets":[0,2],"dtype":"I8"} }  `;
    const { tensors } = readSafetensors(fileOf(header, [1, 2, 3]));
    expect([...tensors]).toEqual([
      ["a", { dtype: "I8", shape: [2], data: Int8Array.of(1, 2) }],
      ["b", { dtype: "U8", shape: [1], data: Uint8Array.of(3) }],
    ]);
  });

  test("data that do not begin at a multiple of their size", () => {
    const header = `{${entry("[1]", "[0,1]", { name: '"a"', dtype: '"U8"' })},${entry("[1]", "[1,9]", { dtype: '"F64"' })}}`;
    expect(read(fileOf(header, [7, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f])).data).toEqual(Float64Array.of(1.5));
  });

  test("any name: empty, escaped, not Latin, of digits, of what every object has", () => {
    const names = ["", 'a"\\\n/', "вес.😀", "\u2028", "10", "9", "__proto__", "constructor", "toString", "length"];
    const entries = names.map((name, i) =>
      entry("[1]", `[${i},${i + 1}]`, { name: JSON.stringify(name), dtype: '"U8"' }),
    );
    const { tensors, metadata } = readSafetensors(fileOf(`{${entries.join(",")}}`, names.length));
    expect([...tensors.keys()]).toEqual(names);
    expect(Object.getPrototypeOf(metadata)).toBe(null);
    expect({}).not.toHaveProperty("dtype"); // nothing reached Object.prototype
  });

  test("metadata of any strings", () => {
    const { metadata } = readSafetensors(
      fileOf('{"__metadata__":{"format":"pt","":"\\u00e9\\n","__proto__":"x","10":"y"}}'),
    );
    expect(Object.entries(metadata).sort()).toEqual([
      ["", "é\n"],
      ["10", "y"],
      ["__proto__", "x"],
      ["format", "pt"],
    ]);
    expect(metadata["toString"]).toBe(undefined);
  });

  test("NaN and infinities", () => {
    const bytes = [0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0x7f];
    expect(read(one("[2]", "[0,8]", bytes)).data).toEqual(Float32Array.of(NaN, Infinity));
  });
});

describe("bytes", () => {
  const bytes = one("[2]", "[0,2]", [5, 6], { dtype: '"U8"' });

  test("the data are a copy, also of a Buffer, whose slice would be none", () => {
    for (const copy of [Uint8Array.from(bytes), Buffer.from(bytes)]) {
      const { data } = read(copy);
      copy.fill(0);
      expect([...data]).toEqual([5, 6]);
      expect(data.buffer.byteLength).toBe(2);
    }
  });

  test("from the middle of a buffer, from an ArrayBuffer, from memory shared between threads", () => {
    const framed = Uint8Array.of(9, 9, 9, ...bytes, 9);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    for (const source of [framed.subarray(3, -1), shared]) expect([...read(source).data]).toEqual([5, 6]);
    expect([...readSafetensors(bytes.buffer).tensors.keys()]).toEqual(["w"]);
    expect(read(shared).data.buffer).toBeInstanceOf(ArrayBuffer);
  });
});

describe("files of PyTorch", () => {
  const folder = process.env.WASMGRAD_GOLDEN ?? "../shared/golden";
  const missing = !existsSync(join(folder, "cases.json"));
  const skipped = missing ? ` (skipped: no cases.json in ${folder}; set WASMGRAD_GOLDEN)` : "";

  test.skipIf(missing)(`every reference case has the tensors and shapes that its list says${skipped}`, () => {
    const list = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")) as unknown;
    const cases = (Array.isArray(list) ? list : (list as { cases: unknown[] }).cases) as {
      file: string;
      tensors: Record<string, number[]>;
    }[];
    expect(cases.length).toBeGreaterThan(0);
    for (const { file, tensors: shapes } of cases) {
      const { tensors } = readSafetensors(readFileSync(join(folder, file)), file);
      const found = [...tensors].map(([name, { shape }]) => [name, shape]);
      expect(Object.fromEntries(found), file).toEqual(shapes);
      for (const { data } of tensors.values()) expect(data.length).toBeGreaterThan(0);
    }
  });
});
