// A table: named columns of one type each. Knows nothing of files; wasmgrad/csv makes tables of them.

/** What a column holds: numbers, yes or no, one of a few words, or any text. */
export type ColumnType = "number" | "boolean" | "category" | "text";

/** The types of some columns, by name. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>;

/** The values of a column: NaN where a number or boolean is missing, null where a word or text is. A boolean is 0 or 1. */
export type ColumnValues<T extends ColumnType> = T extends "number" | "boolean"
  ? Float64Array
  : readonly (string | null)[];

/** Rows of typed columns. */
export interface Table<C extends ColumnTypes = ColumnTypes> {
  /** What to call the table in messages: the name of its file. */
  readonly name: string;
  readonly types: C;
  readonly rows: number;
  /** The values of each column: [rows]. */
  readonly columns: { readonly [K in keyof C]: ColumnValues<C[K]> };
  /** The line of the file that each row begins on, from 1: [rows]. */
  readonly lines: Int32Array;
}

/** Where a value stands, for messages. */
export function placeOf(table: Table, row: number, column: string): string {
  return `${table.name}: line ${table.lines[row]}, column ${JSON.stringify(column)}`;
}
