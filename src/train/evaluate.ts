// Passes over a data set that change nothing: its loss and accuracy, and predictions.

import { Breather } from "./breathe.js";
import { checkX, type Fields, type Samples } from "./batch.js";
import { after } from "./control.js";
import { placeAll, type PlacedProgram } from "./placed.js";
import type { State } from "./state.js";

export interface Evaluation {
  /** Mean loss over the samples. */
  readonly loss: number;
  /**
   * Share of right predictions, from 0 to 1, where the loss classifies: the mean over the batches by their sizes, as the loss
   * is, where a batch's ignored rows count for nothing. metrics.accuracy counts over all.
   */
  readonly accuracy?: number;
  readonly samples: number;
}

/** A data set in linear memory, for several evaluations. */
export class EvaluationSet {
  private readonly at: readonly number[];

  constructor(
    private readonly state: State,
    private readonly samples: Samples,
    private readonly batchSize: number,
    private readonly averaged: boolean,
  ) {
    this.at = placeAll(
      state.space,
      samples.fields.map(({ values }) => values),
    );
  }

  async evaluate(): Promise<Evaluation> {
    const { state, samples } = this;
    const { count, targets } = samples;
    const batch = Math.min(this.batchSize, count);
    let [loss, correct, predictions] = [0, 0, 0];
    const breather = new Breather();
    for (let first = 0; first < count; first += batch) {
      const size = Math.min(batch, count - first);
      const program = await state.programs.ready("evaluate", { batch: size, targets }, this.averaged);
      const recorded = await state.turn(() => {
        this.readRows(program.placed, first);
        state.single.program(program.placed);
        return after(state.single.run(1), () => state.recorded());
      });
      loss += recorded.loss * size;
      correct += recorded.correct;
      predictions += program.predictions;
      if (breather.due) await breather.pause();
    }
    return { loss: loss / count, ...(predictions > 0 && { accuracy: correct / predictions }), samples: count };
  }

  free(): void {
    for (const at of this.at) this.state.space.free(at);
  }

  /** Lets the inputs of the program begin at sample `first`. */
  private readRows(placed: PlacedProgram, first: number): void {
    for (const [i, { name, values, perSample }] of this.samples.fields.entries()) {
      placed.read(name, this.at[i]! + first * perSample * values.BYTES_PER_ELEMENT, values, false);
    }
  }
}

/** Numbers of the largest plain array whose room is kept for the next prediction. */
const LARGEST_SPARE = 16384;

/**
 * Room for the numbers of plain arrays: that of the prediction before, if it fits, as allocating takes longer than copying
 * (measured: bench/inference.ts).
 */
function roomFor(state: State, length: number): Float32Array {
  const { spare } = state;
  if (spare?.length !== length) return new Float32Array(length);
  state.spare = undefined; // nobody else's, while these numbers are in it
  return spare;
}

/** Predictions for x, batch by batch, by the outputs' names: each [samples, ...output]. */
export async function predict(
  state: State,
  data: Fields,
  batchSize: number,
  averaged: boolean,
): Promise<Map<string, Float32Array>> {
  let room: Float32Array | undefined;
  const { count, fields } = checkX("predict", state.model, data, (length) => (room = roomFor(state, length)));
  const results = new Map<string, Float32Array>();
  const breather = count > batchSize ? new Breather() : undefined;
  for (let first = 0; first < count; first += batchSize) {
    const batch = Math.min(batchSize, count - first);
    const program = state.programs.ready("predict", { batch, targets: [] }, averaged);
    const { placed, outputs, packed } = program instanceof Promise ? await program : program;
    const done = state.turn(() => {
      for (const { name, values, perSample } of fields) {
        const part = batch === count ? values : values.subarray(first * perSample, (first + batch) * perSample);
        placed.put(name, part, true);
      }
      packed?.refresh(state);
      state.single.program(placed);
      return after(state.single.run(1), () => {
        for (const [name, tensor] of outputs) {
          const rows = placed.view(tensor);
          if (batch === count) results.set(name, rows.slice());
          else {
            const perSample = rows.length / batch;
            if (!results.has(name)) results.set(name, new Float32Array(perSample * count));
            results.get(name)!.set(rows, perSample * first);
          }
        }
      });
    });
    if (done instanceof Promise) await done;
    if (breather?.due) await breather.pause();
  }
  if (room && room.length <= LARGEST_SPARE) state.spare = room;
  return results;
}
