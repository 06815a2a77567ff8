// A trainer's programs as text.

import { showGraph, showPlan, showProgram } from "../graph/explain.js";
import { check, resolve, steps } from "../nn/check-options.js";
import { show } from "../nn/words.js";
import type { GivenTarget } from "./objective.js";
import type { State } from "./state.js";

// Nobody takes it from here. But what this shares with the rest, which is loaded first, bundlers would cut out of the
// rest into small files; as it leads to all of the rest, they leave that in one piece.
export { compile } from "./compile.js";

const purposes = ["train", "evaluate", "predict"] as const;

export interface ExplainOptions {
  /** What the program does. Default "train". */
  purpose?: (typeof purposes)[number];
  /** Samples in the batch. Default 32. */
  batch?: number;
  /**
   * How the targets come. Default: one class index a row where the loss classifies with indices, else numbers as many as
   * the output's.
   */
  targets?: readonly GivenTarget[];
}

/** Graph, memory plan and program. @throws TypeError or RangeError for options that make no sense */
export async function explain(state: State, given: ExplainOptions): Promise<string> {
  state.space.check();
  const { model, objective, programs } = state;
  const usual = [...model.outputs].map(([name, output]) => objective.usual(name, output));
  const defaults: Required<ExplainOptions> = { purpose: "train", batch: 32, targets: usual };
  const { purpose, batch, targets } = resolve<Required<ExplainOptions>>("explain", defaults, given);
  check("explain", "batch", batch, steps);
  if (!purposes.includes(purpose)) {
    throw new RangeError(`explain: purpose must be one of ${purposes.join(", ")}, got ${show(purpose)}`);
  }
  const { placed } = await programs.ready(purpose, { batch, targets });
  return [showGraph(placed.program), showPlan(placed.program), showProgram(placed.program, placed.extra)].join("\n\n");
}
