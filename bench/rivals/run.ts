// npm run bench:rivals: the same workloads in other libraries, beside ours.
//
// What is timed is what a user of the library would write, with the data in JavaScript's memory (or NumPy's). Left out
// for all: the import, building or compiling the model, and the first runs, which the proof makes; converting the
// labels to what the library wants; of "product" also bringing the matrices to where the library keeps them. Only
// "import to first prediction" is all that, in a fresh process whose own start is left out.
//
// All have one thread, but for the lines that say two. Those are timed by the wall's clock always: the processor's time
// would count waiting as work, or work that is done twice as fast as none the faster. They need an idle machine.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { engine, machine } from "../report.js";
import { libraries, libraryNames } from "./install.js";
import { measure } from "./measure.js";
import { dataOfResults, disturbance, notesOf, summary, tableOf, type TaskResults } from "./table.js";
import { allTasks, nameOf } from "./tasks.js";

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("it must be a whole number above 0");
}

const command = new Command("npm run bench:rivals --")
  .description(
    "Measures wasmgrad beside other libraries. Every figure is the median of the rounds, ± its median deviation.",
  )
  .option("--filter <text>", 'only tasks with this in their name, such as "xor" or "step by step"', "")
  .option("--libraries <names>", "separated by commas", libraryNames.join(","))
  .option("--rounds <n>", "how often everything is measured (default: 7, with --quick 3)", positive)
  .addOption(
    new Option("--clock <clock>", "wall, or the process's processor time: for a machine that is busy otherwise")
      .choices(["wall", "cpu"])
      .default("wall"),
  )
  .option("--quick", "fewer and shorter rounds, for a first look", false)
  .option("--json <file>", "write the results to a file as well")
  .option("--html <file>", "write them as a page with plots")
  .option("--svg <file>", "write the ratios as one picture");

async function main(): Promise<void> {
  const options = command.parse().opts<{
    filter: string;
    libraries: string;
    rounds?: number;
    quick: boolean;
    clock: "wall" | "cpu";
    json?: string;
    html?: string;
    svg?: string;
  }>();
  const tasks = allTasks().filter((task) => nameOf(task).toLowerCase().includes(options.filter.toLowerCase()));
  if (tasks.length === 0) {
    throw new Error(`no task has "${options.filter}" in its name; there are:\n${allTasks().map(nameOf).join("\n")}`);
  }
  const rounds = options.rounds ?? (options.quick ? 3 : 7);
  const milliseconds = options.quick ? 60 : 250;
  const { clock } = options;
  const list = await libraries(options.libraries.split(","));
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-rivals-"));
  const versions = new Map<string, string>();
  const all: TaskResults[] = [];
  const how = `one thread each unless it says two, ${rounds} rounds of about ${milliseconds} ms of ${clock} time${clock === "cpu" ? " (two threads: wall time)" : ""}`;
  console.log(`${machine()}, ${engine()}, ${how}`);
  try {
    for (const task of tasks) {
      all.push(await measure(task, list, { rounds, milliseconds, clock, folder: join(folder, "given"), versions }));
      console.log(`\n${tableOf(all.at(-1)!)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\n${[...new Set(versions.values())].join("; ")}`);
  for (const note of notesOf(all)) console.log(note);
  const busy = disturbance(all);
  if (busy) console.log(clock === "cpu" ? busy : `${busy} --clock cpu leaves that out.`);
  if (options.json) {
    const report = {
      machine: machine(),
      engine: engine(),
      rounds,
      milliseconds,
      versions: Object.fromEntries(versions),
    };
    writeFileSync(options.json, `${JSON.stringify({ ...report, results: dataOfResults(all) }, null, 2)}\n`);
  }
  if (options.html) {
    const { pageOf } = await import("./page.js");
    writeFileSync(options.html, await pageOf(all, { how, versions }));
  }
  if (options.svg) {
    const { pictureOf } = await import("./picture.js");
    writeFileSync(options.svg, await pictureOf(all, `${machine()}; ${engine()}`));
  }
  console.log(`\n${summary(all)}`);
}

await main().catch((error: unknown) => {
  console.error(`bench:rivals: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
