// Results as text for people, and as plain data for files.

import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Value } from "./harness.js";
import type { Result, Row, Section } from "./section.js";

export interface Report {
  readonly machine: string;
  readonly engine: string;
  readonly rounds: number;
  readonly sections: Readonly<Record<string, readonly Row[]>>;
}

export const machine = (): string => `${cpus()[0]?.model.trim() ?? "unknown processor"} x ${cpus().length}`;
export const library = (): string => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return `wasmgrad ${version}`;
};
export const engine = (): string => `Node ${process.versions.node}, V8 ${process.versions.v8}`;

export function report(results: ReadonlyMap<Section, Result>, rounds: number): Report {
  const sections = [...results].map(([{ name }, { rows }]) => [name, rows]);
  return { machine: machine(), engine: engine(), rounds, sections: Object.fromEntries(sections) };
}

/** The rows' names and values, one column for each value that any of them has; the first line is the head. */
export function cellsOf(rows: readonly Row[]): string[][] {
  const columns = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  return [["", ...columns], ...rows.map((row) => [row.name, ...columns.map((column) => show(row.values[column]))])];
}

/** A section's rows as a table. */
export function table({ name, about }: Section, { rows }: Result): string {
  const lines = cellsOf(rows);
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const aligned = lines.map((line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  );
  return [`${name}: ${about}`, ...aligned.map((line) => `  ${line.trimEnd()}`)].join("\n");
}

/** "43.9 ±0.4 GFLOP/s" */
export function show(value: Value | undefined): string {
  if (!value) return "";
  const spread = value.spread === undefined ? "" : ` ±${digits(value.spread)}`;
  return `${digits(value.value)}${spread} ${value.unit}`;
}

/** Three significant digits, with commas: "0.318", "43.9", "9,830,000". */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.floor(Math.log10(Math.max(Math.abs(value), 0.01)));
  if (size > 2) return (Math.round(value / 10 ** (size - 2)) * 10 ** (size - 2)).toLocaleString("en");
  return value.toFixed(Number.isInteger(value) ? 0 : 2 - size);
}
