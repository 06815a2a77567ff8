// The comparison as an HTML page: for each task a bar for each library, by the factor to our time, and the figures.

import { escapeHtml, table } from "../pages/html.js";
import { renderPage } from "../pages/page.js";
import { ratioBars, type Bar } from "../charts.js";
import { engine, machine } from "../report.js";
import { disturbance, figuresOf, linesOf, notesOf, OURS, summary, titleOf, type TaskResults } from "./table.js";

export interface Circumstances {
  /** How it was measured, in a sentence. */
  readonly how: string;
  /** Library by library, as they tell. */
  readonly versions: ReadonlyMap<string, string>;
}

/** The text of the page. */
export async function pageOf(all: readonly TaskResults[], { how, versions }: Circumstances): Promise<string> {
  const bars = all.map(barsOf);
  const domain = domainOf(bars.flat());
  const figures = await Promise.all(
    all.map(async (results, i) => {
      const title = escapeHtml(titleOf(results));
      const label = `${titleOf(results)}: how many times as long as ${OURS} each library takes`;
      const picture = bars[i]!.length > 0 ? await ratioBars(bars[i]!, domain, label) : "";
      const [head, ...lines] = linesOf(results);
      const figures = `<details><summary>All figures</summary>${table(head!, lines)}</details>`;
      return `<figure class="card"><h3>${title}</h3>${picture}${figures}</figure>`;
    }),
  );
  const notes = [...new Set(versions.values()), ...notesOf(all), disturbance(all) ?? []].flat();
  const short = summary(all);
  return renderPage({
    title: `${OURS} beside other libraries`,
    lead: `How many times as long as ${OURS} each library takes, on as many threads: a bar to the right says that ${OURS} is faster. The line across its end is the spread. ${escapeHtml(`${machine()}; ${engine()}; ${how}.`)}`,
    figures: [],
    sections: [
      ["task by task", `<div class="pair">${figures.join("\n")}</div>`],
      ...(short ? [["in short", `<div class="card"><pre>${escapeHtml(short)}</pre></div>`] as const] : []),
      ["versions and notes", `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("")}</ul>`],
    ],
  });
}

/** The other libraries that have a time, where ours has one. */
function barsOf(results: TaskResults): Bar[] {
  return results.results.flatMap((result) => {
    const figures = figuresOf(results, result);
    if (!figures?.ratio || result.library.startsWith(OURS)) return [];
    const { milliseconds, spread, ratio } = figures;
    const off = (ratio * spread) / milliseconds;
    const name = `${result.library}${result.deviation ? " *" : ""}`;
    return [{ name, value: ratio, low: ratio - off, high: ratio + off }];
  });
}

/** The powers of ten between which all bars lie, for all plots the same. */
function domainOf(bars: readonly Bar[]): [number, number] {
  const powers = bars.map(({ value }) => Math.log10(value));
  return [Math.floor(Math.min(-0.5, ...powers)), Math.ceil(Math.max(0.5, ...powers))];
}
