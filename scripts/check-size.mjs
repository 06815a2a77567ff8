// The size budget: what a page downloads to train a multilayer perceptron, binary included, minified and gzipped.
// Fails when it outgrows the budget; prints where the bytes are, so that the reader sees what to shorten.

import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const BUDGET = 50_000;

const program = `
  import { compile, sequential, linear, relu, crossEntropy, adam } from "./src/index.ts";
  console.log(compile, sequential, linear, relu, crossEntropy, adam);
`;

const { metafile, outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
  stdin: { contents: program, resolveDir: "." },
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  write: false,
  outdir: "out",
  metafile: true,
  logLevel: "warning",
});

const minified = outputFiles[0].contents;
const gzipped = gzipSync(minified, { level: 9 }).length;

// Bytes of each folder of src/ in the bundle, before gzip.
const shares = new Map();
for (const [file, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
  const part = /^src\/core\/binary/.test(file) ? "binary in hex" : (/^src\/[^/]+/.exec(file)?.[0] ?? "loader");
  shares.set(part, (shares.get(part) ?? 0) + bytesInOutput);
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const parts = [...shares].sort((a, b) => b[1] - a[1]).map(([part, bytes]) => `${part} ${kB(bytes)}`);
console.log(
  `size: ${kB(gzipped)} minified and gzipped of ${kB(BUDGET)}; minified ${kB(minified.length)}: ${parts.join(", ")}`,
);
if (gzipped > BUDGET) {
  console.error(
    `size: ${gzipped - BUDGET} bytes over the budget; shorten what the program above needs, or move it behind an import()`,
  );
  process.exitCode = 1;
}
