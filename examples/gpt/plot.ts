// The losses of a training as a curve: each batch's, smoothed, and those that it was judged by. A Vega-Lite specification
// rendered to SVG text.

import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Run } from "./folder.js";

const SOFT = "#5c6670";
const MOST_POINTS = 400;

export async function lossPlot({ losses, judgements, settings }: Run): Promise<string> {
  const values = [
    ...smoothed(losses),
    ...judgements.flatMap(({ step, training, validation }) => [
      { step, loss: training, what: "training text" },
      { step, loss: validation, what: "held-back text" },
    ]),
  ];
  const axis = {
    domainColor: "#c9cdd2",
    tickColor: "#c9cdd2",
    gridColor: "#eceef0",
    labelColor: SOFT,
    titleColor: SOFT,
  };
  const spec: TopLevelSpec = {
    background: "#ffffff",
    padding: 16,
    width: 640,
    height: 320,
    data: { values },
    config: { view: { stroke: null }, axis: { ...axis, titleFontWeight: "normal" } },
    encoding: {
      x: {
        field: "step",
        type: "quantitative",
        title: "step",
        scale: { domain: [0, settings.steps] },
        axis: { grid: false },
      },
      y: { field: "loss", type: "quantitative", title: "loss, nats a character", scale: { zero: false } },
      color: {
        field: "what",
        type: "nominal",
        title: null,
        scale: { domain: ["batches", "training text", "held-back text"], range: ["#c9cdd2", "#2361c4", "#c2560c"] },
        legend: { orient: "top", labelColor: SOFT },
      },
    },
    layer: [
      { transform: [{ filter: "datum.what == 'batches'" }], mark: { type: "line", strokeWidth: 1.5 } },
      {
        transform: [{ filter: "datum.what != 'batches'" }],
        mark: { type: "line", strokeWidth: 2, point: { filled: true, size: 36 } },
      },
    ],
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Means of as many steps as leave a readable number of points. */
function smoothed(losses: readonly number[]) {
  const width = Math.ceil(losses.length / MOST_POINTS);
  return Array.from({ length: width > 0 ? Math.floor(losses.length / width) : 0 }, (_, i) => {
    const part = losses.slice(i * width, (i + 1) * width);
    return { step: (i + 0.5) * width, loss: part.reduce((sum, loss) => sum + loss, 0) / part.length, what: "batches" };
  });
}
