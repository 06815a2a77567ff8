// From the import to the first prediction, in fresh Node processes: of the package as it is published, and as a bundler
// joins it.

import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { build, type BuildOptions } from "esbuild";
import { summarise } from "./harness.js";
import { npmRun, ROOT } from "./npm.js";
import { wanted, type Row, type Section } from "./section.js";

const run = promisify(execFile);

const FOLDER = `${ROOT}build/start/`;

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
  /** The module that is imported; made first. */
  make(): Promise<string>;
}

const forms: readonly Form[] = [
  {
    name: "the package in Node",
    async make() {
      npmRun("build");
      return `${ROOT}dist/node/index.js`;
    },
  },
  {
    name: "bundled by esbuild",
    async make() {
      const options: BuildOptions = { bundle: true, splitting: true, minify: true, format: "esm", target: "es2022" };
      await build({ ...options, entryPoints: [`${ROOT}src/index.ts`], outdir: FOLDER, platform: "node" });
      return `${FOLDER}index.js`;
    },
  },
];

export const startSection: Section = {
  name: "start",
  about: "Milliseconds from the import to the first prediction of 784-128-10 in a fresh Node process.",
  async measure(options) {
    const chosen = forms.filter(({ name }) => wanted(options, "start", name));
    if (chosen.length === 0) return { rows: [] };
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(`${FOLDER}program.mjs`, program);
    const entries: string[] = [];
    for (const form of chosen) entries.push(await form.make());

    const measured = chosen.map(() => PARTS.map((): number[] => []));
    for (let round = 0; round < options.rounds; round++) {
      for (const [i, entry] of entries.entries()) {
        const { stdout } = await run(process.execPath, [`${FOLDER}program.mjs`, entry]);
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
