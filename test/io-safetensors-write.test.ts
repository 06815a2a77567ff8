// Writing: the bytes that the format's description and the reference implementation's own tests give, and refusals.
import { describe, expect, test } from "vitest";
import { readSafetensors, writeSafetensors, type TensorToWrite } from "../src/io/index.js";

/** A file's length of the header, header and data. */
function parts(file: Uint8Array) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return {
    length,
    header: new TextDecoder().decode(file.subarray(8, 8 + length)),
    data: [...file.subarray(8 + length)],
  };
}

const bytes = (...values: number[]) => ({ shape: [values.length], data: Uint8Array.from(values) });

describe("bytes", () => {
  // The expected bytes of the first four are those of the reference implementation's tests (safetensors/src/tensor.rs).
  test("no tensors", () => {
    expect([...writeSafetensors({})]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 123, 125, 32, 32, 32, 32, 32, 32]);
  });

  test("metadata alone", () => {
    const { length, header, data } = parts(writeSafetensors({}, { framework: "pt" }));
    expect({ length, header, data }).toEqual({
      length: 40,
      header: '{"__metadata__":{"framework":"pt"}}     ',
      data: [],
    });
  });

  const six = Float32Array.of(0, 1, 2, 3, 4, 5);
  const sixBytes = [0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64, 0, 0, 160, 64];

  test("a header that needs no padding", () => {
    const { length, header, data } = parts(writeSafetensors({ "attn.0": { shape: [1, 2, 3], data: six } }));
    expect(header).toBe('{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}');
    expect([length, data]).toEqual([64, sixBytes]);
  });

  test("a header that needs padding", () => {
    const { length, header, data } = parts(writeSafetensors({ attn0: { shape: [1, 1, 2, 3], data: six } }));
    expect(header).toBe('{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       ');
    expect([length, data]).toEqual([72, sixBytes]);
  });

  test("widest type first, then by name; the same in any order, from an object and from a Map", () => {
    const tensors: [string, TensorToWrite][] = [
      ["bool", { shape: [1], data: Uint8Array.of(1), dtype: "BOOL" }],
      ["u8", bytes(2)],
      ["i8", { shape: [], data: Int8Array.of(3) }],
      ["i16", { shape: [], data: Int16Array.of(4) }],
      ["u16", { shape: [], data: Uint16Array.of(5) }],
      ["f16", { shape: [], data: Uint16Array.of(6), dtype: "F16" }],
      ["bf16", { shape: [], data: Uint16Array.of(7), dtype: "BF16" }],
      ["i32", { shape: [], data: Int32Array.of(8) }],
      ["u32", { shape: [], data: Uint32Array.of(9) }],
      ["f32.b", { shape: [], data: Float32Array.of(1) }],
      ["f32.a", { shape: [], data: Float32Array.of(2) }],
      ["f64", { shape: [], data: Float64Array.of(1) }],
      ["i64", { shape: [], data: BigInt64Array.of(-1n) }],
      ["u64", { shape: [], data: BigUint64Array.of(10n) }],
    ];
    const file = writeSafetensors(new Map(tensors));
    expect([...readSafetensors(file).tensors.keys()].join(" ")).toBe(
      "u64 i64 f64 f32.a f32.b u32 i32 bf16 f16 u16 i16 i8 u8 bool",
    );
    expect(writeSafetensors(Object.fromEntries(tensors.reverse()))).toEqual(file);
  });

  test("names by code points, as their UTF-8 bytes sort, and not as JavaScript or objects do", () => {
    const names = ["", "10", "9", "Z", "a", "a.", "aa", "é", "\uffee", "😀", "😁"];
    const file = writeSafetensors(Object.fromEntries([...names].reverse().map((name) => [name, bytes(1)])));
    expect([...readSafetensors(file).tensors.keys()]).toEqual(names);
    const metadata = writeSafetensors({}, { b: "2", "10": "", a: "1", "9": "" });
    expect(parts(metadata).header.trim()).toBe('{"__metadata__":{"10":"","9":"","a":"1","b":"2"}}');
  });

  test("strings as serde_json escapes them", () => {
    const { header } = parts(writeSafetensors({ 'q"\\/\b\f\n\r\t\u0001\u001f\u007f\u2028é😀': bytes() }));
    expect(header).toContain('{"q\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\u007f\u2028é😀":');
  });

  test("metadata come first, and none are written if none are there", () => {
    const { header } = parts(writeSafetensors({ a: bytes() }, { format: "pt" }));
    expect(header).toMatch(/^\{"__metadata__":\{"format":"pt"\},"a":/);
    expect(writeSafetensors({ a: bytes() }, {})).toEqual(writeSafetensors({ a: bytes() }));
  });

  test("data from the middle of a buffer, and of a Buffer", () => {
    const whole = Float32Array.of(9, 1, 2, 9);
    const file = writeSafetensors({ a: { shape: [2], data: whole.subarray(1, 3) } });
    expect(readSafetensors(file).tensors.get("a")!.data).toEqual(Float32Array.of(1, 2));
    expect(parts(writeSafetensors({ a: { shape: [2], data: Buffer.from([7, 8]) } })).data).toEqual([7, 8]);
  });
});

