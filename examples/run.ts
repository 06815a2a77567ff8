// Runs an example by its name: `npm run example boating`, `npm run example text -- "Any text of yours"`.
//
// Every file of this folder is an example, and its first line says which part of the article it is (if it is one) and
// what it shows. So a new example is a new file, and the list below needs no care.

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
}

const folder = new URL(".", import.meta.url);

const examples = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file): Example => {
    const url = new URL(file, folder);
    const [first] = readFileSync(url, "utf8").split("\n", 1);
    const [, part = "Infinity", line = ""] = /^\/\/ (?:Part (\d+): )?(.+)$/.exec(first) ?? [];
    return { name: file.slice(0, -".ts".length), file: url, part: Number(part), line };
  })
  .sort((a, b) => a.part - b.part);

const program = new Command("npm run example")
  .usage("NAME [-- arguments of the example]")
  .helpOption(false)
  .helpCommand(false)
  .showHelpAfterError()
  .configureOutput({ getOutHelpWidth: () => 120, getErrHelpWidth: () => 120 })
  .configureHelp({ subcommandTerm: (command) => command.name() });

for (const { name, file, part, line } of examples) {
  program
    .command(name)
    .helpGroup(part < Infinity ? "What a neural network is, part by part:" : "What the library offers:")
    .description(part < Infinity ? `${part}. ${line}` : line)
    .argument("[arguments...]")
    .allowUnknownOption()
    .action(async (args: string[]) => {
      process.argv = [process.argv[0], fileURLToPath(file), ...args];
      await import(file.href);
    });
}

if (process.argv.length === 2) program.outputHelp();
else await program.parseAsync();
