// Gets the numeric core's binary from wherever it is and instantiates it on a memory.
//
// The default is the binary inlined in this package, so that no bundler, server or content type stands between a
// user and the first program. Whoever prefers a file passes it.

import { instantiate } from "@assemblyscript/loader";

/**
 * Where the WebAssembly binary comes from: its bytes, a compiled module, a response, a URL to fetch, or a promise of
 * one of these. The files ship with the package: `wasmgrad/wasm/simd.wasm`.
 */
export type WasmSource = Uint8Array | ArrayBuffer | WebAssembly.Module | Response | URL | string;

/** The raw exports of assembly/index.ts. */
export interface CoreExports extends Record<string, unknown> {
  execute(instruction: number, control: number): number;
  run(control: number, steps: number): number;
  heapBase(): number;
}

/**
 * Instantiates the core on `memory`.
 * @throws Error if the engine lacks SIMD, the URL cannot be fetched, or the bytes are not this library's binary.
 */
export async function load(
  memory: WebAssembly.Memory,
  source?: WasmSource | Promise<WasmSource>,
): Promise<CoreExports> {
  const wasm = await resolve((await source) ?? (await inlined()));
  let exports: CoreExports;
  try {
    const { instance } = await instantiate(wasm as WebAssembly.Module, { env: { memory } });
    // The loader wraps every export for the sake of default arguments; hot calls go to the raw ones.
    exports = instance.exports as CoreExports;
  } catch (cause) {
    throw new Error(
      `wasmgrad could not start its WebAssembly core: ${(cause as Error).message}. It needs an engine with WebAssembly SIMD ` +
        `(Node 20, Chrome 91, Firefox 89, Safari 16.4 or later), a page whose content security policy allows ` +
        `'wasm-unsafe-eval', and, if you pass { wasm }, a binary of the same version of wasmgrad`,
      { cause },
    );
  }
  if (typeof exports.run !== "function" || typeof exports.heapBase !== "function") {
    throw new Error(
      "init: this WebAssembly binary is not wasmgrad's; pass the file wasmgrad/wasm/simd.wasm of the same version",
    );
  }
  return exports;
}

async function inlined(): Promise<Uint8Array> {
  const { wasmBase64 } = await import("./binary.simd.js");
  return Uint8Array.from(atob(wasmBase64), (char) => char.charCodeAt(0));
}

async function resolve(source: WasmSource): Promise<WebAssembly.Module | Uint8Array> {
  if (source instanceof WebAssembly.Module || source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof source === "string" || source instanceof URL) return resolve(await fetchWasm(source));
  if (typeof Response !== "undefined" && source instanceof Response) {
    if (!source.ok)
      throw new Error(
        `init: ${source.url || "the response"} answered ${source.status} ${source.statusText}; check where the .wasm file is served`,
      );
    return new Uint8Array(await source.arrayBuffer());
  }
  throw new TypeError(`init: wasm must be bytes, a WebAssembly.Module, a Response or a URL, got ${typeof source}`);
}

async function fetchWasm(url: string | URL): Promise<Response | Uint8Array> {
  const { href, protocol } = new URL(url, globalThis.location?.href ?? "file:///");
  const fs = protocol === "file:" ? globalThis.process?.getBuiltinModule?.("node:fs/promises") : undefined;
  if (fs) return new Uint8Array(await fs.readFile(new URL(href)));
  return fetch(href);
}
