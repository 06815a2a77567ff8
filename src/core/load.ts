// Gets the numeric core's binary from wherever it is and instantiates it on a memory.
//
// The default is the binary inlined in this package, so that no bundler, server or content type stands between a
// user and the first program. Whoever prefers a file passes it.

import { instantiate, instantiateSync } from "@assemblyscript/loader";

/**
 * Where the WebAssembly binary comes from: its bytes, a compiled module, a response, or a URL to fetch (in Node also
 * a path, as seen from the working directory). The files ship with the package: `wasmgrad/wasm/simd.wasm`.
 */
export type WasmSource = Uint8Array | ArrayBuffer | WebAssembly.Module | Response | URL | string;

/** The raw exports of assembly/index.ts. */
export interface CoreExports extends Record<string, unknown> {
  execute(instruction: number, control: number): number;
  run(control: number, steps: number): number;
  heapBase(): number;
  /** 1 if it has the instructions of all families. */
  families(): number;
}

/**
 * Instantiates the core on `memory`.
 * @throws Error if the engine lacks SIMD, the source cannot be read, or holds anything but this library's binary.
 */
export async function load(memory: WebAssembly.Memory, source: WasmSource | Promise<WasmSource>): Promise<CoreExports> {
  const wasm = await resolve(await source);
  let exports: CoreExports;
  try {
    const module = wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm as BufferSource);
    const { instance } = await start(module, { env: { memory } });
    // The loader wraps every export for the sake of default arguments; hot calls go to the raw ones.
    exports = instance.exports as CoreExports;
  } catch (cause) {
    throw new Error(
      `wasmgrad could not start its WebAssembly core: ${messageOf(cause)}. It needs an engine with WebAssembly SIMD ` +
        `(Node 20, Chrome 91, Firefox 89, Safari 16.4 or later), a page whose content security policy allows ` +
        `'wasm-unsafe-eval', and, if you pass { wasm }, a binary of the same version of wasmgrad`,
      { cause },
    );
  }
  for (const name of ["execute", "run", "heapBase", "families"]) {
    if (typeof exports[name] === "function") continue;
    throw new Error(
      `init: this WebAssembly binary is not wasmgrad's, as it exports no function "${name}"; ` +
        `pass the file wasmgrad/wasm/simd.wasm of the same version`,
    );
  }
  return exports;
}

// The loader's `instantiate` asks whether it was given a Response, and Node then loads all of fetch, which takes longer
// than everything else (measured: npm run bench -- --filter start). Browsers have it anyway, and older ones refuse to
// instantiate synchronously.
const inNode = typeof (globalThis.process as NodeJS.Process | undefined)?.versions?.node === "string";
const start = inNode ? instantiateSync : instantiate;

async function resolve(source: WasmSource): Promise<WebAssembly.Module | Uint8Array> {
  if (source instanceof WebAssembly.Module) return source;
  if (ArrayBuffer.isView(source)) {
    return checked(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), "the bytes");
  }
  if (source instanceof ArrayBuffer) return checked(new Uint8Array(source), "the bytes");
  if (typeof source === "string" || source instanceof URL) return read(source);
  if (typeof Response !== "undefined" && source instanceof Response) return bodyOf(source);
  const what = source === null || typeof source !== "object" ? String(source) : Object.prototype.toString.call(source);
  throw new TypeError(`init: wasm must be bytes, a WebAssembly.Module, a Response or a URL, got ${what}`);
}

async function read(source: string | URL): Promise<Uint8Array> {
  const process = globalThis.process as NodeJS.Process | undefined;
  let url = String(source);
  try {
    const { href, protocol } = new URL(source, globalThis.location?.href ?? workingDirectory(process));
    url = href;
    const fs = protocol === "file:" ? process?.getBuiltinModule?.("node:fs/promises") : undefined;
    if (fs) return checked(new Uint8Array(await fs.readFile(new URL(href))), url);
    return await bodyOf(await fetch(href));
  } catch (cause) {
    if (cause instanceof BadSource) throw cause;
    throw new BadSource(
      `init: the WebAssembly binary could not be read from ${url}: ${messageOf(cause)}; check the address`,
      { cause },
    );
  }
}

/** What relative addresses start from where there is no page. */
function workingDirectory(process: NodeJS.Process | undefined): URL | string {
  const url = process?.getBuiltinModule?.("node:url");
  return url ? url.pathToFileURL(`${process!.cwd()}/`) : "file:///";
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  const name = response.url || "the response";
  if (!response.ok) {
    const status = `${response.status} ${response.statusText}`.trim();
    throw new BadSource(`init: ${name} answered ${status}; check where the .wasm file is served`);
  }
  const body = await response.arrayBuffer().catch((cause: unknown) => {
    throw new BadSource(`init: ${name} could not be read: ${messageOf(cause)}; pass a response that is fresh`, {
      cause,
    });
  });
  return checked(new Uint8Array(body), name);
}

/** Every binary begins with a zero byte and "asm". A server that answers any address with a page does not. */
function checked(bytes: Uint8Array, from: string): Uint8Array {
  if (bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d) return bytes;
  const start = Array.from(bytes.subarray(0, 16), (byte) =>
    byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".",
  );
  const found = bytes.length === 0 ? "is empty" : `begins with "${start.join("")}"`;
  throw new BadSource(`init: ${from} is no WebAssembly binary: it ${found}; pass the file wasmgrad/wasm/simd.wasm`);
}

/** An error whose message is complete; `name` stays "Error". */
class BadSource extends Error {}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
