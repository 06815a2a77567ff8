// The results as an HTML page: shares of ceilings as bars, curves as curves, and every figure in a table.

import { escapeHtml, table } from "./pages/html.js";
import { renderPage } from "./pages/page.js";
import { curve, shareBars } from "./charts.js";
import { cellsOf, engine, library, machine } from "./report.js";
import type { Result, Row, Section } from "./section.js";

/** What can be drawn of a curve's points: each has a value by this name. */
const DRAWN = ["step", "speed"] as const;

/** The text of the page. */
export async function pageOf(results: ReadonlyMap<Section, Result>, rounds: number): Promise<string> {
  const sections = await Promise.all(
    [...results].map(async ([{ name, about }, { rows }]) => [name, await sectionOf(about, rows)] as const),
  );
  return renderPage({
    title: "wasmgrad, measured",
    lead: `Medians of ${rounds} rounds, ± the median deviation from them. ${escapeHtml(`${library()}; ${engine()}; ${machine()}.`)}`,
    figures: [],
    sections: [...inShort([...results.values()]), ...sections],
  });
}

function inShort(results: readonly Result[]): (readonly [string, string])[] {
  const headlines = results.flatMap(({ headline }) => headline ?? []);
  if (headlines.length === 0) return [];
  return [["in short", `<ul>${headlines.map((headline) => `<li>${escapeHtml(headline)}</li>`).join("")}</ul>`]];
}

async function sectionOf(about: string, rows: readonly Row[]): Promise<string> {
  const figures = [...(await sharesOf(rows)), ...(await curvesOf(rows))];
  const [head, ...lines] = cellsOf(rows);
  const all = `<div class="card">${table(head!, lines)}</div>`;
  return [
    `<p class="note">${escapeHtml(about)}</p>`,
    ...(figures.length > 0
      ? [`<div class="pair">${figures.join("\n")}</div>`, `<details><summary>All figures</summary>${all}</details>`]
      : [all]),
  ].join("\n");
}

/** Of the rows that have a share, how near they came to the ceiling. */
async function sharesOf(rows: readonly Row[]): Promise<string[]> {
  const bars = rows.flatMap(({ name, values: { share } }) => {
    if (!share) return [];
    const { value, spread = 0 } = share;
    return [{ name, value, low: value - spread, high: value + spread }];
  });
  if (bars.length === 0) return [];
  return [figure("Share of the ceiling", await shareBars(bars, "Each by its share of the ceiling, in per cent"))];
}

/** Of each curve, time and speed. */
async function curvesOf(rows: readonly Row[]): Promise<string[]> {
  const names = [...new Set(rows.flatMap(({ point }) => point?.curve ?? []))];
  const all = names.flatMap((name) => {
    const points = rows.filter(({ point }) => point?.curve === name);
    return DRAWN.map(async (drawn) => {
      const { axis } = points[0]!.point!;
      const { unit } = points[0]!.values[drawn]!;
      const line = points.map(({ point, values }) => {
        const { value, spread = 0 } = values[drawn]!;
        return { at: point!.at, value, spread };
      });
      return figure(`${name}: ${drawn}`, await curve(line, { x: axis, y: unit, label: `${drawn} by ${axis}` }));
    });
  });
  return Promise.all(all);
}

const figure = (title: string, picture: string): string =>
  `<figure class="card"><h3>${escapeHtml(title)}</h3>${picture}</figure>`;
