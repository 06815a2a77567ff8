// The one error of this folder.

/** A file that is no CSV, or whose values are not of the types asked for. The message begins with the file's name. */
export class CsvError extends Error {
  override readonly name = "CsvError";
  /** The line of the file, from 1, where there is one to blame. */
  readonly line: number | undefined;
  /** The name of the column, where there is one to blame. */
  readonly column: string | undefined;

  constructor(file: string, what: string, place: { readonly line?: number; readonly column?: string } = {}) {
    const line = place.line === undefined ? "" : ` line ${place.line}`;
    const column = place.column === undefined ? "" : `, column ${JSON.stringify(place.column)}`;
    super(`${file}:${line}${column}${line === "" ? "" : ":"} ${what}`);
    this.line = place.line;
    this.column = place.column;
  }
}
