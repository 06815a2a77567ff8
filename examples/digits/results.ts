// What a run leaves behind: the model, the report, and the figures as JSON. Each file appears whole or not at all.

import { dirname, join } from "node:path";
import { saveCheckpoint, type Epoch, type Trainer } from "wasmgrad";
import { saveFile } from "wasmgrad/io";
import { integer } from "../support/html.js";
import { encode, writable } from "../support/output.js";
import type { Settings } from "./arguments.js";
import type { DataSet } from "./dataset.js";
import { layerSizes, parameterCount, PIXELS } from "./architecture.js";
import { renderReport } from "./report.js";
import type { Mistake } from "./sections.js";
import { OPTIMIZER } from "./training.js";

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
  readonly confusion: readonly (readonly number[])[];
  readonly wrong: readonly Mistake[];
}

/** Where the files of a run are. */
export interface Files {
  readonly model: string;
  readonly report: string;
  readonly json: string | undefined;
}

/**
 * Makes the folders that the files go to: before the training, so that a mistake costs no time.
 *
 * @throws UserError if a folder cannot be made or written to
 */
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

function report(trainer: Trainer, run: Run): Promise<string> {
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
      epochs: run.stopped ? `${epochs.length} of ${settings.epochs}, then stopped` : settings.epochs,
      "batch size": settings.batch,
      optimizer: OPTIMIZER,
      "highest learning rate": settings.rate,
      seed: settings.seed,
    },
    epochs: epochs.map(({ epoch, loss, accuracy = NaN, valLoss, valAccuracy }) => ({
      epoch,
      loss,
      accuracy,
      ...(valLoss !== undefined && { validationLoss: valLoss }),
      ...(valAccuracy !== undefined && { validationAccuracy: valAccuracy }),
    })),
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
