// Runs an example in this process and returns what it prints.

import { format } from "node:util";
import { vi } from "vitest";

/** @param name of a file in examples/, without ".ts"; each can be run once in a test file, since a module is loaded once */
export async function runExample(name: string, ...args: string[]): Promise<string> {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...values) => void lines.push(format(...values)));
  const { argv } = process;
  process.argv = [argv[0], name, ...args];
  try {
    await import(`../../examples/${name}.ts`);
  } finally {
    process.argv = argv;
    log.mockRestore();
  }
  return lines.join("\n");
}

/** All numbers of a text, in order. */
export const numbersIn = (text: string): number[] => (text.match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []).map(Number);

/** The line of a text that holds `words`. */
export function lineWith(text: string, words: string): string {
  const line = text.split("\n").find((line) => line.includes(words));
  if (line === undefined) throw new Error(`no line of the example's output has "${words}":\n${text}`);
  return line;
}

/** What comes after `words` in their line. */
export const after = (text: string, words: string) => lineWith(text, words).split(words)[1];
