// What a run says of itself: its page, and its figures for programs.

import type { Trainer } from "wasmgrad";
import { integer } from "../support/html.js";
import { choices, points, type Files } from "../support/results.js";
import type { Trained } from "../support/watch.js";
import type { Settings } from "./arguments.js";
import type { DataSet } from "./dataset.js";
import { layerSizes, parameterCount, PIXELS } from "./architecture.js";
import { renderReport } from "./report.js";
import type { Mistake } from "./sections.js";
import { OPTIMIZER } from "./training.js";

/** A finished run. */
export interface Run extends Trained {
  readonly settings: Settings;
  readonly data: DataSet;
  readonly testAccuracy: number;
  readonly confusion: readonly (readonly number[])[];
  readonly wrong: readonly Mistake[];
}

/** The text of the HTML page. */
export function page(trainer: Trainer, run: Run): Promise<string> {
  const { settings, data, epochs } = run;
  const weights = Object.entries(trainer.parameters).find(([name]) => name.endsWith(".weight"))![1].values;
  return renderReport({
    title: `Digits: ${layerSizes(settings.hidden)}`,
    settings: {
      data: settings.data ?? "drawn by the program",
      network: `${layerSizes(settings.hidden)}, relu, ${integer(parameterCount(settings.hidden))} parameters`,
      dropout: settings.dropout,
      "training images": integer(data.training.y.length),
      "validation images": integer(data.validation.y.length),
      "test images": integer(data.test.y.length),
      ...choices(run, settings, OPTIMIZER),
    },
    epochs: points(epochs),
    testAccuracy: run.testAccuracy,
    seconds: run.seconds,
    confusion: run.confusion,
    wrong: run.wrong,
    firstLayer: { weights, units: weights.length / PIXELS },
  });
}

/** The figures for programs: settings, the losses of every epoch, accuracy on the test images, seconds. */
export function asJson(files: Files, run: Run) {
  const { settings, data } = run;
  return {
    settings: {
      ...settings,
      data: settings.data ?? "drawn",
      layers: layerSizes(settings.hidden).split("-").map(Number),
      optimizer: OPTIMIZER,
      trainingImages: data.training.y.length,
      validationImages: data.validation.y.length,
      testImages: data.test.y.length,
    },
    epochs: run.epochs.map(({ epoch, loss, accuracy, valLoss, valAccuracy, seconds, lr }) => ({
      epoch,
      loss,
      accuracy,
      validationLoss: valLoss,
      validationAccuracy: valAccuracy,
      seconds,
      rate: lr,
    })),
    stopped: run.stopped,
    testAccuracy: run.testAccuracy,
    misread: run.wrong.length,
    confusion: run.confusion,
    seconds: run.seconds,
    files: { model: files.model, report: files.report },
  };
}
