// Training on samples that lie in linear memory: each call into WebAssembly does as many steps as take some 20 ms,
// gathering their batches by itself, over the ends of epochs where nobody looks in between.

import { Control } from "../shared/opcodes.js";
import type { Samples } from "./batch.js";
import { breathe, SLICE } from "./breathe.js";
import { diverged } from "./diverged.js";
import type { Trained } from "./fit.js";
import type { ResolvedFit } from "./options.js";
import { place, type PlacedProgram } from "./placed.js";
import type { Compiled } from "./programs.js";
import { nothing, type State } from "./state.js";

/** Steps in one call at most: what the history and the rates have room for. */
const CAPACITY = 16_384;

/** Does the epochs of `samples` up to number `last`, and yields each as it ends. */
export async function* fitMemory(
  samples: Samples,
  state: State,
  options: ResolvedFit,
  last: number,
  ahead: boolean,
): AsyncGenerator<Trained[]> {
  const run = new MemoryRun(samples, state, options, last);
  try {
    while (state.epochs < last) {
      options.signal?.throwIfAborted();
      const ended = run.slice(ahead);
      if (ended.length > 0) yield ended;
      await breathe();
    }
  } finally {
    run.end();
  }
}

class MemoryRun {
  private readonly batch: number;
  private readonly perEpoch: number;
  private readonly main: Compiled;
  /** Of the smaller batch at the end of an epoch, if there is one. */
  private readonly tail: Compiled | undefined;
  private readonly rest: number;
  private readonly fieldsAt: readonly number[];
  private readonly at: { order: number; history: number; rates: number };
  private readonly capacity: number;
  private readonly constantRate: boolean;
  /** Measured milliseconds a step, undefined before the first. */
  private pace: number | undefined;
  private steps = 1;

  constructor(
    private readonly samples: Samples,
    private readonly state: State,
    private readonly options: ResolvedFit,
    private readonly last: number,
  ) {
    const { space, programs } = state;
    const { count } = samples;
    this.batch = Math.min(options.batchSize, count);
    this.rest = count % this.batch;
    this.perEpoch = Math.ceil(count / this.batch);
    const { targets } = samples;
    this.main = programs.get("train", { batch: this.batch, targets });
    this.tail = this.rest > 0 ? programs.get("train", { batch: this.rest, targets }) : undefined;
    this.capacity = Math.min(CAPACITY, this.perEpoch * (last - state.epochs));
    this.fieldsAt = samples.fields.map(({ values }) => place(space, values));
    this.at = {
      order: space.alloc(count * 4),
      history: space.alloc(this.capacity * 8),
      rates: space.alloc(this.capacity * 8),
    };
    this.constantRate = typeof state.optimizer.lr === "number";
    if (this.constantRate)
      state.core.f64.fill(state.rate(0), this.at.rates >>> 3, (this.at.rates >>> 3) + this.capacity);
    this.resume();
  }

  /** One call into WebAssembly. Returns the epochs that it ended. */
  slice(ahead: boolean): Trained[] {
    const { state } = this;
    const { control } = state;
    const position = control.get(Control.Position);
    const toEnd = this.perEpoch - position;
    const left = toEnd + (ahead ? (this.last - state.epochs - 1) * this.perEpoch : 0);
    const steps = this.stepsOf(left);
    const firstStep = state.steps;
    if (!this.constantRate) this.fillRates(firstStep, steps);
    this.connect();

    const firstEpoch = state.epochs;
    const began = performance.now();
    const done = control.run(steps);
    const milliseconds = performance.now() - began;
    if (done > 0) this.pace = milliseconds / done;

    const ended = this.account(position, firstEpoch, done, milliseconds / 1000);
    if (done < steps) {
      const failed = this.tail && control.get(Control.Position) === this.perEpoch - 1 ? this.tail : this.main;
      throw diverged(state, failed.placed, control, this.history(done).loss);
    }
    if (this.options.onProgress && state.partial.samples > 0) this.report();
    return ended;
  }

  /** Gives the memory back. Called once, however training ended. */
  end(): void {
    const { state } = this;
    // An epoch left in the middle can be finished later, if its order is still known.
    const middle = state.control.get(Control.Position) > 0;
    const first = this.at.order >>> 2;
    state.order = middle ? state.core.i32.slice(first, first + this.samples.count) : undefined;
    for (const at of [...this.fieldsAt, ...Object.values(this.at)]) state.space.free(at);
  }

