// Tables to features: fitted on some rows, applied to others.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitTable, TableEncoder, takeRows, type Table } from "../src/data/index.js";

const types = { age: "number", city: "category", bought: "boolean", note: "text" } as const;

const tableOf = (age: number[], city: (string | null)[], bought = age.map(() => 1)): Table<typeof types> => ({
  name: "people.csv",
  types,
  rows: age.length,
  lines: Int32Array.from(age, (_, row) => row + 2),
  columns: { age: Float64Array.from(age), city, bought: Float64Array.from(bought), note: city },
});

/** Rows of the features. */
const rowsOf = (encoder: TableEncoder, table: Table) => {
  const { x, rows } = encoder.apply(table);
  return Array.from(rows, (_, i) => [...x.subarray(i * encoder.features, (i + 1) * encoder.features)]);
};

describe("fitTable", () => {
  const train = tableOf([30, 20, 40], ["Oslo", "Paris", "Oslo"], [1, 0, 1]);

  test("makes numbers, one-hot words and booleans, by all columns but text", () => {
    const encoder = fitTable(train);
    expect(encoder.names).toEqual(["age", "city=Oslo", "city=Paris", "bought"]);
    expect(rowsOf(encoder, train)).toEqual([
      [30, 1, 0, 1],
      [20, 0, 1, 0],
      [40, 1, 0, 1],
    ]);
  });

  test("takes columns in the order asked for", () => {
    expect(fitTable(train, { features: ["city", "age"] }).names).toEqual(["city=Oslo", "city=Paris", "age"]);
  });

  const gaps = tableOf([NaN, 1, 2, 6], ["b", null, "a", "b"], [1, 0, NaN, 1]);
  test.each([
    ["mean", 3],
    ["median", 2],
    [{ fill: -1 }, -1],
  ] as const)("fills numbers by %j", (missing, expected) => {
    const encoder = fitTable(gaps, { features: ["age"], missing: { age: missing } });
    expect(rowsOf(encoder, gaps)).toEqual([[expected], [1], [2], [6]]);
    expect(rowsOf(encoder, tableOf([NaN], ["a"]))).toEqual([[expected]]); // what was fitted, not the new table's
  });

  test("fills booleans, medians of even counts, and words", () => {
    const filled = (missing: object, features: ("bought" | "age" | "city")[]) =>
      rowsOf(fitTable(gaps, { features, missing }), gaps);
    expect(filled({ bought: { fill: true } }, ["bought"])[2]).toEqual([1]);
    expect(filled({ bought: "mean" }, ["bought"])[2]).toEqual([Math.fround(2 / 3)]);
    expect(fitTable(tableOf([1, 9, 2, 4], [null]), { features: ["age"], missing: { age: "median" } }).columns).toEqual([
      { name: "age", type: "number", missing: 3 },
    ]);
    expect(filled({ city: { fill: "a" } }, ["city"])[1]).toEqual([1, 0]);
    expect(filled({ city: { fill: "c" } }, ["city"])[1]).toEqual([0, 0, 1]);
  });

  test("gives unknown words a feature, in later tables too", () => {
    const encoder = fitTable(gaps, { features: ["city"], missing: { city: "unknown" } });
    expect(encoder.names).toEqual(["city=a", "city=b", "city (unknown)"]);
    expect(rowsOf(encoder, tableOf([1, 1, 1], ["z", "a", null]))).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 1],
    ]);
  });

  test("drops rows, and says which are left, so that targets can follow", () => {
    const encoder = fitTable(gaps, { features: ["age", "city"], missing: { age: "drop", city: "drop" } });
    const { x, rows } = encoder.apply(gaps);
    expect([...rows]).toEqual([2, 3]);
    expect([...x]).toEqual([2, 1, 0, 6, 0, 1]);
    expect([...takeRows(gaps.columns.bought, 1, rows)]).toEqual([NaN, 1]);
  });

  test("later tables get the same features, after JSON too", () => {
    const words = fc.array(fc.option(fc.constantFrom("x", "y", "constructor", "__proto__", "")), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(words, words, (first, second) => {
        const number = (_: unknown, row: number) => (row % 3 === 2 ? NaN : row);
        const table = tableOf(first.map(number), first);
        if (first.every((word) => word === null)) return;
        const encoder = fitTable(table, { missing: { age: "mean", city: "unknown" } });
        const copy = TableEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
        expect(copy.names).toEqual(encoder.names);
        for (const other of [table, tableOf(second.map(number), second)]) {
          const encoded = encoder.apply(other);
          expect(copy.apply(other)).toEqual(encoded);
          expect(encoded.x).toHaveLength(other.rows * encoder.features);
          other.columns.city.forEach((word, row) => {
            const oneHot = rowsOf(encoder, other)[row]!.slice(1, -1);
            expect(oneHot.reduce((sum, value) => sum + value)).toBe(1);
            const name = encoder.names[1 + oneHot.indexOf(1)];
            const known = word !== null && (first as readonly (string | null)[]).includes(word);
            expect(name).toBe(known ? `city=${word}` : "city (unknown)");
          });
        }
      }),
    );
  });

  test("refusals", () => {
    const refuse = (options: object, message: string | Error, table = gaps) =>
      expect(() => fitTable(table, options as never)).toThrow(message);
    refuse(
      { features: ["height"] },
      new TypeError('fitTable: column "height" is not in people.csv; choose columns by { features: [...] }'),
    );
    refuse({ features: ["note"] }, 'fitTable: column "note" is of type "text", which has no features');
    refuse(
      { features: [] },
      new TypeError("TableEncoder: columns must be an array of at least one, got an array of 0"),
    );
    refuse(
      { features: ["age"], missing: { city: "drop" } },
      new TypeError('fitTable: missing names "city", but the features are age'),
    );
    refuse(
      { missing: { age: "unknown" } },
      'fitTable: column "age": missing must be "error", "drop", "mean", "median" or { fill: a number } for a number, got "unknown"',
    );
    refuse({ missing: { age: { fill: NaN } } }, "for a number, got NaN");
    refuse({ missing: { bought: { fill: "yes" } } }, '{ fill: true or false } for a boolean, got "yes"');
    refuse(
      { missing: { city: "mean" } },
      'column "city": missing must be "error", "drop", "unknown" or { fill: "a word" } for a category, got "mean"',
    );
    refuse({ missing: { city: { fill: 3 } } }, "for a category, got 3");
    const empty = tableOf([NaN], [null], [NaN]);
    refuse(
      { features: ["age"], missing: { age: "mean" } },
      new RangeError('fitTable: column "age": all 1 values are missing, so there is no mean to fit'),
      empty,
    );
    refuse({}, new RangeError('fitTable: column "city": there is no word in any of 1 rows'), empty);
  });
});

