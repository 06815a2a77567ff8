// The size budget: what a page downloads to train a multilayer perceptron, binary included, minified and gzipped, of
// the published files in dist/. Fails when it outgrows the budget; prints where the bytes are, so that the reader sees
// what to shorten. What is behind an import() that this program does not take is told, not counted.

import { kB, pageFiles } from "./page-size.mjs";

const BUDGET = 50_000;

const program = `
  import { compile, sequential, linear, relu, crossEntropy, adam } from "./dist/index.js";
  console.log(compile, sequential, linear, relu, crossEntropy, adam);
`;

const files = await pageFiles(program);
for (const { name, gzipped, later, parts } of files) {
  const sorted = [...parts].sort((a, b) => b[1] - a[1]).map(([part, bytes]) => `${part} ${kB(bytes)}`);
  console.log(`size: ${name} ${kB(gzipped)} gzipped${later ? ", on demand" : ""} (minified: ${sorted.join(", ")})`);
}

const counted = files.filter(({ later }) => !later);
const total = counted.reduce((sum, { gzipped }) => sum + gzipped, 0);
console.log(`size: ${kB(total)} minified and gzipped, in ${counted.length} files, of ${kB(BUDGET)}`);
if (total > BUDGET) {
  console.error(
    `size: ${total - BUDGET} bytes too many: shorten what the program needs, or move it behind an import(); and if more than ` +
      `three files are loaded at once, see what src/train/look.ts exports`,
  );
  process.exitCode = 1;
}
