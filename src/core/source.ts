// Gets the numeric core's binary from wherever a user says that it is.
//
// The default is the binary inlined in this package, so that no bundler, server or content type stands between a
// user and the first program. Whoever prefers a file passes it; only then is this module loaded.

import type { Binary } from "./load.js";

/**
 * Where the WebAssembly binary comes from: its bytes, a compiled module, a response, or a URL to fetch (in Node also
 * a path, as seen from the working directory). The files ship with the package: `wasmgrad/wasm/simd.wasm`.
 */
export type WasmSource = Uint8Array | ArrayBuffer | WebAssembly.Module | Response | URL | string;

/** @throws Error if the source cannot be read, or begins like no binary */
export async function binaryFrom(source: WasmSource): Promise<Binary> {
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
