// The installed library in bundles: esbuild and Vite, with no plugin and no setting. That the bundles train in a
// browser is tested in test/browser.test.ts.

import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { bundleWithEsbuild, bundleWithVite, programFolder } from "./support/bundle.js";
import { trainInNode } from "./support/run.js";

const project = inject("project");

/** Import statements and expressions of a bundle that name a module. */
const importsOf = (code: string) => code.match(/\b(from|import)\s*\(?\s*["'][^"']*["']/g) ?? [];

test("esbuild makes one file that imports nothing and trains alone", async () => {
  const folder = programFolder(project, "esbuild-node", "main.mjs");
  expect(await bundleWithEsbuild(folder, "main.mjs")).toEqual({ warnings: [], imports: [] });
  expect(importsOf(readFileSync(join(folder, "dist/main.mjs"), "utf8"))).toEqual([]);

  const alone = mkdtempSync(join(tmpdir(), "wasmgrad-alone-"));
  try {
    renameSync(join(folder, "dist/main.mjs"), join(alone, "main.mjs"));
    const bundled = await trainInNode(alone, process.execPath);
    expect(bundled).toEqual(await trainInNode(programFolder(project, "unbundled", "main.mjs"), process.execPath));
  } finally {
    rmSync(alone, { recursive: true });
  }
});

test("esbuild leaves out what a program does not use", async () => {
  const folder = programFolder(project, "esbuild-small", "main.mjs");
  const code = `import { ShapeError } from "wasmgrad"; console.log(ShapeError.name);`;
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  expect(outputFiles[0]!.contents.length).toBeLessThan(1000);
});

test("Vite builds a page without a warning, and its files import only each other", async () => {
  const folder = programFolder(project, "vite-build", "page.mjs");
  expect(await bundleWithVite(folder)).toBe("");
  const assets = join(folder, "dist/assets");
  for (const file of readdirSync(assets)) {
    for (const statement of importsOf(readFileSync(join(assets, file), "utf8"))) expect(statement).toMatch(/["']\.\//);
  }
});
