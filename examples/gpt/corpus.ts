// The text: read or gathered, turned into ids, and cut into what is learnt and what is held back.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { charTokenizer, type Tokenizer } from "wasmgrad/text";
import { integer } from "../support/html.js";
import { UserError } from "../support/user-error.js";

export interface Corpus {
  readonly description: string;
  readonly tokenizer: Tokenizer;
  /** The first nine tenths, and the rest. */
  readonly training: Int32Array;
  readonly validation: Int32Array;
  /** Tells two texts apart: FNV-1a of the ids. */
  readonly checksum: number;
}

/**
 * @param file of the text; undefined for the project's documentation
 * @param context the window that both parts have to hold
 * @throws UserError for a file that cannot be read, or is too short
 */
export function readCorpus(file: string | undefined, context: number): Corpus {
  const text = file === undefined ? documentation() : read(file);
  const name = file === undefined ? "the project's documentation and the comments of its sources" : file;
  const [all, needed] = [Array.from(text).length, 10 * (context + 2)];
  if (all < needed) {
    throw new UserError(
      `${name} has ${integer(all)} characters; a context of ${context} takes ${integer(needed)} at least`,
    );
  }
  const tokenizer = charTokenizer(text);
  const ids = tokenizer.encode(text);
  const border = Math.floor(0.9 * ids.length);
  return {
    description: `Text: ${name}, ${integer(ids.length)} characters.`,
    tokenizer,
    training: ids.subarray(0, border),
    validation: ids.subarray(border),
    checksum: checksum(ids),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`--text ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** What nearly every line is made of. Drawings and rare signs would be characters that nobody can learn from a few lines. */
const PLAIN = /^[ -~·×–→≤≥²]*$/;

/** The Markdown files, and the comments of all sources, file by file: their plain lines. */
function documentation(): string {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const papers = readdirSync(root).filter((name) => name.endsWith(".md"));
  const sources = ["src", "assembly", "examples", "bench"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name).replaceAll("\\", "/"))
      .filter((name) => name.endsWith(".ts") && !/node_modules|binary\./.test(name)),
  );
  return [
    ...papers.sort().map((name) => readFileSync(join(root, name), "utf8")),
    ...sources.sort().map((name) => comments(readFileSync(join(root, name), "utf8"))),
  ]
    .join("\n")
    .split("\n")
    .filter((line) => PLAIN.test(line))
    .join("\n");
}

/** The comments of a source, one line under the other. */
function comments(source: string): string {
  const lines = source
    .split("\n")
    .flatMap((line) => /^\s*(?:\/\/|\/?\*+\/?) ?(.*?)(?: ?\*+\/)?\s*$/.exec(line)?.[1] ?? []);
  return `${lines.join("\n")}\n`;
}

function checksum(ids: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const id of ids) hash = Math.imul(hash ^ id, 0x01000193);
  return hash >>> 0;
}
