// The command line of the example: what can be asked for, what is done unasked, and what is refused.

import { explained, given } from "../support/command.js";
import { between, path, whole } from "../support/option-values.js";

/** Everything that decides a run. */
export interface Settings {
  /** The folder of the IDX files; undefined: digits are drawn. */
  readonly data?: string;
  /** Most training images to use; undefined: all of the files, or the usual number of drawn ones. */
  readonly images?: number;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
  readonly threads?: number;
  readonly out: string;
  readonly json?: string;
}

const examples = `\
  npm run example cnn                                 draw digits and learn to read them
  npm run example cnn -- --data mnist --epochs 8      learn from the IDX files in the folder mnist`;

const wholes = {
  epochs: whole("the number of passes over the training images", 1, 10_000, "--epochs 5"),
  batch: whole("the number of images of one training step", 2, 65_536, "--batch 64"),
  seed: whole("the number that decides all that is random", 0, 2 ** 31 - 1, "--seed 1"),
  images: whole("the number of training images", 100, 10_000_000, "--images 10000"),
  threads: whole("the number of threads", 1, 64, "--threads 2"),
};
const rate = between("the highest learning rate", 0, 1000, "--rate 0.003");

const command = () =>
  explained(
    "npm run example cnn --",
    "Trains a convolutional network that reads digits, tests it on images it has never seen, and shows its filters and " +
      "what they make of a digit as one HTML page. Without --data it learns from digits that it draws itself.",
    examples,
  )
    .option(
      "--data <folder>",
      "learn from the IDX files in this folder, plain or .gz (MNIST's names)",
      path("a folder"),
    )
    .option("--images <count>", "training images to use (default: 12000 drawn ones, all of --data)", wholes.images)
    .option("--epochs <count>", "passes over the training images", wholes.epochs, 5)
    .option("--batch <count>", "images of one training step", wholes.batch, 64)
    .option("--rate <number>", "highest learning rate", rate, 0.003)
    .option("--seed <number>", "decides all that is random; the same seed gives the same run", wholes.seed, 1)
    .option("--threads <count>", "threads to compute on (default: as many as the machine has)", wholes.threads)
    .option("--out <folder>", "where the model and the page go", path("a folder"), "out/cnn")
    .option("--json <file>", "also write settings and results as JSON", path("a file"));

/** What the arguments ask for, the defaults filled in. @throws UserError for words that belong to no option */
export const parseArguments = (words: readonly string[]) => given<Settings>(command(), words);
