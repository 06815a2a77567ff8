// Training on batches that come one after another, for data that do not fit into memory or are made on the way. Each
// batch goes through the same buffer of the program for its size.

import { Control } from "../shared/opcodes.js";
import { checkAlike, checkSamples, type Data, type Samples } from "./batch.js";
import { breathe, SLICE } from "./breathe.js";
import { diverged } from "./diverged.js";
import type { Trained } from "./fit.js";
import type { ResolvedFit } from "./options.js";
import { nothing, type State } from "./state.js";

type Iterables = Iterable<Data> | AsyncIterable<Data>;

/** Batches of samples: an array or another iterable, or a function that is called for those of each epoch. */
export type Batches = Iterables | (() => Iterables | Promise<Iterables>);

/** @throws TypeError for what holds no batches */
export function batchesOf(data: Batches): Batches {
  if (typeof data === "function" || isIterable(data)) return data;
  throw new TypeError("fit: expected { x, y }, an iterable of them, or a function that returns one");
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
  let first: Samples | undefined;
  while (state.epochs < last) {
    state.control.set(Control.Position, 0);
    state.partial = nothing();
    const { partial } = state;
    let steps = 0;
    let began = performance.now();
    const begun = began;
    const source = typeof batches === "function" ? await batches() : batches;
    if (!isIterable(source)) throw new TypeError("fit: the function must return an iterable of { x, y }");

    for await (const data of source) {
      options.signal?.throwIfAborted();
      const samples = checkSamples(`fit: batch ${steps}`, state.model, state.objective, data);
      first ??= samples;
      checkAlike("fit", first, samples);
      const { loss, correct, predictions } = trainOn(state, samples);
      steps++;
      partial.loss += loss * samples.count;
      partial.correct += correct;
      partial.predictions += predictions;
      partial.samples += samples.count;
      if (performance.now() - began < SLICE) continue;
      options.onProgress?.({
        epoch: state.epochs + 1,
        epochs: last,
        step: steps,
        steps: undefined,
        ...means(),
        samplesPerSecond: (1000 * partial.samples) / (performance.now() - begun),
      });
      await breathe();
      began = performance.now();
    }

    if (steps === 0) {
      throw new RangeError(
        state.epochs === 0
          ? "fit: there was no batch to train on"
          : "fit: no batch is left for another epoch; an iterator gives its batches once, so pass a function that returns a new one",
      );
    }
    state.control.set(Control.Epoch, state.epochs + 1);
    const seconds = (performance.now() - begun) / 1000;
    state.partial = nothing();
    yield [
      {
        epoch: state.epochs,
        ...means(),
        seconds,
        samples: partial.samples,
        steps,
        lr: state.rate(state.steps - 1),
      },
    ];

    function means() {
      const { loss, samples, correct, predictions } = partial;
      return { loss: loss / samples, ...(predictions > 0 && { accuracy: correct / predictions }) };
    }
  }
}

/** One update on one batch. @throws DivergedError at a loss that is not finite */
export function trainOn(state: State, samples: Samples): { loss: number; correct: number; predictions: number } {
  const { placed, predictions } = state.programs.get("train", { batch: samples.count, targets: samples.targets });
  for (const { name, values } of samples.fields) placed.put(name, values);
  state.single.program(placed);
  const { loss, correct, ok } = state.update();
  if (!ok) throw diverged(state, placed, state.single, loss);
  return { loss, correct, predictions };
}
