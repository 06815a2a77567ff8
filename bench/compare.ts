// Two checkouts' figures side by side: what became slower or faster, as far as the noise lets one say so.
//
// Pure functions of reports; knows nothing of how they were made. A report for each round and side, or one for each.

import type { Value } from "./harness.js";
import { median, summarise } from "./harness.js";
import { digits, show, type Report } from "./report.js";

/** One figure of a row, here and there. */
export interface Difference {
  readonly section: string;
  readonly name: string;
  readonly here: Value;
  readonly there: Value;
  /** How many times as long it takes here as there; of sizes, how many times as large it is. */
  readonly ratio: number;
  readonly spread: number;
  /** Only if the difference is larger than the noise. */
  readonly verdict?: "slower" | "faster" | "larger" | "smaller";
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Rows that one side alone has. */
  readonly alone: readonly string[];
}

/** What the machine does, whatever the library is; what says in other words what stands beside it; what garbage sways. */
const ASIDE = new Set([
  ...["ceiling", "copy", "reading alone"],
  ...["share", "speed", "kernel", "read at", "as fast as one", "calls into WASM"],
  ...["JS heap a step", "a call"],
]);
const SIZES = new Set(["B", "kB", "MB", ""]);

/**
 * A difference counts if it is so many times as large as both sides' spreads together, and if no round of one side came
 * into the range of the other's. Spreads alone do not do: a process may be fast or slow by its luck with memory and
 * compilers, and of few rounds all may happen to be alike.
 */
const SPREADS = 3;
/** Of so many rounds the slowest one is left out of that range: the machine had other work. */
const ROUNDS_PER_STRAY = 5;

export function compare(here: readonly Report[], there: readonly Report[]): Comparison {
  const [ours, theirs] = [figuresOf(here), figuresOf(there)];
  const differences = [...ours].flatMap(([key, figure]) => {
    const other = theirs.get(key);
    return other ? [differenceOf(figure, other)] : [];
  });
  const aloneOn = (side: string, from: typeof ours, other: typeof ours) =>
    [...from].flatMap(([key, { section, name }]) => (other.has(key) ? [] : [`only ${side}: ${section}, ${name}`]));
  return { differences, alone: [...aloneOn("here", ours, theirs), ...aloneOn("there", theirs, ours)] };
}

interface Figure {
  readonly section: string;
  readonly name: string;
  /** One a round. */
  readonly values: Value[];
}

function figuresOf(reports: readonly Report[]): Map<string, Figure> {
  const figures = new Map<string, Figure>();
  for (const { sections } of reports) {
    for (const [section, rows] of Object.entries(sections)) {
      for (const row of rows) {
        for (const [column, value] of Object.entries(row.values)) {
          if (ASIDE.has(column)) continue;
          const name = `${row.name}, ${column}`;
          const key = `${section}: ${name}`;
          if (!figures.has(key)) figures.set(key, { section, name, values: [] });
          figures.get(key)!.values.push(value);
        }
      }
    }
  }
  return figures;
}

function differenceOf({ section, name, values }: Figure, { values: others }: Figure): Difference {
  const [here, there] = [joined(values), joined(others)];
  const isSize = SIZES.has(here.unit);
  // Of work a second, more is better.
  const cost = ({ value, unit }: Value): number => (unit.endsWith("/s") ? 1 / value : value);
  const ratio = here.value === there.value ? 1 : cost(here) / cost(there);
  const relative = ({ value, spread = 0 }: Value) => (value === 0 ? 0 : spread / value);
  const noise = relative(here) + relative(there);
  const apart = areApart(values.map(cost), others.map(cost));
  // A time without a spread is a single one, of which nothing is known; a size is what it is.
  const known = isSize || here.spread !== undefined;
  const counts = known && apart && Math.abs(Math.log(ratio)) > SPREADS * noise;
  const words = isSize ? (["larger", "smaller"] as const) : (["slower", "faster"] as const);
  return { section, name, here, there, ratio, spread: ratio * noise || 0, ...(counts && { verdict: words[ratio > 1 ? 0 : 1] }) }; // prettier-ignore
}

function areApart(here: readonly number[], there: readonly number[]): boolean {
  const range = (costs: readonly number[]) => {
    const kept = costs.toSorted((a, b) => a - b).slice(0, costs.length - Math.floor(costs.length / ROUNDS_PER_STRAY));
    return [kept[0]!, kept.at(-1)!] as const;
  };
  const [[low, high], [otherLow, otherHigh]] = [range(here), range(there)];
  return low > otherHigh || otherLow > high;
}

/** The median over the rounds; the spread is that of the rounds, or that within a round if it is larger. */
function joined(values: readonly Value[]): Value {
  const [first] = values;
  const all = summarise(
    values.map(({ value }) => value),
    first!.unit,
  );
  const within = values.flatMap(({ spread }) => spread ?? []);
  if (within.length > 0) return { ...all, spread: Math.max(all.spread!, median(within)) };
  return values.length > 1 ? all : first!;
}

/** The figures as a table, a line each, and what was found in the last line. */
export function textOf({ differences, alone }: Comparison): string {
  const lines = [
    ["", "here", "there", "ratio", ""],
    ...differences.map(({ section, name, here, there, ratio, spread, verdict }) => [
      `${section}: ${name}`,
      show(here),
      show(there),
      `${digits(ratio)} ±${digits(spread)}`,
      verdict ?? "",
    ]),
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const aligned = lines.map((line) =>
    line.map((cell, i) => (i === 0 || i === 4 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  );
  const count = (word: Difference["verdict"]) => differences.filter(({ verdict }) => verdict === word).length;
  const found = (["slower", "faster", "larger", "smaller"] as const).flatMap((word) =>
    count(word) > 0 ? [`${count(word)} ${word}`] : [],
  );
  const same = count(undefined);
  return [
    "ratio: how many times as long it takes here as there, or of sizes how many times as large it is here",
    ...aligned.map((line) => `  ${line.trimEnd()}`),
    ...alone,
    `compare: ${[...found, `${same} of ${differences.length} no different beyond the noise`].join(", ")}`,
  ].join("\n");
}
