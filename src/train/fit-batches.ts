// Training on batches that come one after another, for data that do not fit into memory or are made on the way. Each
// batch goes through the same buffer of the program for its size.

import { Control } from "../shared/opcodes.js";
import { checkAlike, checkSamples, type Data, type Samples } from "./batch.js";
import { Breather } from "./breathe.js";
import { after } from "./control.js";
import { show } from "../nn/words.js";
import type { Trained } from "./fit.js";
import type { ResolvedFit } from "./options.js";
import type { PlacedProgram } from "./placed.js";
import { Reporter } from "./reporter.js";
import { meansOf, nothing } from "./epoch-sums.js";
import type { State } from "./state.js";

type Iterables = Iterable<Data> | AsyncIterable<Data>;

/** Batches of samples: an array or another iterable, or a function that is called for those of each epoch, with its number from 1. */
export type Batches = Iterables | ((epoch: number) => Iterables | Promise<Iterables>);

/** @throws TypeError for what holds no batches */
export function batchesOf(data: Batches): Batches {
  if (typeof data === "function" || isIterable(data)) return data;
  throw new TypeError(`fit: expected { x, y }, an iterable of them, or a function that returns one, got ${show(data)}`);
}

const isIterable = (data: unknown): data is Iterables =>
  typeof data === "object" && data !== null && (Symbol.iterator in data || Symbol.asyncIterator in data);

/** Does epochs up to number `last`, each once through the batches, and yields each as it ends. */
export async function* fitBatches(
  batches: Batches,
  state: State,
  options: ResolvedFit,
  last: number,
): AsyncGenerator<Trained[]> {
  const reporter = new Reporter(options.onProgress, last);
  const breather = new Breather();
  let first: Samples | undefined;
  while (state.epochs < last) {
    abandonEpoch(state);
    const { partial } = state;
    const began = performance.now();
    let steps = 0;
    const report = (epoch: number) => {
      const samplesPerSecond = (1000 * partial.samples) / (performance.now() - began);
      reporter.report({ epoch, step: steps, steps: undefined, ...meansOf(partial), samplesPerSecond });
    };
    const source = typeof batches === "function" ? await batches(state.epochs + 1) : batches;
    if (!isIterable(source))
      throw new TypeError(`fit: the function must return an iterable of { x, y }, got ${show(source)}`);

    for await (const data of source) {
      options.signal?.throwIfAborted();
      const label = `fit: batch ${steps}`;
      const samples = checkSamples(label, state.model, state.objective, data);
      first ??= samples;
      checkAlike(label, first, samples);
      const { loss, correct, predictions } = await trainOn(state, samples);
      steps++;
      partial.loss += loss * samples.count;
      partial.correct += correct;
      partial.predictions += predictions;
      partial.samples += samples.count;
      if (reporter.due(state.epochs)) report(state.epochs + 1);
      if (breather.due) await breather.pause();
    }

    if (steps === 0) {
      throw new RangeError(
        first === undefined
          ? "fit: there was no batch to train on"
          : "fit: no batch is left for another epoch; an iterator gives its batches once, so pass a function that returns a new one",
      );
    }
    const epoch = state.epochs + 1;
    state.control.set(Control.Epoch, epoch);
    if (reporter.due(epoch)) report(epoch);
    const seconds = (performance.now() - began) / 1000;
    state.partial = nothing();
    const { samples } = partial;
    yield [{ epoch, ...meansOf(partial), seconds, samples, steps, lr: state.rate(state.steps - 1) }];
  }
}

/** An epoch of samples in memory that was left in the middle cannot be finished any more. */
function abandonEpoch(state: State): void {
  state.control.set(Control.Position, 0);
  state.order = () => undefined;
  state.partial = nothing();
}

/** What one update, or one look at a batch, came to. */
export interface StepResult {
  /** Mean loss over the batch, before the update. */
  readonly loss: number;
  /** Share of right predictions, from 0 to 1, where the loss classifies. */
  readonly accuracy?: number;
}

/** Sums over one batch; `predictions` are those that right ones were counted among, 0 where they were not. */
export interface BatchSums {
  readonly loss: number;
  readonly correct: number;
  readonly predictions: number;
}

export const resultOf = ({ loss, correct, predictions }: BatchSums): StepResult => ({
  loss,
  ...(predictions > 0 && { accuracy: correct / predictions }),
});

/** One update on one batch. @throws DivergedError at a loss that is not finite */
export async function trainOn(state: State, samples: Samples): Promise<BatchSums> {
  const { placed, predictions } = await state.programs.ready("train", {
    batch: samples.count,
    targets: samples.targets,
  });
  return state.turn(() => {
    for (const { name, values } of samples.fields) placed.put(name, values);
    state.single.program(placed);
    return after(state.update(), ({ loss, correct, ok }) => {
      return ok ? { loss, correct, predictions } : fail(state, placed, loss);
    });
  });
}

async function fail(state: State, placed: PlacedProgram, loss: number): Promise<never> {
  const { diverged } = await import("./diverged.js");
  throw diverged(state, placed, state.single, loss);
}
