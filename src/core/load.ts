// Instantiates the numeric core's binary on a memory. Where the binary comes from: variant.ts and source.ts.

import { instantiate, instantiateSync } from "@assemblyscript/loader";

export type Binary = Uint8Array | WebAssembly.Module;

/** The raw exports of assembly/index.ts. */
export interface CoreExports extends Record<string, unknown> {
  execute(instruction: number, control: number): number;
  run(control: number, steps: number): number;
  heapBase(): number;
  /** 1 if it has the instructions of all families. */
  families(): number;
  /** 1 if it was built with relaxed SIMD. */
  relaxed(): number;
}

/**
 * Instantiates the core on `memory`.
 * @throws Error if the engine lacks SIMD, or the binary is not this library's.
 */
export async function load(memory: WebAssembly.Memory, wasm: Binary): Promise<CoreExports> {
  let exports: CoreExports;
  try {
    const module = wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm as BufferSource);
    const { instance } = await start(module, { env: { memory, wide: wideTiles() } as { memory: WebAssembly.Memory } });
    // The loader wraps every export for the sake of default arguments; hot calls go to the raw ones.
    exports = instance.exports as CoreExports;
  } catch (cause) {
    throw (await import("./load-error.js")).notStarted(cause);
  }
  for (const name of ["execute", "run", "heapBase", "families", "relaxed"]) {
    if (typeof exports[name] === "function") continue;
    throw (await import("./load-error.js")).notOurs(name);
  }
  return exports;
}

// The loader's `instantiate` asks whether it was given a Response, and Node then loads all of fetch, which takes longer
// than everything else (measured: npm run bench -- --filter start). Browsers have it anyway, and older ones refuse to
// instantiate synchronously.
const inNode = typeof (globalThis.process as NodeJS.Process | undefined)?.versions?.node === "string";
const start = inNode ? instantiateSync : instantiate;

/**
 * 1 where the engine keeps a matrix product's microtile of 6 x 8 in registers. V8 13.6 does, and a product of 256 is a sixth
 * faster (measured: npm run bench -- --filter products); V8 12.4 would spill. V8 has had memories of 64 bits since 13.3, which
 * can be asked for.
 */
export const wideTiles = (): number => Number(WebAssembly.validate(probe));
// (memory i64 1)
const probe = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1]);
