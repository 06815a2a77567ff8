// What a run leaves behind: the model, the page, and the figures as JSON. Each file appears whole or not at all.

import { dirname, join } from "node:path";
import { saveCheckpoint, type Epoch, type Trainer } from "wasmgrad";
import { saveFile } from "wasmgrad/io";
import type { DataSet } from "../digits/dataset.js";
import type { Confusion, Mistake } from "../digits/sections.js";
import { integer } from "../support/html.js";
import { encode, writable } from "../support/output.js";
import type { Settings } from "./arguments.js";
import { featureMaps } from "./maps.js";
import { FILTER_SIDE, OPTIMIZER, SHIFT } from "./network.js";
import { renderReport } from "./report.js";

/** A finished run. */
export interface Run {
  readonly settings: Settings;
  readonly data: DataSet;
  readonly epochs: readonly Epoch[];
  /** Whether it was stopped before its last epoch. */
  readonly stopped: boolean;
  /** Training time, the validation after each epoch included. */
  readonly seconds: number;
  readonly testAccuracy: number;
  readonly confusion: Confusion;
  readonly wrong: readonly Mistake[];
  /** A test image that was read correctly. */
  readonly example: number;
}

/** Where the files of a run are. */
export interface Files {
  readonly model: string;
  readonly report: string;
  readonly json: string | undefined;
}

/** Makes the folders that the files go to. @throws UserError if one cannot be written to */
export async function prepare({ out, json }: Settings): Promise<Files> {
  await writable("--out", out);
  if (json !== undefined) await writable("--json", dirname(json));
  return { model: join(out, "model.safetensors"), report: join(out, "report.html"), json };
}

export async function write(files: Files, trainer: Trainer, run: Run): Promise<void> {
  await saveFile(files.model, saveCheckpoint(trainer));
  await saveFile(files.report, encode(await report(trainer, run)));
  if (files.json !== undefined) await saveFile(files.json, encode(`${JSON.stringify(asJson(files, run), null, 2)}\n`));
}

async function report(trainer: Trainer, run: Run): Promise<string> {
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
      epochs: run.stopped ? `${epochs.length} of ${settings.epochs}, then stopped` : settings.epochs,
      "batch size": settings.batch,
      optimizer: OPTIMIZER,
      "highest learning rate": settings.rate,
      seed: settings.seed,
    },
    epochs: epochs.map(({ epoch, loss, accuracy = NaN, valLoss, valAccuracy }) => ({
      ...{ epoch, loss, accuracy, validationLoss: valLoss, validationAccuracy: valAccuracy },
    })),
    ...{ testAccuracy, seconds, confusion, wrong },
    filters: { weights, side: FILTER_SIDE },
    way: { image, digit: data.test.y[example], maps: await featureMaps(trainer, image) },
  });
}

/** The figures for programs. */
function asJson({ model, report }: Files, run: Run) {
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
