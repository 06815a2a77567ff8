// Runs other programs for the tests of the package, and finds the versions of Node that they need.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What test/package/train.mjs returns: one entry for each network. */
export type Trained = Record<
  string,
  { steps: number; losses: number[]; right: number; parameters: string; predictions: string; checkpoint: string }
>;

const execute = promisify(execFile);

/** Runs a program to its end and returns what it printed; a failure's message holds both outputs. */
export async function run(folder: string, file: string, ...args: string[]): Promise<string> {
  // Without what vitest sets, which bundlers would heed, and what npx sets, which another npx would.
  const { NODE_ENV, NODE_OPTIONS, VITEST, npm_config_call, npm_config_package, ...env } = process.env;
  try {
    const { stdout } = await execute(file, args, { cwd: folder, env, maxBuffer: 1 << 26 });
    return stdout;
  } catch (cause) {
    const { stdout = "", stderr = "" } = cause as { stdout?: string; stderr?: string };
    throw new Error(`${file} ${args.join(" ")}\n${stdout}${stderr}`, { cause });
  }
}

/** Trains with the library installed in `project`; needs train.mjs and main.mjs there. */
export async function trainInNode(project: string, node: string, ...args: string[]): Promise<Trained> {
  return JSON.parse(await run(project, node, "main.mjs", ...args)) as Trained;
}

/**
 * Path of another version of Node, from npm's package `node`; undefined where it cannot be had.
 * @param major "24"
 */
export async function nodeVersion(major: string): Promise<string | undefined> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  try {
    const printed = await run(process.cwd(), "npx", "-y", "-p", `node@${major}`, "node", "-p", "process.execPath");
    return printed.trim();
  } catch {
    return undefined;
  }
}