describe("refusals", () => {
  const write = (tensor: unknown, name = "w") => writeSafetensors(new Map([[name, tensor as TensorToWrite]]));

  test("the name of the metadata", () => {
    expect(() => write(bytes(1), "__metadata__")).toThrow(
      new RangeError(
        'writeSafetensors: tensor "__metadata__" has the name of the format\'s texts; choose another name',
      ),
    );
  });

  test("names and texts that are not Unicode", () => {
    expect(() => write(bytes(1), "a\ud800")).toThrow(
      /^writeSafetensors: tensor .* has half a surrogate pair in its name/,
    );
    expect(() => writeSafetensors({}, { a: "\udc00" })).toThrow(
      'writeSafetensors: metadata "a" has half a surrogate pair',
    );
    expect(() => writeSafetensors({}, { "\udc00": "a" })).toThrow(RangeError);
  });

  test("a text that is none", () => {
    expect(() => writeSafetensors({}, { epoch: 3 as unknown as string })).toThrow(
      new TypeError('writeSafetensors: metadata "epoch" must be a string, got number; use JSON.stringify'),
    );
  });

  test("a shape that does not match", () => {
    expect(() => write({ shape: [2, 2], data: new Float32Array(3) })).toThrow(
      new RangeError('writeSafetensors: tensor "w": shape [2, 2] is 4 elements, but data has 3; make them equal'),
    );
    expect(() => write({ shape: [], data: new Float32Array(0) })).toThrow("shape [] is 1 elements, but data has 0");
    const huge = [2 ** 52, 2 ** 52, 0];
    expect(() => write({ shape: huge, data: new Float32Array(0) })).toThrow("is over 9007199254740991 elements");
  });

  test.each([[[-1, -2]], [[1.5]], [[NaN]], [["2"]], ["2"], [undefined]])("shape %j", (shape) => {
    expect(() => write({ shape, data: new Float32Array(2) })).toThrow(
      /shape must be an array of whole numbers, 0 or more/,
    );
  });

  test("data that are no array of the format", () => {
    for (const data of [[1], undefined, null, new DataView(new ArrayBuffer(1)), new Uint8ClampedArray(1)]) {
      expect(() => write({ shape: [1], data })).toThrow(/data must be one of BigUint64Array, .*Uint8Array, got /);
    }
    expect(() => write({ shape: [1], data: [1] })).toThrow(TypeError);
  });

  test("a type that the array does not hold, or that there is none of", () => {
    expect(() => write({ ...bytes(1), dtype: "F16" })).toThrow(
      new TypeError('writeSafetensors: tensor "w": data of dtype F16 must be a Uint16Array, got Uint8Array'),
    );
    expect(() => write({ ...bytes(1), dtype: "F8" })).toThrow(/dtype must be one of U64, .*, got "F8"$/);
  });

  test("a header that no reader takes", () => {
    expect(() => writeSafetensors({}, { text: "x".repeat(100_000_000) })).toThrow(/the header has 1000000\d\d bytes/);
  });
});
