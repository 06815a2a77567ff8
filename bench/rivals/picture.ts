// The comparison in one picture, an SVG file that stands by itself: a row for each workload, a mark for each library, by
// the factor to our time.

import { toSvgFile } from "../pages/svg.js";
import { OURS, ratiosOf, type TaskResults } from "./table.js";

const ROW = 26; // pixels
const COLOURS = ["#2f6fd0", "#d9622b", "#2b9a66", "#9459c9", "#b8860b", "#d6457a", "#5f7683"];
const SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right"];

/** The text of the file. Two threads are left out. */
export function pictureOf(all: readonly TaskResults[], circumstances: string): Promise<string> {
  const values = ratiosOf(all).filter(({ library }) => !library.endsWith("threads"));
  const libraries = [...new Set(values.map(({ library }) => library))];
  const powers = values.map(({ ratio }) => Math.log10(ratio));
  const domain = [10 ** Math.floor(Math.min(-1, ...powers)), 10 ** Math.ceil(Math.max(1, ...powers))];
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
      width: 560,
      height: { step: ROW },
      data: { values },
      encoding: {
        y: {
          field: "workload",
          type: "nominal",
          sort: null,
          title: null,
          axis: { labelLimit: 320, labelColor: "var(--ink)" },
        },
      },
      layer: [
        { mark: { type: "rule", color: "var(--soft)", strokeDash: [4, 3] }, encoding: { x: { datum: 1 } } },
        {
          mark: { type: "point", filled: true, size: 75, opacity: 0.9 },
          encoding: {
            x: {
              field: "ratio",
              type: "quantitative",
              title: `← faster than ${OURS}      times as long      slower →`,
              scale: { type: "log", domain },
              axis: { format: ",~g", tickCount: 6 },
            },
            color: { field: "library", type: "nominal", scale },
            shape: { field: "library", type: "nominal", scale: shape },
          },
        },
      ],
    },
    `${OURS} beside other libraries: a row for each workload, a mark for each library by the factor to ${OURS}'s time`,
  );
}
