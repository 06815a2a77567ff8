// The results: what one library did in one task, as text for people and as plain data for files.

import { summarise } from "../harness.js";
import { digits } from "../report.js";
import type { Deviation, Task } from "./protocol.js";
import { nameOf, workOf } from "./tasks.js";

export const OURS = "wasmgrad";
/** Libraries on two threads. */
export const TWO = / 2 threads$/;

/** One library in one task; `cannot` instead of times says why there are none. */
export interface Result {
  readonly library: string;
  readonly cannot?: string;
  readonly deviation?: Deviation;
  /** A unit of work (one step, one call, one product), one number a round. */
  readonly milliseconds: readonly number[];
  /** Rounds in which the process had less than nine tenths of a processor. */
  readonly disturbed: number;
  /** The most memory that the process held in RAM, with the engine and the task's arrays in it. */
  readonly peakBytes?: number;
}

export interface TaskResults {
  readonly task: Task;
  readonly results: readonly Result[];
  /** Whose losses the others' were compared with, if not f64's. */
  readonly against?: string;
}

/** The medians and what follows from them. */
export interface Figures {
  readonly milliseconds: number;
  readonly spread: number;
  readonly perSecond?: number;
  /** How many times as long as ours it takes, on as many threads. */
  readonly ratio?: number;
}

export function figuresOf({ task, results }: TaskResults, result: Result): Figures | undefined {
  if (result.milliseconds.length === 0) return undefined;
  const { value: milliseconds, spread = 0 } = summarise(result.milliseconds, "ms");
  const name = TWO.test(result.library) ? `${OURS} 2 threads` : OURS;
  const ours = results.find(({ library, milliseconds: rounds }) => library === name && rounds.length > 0);
  const work = workOf(task);
  return {
    milliseconds,
    spread,
    perSecond: work && work.amount / (milliseconds / 1000),
    ratio: ours && milliseconds / summarise(ours.milliseconds, "ms").value,
  };
}

/** A footnote for each deviation, after the library's name. */
const NOTES: Readonly<Record<Deviation, string>> = {
  "own training":
    "trains its own way: descent with momentum after every single sample, squared error, one activation for all layers; " +
    "a step is as many samples as the batch, and all that was checked is that the error falls by a tenth",
  "relu output": "has a relu after the last layer too; checked against f64 with one",
};

/**
 * One task's lines: a library each, its median, spread, rate, ratio to ours, and the peak of its process's memory; the
 * first line is the head. A library that has no time has its reason in the place of the ratio.
 */
export function linesOf(all: TaskResults): string[][] {
  const figured = all.results.map((result) => figuresOf(all, result));
  const micro = figured.some((figures) => figures && figures.milliseconds < 0.1);
  const time = (milliseconds: number): string => digits(micro ? milliseconds * 1000 : milliseconds);
  const lines = [["", micro ? "µs" : "ms", "±", workOf(all.task)?.unit ?? "", `x ${OURS}`, "peak MB"]];
  for (const [i, result] of all.results.entries()) {
    const figures = figured[i];
    const name = `${result.library}${result.deviation ? " *" : ""}`;
    if (!figures) lines.push([name, "–", "", "", result.cannot ?? "", ""]);
    else {
      const { milliseconds, spread, perSecond, ratio } = figures;
      lines.push([
        name,
        time(milliseconds),
        time(spread),
        perSecond ? rateOf(perSecond) : "",
        ratio ? `${digits(ratio)} x` : "",
        result.peakBytes === undefined ? "" : (result.peakBytes / 1e6).toFixed(0),
      ]);
    }
  }
  return lines;
}

/** One task's lines as text. */
export function tableOf(all: TaskResults): string {
  const widths = [19, 10, 9, 14, 12, 9];
  const text = linesOf(all).map((line) =>
    line
      .map((cell, i) => (i === 0 || line[1] === "–" ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(" ")
      .trimEnd(),
  );
  return [titleOf(all), ...text.map((line) => `  ${line}`)].join("\n");
}

/** The task, and with whose losses the others' were compared, if not with f64's. */
export const titleOf = ({ task, against }: TaskResults): string =>
  `${nameOf(task)}${against ? `, losses compared with ${against}'s` : ""}`;

/** What the stars mean that are there. */
export function notesOf(all: readonly TaskResults[]): string[] {
  const starred = all.flatMap(({ results }) =>
    results.flatMap(({ library, deviation }) => (deviation ? [`* ${library} ${NOTES[deviation]}`] : [])),
  );
  return [...new Set(starred)];
}

const rateOf = (value: number): string => digits(value >= 100 ? Math.round(value) : value);

/** How many times as long as ours a library takes for a workload, by its faster way. */
export interface Ratio {
  readonly workload: string;
  readonly library: string;
  readonly ratio: number;
}

/**
 * For each workload the ratios to ours, each library by its faster way (fit or step by step), and ours too; on two threads
 * to ours on two.
 */
export function ratiosOf(all: readonly TaskResults[]): Ratio[] {
  const workloads = new Map<string, TaskResults[]>();
  for (const results of all) {
    const { task } = results;
    const name = task.kind === "fit" || task.kind === "step" ? task.workload.name : nameOf(task);
    workloads.set(name, [...(workloads.get(name) ?? []), results]);
  }
  return [...workloads].flatMap(([workload, group]) => {
    const best = new Map<string, number>();
    for (const results of group) {
      for (const result of results.results) {
        const time = figuresOf(results, result)?.milliseconds;
        if (time !== undefined) best.set(result.library, Math.min(time, best.get(result.library) ?? Infinity));
      }
    }
    const ours = best.get(OURS);
    const oursOnTwo = best.get(`${OURS} 2 threads`);
    return [...best].flatMap(([library, time]) => {
      const base = TWO.test(library) ? oursOnTwo : ours;
      return library.startsWith(OURS) || base === undefined ? [] : [{ workload, library, ratio: time / base }];
    });
  });
}

/** The ratios in words, a line for each workload. */
export function summary(all: readonly TaskResults[]): string {
  const lines = new Map<string, string[]>();
  for (const { workload, library, ratio } of ratiosOf(all)) {
    lines.set(workload, [...(lines.get(workload) ?? []), `${digits(ratio)} x ${library}`]);
  }
  if (lines.size === 0) return "";
  const texts = [...lines].map(([workload, ratios]) => `  ${workload}: ${ratios.join(", ")}`);
  return `How many times as fast as each ${OURS} is:\n${texts.join("\n")}`;
}

/** The results as plain data. */
export const dataOfResults = (all: readonly TaskResults[]): unknown[] =>
  all.flatMap((results) =>
    results.results.map((result) => {
      const { milliseconds: rounds, ...rest } = result;
      const { milliseconds, ...figures } = figuresOf(results, result) ?? {};
      return {
        task: nameOf(results.task),
        against: results.against ?? "f64",
        ...rest,
        milliseconds,
        ...figures,
        rateUnit: workOf(results.task)?.unit,
        rounds,
      };
    }),
  );

/** A warning if the machine had other work, which makes the times longer and the ratios unsure. */
export function disturbance(all: readonly TaskResults[]): string | undefined {
  const results = all.flatMap(({ results }) => results);
  const disturbed = results.reduce((sum, result) => sum + result.disturbed, 0);
  const rounds = results.reduce((sum, { milliseconds }) => sum + milliseconds.length, 0);
  if (disturbed === 0) return undefined;
  return `The machine was busy otherwise: in ${disturbed} of ${rounds} measurements a library had less than nine tenths of a processor.`;
}
