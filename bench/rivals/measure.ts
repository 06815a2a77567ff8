// One task in all libraries, each in a process of its own: first every one proves its result against f64 (tasks.ts), then
// they are timed in rounds, one library after the other within a round, so that whatever slows the machine down for a
// while slows all of them.

import { Peer, type Library } from "./peer.js";
import type { Deviation, Prepared, Sample, Task } from "./protocol.js";
import type { Result, TaskResults } from "./table.js";
import { givenFor, isForThreads, Judge, nameOf, proofOf, writeGiven } from "./tasks.js";

const UNDISTURBED = 0.9; // share of a processor for each thread

/** Whose losses are taken for right where f64 has none: the first of these that are there. */
const TRUSTED = ["pytorch", "tfjs-cpu", "tfjs-wasm"];

export interface Settings {
  readonly rounds: number;
  /** How long one measurement lasts, about. */
  readonly milliseconds: number;
  readonly clock: "wall" | "cpu";
  /** For the arrays. */
  readonly folder: string;
  /** Library by library, as they tell. */
  readonly versions: Map<string, string>;
}

/** All libraries in one task. */
export async function measure(task: Task, libraries: readonly Library[], settings: Settings): Promise<TaskResults> {
  const given = givenFor(task);
  writeGiven(settings.folder, given);
  const judge = new Judge(task, given);
  const entrants = libraries
    .filter(({ threads = 1 }) => threads === 1 || isForThreads(task))
    .map((library) => new Entrant(library, task, settings, judge));
  const rank = ({ library }: Entrant): number => TRUSTED.indexOf(library.name) + 1 || Infinity;
  try {
    for (const entrant of entrants.toSorted((a, b) => rank(a) - rank(b) || 0)) {
      progress(`${nameOf(task)}: ${entrant.library.name}`);
      await entrant.enter();
    }
    for (let round = 1; round <= settings.rounds; round++) {
      progress(`${nameOf(task)}: round ${round} of ${settings.rounds}`);
      for (const entrant of entrants) await entrant.run();
    }
  } finally {
    for (const entrant of entrants) entrant.leave();
    progress("");
  }
  return { task, results: entrants.map(({ result }) => result), against: judge.against };
}

/** One library in one task. What goes wrong with it is its result, and no trouble of the others. */
class Entrant {
  private readonly samples: Sample[] = [];
  private peer: Peer | undefined;
  private units = 1;
  private deviation: Deviation | undefined;
  private cannot: string | undefined;

  constructor(
    readonly library: Library,
    private readonly task: Task,
    private readonly settings: Settings,
    private readonly judge: Judge,
  ) {}

  /** Proves the result and finds how much work a round has. A start has nothing that could be done before. */
  async enter(): Promise<void> {
    await this.attempt(async () => {
      if (this.task.kind === "start") return;
      const { peer } = await this.prove();
      this.units = await peer.calibrate(this.settings.milliseconds);
    });
  }

  /** One round. */
  async run(): Promise<void> {
    await this.attempt(async () => {
      if (this.task.kind !== "start") this.samples.push(await this.peer!.sample(this.units));
      else {
        this.samples.push((await this.prove()).prepared.sample!);
        this.leave();
      }
    });
  }

  leave(): void {
    this.peer?.end();
    this.peer = undefined;
  }

  get result(): Result {
    const { library, cannot, deviation, samples, settings } = this;
    const timed = cannot === undefined ? samples : [];
    const { threads = 1 } = library;
    return {
      library: library.name,
      cannot,
      deviation,
      milliseconds: timed.map(
        ({ milliseconds, share }) => milliseconds * (settings.clock === "cpu" && threads === 1 ? share : 1),
      ),
      peakBytes: Math.max(0, ...timed.map(({ peakBytes }) => peakBytes)) || undefined,
      disturbed: timed.filter(({ share }) => share < UNDISTURBED * threads).length,
    };
  }

  /** A new process with the task done once, and rightly. */
  private async prove(): Promise<{ peer: Peer; prepared: Prepared }> {
    const { library, task, settings, judge } = this;
    const peer = (this.peer = new Peer(library));
    const prepared = await peer.prepare(task, settings.folder, proofOf(task));
    if (prepared.cannot) throw new Error(prepared.cannot);
    this.deviation = prepared.deviation;
    settings.versions.set(library.name, prepared.version!);
    const complaint = judge.complaint(prepared, library.name);
    if (complaint) throw new Error(`wrong result, not timed: ${complaint}`);
    return { peer, prepared };
  }

  private async attempt(part: () => Promise<void>): Promise<void> {
    if (this.cannot !== undefined) return;
    try {
      await part();
    } catch (error) {
      // The first line is for the table, the rest, what the process had to say, for whoever looks into it.
      const [first, ...more] = (error as Error).message.split("\n");
      this.cannot = first!;
      if (more.length > 0) process.stderr.write(`${this.library.name}, ${nameOf(this.task)}:\n${more.join("\n")}\n`);
      this.leave();
    }
  }
}

/** One line that the next one overwrites, where someone is looking. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
