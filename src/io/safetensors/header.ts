// The JSON header of a safetensors file, parsed by the format's own grammar:
//
//   header   { "__metadata__": { string: string, … }, name: tensor, … }          in any order, then spaces
//   tensor   { "dtype": string, "shape": [whole, …], "data_offsets": [whole, whole] }     in any order
//
// Why not JSON.parse: it keeps the last of two equal keys without a word, takes 2.0, 1e3 and rounded 20-digit numbers
// for whole ones, and builds whatever is nested in the header, at some 30 times its bytes. This parser never nests
// deeper than the grammar, so what it allocates is bounded by the tensors that it finds. Only strings go to JSON.parse.
//
// It checks the form of the header and knows nothing of the data that follow.

import { quote, SafetensorsError, type SafetensorsErrorCode } from "./error.js";

/** One tensor as the header tells it: `begin` and `end` count bytes from the first byte after the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly HeaderEntry[];
  /** Without a prototype, so that no key is special. */
  readonly metadata: Record<string, string>;
}

/** Bytes of the header's length, which stand before it. */
export const PREFIX = 8;

/** The most bytes that a header may have: the limit of the reference implementation. */
export const LONGEST_HEADER = 100_000_000;

/** The key beside the tensors' names. */
export const METADATA = "__metadata__";

/** True if `text` has a UTF-8 form: no half of a surrogate pair stands alone. */
export function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** @throws SafetensorsError, its message beginning with the name of the file. */
export function parseHeader(json: string, file: string): Header {
  const cursor = new Cursor(json, file);
  const entries: HeaderEntry[] = [];
  const metadata = Object.create(null) as Record<string, string>;
  cursor.members("header", "InvalidHeaderDeserialization", (key) => {
    if (key === METADATA) {
      cursor.members(METADATA, "InvalidMetadata", (name) => {
        metadata[name] = cursor.string(`a string for ${quote(name)} in ${METADATA}`, "InvalidMetadata");
      });
    } else {
      entries.push(tensor(cursor, key));
    }
  });
  cursor.end();
  return { entries, metadata };
}

function tensor(cursor: Cursor, name: string): HeaderEntry {
  const owner = `tensor ${quote(name)}`;
  const found: { dtype?: string; shape?: number[]; data_offsets?: number[] } = {};
  cursor.members(owner, "InvalidHeaderDeserialization", (key) => {
    if (key === "dtype") found.dtype = cursor.string(`a string for dtype of ${owner}`, "UnknownDtype");
    else if (key === "shape") found.shape = cursor.wholeNumbers(`shape of ${owner}`, "InvalidShape");
    else if (key === "data_offsets")
      found.data_offsets = cursor.wholeNumbers(`data_offsets of ${owner}`, "InvalidOffset");
    else cursor.refuse(`${owner} has a field ${quote(key)}; a tensor has dtype, shape and data_offsets, and no other`);
  });
  const { dtype, shape, data_offsets: offsets } = found;
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = dtype === undefined ? "dtype" : shape === undefined ? "shape" : "data_offsets";
    return cursor.refuse(`${owner} has no ${missing}; every tensor needs dtype, shape and data_offsets`);
  }
  if (offsets.length !== 2) {
    const came = `data_offsets of ${owner} has length ${offsets.length}`;
    return cursor.refuse(`${came}, expected the first byte and the one past the last`, "InvalidOffset");
  }
  return { name, dtype, shape, begin: offsets[0]!, end: offsets[1]! };
}

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = "\\".charCodeAt(0);
const ZERO = "0".charCodeAt(0);
const NINE = "9".charCodeAt(0);

/** A place in the header, and what can be read from there. */
class Cursor {
  private at = 0;

  constructor(
    private readonly json: string,
    private readonly file: string,
  ) {}

