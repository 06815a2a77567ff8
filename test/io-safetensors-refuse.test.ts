// Every fault that a safetensors file can have is refused with an error of its own, and what is merely unusual is read.
// The attempts of github.com/safetensors/safetensors/tree/main/attacks are among them, marked "attack".
import { describe, expect, test } from "vitest";
import { readSafetensors, SafetensorsError, type SafetensorsErrorCode } from "../src/io/index.js";
import { entry, fileOf } from "./support/safetensors.js";

const U64 = "18446744073709551615"; // 2^64 - 1
const SAFE = "9007199254740991"; // 2^53 - 1
const W = entry("[2]", "[0,8]");

/** A file of one tensor. */
const one = (shape: string, offsets: string, data = 0, parts: Parameters<typeof entry>[2] = {}) =>
  fileOf(`{${entry(shape, offsets, parts)}}`, data);

/** The error that reading gives. */
function refusal(bytes: Uint8Array): SafetensorsError {
  try {
    readSafetensors(bytes, "x.safetensors");
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
    return error as SafetensorsError;
  }
  throw new Error("it was read");
}

type Refusal = readonly [what: string, bytes: Uint8Array, message: string];

const refusals: Record<SafetensorsErrorCode, Refusal[]> = {
  HeaderTooSmall: [
    ["nothing", new Uint8Array(0), "x.safetensors has 0 bytes, but a safetensors file begins with 8 that count"],
    ["seven bytes", new Uint8Array(7), "has 7 bytes"],
  ],
  HeaderTooLarge: [
    [
      "a header of 2^64 - 1 bytes",
      fileOf("{}", 0, 2n ** 64n - 1n),
      `its header has ${U64} bytes, expected at most 100000000`,
    ],
    ["one byte over 100 MB", fileOf("{}", 0, 100_000_001), "its header has 100000001 bytes"],
    [
      "another format",
      Uint8Array.from("PK\x03\x04 a zip file", (c) => c.charCodeAt(0)),
      "damaged or of another format",
    ],
  ],
  InvalidHeaderLength: [
    ["attack 1: a header longer than the file", fileOf(`{${W}}`, 8, 1000), "its header has 1000 bytes, but only"],
    ["a length alone", fileOf("", 0, 60), "says that its header has 60 bytes, but only 0 follow; it is cut short"],
    ["100 MB in a file of 10 bytes", fileOf("{}", 0, 100_000_000), "its header has 100000000 bytes, but only 2 follow"],
  ],
  InvalidHeader: [
    ["a byte that is no UTF-8", fileOf(Uint8Array.of(0xff)), "x.safetensors has a header that is not UTF-8"],
    ["a surrogate in UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22)), "not UTF-8"],
    ["a character cut in half", fileOf(Uint8Array.of(0x7b, 0x22, 0xc3)), "not UTF-8"],
  ],
  InvalidHeaderStart: [
    ["an empty header", fileOf(""), `x.safetensors has a header that is empty, expected "{"`],
    ["leading spaces", fileOf("  {}"), `a header that begins with " ", expected "{"`],
    ["a byte order mark", fileOf("\ufeff{}"), `expected "{"`],
    ["an array", fileOf("[]"), `a header that begins with "[", expected "{"`],
    ["null", fileOf("null"), `begins with "n"`],
  ],
  InvalidHeaderDeserialization: [
    ["a lone brace", fileOf("{"), "expected a name in quotes in header at character 1 of the header, which ends there"],
    [
      "a string that does not end",
      fileOf('{"w'),
      `expected the closing quote of a name in quotes in header at character 3`,
    ],
    ["a backslash at the end", fileOf('{"w\\'), "which ends there"],
    [
      "a name without quotes",
      fileOf("{w:{}}"),
      `expected a name in quotes in header at character 1 of the header, got "w:{}}"`,
    ],
    ["a wrong escape", fileOf(`{"\\x":1}`), "a name in quotes in header is no JSON string ("],
    ["a line break in a string", fileOf(`{"a\nb":1}`), "is no JSON string ("],
    ["half a surrogate pair", one("[2]", "[0,8]", 8, { name: '"\\ud800"' }), "has half a surrogate pair"],
    ["no colon", fileOf('{"w" {}}'), `expected ":" after "w" at character 5 of the header, got "{}}"`],
    ["no comma", fileOf(`{${W} ${W}}`, 8), `expected "," or "}" in header at character`],
    ["a comma too many", fileOf(`{${W},}`, 8), "expected a name in quotes in header"],
    [
      "text after the header",
      fileOf(`{${W}} x`, 8),
      `expected nothing but spaces after the last } at character 55 of the header, got "x"`,
    ],
    ["zeros after the header", fileOf(`{${W}}\0\0`, 8), "expected nothing but spaces"],
    ["another object after it", fileOf(`{${W}}{}`, 8), "expected nothing but spaces"],
    [
      "a tensor that is a number",
      fileOf('{"w":5}'),
      `expected an object { … } for tensor "w" at character 5 of the header, got "5}"`,
    ],
    ["a tensor that is null", fileOf('{"w":null}'), `an object { … } for tensor "w"`],
    ["a tensor that is a list", fileOf('{"w":["F32",[2],[0,8]]}', 8), `an object { … } for tensor "w"`],
    [
      "a tensor without fields",
      fileOf('{"w":{}}'),
      `tensor "w" has no dtype; every tensor needs dtype, shape and data_offsets`,
    ],
    ["a tensor without shape", fileOf('{"w":{"dtype":"F32","data_offsets":[0,8]}}', 8), `tensor "w" has no shape`],
    ["a tensor without offsets", fileOf('{"w":{"dtype":"F32","shape":[2]}}', 8), `tensor "w" has no data_offsets`],
    [
      "an unknown field",
      fileOf('{"w":{"dtype":"F32","stride":[1]}}', 8),
      `tensor "w" has a field "stride"; a tensor has`,
    ],
    ["a header cut within a number", fileOf('{"w":{"dtype":"F32","shape":[2'), "which ends there"],
  ],
  DuplicateKey: [
    ["one tensor twice", fileOf(`{${W},${entry("[2]", "[8,16]")}}`, 16), `header has the key "w" twice`],
    ["the same entry twice", fileOf(`{${W},${W}}`, 8), `header has the key "w" twice`],
    ["once escaped", fileOf(`{${W},${entry("[2]", "[8,16]", { name: '"\\u0077"' })}}`, 16), `the key "w" twice`],
    ["two __metadata__", fileOf('{"__metadata__":{},"__metadata__":{}}'), `header has the key "__metadata__" twice`],
    ["one text twice", fileOf('{"__metadata__":{"a":"1","a":"2"}}'), `__metadata__ has the key "a" twice`],
    ["one field twice", fileOf('{"w":{"dtype":"F32","dtype":"F32"}}'), `tensor "w" has the key "dtype" twice`],
    ["two __proto__", fileOf('{"__metadata__":{"__proto__":"1","__proto__":"2"}}'), `the key "__proto__" twice`],
  ],
  InvalidMetadata: [
    [
      "a string",
      fileOf('{"__metadata__":"pt"}'),
      `expected an object { … } for __metadata__ at character 16 of the header`,
    ],
    ["null", fileOf('{"__metadata__":null}'), "expected an object { … } for __metadata__"],
    ["a list", fileOf('{"__metadata__":["a"]}'), "expected an object { … } for __metadata__"],
    [
      "a number in it",
      fileOf('{"__metadata__":{"epoch":3}}'),
      `expected a string for "epoch" in __metadata__ at character 25 of the header, got "3}}"`,
    ],
    ["an object in it", fileOf('{"__metadata__":{"a":{"b":"c"}}}'), `expected a string for "a" in __metadata__`],
    ["null in it", fileOf('{"__metadata__":{"a":null}}'), `expected a string for "a" in __metadata__`],
    ["a tensor called so", one("[2]", "[0,8]", 8, { name: '"__metadata__"' }), `expected a string for "shape"`],
  ],
  UnknownDtype: [
    [
      "a type of another reader",
      one("[8]", "[0,8]", 8, { dtype: '"F8_E4M3"' }),
      `tensor "w" is of type "F8_E4M3", expected one of U64,`,
    ],
    ["small letters", one("[2]", "[0,8]", 8, { dtype: '"f32"' }), `is of type "f32"`],
    ["a property of every object", one("[2]", "[0,8]", 8, { dtype: '"constructor"' }), `type "constructor"`],
    ["a number", one("[2]", "[0,8]", 8, { dtype: "32" }), `expected a string for dtype of tensor "w" at character 14`],
  ],
  InvalidShape: [
    ["a number", one("2", "[0,8]", 8), `expected shape of tensor "w" as a list [ … ] at character`],
    ["null", one("null", "[0,8]", 8), "as a list"],
    [
      "a negative size",
      one("[-2]", "[0,8]", 8),
      `expected a whole number, 0 or more, in plain digits in shape of tensor "w"`,
    ],
    ["two negative sizes", one("[-1,-2]", "[0,8]", 8), `got "-1,-2]`],
    ["minus zero", one("[-0]", "[0,0]"), `got "-0]`],
    ["a fraction", one("[2.5]", "[0,10]", 10), `got "2.5]`],
    ["a whole number with a point", one("[2.0]", "[0,8]", 8), `got "2.0]`],
    ["an exponent", one("[2e0]", "[0,8]", 8), `got "2e0]`],
    ["a leading zero", one("[02]", "[0,8]", 8), `got "02]`],
    ["a string", one('["2"]', "[0,8]", 8), "a whole number, 0 or more"],
    ["a list in the list", one("[[2]]", "[0,8]", 8), "a whole number, 0 or more"],
    ["null in the list", one("[null]", "[0,8]", 8), "a whole number, 0 or more"],
    ["NaN", one("[NaN]", "[0,8]", 8), "a whole number, 0 or more"],
    ["no comma", one("[1 2]", "[0,8]", 8), `expected "," or "]" in shape of tensor "w"`],
    ["a comma too many", one("[2,]", "[0,8]", 8), "a whole number, 0 or more"],
  ],
  InvalidOffset: [
    [
      "attack 4: overlap",
      fileOf(`{${W},${entry("[2]", "[4,12]", { name: '"v"' })}}`, 12),
      `tensor "v" has data_offsets [4, 12], which overlap tensor "w": it ends at 8`,
    ],
    [
      "attack 4: the same bytes",
      fileOf(`{${W},${entry("[2]", "[0,8]", { name: '"v"' })}}`, 8),
      `tensor "v" has data_offsets [0, 8], which overlap`,
    ],
    ["a tensor within another", fileOf(`{${W},${entry("[1]", "[2,6]", { name: '"v"' })}}`, 8), "which overlap"],
    [
      "a hole between two",
      fileOf(`{${W},${entry("[2]", "[9,17]", { name: '"v"' })}}`, 17),
      "which leave a hole after tensor",
    ],
    ["a hole at the beginning", one("[2]", "[4,12]", 12), "which leave a hole after the header: it ends at 0"],
    ["the end before the beginning", one("[2]", "[8,0]", 8), "has data_offsets [8, 0], which end before they begin"],
    [
      "attack 3: a negative beginning",
      one("[2]", "[-8,0]", 8),
      `a whole number, 0 or more, in plain digits in data_offsets of tensor "w"`,
    ],
    ["a fraction", one("[2]", "[0,8.5]", 8), `got "8.5]`],
    ["one number", one("[2]", "[8]", 8), `data_offsets of tensor "w" has length 1, expected the first byte`],
    ["three numbers", one("[2]", "[0,4,8]", 8), "has length 3"],
    ["no numbers", one("[2]", "[]", 8), "has length 0"],
    ["an object", one("[2]", '{"begin":0}', 8), "as a list"],
  ],
  ValidationOverflow: [
    [
      "sizes whose product is 0 modulo 2^64",
      one("[4294967296,4294967296]", "[0,0]"),
      `tensor "w" of type F32 and shape [4294967296, 4294967296] is more than ${SAFE} bytes`,
    ],
    ["bytes just over 2^53 - 1", one("[2251799813685248]", "[0,8]", 8), "is more than"],
    [
      "a product that is infinite",
      one(`[${new Array(200).fill(SAFE)}]`, "[0,8]", 8),
      `${SAFE}, … 192 more] is more than`,
    ],
    [
      "a size over 2^53 - 1",
      one("[9007199254740992]", "[0,8]", 8),
      `shape of tensor "w" has "9007199254740992", expected at most ${SAFE}`,
    ],
    ["a size of 2^64 - 2", one("[2,18446744073709551614]", "[0,8]", 8), "has"],
    ["a size of 400 digits", one(`[${"9".repeat(400)}]`, "[0,8]", 8), `has "999999999999999999999999…"`],
    ["an offset of 2^64 - 1", one("[2]", `[0,${U64}]`, 8), `has "${U64}"`],
  ],
  TensorInvalidInfo: [
    [
      "attack 5: a larger shape",
      one("[2,2]", "[0,8]", 8),
      `tensor "w" of type F32 and shape [2, 2] is 16 bytes, but its data_offsets [0, 8] are 8`,
    ],
    ["a smaller shape", one("[1]", "[0,8]", 8), "is 4 bytes, but"],
    [
      "bytes that are no multiple of the type's",
      one("[2]", "[0,7]", 7),
      "is 8 bytes, but its data_offsets [0, 7] are 7",
    ],
    ["a scalar of nothing", one("[]", "[0,0]"), "of type F32 and shape [] is 4 bytes, but"],
    ["nothing of something", one("[2,0]", "[0,8]", 8), "shape [2, 0] is 0 bytes, but"],
    ["4 TB in 8 bytes", one("[1000000,1000000]", "[0,8]", 8), "is 4000000000000 bytes, but"],
  ],
  MetadataIncompleteBuffer: [
    [
      "data cut short",
      fileOf(`{${W}}`, 6),
      "x.safetensors has 6 bytes of data, but its tensors take 8; it is cut short",
    ],
    [
      "data that go on: a polyglot file",
      fileOf(`{${W}}`, 40),
      "has 40 bytes of data, but its tensors take 8; nothing may follow",
    ],
    ["data without tensors", fileOf("{}", 1), "has 1 bytes of data, but its tensors take 0"],
    [
      "attack 3: offsets beyond the file",
      one("[1000000000]", "[0,4000000000]", 8),
      "has 8 bytes of data, but its tensors take 4000000000",
    ],
    ["2^53 - 1 bytes in 8", one(`[${SAFE}]`, `[0,${SAFE}]`, 8, { dtype: '"U8"' }), `its tensors take ${SAFE}`],
  ],
};

describe.each(Object.entries(refusals))("%s", (code, cases) => {
  test.each(cases)("%s", (_, bytes, message) => {
    const error = refusal(bytes);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^x\.safetensors/);
    expect(error.message.length).toBeLessThan(500);
    expect([error.code, error.name]).toEqual([code, "SafetensorsError"]);
  });
});

