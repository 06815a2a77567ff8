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

/** A difference counts if it is so many times as large as both sides' spreads together, */
const SPREADS = 3;
/** and if it points the same way in all rounds, but for one in so many. */
const ROUNDS_PER_STRAY = 5;

/** Compares round by round; the reports of one round are at the same place of both lists. */
export function compare(here: readonly Report[], there: readonly Report[]): Comparison {
  const [ours, theirs] = [figuresOf(here), figuresOf(there)];
  const differences = [...ours].flatMap(([key, figure]) => {
    const other = theirs.get(key);
    return other ? [differenceOf(figure, other)] : [];
  });
  const only = (side: string, from: typeof ours, other: typeof ours) =>
    [...from].flatMap(([key, { section, name }]) => (other.has(key) ? [] : [`only ${side}: ${section}, ${name}`]));
  return { differences, alone: [...only("here", ours, theirs), ...only("there", theirs, ours)] };
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
  const quotient = (a: Value, b: Value): number => {
    if (a.value === b.value) return 1;
    return here.unit.endsWith("/s") ? b.value / a.value : a.value / b.value;
  };
  const ratio = quotient(here, there);
  const relative = ({ value, spread = 0 }: Value) => (value === 0 ? 0 : spread / value);
  const noise = relative(here) + relative(there);
  const rounds = values.slice(0, others.length).map((value, round) => quotient(value, others[round]!));
  const astray = rounds.filter((each) => (ratio > 1 ? each <= 1 : each >= 1)).length;
  // A time without a spread is a single one, of which nothing is known; a size is what it is.
  const known = isSize || here.spread !== undefined;
  const counts =
    known && Math.abs(Math.log(ratio)) > SPREADS * noise && astray <= Math.floor(rounds.length / ROUNDS_PER_STRAY);
  const words = isSize ? (["larger", "smaller"] as const) : (["slower", "faster"] as const);
  return { section, name, here, there, ratio, spread: ratio * noise || 0, ...(counts && { verdict: words[ratio > 1 ? 0 : 1] }) }; // prettier-ignore
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
