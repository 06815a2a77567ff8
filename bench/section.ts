// What every section of the bench is: a function from options to the rows of a table.

import type { Value } from "./harness.js";

export interface Options {
  /** How often everything is measured. */
  readonly rounds: number;
  /** Fewer and shorter measurements, for a first look. */
  readonly quick: boolean;
  /** Only what this text occurs in is measured; "" is everything. */
  readonly filter: string;
}

/** One line of a table: a name and its values by column. */
export interface Row {
  readonly name: string;
  readonly values: Readonly<Record<string, Value>>;
  /** Where the row lies on a curve, if it does. */
  readonly point?: { readonly curve: string; readonly axis: string; readonly at: number };
}

export interface Result {
  readonly rows: readonly Row[];
  /** The figures for the last line of the report. */
  readonly headline?: string;
}

export interface Section {
  readonly name: string;
  /** One sentence: what is measured, and how. */
  readonly about: string;
  measure(options: Options): Promise<Result>;
}

/** Whether the options ask for a thing of this section; the section's own name asks for all of it. */
export const wanted = ({ filter }: Options, section: string, name: string): boolean =>
  `${section}: ${name}`.toLowerCase().includes(filter.toLowerCase());
