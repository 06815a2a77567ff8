// The command line of the example: what can be asked for, what is done unasked, and what is refused.

import { Command, InvalidArgumentError } from "commander";
import { between, path, whole } from "../support/option-values.js";
import { UserError } from "../support/user-error.js";
import { presets, SEED } from "./presets.js";

export interface Arguments {
  /** The text's file; undefined: the project's documentation. */
  readonly text: string | undefined;
  readonly preset: string;
  readonly steps: number | undefined;
  readonly batch: number | undefined;
  readonly rate: number | undefined;
  readonly seed: number | undefined;
  readonly threads: number | undefined;
  readonly out: string;
  readonly resume: boolean;
  /** Ends after so many steps, counted from the beginning of the training. */
  readonly stopAfter: number | undefined;
  /** Characters to write at the end. */
  readonly sample: number;
  readonly sampleSeed: number;
  /** Default: a line break, or whatever the text begins with. */
  readonly prompt: string | undefined;
  readonly temperature: number;
  readonly topK: number | undefined;
}

const names = Object.entries(presets).map(([name, { words }]) => `${name} (${words})`);

const help = `
Presets: ${names.join("; ")}.

Examples:
  npm run example gpt                                          learn the project's own documentation
  npm run example gpt -- --text book.txt --preset nanogpt-cpu  learn a text of one's own
  npm run example gpt -- --resume                              go on with a training that was stopped
  npm run example gpt -- --resume --prompt "The " --sample 200 write more, once it has been trained`;

const command = () =>
  new Command("npm run example gpt --")
    .description(
      "Trains a small GPT on a text, character by character, and lets it write. Ctrl-C stops the training and saves it; " +
        "--resume goes on, to the same result as without the break.",
    )
    .option("--text <file>", "text to learn (default: the project's documentation and comments)", path("a file"))
    .option("--preset <name>", "sizes of the model and the training", preset, "quick")
    .option("--steps <count>", "updates (default: the preset's)", wholes.steps)
    .option("--batch <count>", "windows of text in a step (default: the preset's)", wholes.batch)
    .option("--rate <number>", "highest learning rate (default: the preset's)", rate)
    .option("--seed <number>", `decides all that is random (default: ${SEED})`, wholes.seed)
    .option("--threads <count>", "threads to compute on (default: as the model is worth it)", wholes.threads)
    .option("--out <folder>", "where the model, the losses and their curve go", path("a folder"), "out/gpt")
    .option("--resume", "go on with the training in that folder")
    .option("--stop-after <step>", "stop there, as if by Ctrl-C", wholes.stopAfter)
    .option("--sample <count>", "characters to write at the end", wholes.sample, 500)
    .option("--sample-seed <number>", "decides what is written", wholes.seed, 1)
    .option("--prompt <text>", "what the new text goes on with (default: a line break)", prompt)
    .option("--temperature <number>", "below 1 plainer, above 1 wilder, 0 always the likeliest", temperature, 0.8)
    .option("--top-k <count>", "write only the so many likeliest characters", wholes.topK)
    .configureOutput({ getOutHelpWidth: () => 120, getErrHelpWidth: () => 120 })
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", help)
    .showHelpAfterError("Run `npm run example gpt -- --help` to see all options.")
    .allowExcessArguments();

/**
 * What the arguments ask for, the defaults filled in. For a bad value commander writes a message and ends the process.
 * @throws UserError for words that belong to no option
 */
export function parseArguments(words: readonly string[]): Arguments {
  const parsed = command().parse(words, { from: "user" });
  if (parsed.args.length > 0) {
    throw new UserError(
      `"${parsed.args[0]}" belongs to no option; with npm, options come after two dashes: npm run example gpt -- --text FILE`,
    );
  }
  return { resume: false, ...parsed.opts<Omit<Arguments, "resume">>() };
}

function preset(name: string): string {
  if (Object.hasOwn(presets, name)) return name;
  throw new InvalidArgumentError(`Expected one of ${Object.keys(presets).join(", ")}.`);
}

function prompt(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError('Expected at least one character, such as "The ".');
}

const wholes = {
  steps: whole("the number of updates", 1, 10_000_000, "--steps 2000"),
  batch: whole("the number of windows in a step", 1, 65_536, "--batch 12"),
  seed: whole("the number that decides all that is random", 0, 2 ** 31 - 1, "--seed 1"),
  threads: whole("the number of threads", 1, 64, "--threads 2"),
  stopAfter: whole("the step to stop after", 1, 10_000_000, "--stop-after 1000"),
  sample: whole("the number of characters to write", 0, 10_000_000, "--sample 500"),
  topK: whole("how many characters to choose from", 1, 1_000_000, "--top-k 20"),
};
const rate = between("the highest learning rate", 0, 1, "--rate 0.001");
const temperature = between("the temperature", 0, 100, "--temperature 0.8", { inclusive: true });
