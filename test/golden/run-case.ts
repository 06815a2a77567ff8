// Runs one reference case, whatever its kind.

import { Inexpressible, type Case, type Results } from "./cases.js";
import { differences } from "./compare.js";
import { runGpt2 } from "./gpt2.js";
import { runLoss } from "./loss.js";
import { runOp } from "./op.js";
import { runClip, runOptimizer, runSchedule } from "./optimizer.js";
import { runTrain } from "./train.js";

const kinds: Readonly<Record<string, (golden: Case) => Results | Promise<Results>>> = {
  op: runOp,
  loss: runLoss,
  optimizer: runOptimizer,
  schedule: runSchedule,
  clip: runClip,
  train: runTrain,
  gpt2: runGpt2,
};

/** What is wrong, one line each; nothing for a case that passes. A case that cannot be expressed has failed. */
export async function runCase(golden: Case): Promise<string[]> {
  try {
    const run = Object.hasOwn(kinds, golden.kind) ? kinds[golden.kind]! : undefined;
    if (!run) throw new Inexpressible(`there is no kind "${golden.kind}"`);
    return differences(golden, await run(golden));
  } catch (error) {
    if (error instanceof Inexpressible) return [`cannot be expressed: ${error.message}`];
    return [String(error)];
  }
}
