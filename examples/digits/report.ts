// A finished training run as one HTML page: no script, no font, no picture from elsewhere, so the file can be mailed.
//
// This file holds the words and the order; examples/digits/plots.ts draws the curves and the heat map, png.ts the small
// pictures, style.ts the looks. Knows nothing about how the numbers came to be.

import { accuracyPlot, confusionPlot, lossPlot } from "./plots.js";
import { duration, escapeHtml, integer, percent, plural, portion, table } from "./html.js";
import { divergingPng, greyPng } from "./png.js";
import { style } from "./style.js";

/** What one pass over the training set ended with. Accuracies are fractions, 0 to 1. */
export interface Epoch {
  epoch: number;
  loss: number;
  accuracy: number;
  validationLoss?: number;
  validationAccuracy?: number;
}

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
  epochs: readonly Epoch[];
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
  const { title, epochs, confusion } = data;
  const [training, matrix] = await Promise.all([curves(epochs), confusionPlot(confusion)]);
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
<p class="lead">${summary(data)}</p>
${figures(data)}
</header>
<main>
<section>
<h2>Training</h2>
${training}
</section>
<section>
<h2>Confusion matrix</h2>
<p class="note">Test images by what they are (rows) and what they were taken for (columns). Mistakes have a colour scale of their own.</p>
<div class="split">
<figure class="card">${matrix}</figure>
<div class="card"><h3>By digit</h3>${digitTable(confusion)}</div>
</div>
<details><summary>The same as a table</summary><div class="card">${countTable(confusion)}</div></details>
</section>
<section>
<h2>Misread digits</h2>
${gallery(data.wrong)}
</section>
<section>
<h2>First-layer weights</h2>
${weights(data.firstLayer)}
</section>
<section>
<h2>Settings</h2>
<div class="card settings">${table([], Object.entries(data.settings))}</div>
</section>
</main>
</body>
</html>
`;
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

async function curves(epochs: readonly Epoch[]): Promise<string> {
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

function figures({ testAccuracy, seconds, epochs, confusion }: ReportData): string {
  const { images, mistakes } = totals(confusion);
  const items: [string, string][] = [
    ["test accuracy", percent(testAccuracy, 2)],
    [`misread of ${integer(images)}`, integer(mistakes)],
    ["training time", duration(seconds)],
    ["per epoch", epochs.length > 0 ? duration(seconds / epochs.length) : "–"],
    ["final training loss", epochs.length > 0 ? epochs[epochs.length - 1].loss.toFixed(3) : "–"],
  ];
  return `<dl class="figures">${items.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("")}</dl>`;
}

function epochTable(epochs: readonly Epoch[]): string {
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
const hasValidation = (epochs: readonly Epoch[]) => epochs.some((row) => row.validationAccuracy !== undefined);
