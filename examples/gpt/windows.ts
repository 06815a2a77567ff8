// Windows of the text at random places, as nanoGPT draws them. Which ones depends on the seed, the purpose and the step
// alone, so a training that is resumed sees what it would have seen.

import { Random } from "wasmgrad/data";

export interface Windows {
  /** [windows, context] each; y is x one ahead. */
  readonly x: Int32Array;
  readonly y: Int32Array;
}

/** What windows are drawn for. */
export type Purpose = "training" | "evaluation of the training text" | "evaluation";

const purposes: readonly Purpose[] = ["training", "evaluation of the training text", "evaluation"];

/** `count` windows of `context` ids. */
export function drawWindows(
  ids: Int32Array,
  {
    count,
    context,
    seed,
    purpose,
    step,
  }: { count: number; context: number; seed: number; purpose: Purpose; step: number },
): Windows {
  const random = new Random(seed).fork(purposes.indexOf(purpose)).fork(step);
  const x = new Int32Array(count * context);
  const y = new Int32Array(count * context);
  for (let row = 0; row < count; row++) {
    const at = random.integer(ids.length - context);
    x.set(ids.subarray(at, at + context), row * context);
    y.set(ids.subarray(at + 1, at + 1 + context), row * context);
  }
  return { x, y };
}
