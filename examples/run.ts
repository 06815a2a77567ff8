// Runs an example by its name: `npm run example boating`, `npm run example text -- "Any text of yours"`.
//
// Every file of this folder is an example, and its first line says which part of the article it is (if it is one) and
// what it shows. A line "// Arguments: …" names what it takes, and in parentheses what it takes unasked; those that have
// options read them by a function parseArguments(). So a new example is a new file, and the list below needs no care.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";

interface Example {
  name: string;
  /** The address of its file. */
  file: URL;
  /** Which part of the article it is; Infinity for those that show the library. */
  part: number;
  line: string;
  /** Whether it reads its command line by itself, options and all. */
  own: boolean;
  /** What else it takes. */
  takes: string | undefined;
}

const folder = new URL(".", import.meta.url);

const examples = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file): Example => {
    const url = new URL(file, folder);
    const text = readFileSync(url, "utf8");
    const [, part = "Infinity", line = ""] = /^\/\/ (?:Part (\d+): )?(.+)$/m.exec(text) ?? [];
    const takes = /^\/\/ Arguments: (.+)$/m.exec(text)?.[1];
    const own = text.includes("parseArguments(");
    return { name: file.slice(0, -".ts".length), file: url, part: Number(part), line, own, takes };
  })
  .sort((a, b) => a.part - b.part);

/** Ends the process where an example that has no options is asked for some, or for what it does not take. */
function check({ name, line, own, takes }: Example, args: readonly string[]): void {
  if (own) return;
  if (args.includes("--help") || args.includes("-h")) {
    console.log(`npm run example ${name}${takes ? " -- ARGUMENTS" : ""}\n\n${line}\n\nArguments: ${takes ?? "none"}`);
    process.exit();
  }
  const numbers = takes?.startsWith("whole numbers") ?? false;
  const wrong = args.find((word) => takes === undefined || (numbers && !/^[1-9]\d*$/.test(word)));
  if (wrong !== undefined) program.error(`error: ${name} takes ${takes ?? "no arguments"}, got ${wrong}`);
}

const program = new Command("npm run example")
  .usage("NAME [-- arguments of the example]")
  .helpOption(false)
  .helpCommand(false)
  .showHelpAfterError()
  .configureOutput({ getOutHelpWidth: () => 120, getErrHelpWidth: () => 120 })
  .configureHelp({ subcommandTerm: (command) => command.name() });

for (const example of examples) {
  const { name, file, part, line } = example;
  program
    .command(name)
    .helpGroup(part < Infinity ? "What a neural network is, part by part:" : "What the library offers:")
    .description(part < Infinity ? `${part}. ${line}` : line)
    .argument("[arguments...]")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[]) => {
      check(example, args);
      process.argv = [process.argv[0], fileURLToPath(file), ...args];
      await import(file.href);
    });
}

if (process.argv.length === 2) program.outputHelp();
else await program.parseAsync();
