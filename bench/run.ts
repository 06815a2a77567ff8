// npm run bench: measures the library on this machine and prints one table for each section.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { measureInTurn } from "./checkouts.js";
import { compare, textOf } from "./compare.js";
import { coreCallSection } from "./core-calls.js";
import { gpt2Section } from "./gpt2.js";
import { inferenceSection } from "./inference.js";
import { kernelSection } from "./kernels.js";
import { productSection } from "./products.js";
import { recomputationSection } from "./recomputation.js";
import { scalingSection } from "./scaling.js";
import { sizeSection } from "./size.js";
import { startSection } from "./start.js";
import { stepSection } from "./steps.js";
import { weightSection } from "./weights.js";
import { engine, machine, report, table, type Report } from "./report.js";
import type { Options, Result, Section } from "./section.js";

const sections: readonly Section[] = [
  productSection,
  kernelSection,
  coreCallSection,
  stepSection,
  scalingSection,
  recomputationSection,
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
  .option(
    "--compare <path>",
    "with another checkout of the project, measured in turn with this one, or with a file that --json wrote earlier",
  )
  .option(
    "--rounds <n>",
    "how often everything is measured (default: 15, with --quick 5; in turn with another checkout 9, with --quick 5)",
    positive,
  );

interface Given extends Omit<Options, "rounds"> {
  readonly rounds?: number;
  readonly html?: string;
  readonly json?: string;
  readonly compare?: string;
}

async function main(): Promise<void> {
  const given = command.parse().opts<Given>();
  const earlier = given.compare === undefined ? undefined : statSync(given.compare, { throwIfNoEntry: false });
  if (given.compare !== undefined && !earlier) throw new Error(`bench: there is no ${given.compare} to compare with`);
  if (earlier?.isDirectory()) await compareInTurn(given, given.compare!);
  else {
    const there = given.compare === undefined ? undefined : earlierReport(given.compare);
    const here = await measure(given);
    if (there) compareWithEarlier(here, there);
  }
}

/** Measures this checkout, prints and writes the results. */
async function measure({ filter, html, json, quick, rounds = quick ? 5 : 15 }: Given): Promise<Report> {
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
  const measured = report(results, rounds);
  if (json) writeFileSync(json, `${JSON.stringify(measured, null, 2)}\n`);
  if (html) {
    const { pageOf } = await import("./page.js");
    writeFileSync(html, await pageOf(results, rounds));
  }
  const headlines = [...results.values()].flatMap(({ headline }) => headline ?? []);
  console.log(
    `\nbench: ${headlines.length > 0 ? headlines.join("; ") : `measured ${[...results.keys()].map(({ name }) => name).join(", ")}`}`,
  );
  return measured;
}

/** Another checkout, in turn with this one. Slower or faster, it is no error. */
async function compareInTurn(
  { filter, html, json, quick, rounds = quick ? 5 : 9 }: Given,
  folder: string,
): Promise<void> {
  if (html) throw new Error("bench: --html shows one checkout, so it cannot stand beside --compare with a folder");
  console.log(`${machine()}, ${engine()}: here beside ${folder}, ${rounds} rounds in turn, a process each\n`);
  const reports = await measureInTurn(folder, { filter, quick, rounds });
  const comparison = compare(reports.here, reports.there);
  if (json) writeFileSync(json, `${JSON.stringify({ ...reports, ...comparison }, null, 2)}\n`);
  console.log(textOf(comparison));
}

function earlierReport(file: string): Report {
  try {
    const read = JSON.parse(readFileSync(file, "utf8")) as Report;
    if (typeof read.sections === "object") return read;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error(`bench: ${file} is no file that npm run bench -- --json wrote`);
}

/** Figures of another time, which the machine's other work then and now makes less sure. */
function compareWithEarlier(here: Report, there: Report): void {
  console.log(
    `\nNot interleaved: what is there was measured earlier, in ${there.rounds} rounds on ${there.machine}, ${there.engine}.`,
  );
  console.log(textOf(compare([here], [there])));
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
