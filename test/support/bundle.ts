// Bundles the program of the package's tests as a user would, with the installed library: no plugin, no setting.

import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { run } from "./run.js";

const HTML = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>wasmgrad</title><link rel="icon" href="data:," /></head>
  <body><script type="module" src="./page.mjs"></script></body>
</html>
`;

/** A folder in `project` that holds one program of test/package and what it imports of its own. */
export function programFolder(project: string, name: string, program: "main.mjs" | "page.mjs"): string {
  const folder = join(project, name);
  mkdirSync(folder);
  for (const file of ["train.mjs", program]) copyFileSync(join("test/package", file), join(folder, file));
  if (program === "page.mjs") writeFileSync(join(folder, "index.html"), HTML);
  return folder;
}

/** Bundles `program` of the folder for browsers with esbuild, into `dist`; returns its warnings and its imports. */
export async function bundleWithEsbuild(folder: string, program: string) {
  const { metafile, warnings } = await build({
    absWorkingDir: folder,
    entryPoints: [program],
    outdir: join(folder, "dist"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "browser",
    metafile: true,
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  const files = readdirSync(folder);
  if (files.includes("index.html")) copyFileSync(join(folder, "index.html"), join(folder, "dist/index.html"));
  return { warnings: warnings.map(({ text }) => text), imports: output!.imports.map(({ path }) => path) };
}

/** Builds the folder's page with Vite, into `dist`; returns what it printed. */
export function bundleWithVite(folder: string): Promise<string> {
  // In a process of its own, since vitest is Vite too and has set it up for tests.
  return run(folder, process.execPath, resolve("node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn");
}
