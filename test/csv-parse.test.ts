// CSV files to typed columns: what RFC 4180 allows, what is missing, and what is refused with its line and column.
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CsvError, loadCsv, parseCsv } from "wasmgrad/csv";

const people = 'name,age,city,bought\n"Kim, A.",31,Oslo,yes\nBo,,Paris,no\n"Eva ""E""",40.5,,TRUE\n';
const columns = { age: "number", city: "category", bought: "boolean", name: "text" } as const;

/** The error of a promise that must be rejected. */
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("no error came"),
    (error: CsvError) => error,
  );

describe("parseCsv", () => {
  test("gives typed columns", async () => {
    const table = await parseCsv(people, { columns, name: "people.csv" });
    expect(table).toEqual({
      name: "people.csv",
      types: columns,
      rows: 3,
      lines: Int32Array.of(2, 3, 4),
      columns: {
        age: Float64Array.of(31, NaN, 40.5),
        city: ["Oslo", "Paris", null],
        bought: Float64Array.of(1, 0, 1),
        name: ["Kim, A.", "Bo", 'Eva "E"'],
      },
    });
    const age: Float64Array = table.columns.age;
    const city: readonly (string | null)[] = table.columns.city;
    expect(age.length).toBe(city.length);
  });

  test("takes any line ends, a byte order mark, empty lines, and no line end at the end", async () => {
    const text = "a,b\n1,x\n\n2,y";
    const expected = await parseCsv(text, { columns: { a: "number", b: "text" } });
    expect(expected.lines).toEqual(Int32Array.of(2, 4));
    for (const end of ["\n", "\r\n", "\r"]) {
      for (const last of ["", end, end + end]) {
        const other = `\uFEFF${text.replaceAll("\n", end)}${last}`;
        expect(await parseCsv(other, { columns: { a: "number", b: "text" } })).toEqual(expected);
      }
    }
  });

  test("takes another delimiter, files without a header, and other words for what is missing", async () => {
    const options = { columns: { age: "number", city: "category" }, header: false, delimiter: ";" } as const;
    const table = await parseCsv("1;a,b\n?;NA\n", { ...options, missingValues: ["?", "NA"] });
    expect(table.columns).toEqual({ age: Float64Array.of(1, NaN), city: ["a,b", null] });
    expect(table.lines).toEqual(Int32Array.of(1, 2));
    expect((await parseCsv("", options)).rows).toBe(0);
    expect((await parseCsv("age\n", { columns: { age: "number" } })).rows).toBe(0);
  });

  test("reads decimal numbers and the words for yes and no, spaces around them", async () => {
    const numbers = ["0", "-1", "+2.50", ".5", "5.", "1e3", "-1.5E-2", " 7 "];
    const table = await parseCsv(`n\n${numbers.join("\n")}`, { columns: { n: "number" } });
    expect([...table.columns.n]).toEqual([0, -1, 2.5, 0.5, 5, 1000, -0.015, 7]);
    const words = ["true", "FALSE", "Yes", "no", "1", "0", " true"];
    const booleans = await parseCsv(`b\n${words.join("\n")}`, { columns: { b: "boolean" } });
    expect([...booleans.columns.b]).toEqual([1, 0, 1, 0, 1, 0, 1]);
  });

  test("columns may have the names of an object's own", async () => {
    const table = await parseCsv("constructor,__proto__\n1,x\n", {
      columns: { constructor: "number", ["__proto__"]: "text" },
    });
    expect(Object.getOwnPropertyDescriptor(table.columns, "__proto__")!.value).toEqual(["x"]);
    expect([...table.columns.constructor]).toEqual([1]);
  });

  test("gives back whatever was written, and the line of each row", async () => {
    const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", " ", "é", "😀", ";") });
    const rows = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, async (rows) => {
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const lines = rows.map((row) => row.map(quote).join(","));
        const table = await parseCsv(["x,y", ...lines].join("\n"), {
          columns: { x: "text", y: "text" },
          missingValues: [],
        });
        expect(table.columns.x.map((x, i) => [x, table.columns.y[i]])).toEqual(rows);
        const before = lines.map((_, i) => ["x,y", ...lines.slice(0, i)].join("\n").split("\n").length + 1);
        expect([...table.lines]).toEqual(before);
      }),
    );
  });
});

