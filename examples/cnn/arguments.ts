// The command line of the example: what can be asked for, what is done unasked, and what is refused.

import { explained, given } from "../support/command.js";
import { path, whole } from "../support/option-values.js";
import { trainingOptions, type TrainingSettings } from "../support/training-options.js";

/** Everything that decides a run. */
export interface Settings extends TrainingSettings {
  /** The folder of the IDX files; undefined: digits are drawn. */
  readonly data?: string;
  /** Most training images to use; undefined: all of the files, or the usual number of drawn ones. */
  readonly images?: number;
}

const examples = `\
  npm run example cnn                                 draw digits and learn to read them
  npm run example cnn -- --data mnist --epochs 8      learn from the IDX files in the folder mnist`;

const images = whole("the number of training images", 100, 10_000_000, "--images 10000");

function command() {
  const described = explained(
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
    .option("--images <count>", "training images to use (default: 12000 drawn ones, all of --data)", images);
  return trainingOptions(described, {
    ...{ epochs: 5, batch: 64, rate: 0.003, out: "out/cnn" },
    ...{ pictures: "training images", largestBatch: 65_536, files: "the model and the page" },
  });
}

/** What the arguments ask for, the defaults filled in. @throws UserError for words that belong to no option */
export const parseArguments = (words: readonly string[]) => given<Settings>(command(), words);
