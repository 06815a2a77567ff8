// The plot of examples/learning-rate.ts: for each rate, its way over the loss surface seen from above, and under it the
// loss step by step. A Vega specification rendered to SVG text; knows nothing of networks.

import * as vega from "vega";

/** One descent: where it was before each step and after the last, and the loss there. */
export interface Descent {
  title: string;
  path: readonly { w: number; b: number; loss: number }[];
}

/** A rectangle of the plane of w and b. */
export interface Region {
  w: readonly [low: number, high: number];
  b: readonly [low: number, high: number];
}

const SIDE = 240; // pixels of a surface
const LOW = 110; // height of the curves under it
const CELLS = 80; // samples of the surface along each axis
const COLOURS = ["#2361c4", "#1f8a4c", "#c2560c"];
const INK = "#1d2329";
const SOFT = "#5c6670";

/** @returns The text of an SVG file. `levels` are the losses at which a contour line is drawn. */
export async function descentPlot(
  descents: readonly Descent[],
  loss: (w: number, b: number) => number,
  { region, levels }: { region: Region; levels: readonly number[] },
): Promise<string> {
  const spec: vega.Spec = {
    $schema: "https://vega.github.io/schema/vega/v5.json",
    background: "#ffffff",
    padding: 16,
    config: {
      axis: {
        domainColor: "#c9cdd2",
        tickColor: "#c9cdd2",
        labelColor: SOFT,
        titleColor: SOFT,
        titleFontWeight: "normal",
      },
      title: { color: INK, fontSize: 14, anchor: "start", offset: 10 },
    },
    layout: { columns: descents.length, padding: { column: 24, row: 18 } },
    data: [{ name: "surface", values: [grid(loss, region)], transform: [contours(levels)] }],
    marks: [
      ...descents.map((descent, i) => surface(descent, region, COLOURS[i % COLOURS.length], i === 0)),
      ...descents.map((descent, i) => curve(descent, maximum(descents), COLOURS[i % COLOURS.length], i === 0)),
    ],
  };
  const view = new vega.View(vega.parse(spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** The surface at the middles of cells, row by row from the highest b down, as pictures are. */
function grid(loss: (w: number, b: number) => number, { w, b }: Region) {
  const at = ([low, high]: readonly [number, number], cell: number) => low + ((high - low) * (cell + 0.5)) / CELLS;
  const values: number[] = [];
  for (let row = CELLS - 1; row >= 0; row--) {
    for (let column = 0; column < CELLS; column++) values.push(Math.log(loss(at(w, column), at(b, row))));
  }
  return { width: CELLS, height: CELLS, values };
}

const contours = (levels: readonly number[]): vega.Transforms => ({
  type: "isocontour",
  scale: SIDE / CELLS,
  smooth: true,
  thresholds: levels.map(Math.log),
});

const maximum = (descents: readonly Descent[]) =>
  Math.max(...descents.flatMap(({ path }) => path.map(({ loss }) => loss)));

function surface({ title, path }: Descent, { w, b }: Region, colour: string, first: boolean): vega.GroupMark {
  const place = { x: { scale: "w", field: "w" }, y: { scale: "b", field: "b" } };
  return {
    type: "group",
    title: { text: title, color: colour },
    encode: { enter: { width: { value: SIDE }, height: { value: SIDE } } },
    data: [{ name: "path", values: path.map((point) => ({ ...point })) }],
    scales: [
      { name: "w", type: "linear", domain: [...w], range: [0, SIDE], zero: false },
      { name: "b", type: "linear", domain: [...b], range: [SIDE, 0], zero: false },
      {
        name: "shade",
        type: "linear",
        domain: { data: "surface", field: "contour.value" },
        range: ["#fdfcf8", "#aebccb"],
      },
    ],
    axes: [
      { scale: "w", orient: "bottom", title: "weight w", tickCount: 5 },
      { scale: "b", orient: "left", tickCount: 5, ...(first ? { title: "bias b" } : { labels: false }) },
    ],
    marks: [
      {
        type: "path",
        clip: true,
        from: { data: "surface" },
        encode: {
          enter: {
            fill: { scale: "shade", field: "contour.value" },
            stroke: { value: "#ffffff" },
            strokeWidth: { value: 1 },
          },
        },
        transform: [{ type: "geopath", field: "datum.contour" }],
      },
      {
        type: "line",
        clip: true,
        from: { data: "path" },
        encode: { enter: { ...place, stroke: { value: colour }, strokeWidth: { value: 1.5 } } },
      },
      {
        type: "symbol",
        clip: true,
        from: { data: "path" },
        encode: { enter: { ...place, fill: { value: colour }, size: { value: 22 } } },
      },
    ],
  };
}

function curve({ path }: Descent, highest: number, colour: string, first: boolean): vega.GroupMark {
  return {
    type: "group",
    encode: { enter: { width: { value: SIDE }, height: { value: LOW } } },
    data: [{ name: "path", values: path.map(({ loss }, step) => ({ step, loss })) }],
    scales: [
      { name: "step", type: "linear", domain: [0, path.length - 1], range: [0, SIDE] },
      { name: "loss", type: "linear", domain: [0, highest], range: [LOW, 0] },
    ],
    axes: [
      { scale: "step", orient: "bottom", title: "step", tickCount: 5 },
      { scale: "loss", orient: "left", tickCount: 4, ...(first ? { title: "log loss" } : { labels: false }) },
    ],
    marks: [
      {
        type: "line",
        from: { data: "path" },
        encode: {
          enter: {
            x: { scale: "step", field: "step" },
            y: { scale: "loss", field: "loss" },
            stroke: { value: colour },
            strokeWidth: { value: 2 },
          },
        },
      },
    ],
  };
}
