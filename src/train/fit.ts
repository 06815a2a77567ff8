// Training: what trainer.fit() returns, and how an epoch ends. How the steps of an epoch are done, from samples in
// memory or from an iterable of batches, is in fit-memory.ts and fit-batches.ts.

import { checkSamples, part, type Data, type Samples } from "./batch.js";
import { EvaluationSet } from "./evaluate.js";
import type { Batches } from "./fit-batches.js";
import { fitMemory } from "./fit-memory.js";
import { resolveFit, type Epoch, type FitOptions, type ResolvedFit } from "./options.js";
import type { State } from "./state.js";
import { Stopper } from "./stopper.js";

/** An epoch without its validation. */
export type Trained = Omit<Epoch, "valLoss" | "valAccuracy">;

/** Does the epochs up to number `last`, and yields each as it ends; `ahead`: or many together, if that is faster. */
type Train = (last: number, ahead: boolean) => AsyncGenerator<Trained[]>;

const EVALUATION_BATCH = 256;

/** A loss that is not finite. Training stopped; the parameters are those of the last good step. */
export class DivergedError extends Error {
  override name = "DivergedError";
  constructor(
    message: string,
    /** The step that failed, from 1. */
    readonly step: number,
    /** The first tensor, in the order of execution, that is not finite. */
    readonly tensor: string,
  ) {
    super(message);
  }
}

/**
 * A training that starts when it is first asked for an epoch, or awaited:
 *
 *   for await (const { epoch, loss } of trainer.fit(data)) …   // each epoch as it ends; leaving the loop stops training
 *   const epochs = await trainer.fit(data);                    // all of them at the end, which can be faster
 */
export class Fit implements AsyncIterable<Epoch>, PromiseLike<Epoch[]> {
  private started = false;
  private all: Promise<Epoch[]> | undefined;

  constructor(
    private readonly state: State,
    private readonly data: Data | Batches,
    private readonly options: FitOptions,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Epoch> {
    for await (const ended of this.start(false)) for (const epoch of ended) yield epoch;
  }

  then<A = Epoch[], B = never>(
    fulfilled?: ((epochs: Epoch[]) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.all ??= this.collect();
    return this.all.then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<Epoch[] | B> {
    return this.then(undefined, rejected);
  }

  finally(settled?: (() => void) | null): Promise<Epoch[]> {
    return this.then().finally(settled);
  }

  private async collect(): Promise<Epoch[]> {
    const all: Epoch[] = [];
    for await (const ended of this.start(true)) for (const epoch of ended) all.push(epoch);
    return all;
  }

  private start(unseen: boolean): AsyncGenerator<Epoch[]> {
    if (this.started)
      throw new Error("fit: this training has been started already; call trainer.fit() again for another");
    this.started = true;
    const { state } = this;
    const options = resolveFit(this.options, state.objective);
    const { samples, validation } = split(state, this.data, options);
    const train: Train = samples
      ? (last, ahead) => fitMemory(samples, state, options, last, ahead)
      : (last) => fitBatches(this.data as Batches, state, options, last);
    if (state.fitting)
      throw new Error("fit: this trainer is training already; await that fit, or leave its loop, before the next");
    return epochs(state, train, validation, options, unseen);
  }
}

/** Loaded for those who train in this way. */
async function* fitBatches(
  batches: Batches,
  state: State,
  options: ResolvedFit,
  last: number,
): AsyncGenerator<Trained[]> {
  yield* (await import("./fit-batches.js")).fitBatches(batches, state, options, last);
}

async function* epochs(
  state: State,
  train: Train,
  validation: Samples | undefined,
  options: ResolvedFit,
  unseen: boolean,
): AsyncGenerator<Epoch[]> {
  state.fitting = true;
  let judge: EvaluationSet | undefined;
  let stopper: Stopper | undefined;
  try {
    judge = validation && new EvaluationSet(state, validation, EVALUATION_BATCH, false);
    stopper = options.earlyStopping && new Stopper(state, options.earlyStopping);
    // Where nobody looks at the model between two epochs, one call into WebAssembly may do many of them.
    const ahead = unseen && !judge && !stopper && !options.onEpoch;
    for await (const ended of train(state.epochs + options.epochs, ahead)) {
      if (ahead) {
        yield ended;
        continue;
      }
      for (const trained of ended) {
        const epoch: Epoch = { ...trained, ...(judge && validated(await judge.evaluate())) };
        await options.onEpoch?.(epoch);
        const stop = stopper?.after(epoch) ?? false;
        yield [epoch];
        if (stop) return;
      }
    }
  } finally {
    // Who stops by a signal may go on later, from the parameters as they are.
    if (!options.signal?.aborted) stopper?.finish();
    judge?.free();
    state.fitting = false;
  }
}

const validated = ({ loss, accuracy }: { loss: number; accuracy?: number }) => ({
  valLoss: loss,
  ...(accuracy !== undefined && { valAccuracy: accuracy }),
});

/** Checks the data, and takes the validation samples from their end if that was asked for. */
function split(state: State, data: Data | Batches, options: ResolvedFit): { samples?: Samples; validation?: Samples } {
  const { model, objective } = state;
  const { validation } = options;
  const given =
    typeof validation === "object" ? { validation: checkSamples("fit: validation", model, objective, validation) } : {};
  if (typeof data !== "object" || data === null || !("x" in data)) {
    if (typeof validation === "number") {
      throw new TypeError(
        "fit: a share for validation needs all samples at once; with batches give validation: { x, y }",
      );
    }
    return given;
  }
  const samples = checkSamples("fit", model, objective, data);
  if (typeof validation !== "number" || validation === 0) return { samples, ...given };
  const held = Math.round(samples.count * validation);
  if (held < 1 || held >= samples.count) {
    throw new RangeError(
      `fit: validation: ${validation} of ${samples.count} samples leaves nothing to train on or to validate by`,
    );
  }
  const first = samples.count - held;
  return { samples: part(samples, 0, first), validation: part(samples, first, samples.count) };
}
