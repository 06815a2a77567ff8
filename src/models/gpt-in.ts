// The GPT that a trainer trains.

import { show } from "../nn/words.js";
import type { Trainer } from "../train/trainer.js";
import type { Gpt } from "./gpt.js";

/**
 * @param owner what messages begin with
 * @throws TypeError if it is another model, or no trainer
 */
export function gptIn(trainer: Trainer, owner: string): Gpt {
  const module = trainer?.state?.model.module;
  if (module?.type === "gpt") return module as Gpt;
  throw new TypeError(
    `${owner}: needs a trainer of a gpt(), got ${module ? `one of a model "${module.type}"` : show(trainer)}`,
  );
}
