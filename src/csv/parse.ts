// Rows of strings to a table of typed columns.

import { oneOf, show, whole } from "../data/check.js";
import { join, nameOf, readPieces, type ByteSource } from "../data/stream.js";
import type { ColumnType, ColumnTypes, Table } from "../data/table.js";
import { CsvError } from "./error.js";
import { rowsOf, type Row } from "./rows.js";

/** What `parseCsv` and `loadCsv` take beside the text. */
export interface CsvOptions<C extends ColumnTypes> {
  /** The columns wanted, and what they hold. Others of the file are left out. */
  readonly columns: C;
  /** Whether the first row names the columns. If not, `columns` are all columns of the file, in its order. Default: true. */
  readonly header?: boolean;
  /** What separates fields: one character. Default: ",". */
  readonly delimiter?: string;
  /** Fields that stand for a missing value, say ["", "NA", "?"]. Default: [""], the empty field. */
  readonly missingValues?: readonly string[];
  /** What to call the file in messages. Default: its address or file name where it has one, else "CSV". */
  readonly name?: string;
}

/** What `loadCsv` takes beside the source. */
export interface LoadCsvOptions<C extends ColumnTypes> extends CsvOptions<C> {
  /** The most bytes the file may have when unpacked. Default: 256 MiB. */
  readonly maxBytes?: number;
  /** How its characters are encoded, as TextDecoder names it, say "windows-1252". Default: "utf-8". */
  readonly encoding?: string;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const BOOLEANS: Readonly<Record<string, number>> = { true: 1, yes: 1, "1": 1, false: 0, no: 0, "0": 0 };

/**
 * Reads CSV text into a table. Numbers are decimal ("-1.5e3"), booleans are true or false, yes or no, 1 or 0 in any case;
 * spaces around both do not count. Categories and texts are taken as they are.
 *
 * ```ts
 * const table = await parseCsv(text, { columns: { age: "number", city: "category", bought: "boolean" } });
 * table.columns.age; // Float64Array
 * ```
 *
 * @throws CsvError, with line and column, for a row of more or fewer fields than the header, a field that is not of its
 *   type, a column that is not there, or quotes in disorder; TypeError for other options; Error if the package papaparse
 *   is not installed.
 */
export async function parseCsv<const C extends ColumnTypes>(text: string, options: CsvOptions<C>): Promise<Table<C>> {
  if (typeof text !== "string") throw new TypeError(`parseCsv: text must be a string, got ${show(text)}`);
  const { columns, header = true, delimiter = ",", missingValues = [""], name = "CSV" } = checked(options);
  const rows = await rowsOf(text, delimiter, name);
  if (header && rows.length === 0)
    throw new CsvError(name, "the file is empty, but its first row should name the columns");
  const names = Object.keys(columns);
  const given = header ? rows.shift()! : { fields: names, line: 0 };
  const places = names.map((column) => placeOf(column, given, name));
  const lines = Int32Array.from(rows, ({ line }) => line);
  for (const { fields, line } of rows) {
    if (fields.length === given.fields.length) continue;
    const expected = `${given.fields.length} ${header ? "as the header has" : "as there are columns"}`;
    throw new CsvError(name, `the row has ${fields.length} fields, not ${expected}`, { line });
  }
  const read = names.map((column, i) => [
    column,
    readColumn(rows, places[i]!, columns[column]!, column, missingValues, name),
  ]);
  return { name, types: columns, rows: rows.length, lines, columns: Object.fromEntries(read) };
}

/**
 * Reads a CSV file, plain or gzip, from bytes, a Blob, a Response, a stream or an address (fetched). In Node:
 * `loadCsv(await readFile("people.csv"), { columns: … })`.
 *
 * @throws CsvError as `parseCsv`, and if the file cannot be read, has more than `maxBytes`, or is not in its encoding;
 *   TypeError for other options.
 */
export async function loadCsv<const C extends ColumnTypes>(
  source: ByteSource,
  options: LoadCsvOptions<C>,
): Promise<Table<C>> {
  const { maxBytes = 2 ** 28, encoding = "utf-8", name = nameOf(source) ?? "CSV", ...rest } = checked(options);
  whole("loadCsv: maxBytes", maxBytes, 1, Number.MAX_SAFE_INTEGER);
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of readPieces(source)) {
      pieces.push(piece);
      length += piece.length;
      if (length > maxBytes) {
        throw new CsvError(name, `the file is larger than maxBytes = ${maxBytes}; raise maxBytes if you trust it`);
      }
    }
  } catch (cause) {
    if (cause instanceof CsvError || cause instanceof TypeError) throw cause;
    throw Object.assign(new CsvError(name, cause instanceof Error ? cause.message : String(cause)), { cause });
  }
  return parseCsv(decode(join(pieces), encoding, name), { ...rest, name } as CsvOptions<C>);
}