describe("apply", () => {
  const encoder = fitTable(tableOf([1, 2], ["Oslo", "Paris"]), { features: ["age", "city"] });

  test("names the place of what it cannot encode", () => {
    expect(() => encoder.apply(tableOf([1, NaN], ["Oslo", "Oslo"]))).toThrow(
      new RangeError(
        'people.csv: line 3, column "age": the value is missing; say what to do by missing: { "age": "drop" }, or "mean" and the like',
      ),
    );
    expect(() => encoder.apply(tableOf([1, 1, 1], ["Oslo", "Oslo", "Rome"]))).toThrow(
      new RangeError(
        'people.csv: line 4, column "city": "Rome" is not one of the words that were fitted (Oslo, Paris); ' +
          'to give such words a feature of their own fit with missing: { "city": "unknown" }',
      ),
    );
    const many = fitTable(tableOf([1], [..."abcdefgh"]), { features: ["city"] });
    expect(() => many.apply(tableOf([1], ["z"]))).toThrow("(a, b, c, d, e, f, …)");
  });

  test("needs the columns that were fitted", () => {
    const { age, city, note, bought } = tableOf([1], ["Oslo"]).columns;
    const table = { ...tableOf([1], ["Oslo"]), types: { age: "number" }, columns: { age } } as const;
    expect(() => encoder.apply(table)).toThrow(
      new TypeError('TableEncoder.apply: people.csv needs a column "city" of type "category", but there is none'),
    );
    const other = { ...tableOf([1], ["Oslo"]), types: { ...types, city: "text" }, columns: { age, city, note, bought } } as const; // prettier-ignore
    expect(() => encoder.apply(other)).toThrow('but it is of type "text"');
  });
});

test("an encoder's data are checked", () => {
  const refuse = (columns: unknown, message: string) =>
    expect(() => TableEncoder.fromJSON({ columns })).toThrow(new TypeError(message));
  refuse(undefined, "TableEncoder: columns must be an array of at least one, got undefined");
  expect(() => TableEncoder.fromJSON(null)).toThrow(TypeError);
  refuse([{ type: "number" }], "TableEncoder: a column's name must be a string, got undefined");
  refuse(
    [{ name: "a", type: "text" }],
    'TableEncoder: column "a": type must be "number", "boolean" or "category", got "text"',
  );
  refuse(
    [{ name: "a", type: "number", missing: "mean" }],
    'TableEncoder: column "a": missing must be "error", "drop" or a number, got "mean"',
  );
  refuse(
    [{ name: "a", type: "category", words: ["x", 1], missing: "drop" }],
    'TableEncoder: column "a": words must be an array of strings, got an array of 2',
  );
  refuse(
    [{ name: "a", type: "category", words: ["x"], missing: { fill: 1 } }],
    'TableEncoder: column "a": missing must be "error", "drop", "unknown" or { fill: "a word" }, got an object of Object',
  );
});
