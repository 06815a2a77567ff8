// Times tasks against each other, round by round, on tinybench.
//
// A round runs every task once, so whatever slows the machine down for a while slows all of them: their ratios within
// a round hold even where their times do not. Reported are medians over the rounds, with the median absolute deviation.

import { Bench } from "tinybench";

/** Something to be timed. */
export interface Task {
  readonly name: string;
  /** Brings about what each measurement begins with; takes no part in it. */
  prepare?(): Promise<void>;
  /** Does the work `times` times. */
  run(times: number): unknown;
}

export interface TimingOptions {
  /** How often every task is measured. */
  readonly rounds: number;
  /** How long one measurement lasts, about; long work is done once all the same. */
  readonly milliseconds: number;
}

/** Milliseconds that the work takes once, one number a round. */
export type Rounds = readonly number[];

/** Times `tasks` in interleaved rounds; the result is in their order. */
export async function time(tasks: readonly Task[], { rounds, milliseconds }: TimingOptions): Promise<Rounds[]> {
  const bench = new Bench({ time: 0, iterations: 1, warmup: false, throws: true });
  const times: number[] = [];
  for (const task of tasks) {
    const count = await calibrate(task, milliseconds);
    times.push(count);
    // Else tinybench would call it once without waiting for it, only to see whether it returns a promise.
    bench.add(task.name, () => task.run(count), { async: true, beforeEach: () => task.prepare?.() });
  }
  const results: number[][] = tasks.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, task] of bench.tasks.entries()) {
      task.reset(false);
      await task.run();
      if (task.result.state !== "completed") throw new Error(`bench: ${task.name} ended as ${task.result.state}`);
      results[i]!.push(task.result.latency.min / times[i]!);
    }
  }
  return results;
}

/** A task has run for so many milliseconds before it is measured: by then its code is optimised. */
const WARM = 20;
const MOST = 2 ** 30;

/** How many times the task has to run to last so long. */
async function calibrate(task: Task, milliseconds: number): Promise<number> {
  let times = 1;
  let elapsed = await duration(task, times);
  while (elapsed < WARM && times < MOST) {
    times *= elapsed > WARM / 16 ? 2 : 8;
    elapsed = await duration(task, times);
  }
  elapsed = await duration(task, times);
  return Math.max(1, Math.min(MOST, Math.round((times * milliseconds) / elapsed)));
}

async function duration({ prepare, run }: Task, times: number): Promise<number> {
  await prepare?.();
  const start = performance.now();
  await run(times);
  return performance.now() - start;
}

/** A number with its unit, as a table and the JSON file show it. */
export interface Value {
  readonly value: number;
  readonly unit: string;
  /** Median absolute deviation over the rounds; absent where there were none. */
  readonly spread?: number;
}

/** The middle one; of an even number, the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Median of the values, and the median of how far they are from it. */
export function summarise(values: readonly number[], unit: string): Value {
  const middle = median(values);
  return { value: middle, unit, spread: median(values.map((value) => Math.abs(value - middle))) };
}

/** Work a second: `work` units in each of `rounds` milliseconds. */
export const rate = (work: number, rounds: Rounds, unit: string): Value =>
  summarise(
    rounds.map((ms) => work / (ms / 1000)),
    unit,
  );

/** By which share of the ceiling's rate, in per cent, the work was done: the median of the rounds' ratios. */
export const share = (work: number, rounds: Rounds, ceilingWork: number, ceilingRounds: Rounds): Value =>
  summarise(
    rounds.map((ms, round) => (100 * (work / ms)) / (ceilingWork / ceilingRounds[round]!)),
    "%",
  );
