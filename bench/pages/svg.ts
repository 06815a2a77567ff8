// Plots of the pages: a Vega-Lite specification rendered to SVG text, without a browser.
//
// Colours are the page's CSS variables (style.ts), so a plot follows the light or dark scheme it stands in.

import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { escapeHtml } from "./html.js";
import { colours } from "./style.js";

const FONT = "system-ui, sans-serif";

const config: TopLevelSpec["config"] = {
  aria: false, // each plot is one image with one description; its numbers are in a table beside it
  background: "transparent",
  font: FONT,
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    grid: true,
    gridColor: "var(--line)",
    labelColor: "var(--soft)",
    labelFontSize: 12,
    labelPadding: 8,
    titleColor: "var(--soft)",
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 10,
  },
  legend: { labelColor: "var(--ink)", labelFontSize: 12, orient: "top", title: null, symbolStrokeWidth: 2 },
};

/** Renders a specification as an `<svg>` element that scales down with its column. `label` describes it to those who cannot see it. */
export async function toSvg(spec: TopLevelSpec, label: string): Promise<string> {
  // Inside HTML the namespaces are implied.
  return (await render(spec, label)).replace(/ xmlns(:\w+)?="[^"]*"/g, "");
}

/** The same as a file of its own, which brings the colours with it, and paper to stand on. */
export async function toSvgFile(spec: TopLevelSpec, label: string): Promise<string> {
  const svg = await render(spec, label);
  return svg.replace(
    /<svg[^>]*>/,
    (tag) => `${tag}<style>${colours}</style><rect width="100%" height="100%" fill="var(--paper)"/>`,
  );
}

async function render(spec: TopLevelSpec, label: string): Promise<string> {
  const view = new vega.View(vega.parse(compile({ ...spec, config } as TopLevelSpec).spec), { renderer: "none" });
  try {
    return (await view.toSVG()).replace("<svg", `<svg role="img" aria-label="${escapeHtml(label)}"`);
  } finally {
    view.finalize();
  }
}
