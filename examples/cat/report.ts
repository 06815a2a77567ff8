// A finished run as one HTML page: the curves, the surest right and wrong answers, and how hard each kind of picture was.
// Knows nothing about how the numbers came to be.

import { escapeHtml, integer, percent, portion, table } from "../support/html.js";
import { learningCurves, renderPage, settingsTable, trainingFigures } from "../support/page.js";
import type { EpochPoint } from "../support/plots.js";
import { colourPng } from "../support/png.js";
import { byKind, surestFirst, type Answers } from "./answers.js";
import { PIXELS, SIDE, type Pictures } from "./draw.js";

export interface ReportData {
  /** Shown as they are, in this order. */
  settings: Record<string, string | number>;
  epochs: readonly EpochPoint[];
  /** Training time. */
  seconds: number;
  test: Pictures;
  answers: Answers;
  /** What simpler methods reach on the same test pictures: name and accuracy. */
  others: readonly (readonly [name: string, accuracy: number])[];
}

const MOST = 24; // pictures in a gallery

/** The report as the text of an HTML page. */
export async function renderReport(data: ReportData): Promise<string> {
  const { settings, epochs, seconds, test, answers, others } = data;
  const { labels } = test;
  const wrong = answers.right.filter((right) => !right).length;
  const surest = surestFirst(answers);
  const shown = (cat: number, right: boolean) =>
    gallery(
      test,
      answers,
      surest.filter((at) => labels[at] === cat && answers.right[at] === right),
    );
  return renderPage({
    title: "Is it a cat?",
    lead:
      `Half of the pictures are cats, half are something else, and all are drawn by the program. The network was tested on ` +
      `${integer(labels.length)} pictures drawn from another seed than those that it learned from.`,
    figures: [
      ["test accuracy", percent(answers.accuracy, 2)],
      ["wrong answers", integer(wrong)],
      ...others.map(([name, accuracy]): [string, string] => [name, percent(accuracy, 1)]),
      ...trainingFigures(epochs, seconds),
    ],
    sections: [
      ["Training", await learningCurves(epochs)],
      ["Cats that it is surest of", shown(1, true)],
      ["Others that it is surest of", shown(0, true)],
      ["Cats that it did not see", shown(1, false)],
      ["Others that it took for cats", shown(0, false)],
      ["By what was drawn", kindTable(test, answers)],
      ["Settings", settingsTable(settings)],
    ],
  });
}

function gallery({ images, kinds }: Pictures, { cat }: Answers, which: readonly number[]): string {
  if (which.length === 0) return `<p class="note">None.</p>`;
  const shown = which.slice(0, MOST);
  const items = shown.map((at) => {
    const picture = colourPng(images.subarray(at * PIXELS, (at + 1) * PIXELS), SIDE, SIDE);
    const kind = escapeHtml(kinds[at]);
    return (
      `<li><figure><img src="${picture}" width="${SIDE}" height="${SIDE}" alt="A drawing: ${kind}">` +
      `<figcaption>${kind}<small>cat: ${percent(cat[at], 1)}</small></figcaption></figure></li>`
    );
  });
  return (
    `<p class="note">With the probability that the network gives to a cat; ${portion(shown.length, which.length)}.</p>` +
    `<ul class="gallery">${items.join("")}</ul>`
  );
}

function kindTable(test: Pictures, answers: Answers): string {
  const rows = byKind(test, answers).map(({ kind, pictures, accuracy }) => [kind, pictures, percent(accuracy, 1)]);
  return `<div class="card settings">${table(["drawn", "pictures", "right answers"], rows)}</div>`;
}
