// What every report on reading digits says: one sentence, the confusion matrix, and a gallery of the mistakes.

import { duration, integer, percent, plural, portion, table } from "../support/html.js";
import { confusionPlot } from "../support/plots.js";
import { greyPng } from "../support/png.js";

/** A test image that was misread. */
export interface Mistake {
  /** `[28, 28]` grey levels. */
  image: Uint8Array;
  truth: number;
  predicted: number;
  /** Probability given to `predicted`, 0 to 1. */
  confidence: number;
}

/** `counts[truth][predicted]` counts test images. */
export type Confusion = readonly (readonly number[])[];

const SIDE = 28;
const MOST_MISTAKES = 60;

/** How the run went, as a sentence or two. */
export function inWords(confusion: Confusion, epochs: number, seconds: number): string {
  const { images, mistakes } = totals(confusion);
  const [worst] = pairs(confusion);
  const trained = `Trained for ${plural(epochs, "epoch")} in ${duration(seconds)}.`;
  if (!worst) return `${trained} All ${integer(images)} test images were read correctly.`;
  const often = worst.count === 1 ? "once" : `${integer(worst.count)} times`;
  return (
    `${trained} Of ${integer(images)} test images ${integer(mistakes)} were misread; ` +
    `the most common mistake was to take a ${worst.truth} for a ${worst.predicted} (${often}).`
  );
}

export const confusionSection = async (confusion: Confusion): Promise<string> =>
  `<p class="note">Test images by what they are (rows) and what they were taken for (columns). Mistakes have a colour scale of their own.</p>
<div class="split">
<figure class="card">${await confusionPlot(confusion)}</figure>
<div class="card"><h3>By digit</h3>${digitTable(confusion)}</div>
</div>
<details><summary>The same as a table</summary><div class="card">${countTable(confusion)}</div></details>`;

function countTable(confusion: Confusion): string {
  const head = ["truth", ...confusion.map((_, digit) => `read as ${digit}`)];
  return table(
    head,
    confusion.map((row, digit) => [digit, ...row]),
  );
}

function digitTable(confusion: Confusion): string {
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

/** The misread images, the surest mistakes first. */
export function gallery(wrong: readonly Mistake[]): string {
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

/** The mistakes that occurred, most frequent first. */
function pairs(confusion: Confusion) {
  return confusion
    .flatMap((row, truth) => row.map((count, predicted) => ({ truth, predicted, count })))
    .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
    .sort((a, b) => b.count - a.count);
}

export function totals(confusion: Confusion) {
  const images = sum(confusion.map(sum));
  return { images, mistakes: images - sum(confusion.map((row, digit) => row[digit])) };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
