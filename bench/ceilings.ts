// What this machine and engine can do at most: multiply-adds that touch nothing but registers, a copy, and reading.
//
// The loops (assembly/ceiling.ts, read-ceiling.ts) are no part of the library's binary. They are compiled here, with the
// compiler settings of the build that the library chooses on this engine, and run in instances of their own.

import { readFileSync } from "node:fs";
import { hasRelaxedSimd } from "../src/core/variant.js";
import type { Task } from "./harness.js";

/** Floating-point operations of one turn of the loop. */
const OPERATIONS = 104;
/** Turns that `registerCeiling` does at a time. */
const TURNS = 1000;

/** Floating-point operations of one unit of the register ceiling. */
export const CEILING_OPERATIONS = OPERATIONS * TURNS;

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** The module of an AssemblyScript file, compiled once. */
function moduleOf(file: string): Promise<WebAssembly.Module> {
  let module = compiled.get(file);
  if (!module) compiled.set(file, (module = compile(file)));
  return module;
}

/** The task that runs the loop; once is CEILING_OPERATIONS. */
export async function registerCeiling(): Promise<Task> {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = await WebAssembly.instantiate(await moduleOf("assembly/ceiling.ts"), { env: { memory } });
  const ceiling = exports.ceiling as (turns: number) => number;
  return { name: "register ceiling", run: (times) => ceiling(times * TURNS) };
}

/** The task that reads `bytes` bytes of a memory (but for what is over a multiple of 512), from `at` on, once. */
export async function readCeiling(memory: WebAssembly.Memory, at: number, bytes: number): Promise<Task> {
  const { exports } = await WebAssembly.instantiate(await moduleOf("assembly/read-ceiling.ts"), { env: { memory } });
  const readAll = exports.readAll as (at: number, bytes: number) => number;
  return {
    name: "read ceiling",
    run: (times) => {
      for (; times > 0; times--) readAll(at, bytes - (bytes % 512));
    },
  };
}

/** Compiles one AssemblyScript file by the options in asconfig.json. */
async function compile(file: string): Promise<WebAssembly.Module> {
  const { options } = JSON.parse(readFileSync("asconfig.json", "utf8")) as { options: Record<string, unknown> };
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  if (hasRelaxedSimd()) flags.push("--enable", "relaxed-simd");
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
