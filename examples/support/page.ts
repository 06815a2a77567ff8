// The page that every report is: a title, figures in large type, sections, and a style sheet in the file itself. No
// script, no font, no picture from elsewhere, so it can be mailed.

import { duration, escapeHtml, percent, table } from "./html.js";
import { accuracyPlot, lossPlot, type EpochPoint } from "./plots.js";
import { style } from "./style.js";

export interface Page {
  title: string;
  /** A sentence or two of HTML under the title. */
  lead: string;
  /** Names and values; the first is the one that counts. */
  figures: readonly (readonly [name: string, value: string])[];
  /** Headings with the HTML under them. */
  sections: readonly (readonly [heading: string, body: string])[];
}

/** The text of an HTML page. Titles and figures are escaped; leads and bodies are HTML already. */
export function renderPage({ title, lead, figures, sections }: Page): string {
  const items = figures.map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`);
  const parts = sections.map(([heading, body]) => `<section>\n<h2>${escapeHtml(heading)}</h2>\n${body}\n</section>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${lead}</p>
<dl class="figures">${items.join("")}</dl>
</header>
<main>
${parts.join("\n")}
</main>
</body>
</html>
`;
}

/** The section on how the training went: two plots, and the same as a table. */
export async function learningCurves(epochs: readonly EpochPoint[]): Promise<string> {
  if (epochs.length === 0) return `<p class="note">It was stopped before the first epoch was done.</p>`;
  const watched = hasValidation(epochs) ? ", and on validation images that were never learned from" : "";
  const [loss, accuracy] = await Promise.all([lossPlot(epochs), accuracyPlot(epochs)]);
  return `<p class="note">After each epoch: on the training images while they were learned from${watched}.</p>
<div class="pair">
<figure class="card"><h3>Loss</h3>${loss}</figure>
<figure class="card"><h3>Accuracy</h3>${accuracy}</figure>
</div>
<details><summary>The same as a table</summary><div class="card">${epochTable(epochs)}</div></details>`;
}

/** How long it took, and where the loss ended: figures that every training has. */
export const trainingFigures = (epochs: readonly EpochPoint[], seconds: number): [string, string][] => [
  ["training time", duration(seconds)],
  ["per epoch", epochs.length > 0 ? duration(seconds / epochs.length) : "–"],
  ["final training loss", epochs.length > 0 ? epochs[epochs.length - 1].loss.toFixed(3) : "–"],
];

/** What was chosen for the run, shown as it is. */
export const settingsTable = (settings: Record<string, string | number>): string =>
  `<div class="card settings">${table([], Object.entries(settings))}</div>`;

function epochTable(epochs: readonly EpochPoint[]): string {
  const validated = hasValidation(epochs);
  const head = ["epoch", "loss", "accuracy", ...(validated ? ["validation loss", "validation accuracy"] : [])];
  const rows = epochs.map((row) => [
    row.epoch,
    row.loss.toFixed(4),
    percent(row.accuracy, 2),
    ...(validated ? [row.validationLoss?.toFixed(4) ?? "–", percent(row.validationAccuracy, 2)] : []),
  ]);
  return table(head, rows);
}

const hasValidation = (epochs: readonly EpochPoint[]) => epochs.some((row) => row.validationAccuracy !== undefined);