function checked<O extends CsvOptions<ColumnTypes>>(options: O): O {
  const { columns, delimiter = ",", missingValues = [""] } = options ?? {};
  if (typeof columns !== "object" || columns === null || Object.keys(columns).length === 0) {
    throw new TypeError(`CSV: columns must name at least one column and its type, got ${show(columns)}`);
  }
  for (const [name, type] of Object.entries(columns)) {
    oneOf(`CSV: the type of column ${JSON.stringify(name)}`, type, ["number", "boolean", "category", "text"]);
  }
  if (typeof delimiter !== "string" || delimiter.length !== 1 || '"\r\n\uFEFF'.includes(delimiter)) {
    throw new TypeError(`CSV: delimiter must be one character, no quote or line end, got ${show(delimiter)}`);
  }
  if (!Array.isArray(missingValues)) {
    throw new TypeError(`CSV: missingValues must be an array of strings, got ${show(missingValues)}`);
  }
  return options;
}

/** Which field of each row is the column. */
function placeOf(column: string, { fields, line }: Row, name: string): number {
  const place = fields.indexOf(column);
  const has = fields.map((field) => JSON.stringify(field)).join(", ");
  if (place < 0)
    throw new CsvError(name, `there is no column ${JSON.stringify(column)}; the header has ${has}`, { line });
  if (fields.indexOf(column, place + 1) < 0) return place;
  throw new CsvError(name, `two columns have this name`, { line, column });
}

function readColumn(
  rows: readonly Row[],
  place: number,
  type: ColumnType,
  column: string,
  missingValues: readonly string[],
  name: string,
): Float64Array | (string | null)[] {
  const missing = new Set(missingValues);
  if (type === "category" || type === "text") {
    return rows.map(({ fields }) => (missing.has(fields[place]!) ? null : fields[place]!));
  }
  const [read, wanted] = type === "number" ? [toNumber, "a number"] : [toBoolean, "true or false, yes or no, 1 or 0"];
  return Float64Array.from(rows, ({ fields, line }) => {
    const field = fields[place]!.trim();
    if (missing.has(field) || missing.has(fields[place]!)) return NaN;
    const value = read(field);
    if (value !== undefined) return value;
    const advice = "if it stands for a missing value, list it in missingValues";
    throw new CsvError(name, `${show(field)} is not ${wanted}; ${advice}`, { line, column });
  });
}

function toNumber(field: string): number | undefined {
  const value = Number(field);
  return NUMBER.test(field) && Number.isFinite(value) ? value : undefined;
}

function toBoolean(field: string): number | undefined {
  const word = field.toLowerCase();
  return Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined;
}

function decode(bytes: Uint8Array, encoding: string, name: string): string {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new TypeError(`loadCsv: encoding must be one that TextDecoder knows, got ${show(encoding)}`);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new CsvError(name, `the file is not ${encoding}; give its encoding, say "windows-1252"`);
  }
}