test("without a name the message says what kind of file it is", () => {
  expect(() => readSafetensors(new Uint8Array(3))).toThrow(/^safetensors file has 3 bytes/);
});

test("what is no bytes is the caller's mistake", () => {
  expect(() => readSafetensors("w.safetensors" as unknown as Uint8Array)).toThrow(TypeError);
});

describe("large attacks end soon and take no more than the file over again", () => {
  test("attacks 2 and 3: 100,000 tensors on the same 160,000 bytes, which would be 16 GB", () => {
    const entries = Array.from({ length: 100_000 }, (_, i) => entry("[200,200]", "[0,160000]", { name: `"w${i}"` }));
    expect(refusal(fileOf(`{${entries.join(",")}}`, 160_000)).code).toBe("InvalidOffset");
  });

  test.each([
    ["lists", `{"w":{"dtype":"F32","shape":${"[".repeat(5e6)}`],
    ["lists that are closed", `{"w":{"dtype":"F32","shape":${"[".repeat(2e6)}${"]".repeat(2e6)}}}`],
    ["objects", `${'{"w":'.repeat(1e6)}`],
    ["objects in the metadata", `{"__metadata__":${'{"w":'.repeat(1e6)}`],
  ])("nested millions deep: %s", (_, header) => {
    expect(() => readSafetensors(fileOf(header))).toThrow(SafetensorsError);
  });

  test("millions of digits, spaces, escapes and quotes", () => {
    for (const header of [
      `{${entry(`[${"1".repeat(4e6)}]`, "[0,8]")}}`,
      `{${" ".repeat(4e6)}`,
      `{"${"\\".repeat(4e6)}`,
      `{"${"\\n".repeat(2e6)}":`,
      `{"w":{"dtype":"${"F".repeat(4e6)}","shape":[],"data_offsets":[0,8]}}`,
    ]) {
      expect(refusal(fileOf(header)).message.length).toBeLessThan(500);
    }
  });
});
