// npm run bench:rivals: the same workloads in other libraries, beside ours.
//
// Each library runs in a process of its own, one for each task, and first proves its result against f64 (tasks.ts).
// Then they are timed in rounds, one library after the other within a round, so that whatever slows the machine down
// slows all of them. What is timed is what a user of the library would write, with the data in JavaScript's memory (or
// NumPy's). Left out for all: the import, building or compiling the model, and the first runs, which the proof makes;
// converting the labels to what the library wants; of "product" also bringing the matrices to where the library keeps
// them. Only "import to first prediction" is all that, in a fresh process whose own start is left out.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { engine, machine } from "../report.js";
import { libraries, libraryNames } from "./install.js";
import { Peer, type Library } from "./peer.js";
import type { Prepared, Sample, Task } from "./protocol.js";
import { dataOfResults, disturbance, summary, tableOf, type Result, type TaskResults } from "./table.js";
import { allTasks, givenFor, Judge, nameOf, proofOf, writeGiven } from "./tasks.js";

const UNDISTURBED = 0.9; // share of a processor

interface Settings {
  readonly rounds: number;
  /** How long one measurement lasts, about. */
  readonly milliseconds: number;
  /** For the arrays. */
  readonly folder: string;
  /** Library by library, as they tell. */
  readonly versions: Map<string, string>;
}

/** A library that has proven its result. */
interface Ready {
  readonly peer: Peer;
  readonly prepared: Prepared;
  readonly units: number;
  readonly samples: Sample[];
}

/** All libraries in one task. */
async function measure(task: Task, list: readonly Library[], settings: Settings): Promise<TaskResults> {
  const given = givenFor(task);
  writeGiven(settings.folder, given);
  const judge = new Judge(task, given);
  const failed = new Map<string, string>();
  const once = task.kind === "start" ? startOnce : readyPeer;
  const ready = new Map<string, Ready>();
  try {
    for (const library of list) {
      progress(`${nameOf(task)}: ${library.name}`);
      const it = await once(library, task, settings, judge);
      if (typeof it === "string") failed.set(library.name, it);
      else ready.set(library.name, it);
    }
    for (let round = 0; round < settings.rounds; round++) {
      progress(`${nameOf(task)}: round ${round + 1} of ${settings.rounds}`);
      for (const { peer, units, samples } of ready.values()) {
        if (task.kind !== "start") samples.push(await peer.sample(units));
        else if (round > 0) samples.push(...startedAgain(await startOnce(peer.library, task, settings, judge)));
      }
    }
  } finally {
    for (const { peer } of ready.values()) peer.end();
    progress("");
  }
  const results = list.map(({ name }): Result => {
    const { samples = [], prepared } = ready.get(name) ?? {};
    return {
      library: name,
      cannot: failed.get(name),
      deviation: prepared?.deviation,
      milliseconds: samples.map(({ milliseconds }) => milliseconds),
      disturbed: samples.filter(({ share }) => share < UNDISTURBED).length,
    };
  });
  return { task, results };
}

/** A process with the task prepared, proven and calibrated; text is why there is none. */
async function readyPeer(library: Library, task: Task, settings: Settings, judge: Judge): Promise<Ready | string> {
  const peer = new Peer(library);
  try {
    const prepared = await peer.prepare(task, settings.folder, proofOf(task));
    if (prepared.version) settings.versions.set(library.name, prepared.version);
    const complaint = prepared.cannot ?? wrong(judge.complaint(prepared));
    if (complaint === undefined) {
      return { peer, prepared, units: await peer.calibrate(settings.milliseconds), samples: [] };
    }
    peer.end();
    return complaint;
  } catch (error) {
    peer.end();
    return failure(error as Error);
  }
}

/** A fresh process from import to first prediction. */
async function startOnce(library: Library, task: Task, settings: Settings, judge: Judge): Promise<Ready | string> {
  const peer = new Peer(library);
  try {
    const prepared = await peer.prepare(task, settings.folder, proofOf(task));
    const complaint = prepared.cannot ?? wrong(judge.complaint(prepared));
    return complaint ?? { peer, prepared, units: 1, samples: [prepared.sample!] };
  } catch (error) {
    return failure(error as Error);
  } finally {
    peer.end();
  }
}

const wrong = (complaint: string | undefined): string | undefined =>
  complaint && `wrong result, not timed: ${complaint}`;

/** All of it to standard error; its first line is for the table. */
function failure({ message }: Error): string {
  process.stderr.write(`${message}\n`);
  return message.split("\n")[0]!;
}

function startedAgain(again: Ready | string): Sample[] {
  if (typeof again === "string") throw new Error(again);
  return again.samples;
}

/** One line that the next one overwrites, where someone is looking. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

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
  .option("--quick", "fewer and shorter rounds, for a first look", false)
  .option("--json <file>", "write the results to a file as well");

async function main(): Promise<void> {
  const options = command.parse().opts<{
    filter: string;
    libraries: string;
    rounds?: number;
    quick: boolean;
    json?: string;
  }>();
  const tasks = allTasks().filter((task) => nameOf(task).toLowerCase().includes(options.filter.toLowerCase()));
  if (tasks.length === 0) {
    throw new Error(`no task has "${options.filter}" in its name; there are:\n${allTasks().map(nameOf).join("\n")}`);
  }
  const rounds = options.rounds ?? (options.quick ? 3 : 7);
  const milliseconds = options.quick ? 60 : 250;
  const list = await libraries(options.libraries.split(","));
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-rivals-"));
  const versions = new Map<string, string>();
  const all: TaskResults[] = [];
  console.log(`${machine()}, ${engine()}, one thread each, ${rounds} rounds of about ${milliseconds} ms`);
  try {
    for (const task of tasks) {
      all.push(await measure(task, list, { rounds, milliseconds, folder: join(folder, "given"), versions }));
      console.log(`\n${tableOf(all.at(-1)!)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\n${[...versions].map(([name, version]) => `${name}: ${version}`).join("; ")}`);
  const busy = disturbance(all);
  if (busy) console.log(busy);
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
  console.log(`\n${summary(all)}`);
}

await main().catch((error: unknown) => {
  console.error(`bench:rivals: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
