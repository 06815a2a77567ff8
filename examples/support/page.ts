// What the reports of a training have in common: how it went, how long it took, and what was chosen for it.

import { duration, percent, table } from "./html.js";
import { accuracyPlot, lossPlot, type EpochPoint } from "./plots.js";

export { renderPage, type Page } from "../../bench/pages/page.js";

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
