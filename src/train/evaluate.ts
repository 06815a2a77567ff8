// Passes over a data set that change nothing: its loss and accuracy, and predictions.

import { breathe, SLICE } from "./breathe.js";
import { checkX, typeOf, type Samples } from "./batch.js";
import { place, type PlacedProgram } from "./placed.js";
import type { State } from "./state.js";
import type { NumberData } from "./values.js";

export interface Evaluation {
  /** Mean loss over the samples. */
  readonly loss: number;
  /** Share of right predictions, from 0 to 1, where the loss classifies. */
  readonly accuracy?: number;
  readonly samples: number;
}

/** A data set in linear memory, for several evaluations. */
export class EvaluationSet {
  private readonly at: readonly [number, number];

  constructor(
    private readonly state: State,
    private readonly samples: Samples,
    private readonly batchSize: number,
  ) {
    this.at = [place(state.space, samples.x), place(state.space, samples.y)];
  }

  async evaluate(): Promise<Evaluation> {
    const { state, samples } = this;
    const { count } = samples;
    const batch = Math.min(this.batchSize, count);
    let [loss, correct, predictions] = [0, 0, 0];
    let counts = false;
    let began = performance.now();
    for (let first = 0; first < count; first += batch) {
      const size = Math.min(batch, count - first);
      const program = state.programs.get("evaluate", typeOf(samples, size));
      const { placed } = program;
      this.readRows(placed, first);
      state.single.program(placed);
      state.single.run(1);
      const recorded = state.recorded();
      loss += recorded.loss * size;
      correct += recorded.correct;
      predictions += program.predictions;
      counts = program.counts;
      if (performance.now() - began > SLICE) {
        await breathe();
        began = performance.now();
      }
    }
    return { loss: loss / count, ...(counts && { accuracy: correct / predictions }), samples: count };
  }

  free(): void {
    for (const at of this.at) this.state.space.free(at);
  }

  /** Lets the inputs of the program begin at sample `first`. */
  private readRows(placed: PlacedProgram, first: number): void {
    const { x, y, count } = this.samples;
    for (const [i, [name, values]] of Object.entries({ x, y }).entries()) {
      const found = placed.input(name);
      const row = values.byteLength / count;
      if (found) placed.read(found.index, this.at[i]! + first * row, values, false);
    }
  }
}

/** Predictions for x, batch by batch: [samples, ...output]. */
export async function predict(state: State, data: NumberData, batchSize: number): Promise<Float32Array> {
  const { count, x } = checkX("predict", state.model, data);
  const size = x.length / count;
  let result: Float32Array | undefined;
  let began = performance.now();
  for (let first = 0; first < count; first += batchSize) {
    const batch = Math.min(batchSize, count - first);
    const { placed, output } = state.programs.get("predict", { batch, perSample: 0, whole: false });
    const input = placed.input("x");
    if (input) placed.put(input.index, batch === count ? x : x.subarray(first * size, (first + batch) * size));
    state.single.program(placed);
    state.single.run(1);
    const rows = placed.view(output!);
    if (batch === count) return rows.slice();
    result ??= new Float32Array((rows.length / batch) * count);
    result.set(rows, (rows.length / batch) * first);
    if (performance.now() - began > SLICE) {
      await breathe();
      began = performance.now();
    }
  }
  return result!;
}
