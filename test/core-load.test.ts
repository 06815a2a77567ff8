// Every way of loading the binary, and what is said when it is not the binary.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Core, init, Opcode, open, type WasmSource } from "../src/core/index.js";
import { bytesOf } from "../src/core/variant.js";

const bytes = Uint8Array.from(await bytesOf("simd"));
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-load-"));
const file = join(folder, "core with a space.wasm");
let server: Server;
let origin: string;

beforeAll(async () => {
  writeFileSync(file, bytes);
  server = createServer(({ url }, response) => {
    if (url === "/core.wasm") response.setHeader("content-type", "text/plain").end(bytes);
    else if (url === "/page") response.end("<!DOCTYPE html><title>Not found</title>");
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function expectWorks(wasm?: WasmSource | Promise<WasmSource>) {
  const core = await open(wasm === undefined ? { shared: false } : { wasm });
  const x = core.vector([1, 2, 3]);
  expect(core.dot(x, x)).toBe(14);
}

const message = (wasm: unknown) =>
  Core.start({ wasm: wasm as WasmSource }).then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe("the binary comes from", () => {
  test("the package itself", () => expectWorks());
  test("a Uint8Array", () => expectWorks(bytes));
  test("a part of a larger buffer", () => {
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 7);
    return expectWorks(larger.subarray(7, 7 + bytes.length));
  });
  test("an ArrayBuffer", () => expectWorks(bytes.slice().buffer));
  test("a Node buffer", () => expectWorks(readFileSync(file)));
  test("a module", async () => expectWorks(await WebAssembly.compile(bytes)));
  test("a promise of a module", () => expectWorks(WebAssembly.compile(bytes)));
  test("a response", () => expectWorks(new Response(bytes)));
  test("a promise of a response of any content type", () => expectWorks(fetch(`${origin}/core.wasm`)));
  test("a web address", () => expectWorks(`${origin}/core.wasm`));
  test("a web address as a URL", () => expectWorks(new URL("/core.wasm", origin)));
  test("a file: URL", () => expectWorks(pathToFileURL(file)));
  test("a file: URL as a string", () => expectWorks(pathToFileURL(file).href));
  test("a path", () => expectWorks(file));
  test("a path from the working directory", () => expectWorks(relative(process.cwd(), file)));
});

describe("a clear error for", () => {
  test("a missing file", async () => {
    const missing = pathToFileURL(join(folder, "none.wasm"));
    expect(await message(missing)).toMatch(
      `Error: init: the WebAssembly binary could not be read from ${missing.href}: ENOENT: no such file or directory`,
    );
  });
  test("a missing page", async () => {
    expect(await message(`${origin}/none`)).toBe(
      `Error: init: ${origin}/none answered 404 Not Found; check where the .wasm file is served`,
    );
    expect(await message(await fetch(`${origin}/none`))).toContain("/none answered 404 Not Found");
  });
  test("a page that is no binary, as from a server that answers everything", async () => {
    expect(await message(`${origin}/page`)).toBe(
      `Error: init: ${origin}/page is no WebAssembly binary: it begins with "<!DOCTYPE html><"; ` +
        "pass the file wasmgrad/wasm/simd.wasm",
    );
  });
  test("a server that does not answer", async () => {
    expect(await message("http://127.0.0.1:1/core.wasm")).toMatch(
      /^Error: init: the WebAssembly binary could not be read from http:\/\/127.0.0.1:1\/core.wasm: .+; check the address$/,
    );
  });
  test("what is no address", async () => {
    expect(await message("http://")).toMatch(
      /^Error: init: the WebAssembly binary could not be read from http:\/\/: .*URL/,
    );
  });
  test("a response that was read before", async () => {
    const response = new Response(bytes);
    await response.arrayBuffer();
    expect(await message(response)).toMatch(
      /^Error: init: the response could not be read: .+; pass a response that is fresh$/,
    );
  });
  test("bytes that are none", async () => {
    expect(await message(new Uint8Array(0))).toBe(
      "Error: init: the bytes is no WebAssembly binary: it is empty; pass the file wasmgrad/wasm/simd.wasm",
    );
  });
  test("a damaged binary", async () => {
    expect(await message(bytes.subarray(0, 1000))).toMatch(
      /^Error: wasmgrad could not start its WebAssembly core: .+SIMD/,
    );
  });
  test("another program's binary", async () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(await message(empty)).toBe(
      'Error: init: this WebAssembly binary is not wasmgrad\'s, as it exports no function "execute"; ' +
        "pass the file wasmgrad/wasm/simd.wasm of the same version",
    );
  });
  test.each([
    [42, "42"],
    [{}, "[object Object]"],
    [null, "no error"], // as if not given
  ])("%s", async (source, what) => {
    expect(await message(source)).toContain(what);
  });
  test("a promise that is rejected: its own", async () => {
    expect(await message(Promise.reject(new Error("no network")))).toBe("Error: no network");
  });
});

describe("the shared core", () => {
  test("starts again after a failure, and then keeps its binary", async () => {
    await expect(init({ wasm: new Uint8Array(4) })).rejects.toThrow("is no WebAssembly binary");
    const core = await init({ wasm: bytes });
    expect(await init()).toBe(core);
    await expect(init({ wasm: bytes })).rejects.toThrow("init: the core is already running or starting; call init");
    await expect(open({ wasm: bytes, shared: true })).rejects.toThrow("already running");
  });
});

test("words that an instruction does not give are 0, whatever came before; too many are refused", async () => {
  const core = await Core.start();
  const x = core.memory.alloc(64);
  core.execute([0, ...new Array<number>(31).fill(-1)]); // opcode 0 does nothing
  core.execute([Opcode.Fill, x, 1]);
  const instruction = x - 128;
  expect([...core.i32.subarray(instruction >>> 2, x >>> 2)]).toEqual([Opcode.Fill, x, 1, ...new Array(29).fill(0)]);
  expect(() => core.execute(new Array<number>(33).fill(0))).toThrow(
    "core: an instruction has at most 32 words, got 33",
  );
});
