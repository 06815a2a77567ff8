// npm run bench: measures the library on this machine and prints one table for each section.

import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { coreCallSection } from "./core-calls.js";
import { gpt2Section } from "./gpt2.js";
import { inferenceSection } from "./inference.js";
import { kernelSection } from "./kernels.js";
import { productSection } from "./products.js";
import { scalingSection } from "./scaling.js";
import { sizeSection } from "./size.js";
import { startSection } from "./start.js";
import { stepSection } from "./steps.js";
import { weightSection } from "./weights.js";
import { engine, machine, report, table } from "./report.js";
import type { Options, Result, Section } from "./section.js";

const sections: readonly Section[] = [
  productSection,
  kernelSection,
  coreCallSection,
  stepSection,
  scalingSection,
  inferenceSection,
  weightSection,
  gpt2Section,
  startSection,
  sizeSection,
];

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("it must be a whole number above 0");
}

const command = new Command("npm run bench --")
  .description(
    "Measures kernels, training steps and how they scale, inference, start and size. Every figure is the median of the rounds, ± its median deviation.",
  )
  .option("--filter <text>", 'measure only what has this in its name, such as "products" or "kernels: tanh"', "")
  .option("--json <file>", "write the results to a file as well")
  .option("--html <file>", "write them as a page with plots")
  .option("--quick", "fewer rounds and fewer cases, for a first look", false)
  .option("--rounds <n>", "how often everything is measured (default: 15, with --quick 5)", positive);

async function main(): Promise<void> {
  const {
    filter,
    html,
    json,
    quick,
    rounds = quick ? 5 : 15,
  } = command.parse().opts<Partial<Options> & { html?: string; json?: string; filter: string; quick: boolean }>();
  const results = new Map<Section, Result>();
  console.log(`${machine()}, ${engine()}, ${rounds} rounds`);
  for (const section of sections) {
    const result = await section.measure({ filter, quick, rounds });
    if (result.rows.length === 0) continue;
    results.set(section, result);
    console.log(`\n${table(section, result)}`);
  }
  if (results.size === 0)
    throw new Error(
      `bench: nothing has "${filter}" in its name; the sections are ${sections.map(({ name }) => name).join(", ")}`,
    );
  if (json) writeFileSync(json, `${JSON.stringify(report(results, rounds), null, 2)}\n`);
  if (html) {
    const { pageOf } = await import("./page.js");
    writeFileSync(html, await pageOf(results, rounds));
  }
  const headlines = [...results.values()].flatMap(({ headline }) => headline ?? []);
  console.log(
    `\nbench: ${headlines.length > 0 ? headlines.join("; ") : `measured ${[...results.keys()].map(({ name }) => name).join(", ")}`}`,
  );
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
