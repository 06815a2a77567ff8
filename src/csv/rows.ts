// CSV to rows of strings, by Papa Parse, with the line that each row begins on. RFC 4180: fields are separated by commas and
// may stand in quotes, where commas, line ends and doubled quotes belong to the field. Line ends may be LF, CRLF or CR, and
// come out as LF within fields. Empty lines are left out.

import { missingPackage } from "../data/optional.js";
import { CsvError } from "./error.js";

/** The fields of a row, and the line it begins on, from 1. */
export interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

/** @throws CsvError for a quote that is not closed, or with more after it; Error if Papa Parse is not installed */
export async function rowsOf(text: string, delimiter: string, name: string): Promise<Row[]> {
  const { default: papa } = await import("papaparse").catch(missingPackage("wasmgrad/csv", "papaparse"));
  const plain = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const { data, errors } = papa.parse<string[]>(plain, { delimiter, newline: "\n" });
  const [fault] = errors;
  if (fault !== undefined) {
    const before = plain.slice(0, fault.index ?? 0).split("\n");
    const place = `character ${before.at(-1)!.length}`;
    const what =
      fault.code === "MissingQuotes"
        ? `the quote opened at ${place} is never closed`
        : `in the field that begins with the quote at ${place}, a quote stands alone; within quotes double it`;
    throw new CsvError(name, what, { line: before.length });
  }
  const rows: Row[] = [];
  let line = 1;
  for (const fields of data) {
    if (fields.length > 1 || fields[0] !== "") rows.push({ fields, line });
    for (const field of fields) line += occurrences(field, "\n");
    line++;
  }
  return rows;
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) count++;
  return count;
}