  /** Goes on in the middle of an epoch if one was left there with as many samples and batches; else begins one. */
  private resume(): void {
    const { state, at, samples } = this;
    const { control, order } = state;
    const first = at.order >>> 2;
    const goesOn = order?.length === samples.count && control.get(Control.Batch) === this.batch;
    if (goesOn) state.core.i32.set(order, first);
    else {
      control.set(Control.Position, 0);
      state.partial = nothing();
      const { i32 } = state.core;
      for (let i = 0; i < samples.count; i++) i32[first + i] = i;
    }
    control.set(Control.StepsPerEpoch, this.perEpoch);
    control.set(Control.Batch, this.batch);
    control.set(Control.Samples, samples.count);
    control.set(Control.Order, at.order);
    control.set(Control.Shuffle, this.options.shuffle ? 1 : 0);
    control.set(Control.History, at.history);
    control.set(Control.Rates, at.rates);
    control.set(Control.Capacity, this.capacity);
  }

  /** Points the programs at the samples: others may have used them since the last call. */
  private connect(): void {
    for (const compiled of [this.main, this.tail]) {
      if (compiled) this.read(compiled.placed);
    }
    this.state.control.program(this.main.placed, this.tail?.placed);
  }

  private read(placed: PlacedProgram): void {
    for (const [i, { name, values }] of this.samples.fields.entries()) {
      placed.read(name, this.fieldsAt[i]!, values, true);
    }
  }

  /** Steps of the next call: about a slice's time, equal parts of what is left. */
  private stepsOf(left: number): number {
    if (this.pace === undefined) return Math.min(left, 1);
    const calls = Math.max(1, Math.floor((left * this.pace) / SLICE));
    // The first steps run unoptimised code: do not trust their pace too far.
    this.steps = Math.min(Math.ceil(left / calls), this.steps * 8, this.capacity);
    return this.steps;
  }

  private fillRates(firstStep: number, steps: number): void {
    const at = this.at.rates >>> 3;
    for (let i = 0; i < steps; i++) this.state.core.f64[at + i] = this.state.rate(firstStep + i);
  }

  private history(index: number): { loss: number; correct: number } {
    const at = (this.at.history >>> 2) + 2 * index;
    const { f32 } = this.state.core;
    return { loss: f32[at]!, correct: f32[at + 1]! };
  }

  /** Adds `done` steps to the epoch under way. Returns the epochs that they end. */
  private account(position: number, epoch: number, done: number, seconds: number): Trained[] {
    const { state, perEpoch, rest, batch, main, tail } = this;
    const firstStep = state.steps - done;
    const { f32 } = state.core;
    const history = this.at.history >>> 2;
    const ended: Trained[] = [];
    for (let i = 0; i < done; i++) {
      const { partial } = state;
      const short = tail !== undefined && position === perEpoch - 1;
      const size = short ? rest : batch;
      partial.loss += f32[history + 2 * i]! * size;
      partial.correct += f32[history + 2 * i + 1]!;
      partial.predictions += short ? tail.predictions : main.predictions;
      partial.samples += size;
      partial.seconds += seconds / done;
      if (++position < perEpoch) continue;
      position = 0;
      const { loss, accuracy } = this.means();
      ended.push({
        epoch: ++epoch,
        loss,
        ...(accuracy !== undefined && { accuracy }),
        seconds: partial.seconds,
        samples: partial.samples,
        steps: perEpoch,
        lr: state.rate(firstStep + i),
      });
      state.partial = nothing();
    }
    return ended;
  }

  private means(): { loss: number; accuracy?: number } {
    const { loss, samples, correct, predictions } = this.state.partial;
    return { loss: loss / samples, ...(predictions > 0 && { accuracy: correct / predictions }) };
  }

  private report(): void {
    const { state, options } = this;
    const { samples, seconds } = state.partial;
    options.onProgress!({
      epoch: state.epochs + 1,
      epochs: this.last,
      step: state.control.get(Control.Position),
      steps: this.perEpoch,
      ...this.means(),
      samplesPerSecond: samples / seconds,
    });
  }
}
