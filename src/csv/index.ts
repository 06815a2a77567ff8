// CSV files in: what `wasmgrad/csv` exports. Needs the package papaparse, which users install themselves. The tables it
// makes go into `fitTable` of wasmgrad/data, which makes features of them.

export type { ByteSource } from "../data/stream.js";
export type { ColumnType, ColumnTypes, ColumnValues, Table } from "../data/table.js";
export { CsvError } from "./error.js";
export { loadCsv, parseCsv, type CsvOptions, type LoadCsvOptions } from "./parse.js";
