// The command line of `npm start`: what can be asked for, what is done unasked, and what is refused.

import { type Command, InvalidArgumentError, Option } from "commander";
import { explained, given } from "../support/command.js";
import { between, path, whole } from "../support/option-values.js";
import { architectureOf, modelWords } from "./architecture.js";

/** Everything that decides a training run. */
export interface Settings {
  /** The preset's name or the layer sizes, as they were asked for. */
  readonly model: string;
  readonly hidden: readonly number[];
  readonly dropout: number;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
  readonly threads: number | undefined;
  /** The folder of the IDX files; undefined: digits are drawn. */
  readonly data: string | undefined;
  /** Most training images to use; undefined: all of the files, or the usual number of drawn ones. */
  readonly images: number | undefined;
  readonly out: string;
  readonly json: string | undefined;
}

type Given = Partial<Omit<Settings, "hidden">> & Pick<Settings, "model" | "seed" | "threads" | "out">;

const examples = `\
  npm start                                         draw digits and learn to read them
  npm start -- --data mnist                         learn from the IDX files in the folder mnist
  npm start -- --model large                        a network of 784-512-512-10 with dropout: slower, better
  npm start -- --model 256-128 --epochs 8           hidden layers of one's own
  npx tsx examples/digits/predict.ts                read digits with the saved model`;

/** The command without its arguments; tests give it other places to write to. */
export function digitsCommand(): Command {
  return explained(
    "npm start --",
    "Trains a network that reads handwritten digits, tests it on images it has never seen, and writes the model " +
      "and a report as one HTML page. Without --data it learns from digits that it draws itself.",
    examples,
  )
    .option(
      "--data <folder>",
      "learn from the IDX files in this folder, plain or .gz (MNIST's names)",
      path("a folder"),
    )
    .option("--model <name>", `the network: ${modelWords}`, model, "small")
    .option("--epochs <count>", "passes over the training images (default: 5; large: 10)", wholes.epochs)
    .option("--batch <count>", "images of one training step (default: 64; large: 128)", wholes.batch)
    .option("--rate <number>", "highest learning rate (default: 0.004; large: 0.002)", numbers.rate)
    .option("--dropout <share>", "hidden units left out of a step (default: 0; large: 0.2)", numbers.dropout)
    .option("--seed <number>", "decides all that is random; the same seed gives the same run", wholes.seed, 1)
    .option("--images <count>", "training images to use (default: 30000 drawn ones, all of --data)", wholes.images)
    .option("--threads <count>", "threads to compute on (default: as the network is worth it)", wholes.threads)
    .option("--out <folder>", "where the model and the report go", path("a folder"), "out/digits")
    .addOption(new Option("--json <file>", "also write settings and results as JSON").argParser(path("a file")));
}

/**
 * What the arguments ask for, the defaults filled in.
 *
 * @param words the arguments, without node's and the script's names
 * @param environment of the process; tells which options npm has kept for itself
 * @throws UserError for words that belong to no option. For a bad value commander writes a message and ends the process.
 */
export function parseArguments(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  command = digitsCommand(),
): Settings {
  const { model, data, images, json, ...rest } = given<Given>(command, words, environment);
  return { model, ...architectureOf(model)!, ...rest, data, images, json } as Settings;
}

function model(text: string): string {
  if (architectureOf(text)) return text;
  throw new InvalidArgumentError(`Expected ${modelWords}.`);
}

const wholes = {
  epochs: whole("the number of passes over the training images", 1, 10_000, "--epochs 5"),
  batch: whole("the number of images of one training step", 1, 65_536, "--batch 64"),
  seed: whole("the number that decides all that is random", 0, 2 ** 31 - 1, "--seed 1"),
  images: whole("the number of training images", 100, 10_000_000, "--images 10000"),
  threads: whole("the number of threads", 1, 1024, "--threads 1"),
};

const numbers = {
  rate: between("the highest learning rate", 0, 1000, "--rate 0.004"),
  dropout: between("the share of hidden units left out of a training step", 0, 1, "--dropout 0.2", { inclusive: true }),
};
