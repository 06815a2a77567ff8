// A finished training run as one HTML page.
//
// This file holds the words and the order; in examples/support, page.ts is the frame, plots.ts draws the curves and the
// heat map, png.ts the small pictures, style.ts the looks. Knows nothing about how the numbers came to be.

import { integer, percent, portion } from "../support/html.js";
import { learningCurves, renderPage, settingsTable, trainingFigures } from "../support/page.js";
import type { EpochPoint } from "../support/plots.js";
import { divergingPng } from "../support/png.js";
import { confusionSection, gallery, inWords, totals, type Confusion, type Mistake } from "./sections.js";

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
  confusion: Confusion;
  wrong: readonly Mistake[];
  /** `weights` is `[units, 784]`: one row for each unit of the first layer. */
  firstLayer: { weights: Float32Array; units: number };
}

const SIDE = 28;
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
  const [training, matrix] = await Promise.all([learningCurves(epochs), confusionSection(confusion)]);
  return renderPage({
    title,
    lead: inWords(confusion, epochs.length, seconds),
    figures: [
      ["test accuracy", percent(data.testAccuracy, 2)],
      [`misread of ${integer(images)}`, integer(mistakes)],
      ...trainingFigures(epochs, seconds),
    ],
    sections: [
      ["Training", training],
      ["Confusion matrix", matrix],
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
