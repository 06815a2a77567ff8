// Small change of the reports and the terminal: numbers as people write them; and what the pages escape and tabulate.

export { escapeHtml, table } from "../../bench/pages/html.js";

export const integer = (n: number) => n.toLocaleString("en-US");
export const plural = (n: number, noun: string) => `${integer(n)} ${noun}${n === 1 ? "" : "s"}`;
export const portion = (shown: number, all: number) =>
  shown < all ? `${shown} of ${integer(all)} shown` : `all ${shown} shown`;
export const percent = (x: number | undefined, digits: number) =>
  x === undefined ? "–" : `${(100 * x).toFixed(digits)} %`;
export const duration = (s: number) =>
  s < 1 ? `${(1000 * s).toFixed(0)} ms` : s < 100 ? `${s.toFixed(1)} s` : `${(s / 60).toFixed(1)} min`;
/** A tenth of x as one would type it. */
export const tenth = (x: number) => Number((x / 10).toPrecision(3));
