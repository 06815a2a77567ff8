// The size budget: what a page downloads to train a multilayer perceptron, binary included, minified and gzipped, of
// the published files in dist/. Fails when it outgrows the budget; prints where the bytes are, so that the reader sees
// what to shorten. What is behind an import() that this program does not take is told, not counted.

import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const BUDGET = 50_000;

const program = `
  import { compile, sequential, linear, relu, crossEntropy, adam } from "./dist/index.js";
  console.log(compile, sequential, linear, relu, crossEntropy, adam);
`;

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

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const gzipped = outputFiles.map(({ contents }) => gzipSync(contents, { level: 9 }).length);

// What is loaded at once: the program, what it imports, and the build of the core that it starts with.
const files = Object.entries(metafile.outputs);
const now = new Set();
const load = (name) => {
  if (now.has(name)) return;
  now.add(name);
  for (const { path, kind } of metafile.outputs[name].imports) if (kind === "import-statement") load(path);
};
for (const [name, { entryPoint }] of files) {
  if (entryPoint !== undefined && /^<stdin>$|core\/binary\.simd-dense\.js$/.test(entryPoint)) load(name);
}

let total = 0;
for (const [i, [name, { entryPoint, inputs }]] of files.entries()) {
  const later = !now.has(name);
  if (!later) total += gzipped[i];

  // Bytes of each folder in the file, minified, before gzip.
  const shares = new Map();
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const part = /(?:^|\/)dist\/([^/]+)\//.exec(file)?.[1] ?? (file.includes("node_modules") ? "loader" : "index");
    shares.set(part, (shares.get(part) ?? 0) + bytesInOutput);
  }
  const parts = [...shares].sort((a, b) => b[1] - a[1]).map(([part, bytes]) => `${part} ${kB(bytes)}`);
  console.log(
    `size: ${entryPoint ?? "shared"} ${kB(gzipped[i])} gzipped${later ? ", on demand" : ""} (minified: ${parts.join(", ")})`,
  );
}

console.log(`size: ${kB(total)} minified and gzipped, in ${now.size} files, of ${kB(BUDGET)}`);
if (total > BUDGET) {
  console.error(
    `size: ${total - BUDGET} bytes too many: shorten what the program needs, or move it behind an import(); and if more than ` +
      `three files are loaded at once, see what src/train/look.ts exports`,
  );
  process.exitCode = 1;
}
