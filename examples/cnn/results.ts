// What a run says of itself: its page, and its figures for programs.

import type { Trainer } from "wasmgrad";
import type { DataSet } from "../digits/dataset.js";
import type { Confusion, Mistake } from "../digits/sections.js";
import { integer } from "../support/html.js";
import { choices, points, type Files } from "../support/results.js";
import type { Trained } from "../support/watch.js";
import type { Settings } from "./arguments.js";
import { featureMaps } from "./maps.js";
import { FILTER_SIDE, OPTIMIZER, SHIFT } from "./network.js";
import { renderReport } from "./report.js";

/** A finished run. */
export interface Run extends Trained {
  readonly settings: Settings;
  readonly data: DataSet;
  readonly testAccuracy: number;
  readonly confusion: Confusion;
  readonly wrong: readonly Mistake[];
  /** A test image that was read correctly. */
  readonly example: number;
}

/** The text of the HTML page. */
export async function page(trainer: Trainer, run: Run): Promise<string> {
  const { settings, data, epochs, testAccuracy, seconds, confusion, wrong, example } = run;
  const pixels = 28 * 28;
  const image = data.test.x.subarray(example * pixels, (example + 1) * pixels);
  const [, { values: weights }] = Object.entries(trainer.parameters).find(([name]) => name.endsWith(".weight"))!;
  return renderReport({
    title: "Digits with a convolutional network",
    settings: {
      data: settings.data ?? "drawn by the program",
      "training images": integer(data.training.y.length),
      "validation images": integer(data.validation.y.length),
      "test images": integer(data.test.y.length),
      "moved by up to": `${SHIFT} pixels`,
      ...choices(run, settings, OPTIMIZER),
    },
    epochs: points(epochs),
    ...{ testAccuracy, seconds, confusion, wrong },
    filters: { weights, side: FILTER_SIDE },
    way: { image, digit: data.test.y[example], maps: await featureMaps(trainer, image) },
  });
}

/** The figures for programs. */
export function asJson({ model, report }: Files, run: Run) {
  const { settings, data, epochs, stopped, seconds, testAccuracy, confusion, wrong } = run;
  return {
    settings: {
      ...settings,
      data: settings.data ?? "drawn",
      trainingImages: data.training.y.length,
      testImages: data.test.y.length,
    },
    epochs,
    ...{ stopped, seconds, testAccuracy, misread: wrong.length, confusion },
    files: { model, report },
  };
}
