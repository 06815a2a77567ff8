// What this machine and engine can do at most: multiply-adds that touch nothing but registers, and a copy.
//
// The loop of multiply-adds (assembly/ceiling.ts) is no part of the library's binary. It is compiled here, with the
// library's own compiler settings, and runs in an instance of its own.

import { readFileSync } from "node:fs";
import type { Task } from "./harness.js";

/** Floating-point operations of one turn of the loop. */
const OPERATIONS = 104;
/** Turns that `registerCeiling` does at a time. */
const TURNS = 1000;

/** Floating-point operations of one unit of the register ceiling. */
export const CEILING_OPERATIONS = OPERATIONS * TURNS;

let compiled: Promise<WebAssembly.Module> | undefined;

/** The task that runs the loop; once is CEILING_OPERATIONS. */
export async function registerCeiling(): Promise<Task> {
  compiled ??= compile("assembly/ceiling.ts");
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = await WebAssembly.instantiate(await compiled, { env: { memory } });
  const ceiling = exports.ceiling as (turns: number) => number;
  return { name: "register ceiling", run: (times) => ceiling(times * TURNS) };
}

/** Compiles one AssemblyScript file by the options in asconfig.json. */
async function compile(file: string): Promise<WebAssembly.Module> {
  const { options } = JSON.parse(readFileSync("asconfig.json", "utf8")) as { options: Record<string, unknown> };
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  // Loading the compiler takes longer than compiling, so it waits until somebody wants a ceiling.
  const { default: asc } = await import("assemblyscript/asc");
  let binary: Uint8Array | undefined;
  // No such config file: its entry is the whole library.
  const { error, stderr } = await asc.main([file, ...flags, "--config", "none", "--outFile", "ceiling.wasm"], {
    readFile: (name, folder) => readText(`${folder}/${name}`),
    writeFile: (_, contents) => void (binary = contents as Uint8Array),
  });
  if (error || !binary) throw new Error(`bench: ${file} does not compile: ${stderr.toString()}`, { cause: error });
  return WebAssembly.compile(binary as BufferSource);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
