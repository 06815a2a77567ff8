// The options that every training on pictures has: for how long, in which steps, from which seed, and where the files go.

import type { Command } from "commander";
import { between, path, whole } from "./option-values.js";

/** What they decide. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
  readonly threads?: number;
  readonly out: string;
  readonly json?: string;
}

export interface TrainingDefaults extends Pick<TrainingSettings, "epochs" | "batch" | "rate" | "out"> {
  /** What is learned from, in the plural. */
  readonly pictures: string;
  /** The largest batch that fits into memory. */
  readonly largestBatch: number;
  /** What goes into the folder `out`. */
  readonly files: string;
}

/** Adds the options to a command. */
export function trainingOptions(
  command: Command,
  { epochs, batch, rate, out, pictures, largestBatch, files }: TrainingDefaults,
): Command {
  const passes = whole(`the number of passes over the ${pictures}`, 1, 10_000, `--epochs ${epochs}`);
  const together = whole(`the number of ${pictures} in one step`, 2, largestBatch, `--batch ${batch}`);
  const highest = between("the highest learning rate", 0, 1000, `--rate ${rate}`);
  const seed = whole("the number that decides all that is random", 0, 2 ** 31 - 1, "--seed 1");
  const threads = whole("the number of threads", 1, 64, "--threads 2");
  return command
    .option("--epochs <count>", `passes over the ${pictures}`, passes, epochs)
    .option("--batch <count>", `${pictures} in one step`, together, batch)
    .option("--rate <number>", "highest learning rate", highest, rate)
    .option("--seed <number>", "decides all that is random; the same seed gives the same run", seed, 1)
    .option("--threads <count>", "threads to compute on (default: as many as the machine has)", threads)
    .option("--out <folder>", `where ${files} go`, path("a folder"), out)
    .option("--json <file>", "also write settings and results as JSON", path("a file"));
}
