// What a page downloads for a program that uses the published files in dist/: bundled by esbuild, minified, gzipped,
// file by file. What is behind an import() that the program does not take is told apart from what it loads at once.

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * @typedef {object} PageFile
 * @property {string} name
 * @property {number} gzipped bytes
 * @property {number} minified bytes
 * @property {boolean} later whether only an import() asks for it
 * @property {boolean} binary whether it holds a build of the core
 * @property {Map<string, number>} parts minified bytes of each folder of dist/
 */

/**
 * @param {string} program a module, which imports from "./dist/…"
 * @param {RegExp} core the build of the core that it starts with, which is behind an import()
 * @returns {Promise<PageFile[]>}
 */
export async function pageFiles(program, core = /core\/binary\.simd-dense\.js$/) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
    stdin: { contents: program, resolveDir: "." },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    outdir: "out",
    metafile: true,
    logLevel: "warning",
  });

  const files = Object.entries(metafile.outputs);
  const now = new Set();
  const load = (/** @type {string} */ name) => {
    if (now.has(name)) return;
    now.add(name);
    for (const { path, kind } of metafile.outputs[name].imports) if (kind === "import-statement") load(path);
  };
  for (const [name, { entryPoint }] of files) {
    if (entryPoint === "<stdin>" || core.test(entryPoint ?? "")) load(name);
  }

  return files.map(([name, { entryPoint, inputs }], i) => {
    const parts = new Map();
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const part = /(?:^|\/)dist\/([^/]+)\//.exec(file)?.[1] ?? (file.includes("node_modules") ? "loader" : "index");
      parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
    }
    const { contents } = outputFiles[i];
    return {
      name: entryPoint ?? "shared",
      gzipped: gzipSync(contents, { level: 9 }).length,
      minified: contents.length,
      later: !now.has(name),
      binary: Object.keys(inputs).some((file) => file.includes("core/binary.")),
      parts,
    };
  });
}

/** @param {number} bytes */
export const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
