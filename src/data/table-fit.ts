// Fits an encoder to the training rows of a table.

import { known, show } from "./check.js";
import { TableEncoder, type EncodedColumn } from "./table-encoder.js";
import type { ColumnTypes, Table } from "./table.js";

/**
 * What is done where a value is missing:
 * - "error": it is refused, with its line and column;
 * - "drop": the row is left out;
 * - "mean", "median": that of the rows that were fitted stands for it (numbers and booleans);
 * - "unknown": it has a feature of its own, as has every word that was not fitted (categories);
 * - { fill }: this value stands for it.
 */
export type Missing = "error" | "drop" | "mean" | "median" | "unknown" | { readonly fill: number | boolean | string };

/** What `fitTable` takes beside the table. */
export interface FitTableOptions<C extends ColumnTypes> {
  /** The columns to make features of, in this order. Default: all but those of text. */
  readonly features?: readonly (keyof C & string)[];
  /** What is done where values are missing, by column. Default: "error". */
  readonly missing?: { readonly [K in keyof C]?: Missing };
}

/**
 * Fits an encoder: the words of each category (in the order of their code units), and what stands for missing values.
 *
 * ```ts
 * const table = await loadCsv(file, { columns: { age: "number", city: "category", bought: "boolean" } });
 * const encoder = fitTable(table, { features: ["age", "city"], missing: { age: "median", city: "unknown" } });
 * const { x, rows } = encoder.apply(table);              // encoder.names: age, city=Oslo, city=Paris, city (unknown)
 * const y = takeRows(table.columns.bought, 1, rows);
 * ```
 *
 * @throws TypeError for a column that is not there or of text, or a policy that does not go with its type; RangeError where
 *   a column has no value to fit.
 */
export function fitTable<C extends ColumnTypes>(table: Table<C>, options: FitTableOptions<C> = {}): TableEncoder {
  if (typeof table?.types !== "object") {
    throw new TypeError(`fitTable: expected a table, as parseCsv and loadCsv of wasmgrad/csv give, got ${show(table)}`);
  }
  known("fitTable", options, ["features", "missing"]);
  const all = Object.keys(table.types);
  const { features = all.filter((name) => table.types[name] !== "text") } = options;
  const missing: { readonly [column: string]: Missing | undefined } = options.missing ?? {};
  for (const name of Object.keys(missing)) {
    if (features.includes(name)) continue;
    throw new TypeError(`fitTable: missing names ${JSON.stringify(name)}, but the features are ${features.join(", ")}`);
  }
  const policy = (name: string) => (Object.hasOwn(missing, name) ? missing[name] : undefined) ?? "error";
  return new TableEncoder(features.map((name) => fitColumn(table, name, policy(name))));
}

function fitColumn(table: Table, name: string, missing: Missing): EncodedColumn {
  const type = Object.hasOwn(table.types, name) ? table.types[name] : undefined;
  const label = `fitTable: column ${JSON.stringify(name)}`;
  if (type === undefined || type === "text") {
    const why = type === "text" ? 'is of type "text", which has no features' : `is not in ${table.name}`;
    throw new TypeError(`${label} ${why}; choose columns by { features: [...] }`);
  }
  const fill = typeof missing === "object" && missing !== null ? missing.fill : undefined;
  const refuse = (words: string): never => {
    throw new TypeError(`${label}: missing must be ${words} for a ${type}, got ${show(fill ?? missing)}`);
  };
  if (type === "category") {
    const given = (table.columns[name] as readonly (string | null)[]).filter((word) => word !== null);
    const words = [...new Set(typeof fill === "string" ? [...given, fill] : given)].sort();
    if (words.length === 0) throw new RangeError(`${label}: there is no word in any of ${table.rows} rows`);
    if (missing === "error" || missing === "drop" || missing === "unknown") return { name, type, words, missing };
    if (typeof fill === "string") return { name, type, words, missing: { fill } };
    return refuse('"error", "drop", "unknown" or { fill: "a word" }');
  }
  if (missing === "error" || missing === "drop") return { name, type, missing };
  if (missing === "mean" || missing === "median") {
    const given = (table.columns[name] as Float64Array).filter((value) => !Number.isNaN(value));
    if (given.length > 0) return { name, type, missing: missing === "mean" ? meanOf(given) : medianOf(given) };
    throw new RangeError(`${label}: all ${table.rows} values are missing, so there is no ${missing} to fit`);
  }
  const value = type === "boolean" && typeof fill === "boolean" ? Number(fill) : fill;
  if (typeof value === "number" && Number.isFinite(value)) return { name, type, missing: value };
  return refuse(`"error", "drop", "mean", "median" or { fill: ${type === "number" ? "a number" : "true or false"} }`);
}

const meanOf = (given: Float64Array) => given.reduce((sum, value) => sum + value, 0) / given.length;

/** The middle value, or the mean of the two in the middle. */
function medianOf(given: Float64Array): number {
  const sorted = given.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
