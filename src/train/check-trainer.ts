// That what a function of trainers got is one: a forgotten await gives a promise instead.

import { show } from "../nn/words.js";
import type { Trainer } from "./trainer.js";

/** @throws TypeError for anything else than a trainer */
export function checkTrainer(owner: string, trainer: Trainer): Trainer {
  if (trainer?.state) return trainer;
  throw new TypeError(
    `${owner}: expected a trainer, as compile() gives it, got ${show(trainer)}; is an await missing before compile()?`,
  );
}
