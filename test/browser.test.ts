// The installed library in headless Chromium. What it learns there must be the same, to the bit, as in Node.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { createServer } from "vite";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { findChromium, HOW_TO_INSTALL, launch, serve, trainInBrowser } from "./support/browser.js";
import { bundleWithEsbuild, bundleWithVite, programFolder } from "./support/bundle.js";
import { trainInNode, type Trained } from "./support/run.js";

const project = inject("project");
const executable = findChromium();
const inCI = !["", "0", "false"].includes(process.env.CI ?? "");

// Not skipped in CI, where a missing browser is a fault: there `launch` fails for want of it.
if (!executable && !inCI) {
  test("trains in Chromium as in Node", ({ skip }) => skip(HOW_TO_INSTALL));
} else {
  describe("Chromium", () => {
    let browser: Browser;
    let inNode: Trained;

    beforeAll(async () => {
      if (!executable) throw new Error(HOW_TO_INSTALL);
      browser = await launch(executable);
      inNode = await trainInNode(programFolder(project, "node", "main.mjs"), process.execPath);
    });
    afterAll(() => browser?.close());

    /** Opens pages of a folder, each with its own query, and expects of each what Node has learned. */
    async function expectSameBits(folder: string, queries: string[]) {
      const { url, asked, close } = await serve(folder);
      try {
        for (const query of queries) {
          expect(await trainInBrowser(browser, url + query)).toEqual({ trained: inNode, complaints: [] });
        }
      } finally {
        close();
      }
      return asked;
    }

    test("trains esbuild's bundle to the same bits as Node, on the page and in a worker", async () => {
      const folder = programFolder(project, "esbuild-page", "page.mjs");
      await bundleWithEsbuild(folder, "page.mjs");
      await expectSameBits(join(folder, "dist"), ["", "?worker"]);
    });

    test("trains away from a page's own thread where it can share memory, which then goes on meanwhile", async () => {
      const folder = programFolder(project, "isolated-page", "page.mjs");
      await bundleWithEsbuild(folder, "page.mjs");
      const turns: number[] = [];
      for (const isolated of [true, false]) {
        const { url, close } = await serve(join(folder, "dist"), isolated);
        try {
          const { turns: counted, ...result } = await trainInBrowser(browser, `${url}?turns`);
          expect(result).toEqual({ trained: inNode, complaints: [] });
          turns.push(counted!);
        } finally {
          close();
        }
      }
      expect(turns[0]).toBeGreaterThan(10 * turns[1]!);
    });

    test("trains Vite's bundle to the same bits as Node", async () => {
      const folder = programFolder(project, "vite-page", "page.mjs");
      await bundleWithVite(folder);
      await expectSameBits(join(folder, "dist"), [""]);
    });

    test("trains in Vite's development server, which bundles the library beforehand", async () => {
      const root = programFolder(project, "vite-serve", "page.mjs");
      const server = await createServer({
        root,
        configFile: false,
        logLevel: "silent",
        server: { host: "localhost", port: 0 },
      });
      try {
        await server.listen();
        const { trained, complaints } = await trainInBrowser(browser, server.resolvedUrls!.local[0]!);
        expect({ trained, complaints }).toEqual({ trained: inNode, complaints: [] });
      } finally {
        await server.close();
      }
    });

    test("fetches the binary from where init({ wasm }) says", async () => {
      const folder = programFolder(project, "wasm-page", "page.mjs");
      await bundleWithEsbuild(folder, "page.mjs");
      copyFileSync(join(project, "node_modules/wasmgrad/dist/wasm/simd.wasm"), join(folder, "dist/core.wasm"));
      expect(await expectSameBits(join(folder, "dist"), ["?wasm=/core.wasm"])).toContain("/core.wasm");
    });
  });
}
