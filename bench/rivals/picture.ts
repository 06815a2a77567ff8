// The comparison in one picture, an SVG file that stands by itself: a row for each workload, a mark for each library, by
// the factor to our time.

import { toSvgFile } from "../pages/svg.js";
import { OURS, ratiosOf, TWO, type TaskResults } from "./table.js";

const ROW = 26; // pixels
const COLOURS = ["#2f6fd0", "#d9622b", "#2b9a66", "#9459c9", "#b8860b", "#d6457a", "#5f7683"];
const SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right"];

/** The text of the file. Two threads are left out. */
export function pictureOf(all: readonly TaskResults[], circumstances: string): Promise<string> {
  const values = ratiosOf(all).filter(({ library }) => !TWO.test(library));
  const libraries = [...new Set(values.map(({ library }) => library))];
  const powers = values.map(({ ratio }) => Math.log10(ratio));
  const [low, high] = [Math.floor(Math.min(-1, ...powers)), Math.ceil(Math.max(1, ...powers))];
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  const scale = { domain: libraries, range: libraries.map((_, i) => COLOURS[i % COLOURS.length]!) };
  const shape = { domain: libraries, range: libraries.map((_, i) => SHAPES[i % SHAPES.length]!) };
  return toSvgFile(
    {
      title: {
        text: `How many times as long as ${OURS} others take`,
        subtitle: circumstances,
        anchor: "start",
        offset: 16,
        color: "var(--ink)",
        subtitleColor: "var(--soft)",
      },
      padding: 16,
      width: 560,
      height: { step: ROW },
      data: { values },
      layer: [
        {
          data: { values: [{}] },
          mark: { type: "rule", color: "var(--ink)" },
          encoding: { x: { datum: 1, type: "quantitative" } },
        },
        {
          mark: { type: "point", filled: true, size: 75, opacity: 0.9 },
          encoding: {
            y: {
              field: "workload",
              type: "nominal",
              sort: null,
              title: null,
              axis: { labelLimit: 0, labelColor: "var(--ink)" },
            },
            x: {
              field: "ratio",
              type: "quantitative",
              title: `left of the line: faster than ${OURS}; right of it: slower`,
              scale: { type: "log", domain: [ticks[0]!, ticks.at(-1)!] },
              axis: { format: ",~g", values: ticks },
            },
            color: { field: "library", type: "nominal", scale, legend: { columns: 4 } },
            shape: { field: "library", type: "nominal", scale: shape },
          },
        },
      ],
    },
    `${OURS} beside other libraries: a row for each workload, a mark for each library by the factor to ${OURS}'s time`,
  );
}
