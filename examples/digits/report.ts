// A finished training run as one HTML page.
//
// This file holds the words and the order; in examples/support, page.ts is the frame, plots.ts draws the curves and the
// heat map, png.ts the small pictures, style.ts the looks. Knows nothing about how the numbers came to be.

import { duration, integer, percent, plural, portion, table } from "../support/html.js";
import { learningCurves, renderPage, settingsTable, trainingFigures } from "../support/page.js";
import { confusionPlot, type EpochPoint } from "../support/plots.js";
import { divergingPng, greyPng } from "../support/png.js";

/** A test image that was misread. */
export interface Mistake {
  /** `[28, 28]` grey levels. */
  image: Uint8Array;
  truth: number;
  predicted: number;
  /** Probability given to `predicted`, 0 to 1. */
  confidence: number;
}

export interface ReportData {
  title: string;
  /** Shown as they are, in this order. */
  settings: Record<string, string | number>;
  epochs: readonly EpochPoint[];
  /** Fraction of the test images read correctly. */
  testAccuracy: number;
  /** Training time. */
  seconds: number;
  /** `confusion[truth][predicted]` counts test images. */
  confusion: readonly (readonly number[])[];
  wrong: readonly Mistake[];
  /** `weights` is `[units, 784]`: one row for each unit of the first layer. */
  firstLayer: { weights: Float32Array; units: number };
}

const SIDE = 28;
const MOST_MISTAKES = 60;
const MOST_UNITS = 64;

/**
 * The report as the text of an HTML page.
 *
 * @throws RangeError if the confusion matrix is not square or the weights are not `units` rows of 784.
 */
export async function renderReport(data: ReportData): Promise<string> {
  check(data);
  const { title, epochs, seconds, confusion } = data;
  const { images, mistakes } = totals(confusion);
  const [training, matrix] = await Promise.all([learningCurves(epochs), confusionPlot(confusion)]);
  return renderPage({
    title,
    lead: summary(data),
    figures: [
      ["test accuracy", percent(data.testAccuracy, 2)],
      [`misread of ${integer(images)}`, integer(mistakes)],
      ...trainingFigures(epochs, seconds),
    ],
    sections: [
      ["Training", training],
      ["Confusion matrix", confusionSection(confusion, matrix)],
      ["Misread digits", gallery(data.wrong)],
      ["First-layer weights", weights(data.firstLayer)],
      ["Settings", settingsTable(data.settings)],
    ],
  });
}

function check({ confusion, firstLayer: { weights, units } }: ReportData): void {
  const ragged = confusion.find((row) => row.length !== confusion.length);
  if (ragged) {
    throw new RangeError(
      `confusion: expected a square matrix, got a row of ${ragged.length} in a matrix of ${confusion.length} rows`,
    );
  }
  if (weights.length !== units * SIDE * SIDE) {
    throw new RangeError(
      `firstLayer: expected [units, 784] = ${units * SIDE * SIDE} weights for ${units} units, got ${weights.length}; ` +
        `a [784, units] matrix must be transposed first`,
    );
  }
}

function summary({ epochs, seconds, confusion }: ReportData): string {
  const { images, mistakes } = totals(confusion);
  const [worst] = pairs(confusion);
  const trained = `Trained for ${plural(epochs.length, "epoch")} in ${duration(seconds)}.`;
  if (!worst) return `${trained} All ${integer(images)} test images were read correctly.`;
  const often = worst.count === 1 ? "once" : `${integer(worst.count)} times`;
  return (
    `${trained} Of ${integer(images)} test images ${integer(mistakes)} were misread; ` +
    `the most common mistake was to take a ${worst.truth} for a ${worst.predicted} (${often}).`
  );
}

/** `matrix` is the heat map of the counts. */
const confusionSection = (confusion: readonly (readonly number[])[], matrix: string) =>
  `<p class="note">Test images by what they are (rows) and what they were taken for (columns). Mistakes have a colour scale of their own.</p>
<div class="split">
<figure class="card">${matrix}</figure>
<div class="card"><h3>By digit</h3>${digitTable(confusion)}</div>
</div>
<details><summary>The same as a table</summary><div class="card">${countTable(confusion)}</div></details>`;

function countTable(confusion: readonly (readonly number[])[]): string {
  const head = ["truth", ...confusion.map((_, digit) => `read as ${digit}`)];
  return table(
    head,
    confusion.map((row, digit) => [digit, ...row]),
  );
}

function digitTable(confusion: readonly (readonly number[])[]): string {
  const mistakes = pairs(confusion);
  const rows = confusion.map((row, digit) => {
    const images = sum(row);
    const usual = mistakes.find(({ truth }) => truth === digit);
    return [
      digit,
      images > 0 ? percent(row[digit] / images, 1) : "–",
      usual ? `${usual.predicted} (${usual.count}×)` : "–",
    ];
  });
  return table(["digit", "read correctly", "usual mistake"], rows);
}

function gallery(wrong: readonly Mistake[]): string {
  if (wrong.length === 0) return `<p class="note">None.</p>`;
  const shown = [...wrong].sort((a, b) => b.confidence - a.confidence).slice(0, MOST_MISTAKES);
  const items = shown.map(({ image, truth, predicted, confidence }) => {
    const sure = percent(confidence, 0);
    return (
      `<li><figure><img src="${greyPng(image, SIDE, SIDE)}" width="28" height="28" alt="A handwritten ${truth} read as ${predicted}">` +
      `<figcaption>${truth} → <strong>${predicted}</strong><small>${sure} sure</small></figcaption></figure></li>`
    );
  });
  return (
    `<p class="note">What it is → what it was taken for, the surest mistakes first; ${portion(shown.length, wrong.length)}.</p>` +
    `<ul class="gallery">${items.join("")}</ul>`
  );
}

function weights({ weights, units }: ReportData["firstLayer"]): string {
  const rows = Array.from({ length: units }, (_, unit) => {
    const row = weights.subarray(unit * SIDE * SIDE, (unit + 1) * SIDE * SIDE);
    return { unit, row, strength: row.reduce((total, weight) => total + weight * weight, 0) };
  });
  const shown = rows.sort((a, b) => b.strength - a.strength || a.unit - b.unit).slice(0, MOST_UNITS);
  const items = shown.map(({ unit, row }) => {
    const limit = row.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    const picture = divergingPng(row, SIDE, SIDE, limit);
    return `<li><img src="${picture}" width="28" height="28" alt="Weights of unit ${unit}" title="unit ${unit}"></li>`;
  });
  return (
    `<p class="note">What each unit looks for: it is excited by ink on ` +
    `<span class="key" style="background: rgb(226 118 20)"></span> orange and inhibited by ink on ` +
    `<span class="key" style="background: rgb(47 111 222)"></span> blue. ` +
    `Each is scaled to its largest weight, the strongest come first; ${portion(shown.length, units)}.</p>` +
    `<ul class="weights">${items.join("")}</ul>`
  );
}

/** The mistakes that occurred, most frequent first. */
function pairs(confusion: readonly (readonly number[])[]) {
  return confusion
    .flatMap((row, truth) => row.map((count, predicted) => ({ truth, predicted, count })))
    .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
    .sort((a, b) => b.count - a.count);
}

function totals(confusion: readonly (readonly number[])[]) {
  const images = sum(confusion.map(sum));
  return { images, mistakes: images - sum(confusion.map((row, digit) => row[digit])) };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
