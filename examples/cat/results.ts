// What a run says of itself: the first drawings, its page, and its figures for programs.

import { join } from "node:path";
import { saveFile } from "wasmgrad/io";
import { integer } from "../support/html.js";
import { choices, points, type Files } from "../support/results.js";
import type { Trained } from "../support/watch.js";
import type { Answers } from "./answers.js";
import type { Settings } from "./arguments.js";
import type { Pictures } from "./draw.js";
import { OPTIMIZER } from "./network.js";
import { renderReport } from "./report.js";
import { contactSheet } from "./sheet.js";

/** A finished run. */
export interface Run extends Trained {
  readonly settings: Settings;
  readonly test: Pictures;
  readonly answers: Answers;
  /** What simpler methods reach: name and accuracy. */
  readonly others: readonly (readonly [name: string, accuracy: number])[];
}

/** Writes the first drawings as one picture. @returns where it is */
export async function writeSheet({ out }: Settings, pictures: Pictures): Promise<string> {
  const file = join(out, "drawings.png");
  await saveFile(file, await contactSheet(pictures, { columns: 12, rows: 8 }));
  return file;
}

/** The text of the HTML page. */
export function page(run: Run): Promise<string> {
  const { settings, test, epochs, seconds, answers, others } = run;
  return renderReport({
    settings: {
      "pictures to learn from": integer(settings.pictures),
      "pictures of the test": integer(test.labels.length),
      ...choices(run, settings, OPTIMIZER),
    },
    epochs: points(epochs),
    ...{ seconds, test, answers, others },
  });
}

/** The figures for programs. */
export function asJson({ model, report }: Files, drawings: string, run: Run) {
  const { settings, test, epochs, stopped, seconds, answers, others } = run;
  return {
    settings: { ...settings, testPictures: test.labels.length },
    epochs,
    ...{ stopped, seconds, testAccuracy: answers.accuracy },
    wrong: answers.right.filter((right) => !right).length,
    others: Object.fromEntries(others),
    files: { model, report, drawings },
  };
}
