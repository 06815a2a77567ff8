// README and CONTRIBUTING are true: every program of the README compiles and runs, and prints what the README says;
// what it quotes of the examples is what they print; links lead somewhere; and the code that CONTRIBUTING shows stands in
// the file that it names.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { format } from "node:util";
import ts from "typescript";
import { afterAll, describe, expect, test, vi } from "vitest";
import * as wasmgrad from "wasmgrad";
import * as data from "wasmgrad/data";
import { runExample } from "./support/example.js";
import { anchorsOf, blocksOf, programsOf, sameLine } from "./support/markdown.js";

const FOLDER = resolve("build/readme");
const papers = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];
const blocks = blocksOf("README.md");
const programs = programsOf(blocks);

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const fileOf = (line: number) => `${FOLDER}/line-${line}.ts`;
// A program without an import or export would be a script, which may not await.
for (const { line, code } of programs) writeFileSync(fileOf(line), `${code}export {};\n`);

/** Both texts line by line; an ellipsis on a line of its own stands for any number of lines. */
function expectLines(printed: string, said: string): void {
  const lines = printed.split("\n");
  let at = 0;
  let anywhere = false;
  for (const line of said.trimEnd().split("\n")) {
    if (line.trim() === "…") anywhere = true;
    else {
      const found = anywhere ? lines.findIndex((other, i) => i >= at && sameLine(other, line)) : at;
      const there = lines[found === -1 ? at : found] ?? "";
      if (found === -1 || !sameLine(there, line)) expect(there, `after ${at} lines of\n${printed}`).toBe(line);
      at = found + 1;
      anywhere = false;
    }
  }
  if (!anywhere) expect(lines.slice(at).join("\n").trim()).toBe("");
}

/** What a program of the README prints, run here in a folder of its own. */
async function run(line: number): Promise<string> {
  const printed: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...values) => void printed.push(format(...values)));
  const home = process.cwd();
  process.chdir(FOLDER);
  try {
    await import(/* @vite-ignore */ fileOf(line));
  } finally {
    process.chdir(home);
    log.mockRestore();
  }
  return printed.join("\n");
}

describe("the README's programs", () => {
  test("compile, with the settings of the project", () => {
    const { config } = ts.readConfigFile("tsconfig.json", (path) => readFileSync(path, "utf8"));
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
    const program = ts.createProgram(
      programs.map(({ line }) => fileOf(line)),
      { ...options, noUnusedLocals: false, noUnusedParameters: false },
    );
    const complaints = programs.flatMap(({ line }) => {
      const file = program.getSourceFile(fileOf(line))!;
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return found.map(({ start, messageText }) => {
        const place = line + file.getLineAndCharacterOfPosition(start!).line;
        return `README.md:${place}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
      });
    });
    expect(complaints).toEqual([]);
  });

  test.each(programs.filter(({ runs }) => runs))("run: line $line", async ({ line, prints }) => {
    const printed = await run(line);
    if (prints !== undefined) expectLines(printed, prints);
  });

  afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));
});

describe("what the README quotes of the examples", () => {
  const quoted = blocks.flatMap(({ line, language, text }) => {
    const [command, ...said] = text.split("\n");
    const [, name] = /^\$ npm run example (\S+)$/.exec(command!) ?? [];
    return language === "console" && name ? [{ line, name, said: said.join("\n") }] : [];
  });
  // Those that start processes of their own are run as a user does.
  const apart = ["predict-later"];

  test.each(quoted)("$name", async ({ name, said }) => {
    const printed = apart.includes(name)
      ? spawnSync(process.execPath, ["--import", "tsx", "examples/run.ts", name], { encoding: "utf8" }).stdout
      : await runExample(name);
    expectLines(printed, `…\n${said.trimEnd()}\n…`);
  });
});

describe.each(papers)("%s", (paper) => {
  const text = readFileSync(paper, "utf8");
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");

  test("has no link that leads nowhere", () => {
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link!)
      .filter((link) => !/^https?:/.test(link));
    const broken = links.filter((link) => {
      const [path, anchor] = link.split("#");
      const target = path || paper;
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("names no file that is not there", () => {
    const named = [...prose.matchAll(/`((?:src|assembly|bench|examples|scripts|test|\.ci)\/[\w./-]*)`/g)].map(
      ([, path]) => path!,
    );
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  test("names no npm script that is not there", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script!);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });
});

test("the README's lists of names hold nothing that is not exported", () => {
  const text = readFileSync("README.md", "utf8");
  const lists = ["## Layers, losses, optimizers", "## Data"].flatMap((heading) => {
    const [list] = text.split(`\n${heading}\n`)[1]!.split(/^```|^## /m);
    return [...list!.matchAll(/`([a-z]\w*)`/gi)].map(([, name]) => name!);
  });
  const { metrics, ops, schedules, initialisers } = wasmgrad;
  const known = new Set([wasmgrad, metrics, ops, schedules, initialisers, data].flatMap((names) => Object.keys(names)));
  expect(lists.length).toBeGreaterThan(100);
  expect(lists.filter((name) => !known.has(name) && name !== "weight")).toEqual([]);
});

describe("the code that CONTRIBUTING shows", () => {
  const quoted = blocksOf("CONTRIBUTING.md").filter(({ info }) => existsSync(info));
  // But for spaces and the last semicolon, which prettier sets as it likes.
  const dense = (code: string) => code.replace(/\s+/g, "");

  test.each(quoted)("line $line: stands in $info", ({ info, text }) => {
    const found = dense(readFileSync(info, "utf8")).includes(dense(text).replace(/;$/, ""));
    expect(found, text).toBe(true);
  });
});
