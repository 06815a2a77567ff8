// `npm run golden -- DIR [DIR…]`: runs the reference cases of any folder of this form, and counts them.

import { listCases } from "./cases.js";
import { runCase } from "./run-case.js";

const folders = process.argv.slice(2);
if (folders.length === 0 || folders.some((arg) => arg.startsWith("-"))) {
  console.log(`Runs reference cases recorded from PyTorch.

  npm run golden -- DIR [DIR…]

Each DIR holds a cases.json and the safetensors files that it names. A case that the library cannot express counts as failed.`);
  process.exit(folders.includes("--help") || folders.includes("-h") ? 0 : 2);
}

let passed = 0;
let failed = 0;
for (const folder of folders) {
  console.log(`reference cases of ${folder}`);
  const cases = await listCases(folder).catch((error: Error) => {
    console.error(error.message);
    process.exit(2);
  });
  for (const { name, load } of cases) {
    const faults = await load().then(runCase, (error: unknown) => [String(error)]);
    if (faults.length === 0) passed++;
    else failed++;
    console.log(`${faults.length === 0 ? "  ok    " : "  FAILED"} ${name}`);
    for (const fault of faults) console.log(`           ${fault}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