  /** Reads an object: `visit` is called after each key, and reads the value. */
  members(owner: string, code: SafetensorsErrorCode, visit: (key: string) => void): void {
    if (!this.take("{")) this.expected(`an object { … } for ${owner}`, code);
    if (this.take("}")) return;
    const seen = new Set<string>();
    do {
      const key = this.string(`a name in quotes in ${owner}`);
      if (seen.has(key)) {
        this.refuse(
          `${owner} has the key ${quote(key)} twice; names must be unique, or readers disagree`,
          "DuplicateKey",
        );
      }
      seen.add(key);
      if (!this.take(":")) this.expected(`":" after ${quote(key)}`);
      visit(key);
    } while (this.take(","));
    if (!this.take("}")) this.expected(`"," or "}" in ${owner}`);
  }

  /** Reads a string. `what` says for the message what it is and whose. */
  string(what: string, code?: SafetensorsErrorCode): string {
    if (!this.take('"')) this.expected(what, code);
    const begin = this.at - 1;
    for (let char = this.code(); char !== QUOTE; char = this.code()) {
      if (Number.isNaN(char)) this.expected(`the closing quote of ${what}`);
      this.at += char === BACKSLASH ? 2 : 1;
    }
    this.at++;
    let text: string;
    try {
      text = JSON.parse(this.json.slice(begin, this.at)) as string;
    } catch (cause) {
      return this.refuse(`${what} is no JSON string (${(cause as Error).message})`, undefined, cause);
    }
    return isUnicode(text) ? text : this.refuse(`${what} has half a surrogate pair, which is not Unicode`);
  }

  /** Reads a list of whole numbers. */
  wholeNumbers(owner: string, code: SafetensorsErrorCode): number[] {
    if (!this.take("[")) this.expected(`${owner} as a list [ … ]`, code);
    const numbers: number[] = [];
    if (this.take("]")) return numbers;
    do numbers.push(this.wholeNumber(owner, code));
    while (this.take(","));
    if (!this.take("]")) this.expected(`"," or "]" in ${owner}`, code);
    return numbers;
  }

  /** Nothing but white space may follow. */
  end(): void {
    this.skipSpace();
    if (this.at < this.json.length) this.expected("nothing but spaces after the last }");
  }

  /** Throws a SafetensorsError with this message. */
  refuse(message: string, code: SafetensorsErrorCode = "InvalidHeaderDeserialization", cause?: unknown): never {
    throw new SafetensorsError(code, `${this.file}: ${message}`, { cause });
  }

  // Digits only: a sign, a point or an exponent would be another way to write a size, and readers disagree on those.
  private wholeNumber(owner: string, code: SafetensorsErrorCode): number {
    this.skipSpace();
    const begin = this.at;
    while (this.code() >= ZERO && this.code() <= NINE) this.at++;
    const digits = this.json.slice(begin, this.at);
    if (digits === "" || (digits.length > 1 && digits[0] === "0") || ".eE".includes(this.json[this.at] ?? "]")) {
      this.at = begin;
      this.expected(`a whole number, 0 or more, in plain digits in ${owner}`, code);
    }
    const value = Number(digits);
    if (Number.isSafeInteger(value)) return value;
    return this.refuse(
      `${owner} has ${quote(digits, 24)}, expected at most ${Number.MAX_SAFE_INTEGER}`,
      "ValidationOverflow",
    );
  }

  /** Steps over `symbol`, and the white space before it, if it is what comes next. */
  private take(symbol: string): boolean {
    this.skipSpace();
    if (this.json[this.at] !== symbol) return false;
    this.at++;
    return true;
  }

  private skipSpace(): void {
    while (" \n\r\t".includes(this.json[this.at] ?? "x")) this.at++;
  }

  /** The code of the character here; NaN at the end. */
  private code(): number {
    return this.json.charCodeAt(this.at);
  }

  // A header that just ends is damaged, whatever it was in the middle of.
  private expected(what: string, code?: SafetensorsErrorCode): never {
    const place = `at character ${this.at} of the header`;
    const damaged = "the file is damaged or of another format";
    if (this.at >= this.json.length) this.refuse(`expected ${what} ${place}, which ends there; ${damaged}`);
    this.refuse(
      `expected ${what} ${place}, got ${quote(this.json.slice(this.at, this.at + 21), 20)}; ${damaged}`,
      code,
    );
  }
}
