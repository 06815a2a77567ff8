// Runs an example in a process of its own, as its users do.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Where the examples are run from. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

/** @param script path of the program from the root of the project, and what comes before its arguments */
export function runScript(script: string, ...words: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", script, ...words], { cwd: root }, (error, out, err) => {
      resolve({ code: error === null ? 0 : (error.code as unknown as number), out, err });
    });
  });
}

/** What `npm run example NAME -- WORDS` does. */
export const runExampleApart = (name: string, ...words: string[]): Promise<Outcome> =>
  runScript("examples/run.ts", name, ...words);
