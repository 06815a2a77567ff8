// How long the files are, by folder. Those over 400 lines are named, since most of them hold two ideas; over 600 the
// check fails, unless the file's header gives its reason in a sentence that begins with "Long because".

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SMELL = 400;
const LIMIT = 600;

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" });
const files = listed.split("\n").filter((file) => /\.(ts|mjs)$/.test(file) && existsSync(file));

const folders = new Map();
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n").length - 1;
  const folder = file.includes("/") ? file.slice(0, file.indexOf("/")) : ".";
  folders.set(folder, [...(folders.get(folder) ?? []), lines]);
  if (lines > LIMIT && !text.includes("Long because")) {
    console.error(`lines: ${file} has ${lines}, more than ${LIMIT}: split it, or say "Long because ..." in its header`);
    process.exitCode = 1;
  } else if (lines > SMELL) {
    console.warn(`lines: ${file} has ${lines}, more than ${SMELL}; does it hold two ideas?`);
  }
}

const summaries = [...folders].map(([folder, lengths]) => {
  lengths.sort((a, b) => a - b);
  const total = lengths.reduce((sum, lines) => sum + lines, 0);
  return `${folder} ${total} in ${lengths.length} files (median ${lengths[lengths.length >> 1]}, longest ${lengths.at(-1)})`;
});
console.log(`lines: ${summaries.join("; ")}`);
