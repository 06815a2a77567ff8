// Cores whose programs are run by workers, several together, or one on a page, which must not be blocked: how many there
// can be, and the ones that models share. A module of its own behind an import(), for those who need it.

import { Core, init, keyOf, STATIC } from "./core.js";
import { load } from "./load.js";
import { Memory } from "./memory.js";
import { Sync } from "../shared/opcodes.js";
import { Team } from "./team.js";
import { bytesOf, variantFor } from "./variant.js";

/** Whether threads can have one memory: not on a page that is not cross-origin isolated. */
export const canShareMemory = (): boolean =>
  typeof SharedArrayBuffer !== "undefined" &&
  (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;

/** Threads that a program may use here: 1 where they cannot share a memory. */
export function availableThreads(): number {
  if (!canShareMemory()) return 1;
  const { navigator, process } = globalThis as {
    navigator?: { hardwareConcurrency?: number };
    process?: NodeJS.Process;
  };
  const os = process?.getBuiltinModule?.("node:os");
  return os?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/**
 * Starts a core of its own with `threads` threads, on a memory that they share.
 * @throws Error if the engine lacks threads, or the page is not cross-origin isolated
 */
export async function startThreads(threads: number, deterministic = false): Promise<Core> {
  const memory = new Memory(true);
  const bytes = await bytesOf(variantFor({ deterministic, kind: "threads" }));
  const module = await WebAssembly.compile(bytes as BufferSource);
  const exports = await load(memory.wasm, module);
  memory.startAt(STATIC);
  const team = await Team.start(module, memory.wasm, memory.alloc(Sync.Words * 4), threads);
  return Core.withTeam(memory, exports, deterministic, team);
}

const withThreads = new Map<string, Promise<Core>>();
let told = false;

/**
 * The core that models with so many threads share, started if it does not run yet. Where threads cannot be had, it says
 * so once and gives the core with one.
 */
export async function initThreads(threads: number, deterministic: boolean): Promise<Core> {
  const alone = (reason: string): Promise<Core> => {
    if (!told)
      console.warn(
        `wasmgrad: no worker could be started for the training, ${reason}; it runs on the calling thread, to the same results`,
      );
    told = true;
    return init({ deterministic });
  };
  if (!canShareMemory()) return alone("as this page is not cross-origin isolated (send the COOP and COEP headers)");
  const key = `${threads} ${keyOf(deterministic)}`;
  let found = withThreads.get(key);
  if (!found) withThreads.set(key, (found = startThreads(threads, deterministic)));
  try {
    return await found;
  } catch (error) {
    withThreads.delete(key);
    return alone(`as ${(error as Error).message}`);
  }
}
