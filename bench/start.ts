// From the import to the first prediction, in fresh Node processes: as the package is installed, module by module, and as
// a bundler joins it.

import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type BuildOptions } from "esbuild";
import { summarise } from "./harness.js";
import { wanted, type Row, type Section } from "./section.js";

const run = promisify(execFile);

/** Below the project, so that the modules find the loader that the package depends on. */
const FOLDER = fileURLToPath(new URL("../build/start/", import.meta.url));

/** Prints the milliseconds of each part. Its argument is where the library lies. */
const program = `
  const began = performance.now();
  const { compile, crossEntropy, linear, relu, sequential } = await import(process.argv[2]);
  const imported = performance.now();
  const trainer = await compile(sequential(linear(784, 128), relu(), linear(128, 10)), { loss: crossEntropy() });
  const compiled = performance.now();
  const logits = await trainer.predict(new Float32Array(784).fill(0.5));
  const predicted = performance.now();
  if (logits.length !== 10 || !logits.every(Number.isFinite)) throw new Error("start: wrong prediction");
  console.log(JSON.stringify([imported - began, compiled - imported, predicted - compiled, predicted - began]));
`;

const PARTS = ["import", "compile", "first prediction", "together"] as const;

interface Form {
  readonly name: string;
  readonly entry: string;
  readonly build: BuildOptions;
}

const forms = (): readonly Form[] => [
  {
    name: "package, module by module",
    entry: "package/index.js",
    build: { entryPoints: ["src/**/*.ts"], outdir: `${FOLDER}package` },
  },
  {
    name: "bundled",
    entry: "bundle/index.js",
    build: { entryPoints: ["src/index.ts"], outdir: `${FOLDER}bundle`, bundle: true, splitting: true },
  },
];

export const startSection: Section = {
  name: "start",
  about: "Milliseconds from the import to the first prediction of 784-128-10 in a fresh Node process.",
  async measure(options) {
    const chosen = forms().filter(({ name }) => wanted(options, "start", name));
    if (chosen.length === 0) return { rows: [] };
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(`${FOLDER}program.mjs`, program);
    for (const form of chosen) await build({ format: "esm", platform: "node", target: "es2022", ...form.build });

    const measured = chosen.map(() => PARTS.map((): number[] => []));
    for (let round = 0; round < options.rounds; round++) {
      for (const [i, { entry }] of chosen.entries()) {
        const { stdout } = await run(process.execPath, [`${FOLDER}program.mjs`, `${FOLDER}${entry}`]);
        for (const [part, ms] of (JSON.parse(stdout) as number[]).entries()) measured[i]![part]!.push(ms);
      }
    }
    const rows = chosen.map(({ name }, i): Row => {
      const values = PARTS.map((part, j) => [part, summarise(measured[i]![j]!, "ms")]);
      return { name, values: Object.fromEntries(values) };
    });
    const { name, values } = rows[0]!;
    return { rows, headline: `start (${name}): ${values.together!.value.toFixed(1)} ms` };
  },
};
