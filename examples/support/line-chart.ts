// Lines over a common axis as an SVG picture: a Vega-Lite specification rendered to text.

import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Whether the y axis begins at 0. Default true. */
  readonly zero?: boolean;
}

/** The text of an SVG file. */
export async function lineChart(lines: readonly Line[], { title, x, y, zero = true }: ChartOptions): Promise<string> {
  const spec: TopLevelSpec = {
    width: 520,
    height: 300,
    background: "#ffffff",
    padding: 16,
    title: { text: title, anchor: "start", fontSize: 15, color: "#1d2329", offset: 12 },
    config: {
      view: { stroke: null },
      axis: { domain: false, ticks: false, gridColor: "#e4e7ea", labelColor: "#5c6670", titleColor: "#5c6670" },
      legend: { title: null, orient: "top", labelColor: "#1d2329", symbolStrokeWidth: 2.5 },
    },
    data: { values: lines.flatMap(({ name, points }) => points.map(([a, b]) => ({ name, x: a, y: b }))) },
    mark: { type: "line", strokeWidth: 2.5, point: { size: 36, filled: true, opacity: 1 } },
    encoding: {
      x: { field: "x", type: "quantitative", title: x, axis: { grid: false }, scale: { zero: false } },
      y: { field: "y", type: "quantitative", title: y, scale: { zero } },
      color: {
        field: "name",
        type: "nominal",
        sort: null,
        scale: { range: ["#2361c4", "#c2560c", "#1f8a4c", "#7a5195"] },
      },
    },
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
