// The last words of a run: how good the network is, where the files are, what to try next.

import { relative } from "node:path";
import { duration, integer, percent, plural, tenth } from "../support/html.js";
import type { Files } from "../support/results.js";
import { presets } from "./architecture.js";
import type { Run } from "./results.js";

const RULE = "─".repeat(72);
const HARDLY = 0.5; // a network that has learned anything reads more than half of the images

/** The closing block as text. `folder` is where the reader stands; paths are shown from there. */
export function summary(run: Run, files: Files, folder = process.cwd()): string {
  const images = run.data.test.y.length;
  const trained = run.epochs.reduce((sum, { samples }) => sum + samples, 0);
  const speed = trained > 0 ? `, ${integer(Math.round(trained / run.seconds))} images/s` : "";
  const rows: [string, string][] = [
    [
      "accuracy",
      `${percent(run.testAccuracy, 2)} of ${integer(images)} test images (${integer(run.wrong.length)} misread)`,
    ],
    [
      "training",
      `${duration(run.seconds)} for ${plural(run.epochs.length, "epoch")}${speed}${run.stopped ? "; stopped early" : ""}`,
    ],
    ["model", shown(files.model, folder)],
    ["report", `${shown(files.report, folder)}   (open it in a browser)`],
  ];
  if (files.json !== undefined) rows.push(["figures", shown(files.json, folder)]);
  const lines = rows.map(([name, value]) => `${name.padEnd(10)}${value}`);
  const tries = next(run, files, folder).map((line, at) => `${(at === 0 ? "next" : "").padEnd(10)}${line}`);
  return [RULE, ...lines, ...tries, RULE].join("\n");
}

/** Paths that lead out of the folder are clearer in full. */
function shown(path: string, folder: string): string {
  const way = relative(folder, path);
  return way.startsWith("..") ? path : way;
}

/** Commands to try next, each with what it is for. */
function next({ settings, testAccuracy, stopped }: Run, files: Files, folder: string): string[] {
  const saved = settings.out === "out/digits" ? "" : ` --model ${shown(files.model, folder)}`;
  const data = settings.data === undefined ? "" : ` --data ${settings.data}`;
  const rows = [[`npx tsx examples/digits/predict.ts${saved}`, "reads other digits with this model"]];
  if (testAccuracy < HARDLY && !stopped) {
    rows.push([
      `npm start --${data} --model ${settings.model} --rate ${tenth(settings.rate)}`,
      "may learn more: this rate seems too high",
    ]);
  } else if (settings.model !== "large") {
    const { hidden, epochs } = presets.large!;
    rows.push([`npm start --${data} --model large`, `${hidden.join("-")} hidden units with dropout, ${epochs} epochs`]);
  }
  if (settings.data === undefined) rows.push(["npm start -- --data FOLDER", "MNIST or its relatives, as IDX files"]);
  const width = Math.max(...rows.map(([command]) => command!.length));
  return rows.map(([command, words]) => `${command!.padEnd(width)}   ${words}`);
}
