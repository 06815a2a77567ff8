// What the training of a network that looks at pictures leaves behind: the model, a page, and the figures as JSON. Each
// file appears whole or not at all. Knows nothing about what is in the pictures.

import { dirname, join } from "node:path";
import { saveCheckpoint, type Epoch, type Trainer } from "wasmgrad";
import { saveFile } from "wasmgrad/io";
import { encode, writable } from "./output.js";
import type { EpochPoint } from "./plots.js";
import type { TrainingSettings } from "./training-options.js";
import type { Trained } from "./watch.js";

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
export async function prepare({ out, json }: { readonly out: string; readonly json?: string }): Promise<Files> {
  await writable("--out", out);
  if (json !== undefined) await writable("--json", dirname(json));
  return { model: join(out, "model.safetensors"), report: join(out, "report.html"), json };
}

/**
 * Writes the model first: whatever happens to the page, what was learned is kept.
 *
 * @param page makes the text of the HTML page
 * @param figures what goes into the JSON file, if one was asked for
 */
export async function write(
  files: Files,
  trainer: Trainer,
  page: () => Promise<string>,
  figures: object,
): Promise<void> {
  await saveFile(files.model, saveCheckpoint(trainer));
  await saveFile(files.report, encode(await page()));
  if (files.json !== undefined) await saveFile(files.json, encode(`${JSON.stringify(figures, null, 2)}\n`));
}

/** The epochs as the page's plots take them. */
export const points = (epochs: readonly Epoch[]): EpochPoint[] =>
  epochs.map(({ epoch, loss, accuracy = NaN, valLoss, valAccuracy }) => ({
    ...{ epoch, loss, accuracy, validationLoss: valLoss, validationAccuracy: valAccuracy },
  }));

/** What was chosen, and the epochs that came of it: the end of the page's table of settings. */
export const choices = (
  { epochs, stopped }: Trained,
  chosen: Pick<TrainingSettings, "epochs" | "batch" | "rate" | "seed">,
  optimizer: string,
): Record<string, string | number> => ({
  epochs: stopped ? `${epochs.length} of ${chosen.epochs}, then stopped` : chosen.epochs,
  "batch size": chosen.batch,
  optimizer,
  "highest learning rate": chosen.rate,
  seed: chosen.seed,
});
