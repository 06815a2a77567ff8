// A headless Chromium and a local web server for the tests in a browser. The server is as strict as the library says
// it can be: scripts only from the page's own origin, and no `eval` but WebAssembly's.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { chromium, type Browser } from "playwright-core";
import type { Trained } from "./run.js";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";

/** What a page sends that wants threads. */
const isolation = {
  "content-security-policy": policy.replace("worker-src 'self'", "worker-src 'self' blob:"),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Path of Chromium: $CHROMIUM, or where distributions install it; undefined where there is none. */
export function findChromium(): string | undefined {
  const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const places = process.env.CHROMIUM ? [process.env.CHROMIUM] : usual;
  return places.find((path) => existsSync(path));
}

export const HOW_TO_INSTALL =
  "there is no Chromium: install it (on Debian: apt-get install chromium), or set CHROMIUM to its path";

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: flags });
}

/**
 * Serves the files of `folder` on localhost, to be cross-origin isolated if `isolated`. `asked` lists the paths that were
 * requested.
 */
export async function serve(folder: string, isolated = false) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    asked.push(pathname);
    const path = join(folder, normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    try {
      const bytes = await readFile(path);
      const security = isolated ? isolation : { "content-security-policy": policy };
      response.writeHead(200, { "content-type": types[extname(path)], ...security }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}/`, asked, close: () => server.close() };
}

/** Opens a page made of test/package/page.mjs and returns what it trained and what it complained of. */
export async function trainInBrowser(browser: Browser, url: string) {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));
  try {
    await page.goto(url);
    await page.waitForFunction("window.result !== undefined");
    const trained = (await page.evaluate("window.result")) as Trained;
    const turns = (await page.evaluate("window.turns")) as number | undefined;
    return { trained, complaints, ...(turns !== undefined && { turns }) };
  } finally {
    await page.close();
  }
}
