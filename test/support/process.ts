// Runs a part of a test in a process of its own: a script of TypeScript, which may import "wasmgrad", and prints JSON.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * @param script the body of a module; what it passes to the function `tell` is the result
 * @param flags for node, e.g. "--expose-gc"
 */
export async function inProcess<T>(script: string, flags: readonly string[] = []): Promise<T> {
  const body = `const tell = (value) => console.log("told " + JSON.stringify(value));\n${script}`;
  const args = [...flags, "--import", "tsx", "--input-type=module", "--eval", body];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 1 << 26 });
  const line = stdout.split("\n").find((line) => line.startsWith("told "));
  if (line === undefined) throw new Error(`the script told nothing:\n${stdout}`);
  return JSON.parse(line.slice(5)) as T;
}
