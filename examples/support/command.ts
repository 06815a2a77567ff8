// The command line of an example: help, examples of use, and refusals in words for someone who has never seen the code.

import { Command } from "commander";
import { UserError } from "./user-error.js";

/**
 * A command that explains itself.
 *
 * @param usage how it is run, up to the options: "npm run example cnn --"
 * @param examples lines for the end of the help
 */
export function explained(usage: string, description: string, examples: string): Command {
  return new Command(usage)
    .description(description)
    .configureOutput({ getOutHelpWidth: () => 120, getErrHelpWidth: () => 120 })
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", `\nExamples:\n${examples}`)
    .showHelpAfterError(`Run \`${usage} --help\` to see all options.`)
    .allowExcessArguments();
}

/**
 * The options that were given, with the defaults of those that were not.
 *
 * @param words the arguments, without node's and the script's names
 * @param environment of the process; tells which options npm has kept for itself
 * @throws UserError for words that belong to no option. For a bad value commander writes a message and ends the process.
 */
export function given<Options extends object>(
  command: Command,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Options {
  command.parse(words, { from: "user" });
  const usage = command.name();
  const swallowed = command.options
    .filter(({ long }) => long !== "--json" && environment[keptByNpm(long!)] !== undefined)
    .map(({ long }) => long);
  if (swallowed.length > 0) {
    throw new UserError(
      `npm kept ${swallowed.join(", ")} for itself; put two dashes first: ${usage} ${swallowed[0]} …`,
    );
  }
  if (command.args.length > 0) {
    throw new UserError(
      `"${command.args[0]}" belongs to no option. Options begin with two dashes, as in --epochs 5; \`${usage} --help\` lists them.`,
    );
  }
  return command.opts<Options>();
}

/** The variable in which npm leaves an option that it has kept; of --no-compare it keeps that `compare` is off. */
const keptByNpm = (long: string) => `npm_config_${long.replace(/^--(no-)?/, "")}`;
