// A finished run as one HTML page: the curves, what the first filters look for, one digit on its way through the network,
// and what was misread. Knows nothing about how the numbers came to be.

import { confusionSection, gallery, inWords, totals, type Confusion, type Mistake } from "../digits/sections.js";
import { integer, percent } from "../support/html.js";
import { learningCurves, renderPage, settingsTable, trainingFigures } from "../support/page.js";
import type { EpochPoint } from "../support/plots.js";
import { divergingPng, greyPng } from "../support/png.js";
import type { Maps } from "./maps.js";

export interface ReportData {
  title: string;
  /** Shown as they are, in this order. */
  settings: Record<string, string | number>;
  epochs: readonly EpochPoint[];
  /** Fraction of the test images read correctly. */
  testAccuracy: number;
  /** Training time. */
  seconds: number;
  confusion: Confusion;
  wrong: readonly Mistake[];
  /** [filters, side, side]: the weights of the first layer. */
  filters: { weights: Float32Array; side: number };
  /** One image, and the output of every stage. */
  way: { image: Uint8Array; digit: number; maps: readonly Maps[] };
}

const SIDE = 28;

/** The report as the text of an HTML page. */
export async function renderReport(data: ReportData): Promise<string> {
  const { title, epochs, seconds, confusion, testAccuracy } = data;
  const { images, mistakes } = totals(confusion);
  const [training, matrix] = await Promise.all([learningCurves(epochs), confusionSection(confusion)]);
  return renderPage({
    title,
    lead: inWords(confusion, epochs.length, seconds),
    figures: [
      ["test accuracy", percent(testAccuracy, 2)],
      [`misread of ${integer(images)}`, integer(mistakes)],
      ...trainingFigures(epochs, seconds),
    ],
    sections: [
      ["Training", training],
      ["What the first filters look for", filters(data.filters)],
      ["One digit on its way", way(data.way)],
      ["Misread digits", gallery(data.wrong)],
      ["Confusion matrix", matrix],
      ["Settings", settingsTable(data.settings)],
    ],
  });
}

function filters({ weights, side }: ReportData["filters"]): string {
  const limit = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const items = pictures(weights, side).map((filter, at) => {
    const picture = divergingPng(filter, side, side, limit);
    return `<li><img src="${picture}" width="${side}" height="${side}" alt="Filter ${at}" title="filter ${at}"></li>`;
  });
  return (
    `<p class="note">Each filter is laid over every place of the image; there it is excited by ink on ` +
    `<span class="key" style="background: rgb(226 118 20)"></span> orange and inhibited by ink on ` +
    `<span class="key" style="background: rgb(47 111 222)"></span> blue. All have one scale.</p>` +
    `<ul class="weights">${items.join("")}</ul>`
  );
}

function way({ image, digit, maps }: ReportData["way"]): string {
  const parts = maps.map(({ name, side, values }, at) => {
    const many = values.length / (side * side);
    if (side === 1) return `<h3>${name}</h3>${bars(values)}`;
    const most = values.reduce((most, value) => Math.max(most, value), 1e-6);
    const items = pictures(values, side).map((map, channel) => {
      const grey = map.map((value) => (255 * Math.max(0, value)) / most);
      const alt = `Stage ${at + 1}, picture ${channel}`;
      return `<li><img src="${greyPng(grey, side, side)}" width="${side}" height="${side}" alt="${alt}"></li>`;
    });
    return `<h3>${name}: ${many} pictures of ${side} × ${side}</h3><ul class="weights small">${items.join("")}</ul>`;
  });
  return (
    `<p class="note">What every stage makes of a ${digit} of the test images: light where it is excited.</p>` +
    `<ul class="weights"><li><img src="${greyPng(image, SIDE, SIDE)}" width="28" height="28" alt="The ${digit} itself"></li></ul>` +
    parts.join("")
  );
}

/** What the network thinks of each digit, as a share of all. */
function bars(logits: Float32Array): string {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const rows = weights.map((weight, digit) => {
    const share = weight / total;
    return `<tr><th scope="row">${digit}</th><td><meter value="${share.toFixed(4)}"></meter></td><td>${percent(share, 1)}</td></tr>`;
  });
  return `<table class="settings">${rows.join("")}</table>`;
}

/** [many, side, side] cut into its pictures. */
const pictures = (values: Float32Array, side: number) =>
  Array.from({ length: values.length / (side * side) }, (_, at) =>
    values.subarray(at * side * side, (at + 1) * side * side),
  );
