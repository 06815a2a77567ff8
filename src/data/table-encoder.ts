// The rows of a table as features for a model: numbers as they are, booleans as 0 and 1, a category as one column for each
// of its words, of which one is 1. What is fitted (the words there are, the mean that stands for what is missing) comes from
// the training rows alone, and is applied to all others.

import { show, values } from "./check.js";
import type { ColumnTypes, ColumnValues, Table } from "./table.js";
import { placeOf } from "./table.js";

/** A column as it is encoded, as plain data. */
export type EncodedColumn =
  | {
      readonly name: string;
      readonly type: "number" | "boolean";
      /** What is done where a value is missing; a number stands for it. */
      readonly missing: "error" | "drop" | number;
    }
  | {
      readonly name: string;
      readonly type: "category";
      /** The words, in the order of their columns. */
      readonly words: readonly string[];
      /** What is done where a word is missing; with "unknown" there is one more column, also for words that were not fitted. */
      readonly missing: "error" | "drop" | "unknown" | { readonly fill: string };
    };

/** Rows as features. */
export interface EncodedTable {
  /** [rows.length, features] */
  readonly x: Float32Array<ArrayBuffer>;
  /** Row i of x is row rows[i] of the table; rows with missing values may have been dropped. */
  readonly rows: Int32Array<ArrayBuffer>;
}

/** Makes features of the rows of tables. Made by `fitTable`, or from the data of one (`toJSON`). */
export class TableEncoder {
  readonly columns: readonly EncodedColumn[];
  /** What each feature is: "age", "city=Oslo", "city=Paris", "city (unknown)". */
  readonly names: readonly string[];

  /** @throws TypeError if a column is none, or nothing is left */
  constructor(columns: readonly EncodedColumn[]) {
    if (!Array.isArray(columns) || columns.length === 0) {
      throw new TypeError(`TableEncoder: columns must be an array of at least one, got ${show(columns)}`);
    }
    columns.forEach(checkColumn);
    this.columns = columns;
    this.names = columns.flatMap(namesOf);
  }

  /** The number of features: the columns of x. */
  get features(): number {
    return this.names.length;
  }

  /**
   * The features of a table's rows.
   *
   * @throws TypeError if the table lacks a column, or has it in another type; RangeError, with the line and the column, for
   *   a missing value where that is an error, and for a word that was not fitted where there is no "unknown".
   */
  apply(table: Table): EncodedTable {
    const sources = this.columns.map((column) => valuesFor(table, column));
    const dropped = new Uint8Array(table.rows);
    this.columns.forEach(({ name, missing }, i) => {
      for (let row = 0; row < table.rows; row++) {
        if (!isMissing(sources[i]![row]!)) continue;
        if (missing === "drop") dropped[row] = 1;
        else if (missing === "error") {
          const advice = `say what to do by missing: { ${JSON.stringify(name)}: "drop" }, or "mean" and the like`;
          throw new RangeError(`${placeOf(table, row, name)}: the value is missing; ${advice}`);
        }
      }
    });
    const rows = Int32Array.from({ length: table.rows }, (_, row) => row).filter((row) => dropped[row] === 0);
    const x = new Float32Array(values("TableEncoder.apply", rows.length, this.features));
    let feature = 0;
    this.columns.forEach((column, i) => {
      const source = sources[i]!;
      const place = column.type === "category" ? placesOf(table, column) : undefined;
      rows.forEach((row, at) => {
        const value = source[row]!;
        const begin = at * this.features + feature;
        if (place === undefined) x[begin] = isMissing(value) ? (column.missing as number) : (value as number);
        else x[begin + place(row, value as string | null)] = 1;
      });
      feature += namesOf(column).length;
    });
    return { x, rows };
  }

  /** Plain data for JSON.stringify. */
  toJSON(): { readonly columns: readonly EncodedColumn[] } {
    return { columns: this.columns };
  }

  /** The encoder of what `toJSON` gave, after JSON.parse. TypeError as the constructor. */
  static fromJSON(data: unknown): TableEncoder {
    return new TableEncoder(((data ?? {}) as { columns: readonly EncodedColumn[] }).columns);
  }
}

const isMissing = (value: number | string | null) => value === null || Number.isNaN(value);

function namesOf(column: EncodedColumn): string[] {
  if (column.type !== "category") return [column.name];
  const names = column.words.map((word) => `${column.name}=${word}`);
  return column.missing === "unknown" ? [...names, `${column.name} (unknown)`] : names;
}

function valuesFor(table: Table<ColumnTypes>, { name, type }: EncodedColumn): ColumnValues<"number" | "category"> {
  const has = Object.hasOwn(table.types, name) ? table.types[name] : undefined;
  if (has === type) return table.columns[name]!;
  const came = has === undefined ? "there is none" : `it is of type "${has}"`;
  throw new TypeError(
    `TableEncoder.apply: ${table.name} needs a column ${JSON.stringify(name)} of type "${type}", but ${came}`,
  );
}

/** Gives which of the column's features is 1. */
function placesOf(table: Table, column: EncodedColumn & { type: "category" }) {
  const { words, missing, name } = column;
  const places = new Map(words.map((word, place) => [word, place]));
  const absent = missing === "unknown" ? words.length : undefined;
  return (row: number, value: string | null): number => {
    const word = value === null && typeof missing === "object" ? missing.fill : value;
    const place = (word === null ? undefined : places.get(word)) ?? absent;
    if (place !== undefined) return place;
    const known = words.length > 6 ? `${words.slice(0, 6).join(", ")}, …` : words.join(", ");
    throw new RangeError(
      `${placeOf(table, row, name)}: ${show(word)} is not one of the words that were fitted (${known}); ` +
        `to give such words a feature of their own fit with missing: { ${JSON.stringify(name)}: "unknown" }`,
    );
  };
}

function checkColumn(column: EncodedColumn): void {
  const { name, type, missing } = (column ?? {}) as EncodedColumn;
  const fault = (what: string, got: unknown): never => {
    throw new TypeError(`TableEncoder: ${what}, got ${show(got)}`);
  };
  if (typeof name !== "string") fault("a column's name must be a string", name);
  const label = `column ${JSON.stringify(name)}`;
  if (type === "category") {
    const { words } = column as { words?: unknown };
    if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) {
      fault(`${label}: words must be an array of strings`, words);
    }
    const fill = typeof missing === "object" && missing !== null ? missing.fill : undefined;
    const known = missing === "error" || missing === "drop" || missing === "unknown" || typeof fill === "string";
    if (!known) fault(`${label}: missing must be "error", "drop", "unknown" or { fill: "a word" }`, missing);
  } else if (type === "number" || type === "boolean") {
    const known = missing === "error" || missing === "drop" || Number.isFinite(missing);
    if (!known) fault(`${label}: missing must be "error", "drop" or a number`, missing);
  } else fault(`${label}: type must be "number", "boolean" or "category"`, type);
}
