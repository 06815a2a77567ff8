// Runs one of the project's npm scripts, here or in another checkout, and waits for it. Its errors are shown, its output is
// not.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** @throws Error if the script fails */
export function npmRun(script: string, cwd = ROOT): void {
  const windows = process.platform === "win32";
  execFileSync(windows ? "npm.cmd" : "npm", ["run", "--silent", script], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
    shell: windows,
  });
}
