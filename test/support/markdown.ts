// The fenced blocks of a Markdown file, and the programs that they make up.
//
//   ts             a program of its own
//   ts continued   goes on where the block before it ended
//   ts browser     needs a page or files that are not here: its types are checked, and nothing else
//   text prints    what the program before it prints
//   console        "$ npm run example NAME", and some of the lines that it prints

import { readFileSync } from "node:fs";

export interface Block {
  /** Line of the file that the block's text begins at. */
  readonly line: number;
  readonly language: string;
  /** What stands behind the language. */
  readonly info: string;
  readonly text: string;
}

export interface Program {
  readonly line: number;
  readonly code: string;
  readonly runs: boolean;
  /** undefined where the page does not say. */
  readonly prints: string | undefined;
}

export function blocksOf(file: string): Block[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^```(\w*)([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 0: all, 1: language, 2: info, 3: body }) => {
      const line = text.slice(0, index).split("\n").length + 1;
      if (/^```/m.test(all.slice(3, -3))) throw new Error(`${file}:${line}: this block does not end`);
      return { line, language: language!, info: info!.trim(), text: body! };
    },
  );
}

export function programsOf(blocks: readonly Block[]): Program[] {
  const programs: Program[] = [];
  for (const { line, language, info, text } of blocks) {
    const last = programs.at(-1);
    if (language === "ts" && info === "continued")
      programs[programs.length - 1] = { ...last!, code: last!.code + text };
    else if (language === "ts") programs.push({ line, code: text, runs: info !== "browser", prints: undefined });
    else if (info === "prints") programs[programs.length - 1] = { ...last!, prints: (last!.prints ?? "") + text };
  }
  return programs;
}

/** The names that GitHub gives to a file's headings. */
export function anchorsOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/**
 * Whether two lines say the same: words and whole numbers as they are, other numbers to one part in fifty, since the
 * last digits of a training move whenever a kernel adds up in another order.
 */
export function sameLine(a: string, b: string): boolean {
  const [left, right] = [a, b].map((line) =>
    line
      .trim()
      .split(/(-?\d+\.\d+(?:e[+-]?\d+)?)|\s+/)
      .filter(Boolean),
  );
  if (left!.length !== right!.length) return false;
  return left!.every((part, i) => {
    const [x, y] = [Number(part), Number(right![i])];
    return part === right![i] || (part.includes(".") && Math.abs(x - y) <= 0.02 * Math.abs(y) + 0.006);
  });
}
