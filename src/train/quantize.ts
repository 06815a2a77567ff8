// A trained model with its weights in 8 bits, to predict with.

import { resolve } from "../nn/check-options.js";
import { checkTrainer } from "./check-trainer.js";
import { eightBits } from "./eight-bit.js";
import { Model } from "./model.js";
import { Trainer } from "./trainer.js";

/**
 * The same model with the weights of linear layers, and tables of vectors, as 8-bit whole numbers (compile's option
 * weights: "int8"): a trainer of its own, which predicts, evaluates and writes text, but does not train. dispose() of the
 * other if it is not needed any more.
 *
 * @param trainer is left as it is
 * @param options.averaged take the moving average of the parameters, which compile's option `ema` keeps. Default false.
 * @throws RangeError for weights that are not finite
 */
export async function quantize(trainer: Trainer, options: { averaged?: boolean } = {}): Promise<Trainer> {
  const { averaged } = resolve("quantize", { averaged: false }, options);
  const { core, model, objective, optimizer, settings, space } = checkTrainer("quantize", trainer).state;
  space.check();
  const grouping = { groups: [], freeze: () => true };
  const smaller = new Model(model.source, model.inputOption, grouping, eightBits);
  await eightBits.ready(core, smaller.parameters);
  const small = new Trainer(core, smaller, objective, optimizer, {
    ...settings,
    ...grouping,
    ema: undefined,
    eightBits,
  });
  const rows = new Map(model.parameters.map((row) => [row.name, row]));
  try {
    // In its turn, as threads may be at work on the parameters.
    await trainer.state.turn(() => {
      for (const row of small.state.model.parameters) {
        const { offset, tensor } = rows.get(row.name)!;
        const values = averaged
          ? trainer.state.averageView(offset, tensor.size)
          : trainer.state.readParameter(rows.get(row.name)!);
        small.state.writeParameter(row, values);
      }
    });
  } catch (error) {
    small.dispose();
    throw error;
  }
  return small;
}
