// The end of a step's forward pass: its loss and its metric go into the history, and a loss that is not finite ends
// the run before the parameters are touched.

import { Control } from "../src/shared/opcodes";
import { word } from "./simd";

/** Writes (loss[0], correct[0]) at the step's place in the history, unless silent. Returns false if the loss is not finite. */
export function record(loss: usize, correct: usize, silent: i32, control: usize): bool {
  const value = load<f32>(loss);
  if (silent) return value - value == 0;
  const index = word(control, Control.Done) % word(control, Control.Capacity);
  const at = <usize>word(control, Control.History) + ((<usize>index) << 3);
  store<f32>(at, value);
  store<f32>(at, correct ? load<f32>(correct) : 0, 4);
  // x - x is 0 for every finite x and NaN otherwise.
  return value - value == 0;
}
