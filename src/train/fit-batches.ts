// Training on batches that come one after another, for data that do not fit into memory or are made on the way. Each
// batch goes through the same buffer of the program for its size.

import { Control } from "../shared/opcodes.js";
import { checkAlike, checkSamples, type Data, type Samples } from "./batch.js";
import { Breather } from "./breathe.js";
import { show } from "../nn/words.js";
import type { Trained } from "./fit.js";
import type { ResolvedFit } from "./options.js";
import { Reporter } from "./reporter.js";
import { meansOf, nothing } from "./epoch-sums.js";
import type { State } from "./state.js";
import { trainOn } from "./step.js";

// Nobody takes it from here. But what this shares with the rest, which is loaded first, bundlers would cut out of the
// rest into small files; as it leads to all of the rest, they leave that in one piece.
export { compile } from "./compile.js";

type Iterables = Iterable<Data> | AsyncIterable<Data>;

/** Batches of samples: an array or another iterable, or a function that is called for those of each epoch, with its number from 1. */
export type Batches = Iterables | ((epoch: number) => Iterables | Promise<Iterables>);

const isIterable = (data: unknown): data is Iterables =>
  typeof data === "object" && data !== null && (Symbol.iterator in data || Symbol.asyncIterator in data);

/**
 * Does epochs up to number `last`, each once through the batches, and yields each as it ends.
 * @throws TypeError for what holds no batches
 */
export async function* fitBatches(
  batches: Batches,
  state: State,
  options: ResolvedFit,
  last: number,
): AsyncGenerator<Trained[]> {
  if (typeof batches !== "function" && !isIterable(batches)) {
    throw new TypeError(
      `fit: expected { x, y }, an iterable of them, or a function that returns one, got ${show(batches)}`,
    );
  }
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
