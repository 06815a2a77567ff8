// This checkout of the project and another one, measured in turn: a round is a process here and one there, each running
// its own bench with its own library, one after the other. So whatever slows the machine down for a while slows both.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { npmRun, ROOT as root } from "./npm.js";
import type { Report } from "./report.js";
import type { Options } from "./section.js";

const run = promisify(execFile);

/** Rounds within a process. The rounds between the two tell more: a process has its own luck with memory and compilers. */
const WITHIN = 3;

/** Reports here and there, one for each round. */
export async function measureInTurn(
  path: string,
  { rounds, quick, filter }: Options,
): Promise<{ here: Report[]; there: Report[] }> {
  const other = resolve(path);
  makeReady(other);
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-compare-"));
  const file = join(folder, "report.json");
  const options = ["--rounds", String(WITHIN), "--filter", filter, "--json", file, ...(quick ? ["--quick"] : [])];
  const measure = async (cwd: string): Promise<Report> => {
    await run(process.execPath, ["--import", "tsx", "bench/run.ts", ...options], { cwd, maxBuffer: 2 ** 26 }).catch(
      ({ stderr, message }: Error & { stderr?: string }) => {
        throw new Error(`bench: in ${cwd}: ${stderr?.trim() || message}`);
      },
    );
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  };
  const here: Report[] = [];
  const there: Report[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`);
      here.push(await measure(root));
      there.push(await measure(other));
    }
  } finally {
    progress("");
    rmSync(folder, { recursive: true, force: true });
  }
  return { here, there };
}

/** Installed or linked dependencies, and binaries of what the sources say. */
function makeReady(folder: string): void {
  if (!existsSync(join(folder, "bench/run.ts"))) throw new Error(`bench: ${folder} is no checkout of the project`);
  if (!existsSync(join(folder, "node_modules"))) {
    console.error(`bench: ${folder} has no node_modules, so it gets a link to those of ${root}`);
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  }
  for (const cwd of [root, folder]) npmRun("build:wasm", cwd);
}

/** One line that the next one overwrites, where someone is looking. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