describe("what is wrong is named by line and column", () => {
  const refused: [string, string, { line?: number; column?: string }][] = [
    ["a,b\n1,2\n1,2,3\n", "f.csv: line 3: the row has 3 fields, not 2 as the header has", { line: 3 }],
    ['a,b\n"x\ny",2\n\n1\n', "f.csv: line 5: the row has 1 fields, not 2 as the header has", { line: 5 }],
    [
      'a,b\n1,"x\ny"\nten,2\n',
      'f.csv: line 4, column "a": "ten" is not a number; if it stands for a missing value, list it in missingValues',
      { line: 4, column: "a" },
    ],
    ["a,c\n1,2\n", 'f.csv: line 1: there is no column "b"; the header has "a", "c"', { line: 1 }],
    ["\na,b,a\n", 'f.csv: line 2, column "a": two columns have this name', { line: 2, column: "a" }],
    ["", "f.csv: the file is empty, but its first row should name the columns", {}],
    ['a,b\n1,"x\n', "f.csv: line 2: the quote opened at character 3 is never closed", { line: 2 }],
    [
      'a,b\n1,"x"y"\n',
      "f.csv: line 2: in the field that begins with the quote at character 3, a quote stands alone; within quotes double it",
      { line: 2 },
    ],
  ];
  test.each(refused)("%j", async (text, message, { line, column }) => {
    const fault = await faultOf(parseCsv(text, { columns: { a: "number", b: "text" }, name: "f.csv" }));
    expect(fault).toBeInstanceOf(CsvError);
    expect(fault.message).toBe(message);
    expect([fault.line, fault.column]).toEqual([line, column]);
  });

  test.each(["0x10", "1,5", "1_000", "Infinity", "NaN", "1e999", "--1", "."])("%j is no number", async (field) => {
    const text = `a\n"${field}"\n`;
    await expect(parseCsv(text, { columns: { a: "number" } })).rejects.toThrow(
      `CSV: line 2, column "a": "${field}" is not`,
    );
  });

  test("nor is every word a boolean", async () => {
    await expect(parseCsv("a\nmaybe\n", { columns: { a: "boolean" } })).rejects.toThrow(
      'CSV: line 2, column "a": "maybe" is not true or false, yes or no, 1 or 0; if it stands',
    );
    await expect(parseCsv("1\n2,3\n", { columns: { a: "number" }, header: false })).rejects.toThrow(
      "CSV: line 2: the row has 2 fields, not 1 as there are columns",
    );
  });

  test("options", async () => {
    const refuse = (options: object, message: string) =>
      expect(parseCsv("a\n1\n", { columns: { a: "number" }, ...options } as never)).rejects.toThrow(
        new TypeError(message),
      );
    await refuse({ columns: {} }, "CSV: columns must name at least one column and its type, got an object of Object");
    await refuse({ columns: undefined }, "CSV: columns must name at least one column and its type, got undefined");
    await refuse(
      { columns: { a: "float" } },
      'CSV: the type of column "a" must be "number" or "boolean" or "category" or "text", got "float"',
    );
    for (const delimiter of ["", '"', "\n", "||", 7]) {
      await expect(parseCsv("a", { columns: { a: "number" }, delimiter } as never)).rejects.toThrow(
        "CSV: delimiter must be one character, no quote or line end, got",
      );
    }
    await refuse({ missingValues: "NA" }, 'CSV: missingValues must be an array of strings, got "NA"');
    await expect(parseCsv(new Uint8Array(3) as never, { columns: { a: "number" } })).rejects.toThrow(
      "parseCsv: text must be a string, got Uint8Array(3 bytes)",
    );
    await expect(parseCsv("a", undefined as never)).rejects.toThrow("CSV: columns must name");
  });
});

describe("loadCsv", () => {
  const bytes = new TextEncoder().encode(people);

  test("takes bytes, gzip, files and responses, and their names", async () => {
    const expected = await parseCsv(people, { columns });
    for (const source of [bytes, new Uint8Array(gzipSync(bytes)), new Blob([bytes]), new Response(bytes)]) {
      expect(await loadCsv(source, { columns })).toEqual(expected);
    }
    expect((await loadCsv(new File([bytes], "people.csv"), { columns })).name).toBe("people.csv");
    expect((await loadCsv(bytes, { columns, name: "mine" })).name).toBe("mine");
  });

  test("takes other encodings", async () => {
    const latin = Uint8Array.of(97, 10, 233); // "a\né"
    const options = { columns: { a: "text" } } as const;
    expect((await loadCsv(latin, { ...options, encoding: "windows-1252" })).columns.a).toEqual(["é"]);
    await expect(loadCsv(latin, options)).rejects.toThrow(
      new CsvError("CSV", 'the file is not utf-8; give its encoding, say "windows-1252"'),
    );
    await expect(loadCsv(latin, { ...options, encoding: "klingon" })).rejects.toThrow(
      new TypeError('loadCsv: encoding must be one that TextDecoder knows, got "klingon"'),
    );
  });

  test("stops at maxBytes, of what is unpacked", async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(1_000_000).fill(97)));
    await expect(loadCsv(bomb, { columns, maxBytes: 1000 })).rejects.toThrow(
      "CSV: the file is larger than maxBytes = 1000; raise maxBytes if you trust it",
    );
    await expect(loadCsv(bytes, { columns, maxBytes: 0 })).rejects.toThrow("loadCsv: maxBytes must be");
  });

  test("says what could not be read", async () => {
    const gone = await faultOf(loadCsv(new Response("", { status: 404, statusText: "Not Found" }), { columns }));
    expect(gone).toBeInstanceOf(CsvError);
    expect(gone.message).toBe("CSV: the server answered 404 Not Found");
    expect(gone.cause).toBeInstanceOf(Error);
    await expect(loadCsv(3 as never, { columns })).rejects.toThrow(TypeError);
    await expect(loadCsv(gzipSync(bytes).subarray(0, 20), { columns })).rejects.toThrow("gzip data is damaged");
  });
});
