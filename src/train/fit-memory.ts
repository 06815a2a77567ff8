// Training on samples that lie in linear memory: each call into WebAssembly does as many steps as take some 20 ms,
// gathering their batches by itself, over the ends of epochs where nobody looks in between.

import { Control } from "../shared/opcodes.js";
import type { Samples } from "./batch.js";
import { Breather, SLICE } from "./breathe.js";
import { after } from "./control.js";
import type { Trained } from "./fit.js";
import type { ResolvedFit } from "./options.js";
import { placeAll } from "./placed.js";
import type { Compiled } from "./programs.js";
import { Reporter } from "./reporter.js";
import { meansOf, nothing } from "./epoch-sums.js";
import type { State } from "./state.js";

/** Steps in one call at most: what the history and the rates have room for. Enough for a slice of the smallest models. */
const CAPACITY = 65_536;

/** Does the epochs of `samples` up to number `last`, and yields each as it ends. */
export async function* fitMemory(
  samples: Samples,
  state: State,
  options: ResolvedFit,
  last: number,
  ahead: boolean,
): AsyncGenerator<Trained[]> {
  // Before anything is placed: another build of the core may be needed.
  const batch = Math.min(options.batchSize, samples.count);
  for (const size of [batch, samples.count % batch]) {
    if (size > 0) await state.programs.ready("train", { batch: size, targets: samples.targets });
  }
  const run = new MemoryRun(samples, state, options, last);
  const breather = new Breather();
  try {
    run.begin();
    while (state.epochs < last) {
      options.signal?.throwIfAborted();
      const ended = await state.turn(() => run.slice(ahead));
      if (ended.length > 0) yield ended;
      if (breather.due) await breather.pause();
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
  private readonly capacity: number;
  private readonly constantRate: boolean;
  private readonly reporter: Reporter;
  /** Addresses of the samples' fields, and of what the control block points to; empty before begin(). */
  private fieldsAt: readonly number[] = [];
  private at: { order: number; history: number; rates: number } | undefined;
  /** Measured milliseconds a step, undefined before the first. */
  private pace: number | undefined;
  private steps = 1;

  constructor(
    private readonly samples: Samples,
    private readonly state: State,
    private readonly options: ResolvedFit,
    private readonly last: number,
  ) {
    const { programs, optimizer } = state;
    const { count, targets } = samples;
    this.batch = Math.min(options.batchSize, count);
    this.rest = count % this.batch;
    this.perEpoch = Math.ceil(count / this.batch);
    this.main = programs.get("train", { batch: this.batch, targets });
    this.tail = this.rest > 0 ? programs.get("train", { batch: this.rest, targets }) : undefined;
    this.capacity = Math.min(CAPACITY, this.perEpoch * (last - state.epochs));
    this.constantRate = typeof optimizer.lr === "number";
    this.reporter = new Reporter(options.onProgress, last);
  }

  /** Takes the memory that it needs, and goes on in the middle of an epoch if one was left there. */
  begin(): void {
    const { state, samples, capacity } = this;
    this.fieldsAt = placeAll(
      state.space,
      samples.fields.map(({ values }) => values),
    );
    const [order, history, rates] = [4 * samples.count, 8 * capacity, 8 * capacity].map((n) => state.space.alloc(n));
    this.at = { order: order!, history: history!, rates: rates! };
    if (this.constantRate) state.core.f64.fill(state.rate(0), rates! >>> 3, (rates! >>> 3) + capacity);
    this.resume(order!);
    const { control } = state;
    control.set(Control.StepsPerEpoch, this.perEpoch);
    control.set(Control.Batch, this.batch);
    control.set(Control.Samples, samples.count);
    control.set(Control.Order, order!);
    control.set(Control.Shuffle, this.options.shuffle ? 1 : 0);
    control.set(Control.History, history!);
    control.set(Control.Rates, rates!);
    control.set(Control.Capacity, capacity);
  }

  /** One call into WebAssembly. Returns the epochs that it ended. */
  slice(ahead: boolean): Trained[] | Promise<Trained[]> {
    const { state } = this;
    const { control } = state;
    const position = control.get(Control.Position);
    const toEnd = this.perEpoch - position;
    const left = toEnd + (ahead ? (this.last - state.epochs - 1) * this.perEpoch : 0);
    const steps = this.stepsOf(left);
    if (!this.constantRate) this.fillRates(state.steps, steps);
    this.connect();

    const firstEpoch = state.epochs;
    const began = performance.now();
    return after(control.run(steps), (done) => {
      const milliseconds = performance.now() - began;
      if (done > 0) this.pace = milliseconds / done;
      const ended = this.account(position, firstEpoch, done, milliseconds / 1000);
      if (done < steps) return this.fail(done);
      if (this.reporter.due(state.epochs)) this.report(ended.at(-1));
      return ended;
    });
  }

  /** Throws what there is to say of the step after `done` others of the last call. */
  private async fail(done: number): Promise<never> {
    const { state } = this;
    const { control } = state;
    const failed = this.tail && control.get(Control.Position) === this.perEpoch - 1 ? this.tail : this.main;
    const { diverged } = await import("./diverged.js");
    throw diverged(state, failed.placed, control, state.core.f32[(this.at!.history >>> 2) + 2 * done]!);
  }

  /** Gives the memory back. Called once, however training ended. */
  end(): void {
    const { state, at } = this;
    if (!state.space.alive) return;
    // An epoch left in the middle can be finished later, if its order is still known.
    const order = at && state.control.get(Control.Position) > 0 ? state.order() : undefined;
    state.order = () => order;
    for (const address of [...this.fieldsAt, ...Object.values(at ?? {})]) state.space.free(address);
  }

  /** Goes on in the middle of an epoch if one was left there with as many samples and batches; else begins one. */
  private resume(at: number): void {
    const { state } = this;
    const { count } = this.samples;
    const left = state.order();
    const { i32 } = state.core;
    const first = at >>> 2;
    if (left?.length === count && state.control.get(Control.Batch) === this.batch) i32.set(left, first);
    else {
      state.control.set(Control.Position, 0);
      state.partial = nothing();
      for (let i = 0; i < count; i++) i32[first + i] = i;
    }
    state.order = () => state.core.i32.slice(first, first + count);
  }

  /** Points the programs at the samples: others may have used them since the last call. */
  private connect(): void {
    for (const compiled of [this.main, this.tail]) {
      for (const [i, { name, values }] of this.samples.fields.entries()) {
        compiled?.placed.read(name, this.fieldsAt[i]!, values, true);
      }
    }
    this.state.control.program(this.main.placed, this.tail?.placed);
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
    const at = this.at!.rates >>> 3;
    for (let i = 0; i < steps; i++) this.state.core.f64[at + i] = this.state.rate(firstStep + i);
  }

  /**
   * Adds `done` steps to the epoch under way. Returns the epochs that they end. Millions of epochs may come by here: the
   * loop makes nothing but what it returns.
   */
  private account(position: number, epoch: number, done: number, seconds: number): Trained[] {
    const { state, perEpoch, batch, rest, main, tail } = this;
    const samples = this.samples.count;
    const predictions = tail ? (perEpoch - 1) * main.predictions + tail.predictions : perEpoch * main.predictions;
    const firstStep = state.steps - done;
    const { f32 } = state.core;
    const history = this.at!.history >>> 2;
    const perStep = seconds / done;
    let { loss, correct, seconds: time } = state.partial;
    const ended: Trained[] = [];
    for (let i = 0; i < done;) {
      const steps = Math.min(perEpoch - position, done - i);
      const at = history + 2 * i;
      const last = (position += steps) === perEpoch;
      const whole = last && tail ? steps - 1 : steps;
      loss = addUp(f32, at, whole, batch, loss);
      if (whole < steps) loss += f32[at + 2 * whole]! * rest;
      correct = addUp(f32, at + 1, steps, 1, correct);
      time += perStep * steps;
      i += steps;
      if (!last) continue;
      const lr = state.rate(firstStep + i - 1);
      epoch++;
      const mean = loss / samples;
      ended.push(
        predictions === 0
          ? { epoch, loss: mean, seconds: time, samples, steps: perEpoch, lr }
          : { epoch, loss: mean, accuracy: correct / predictions, seconds: time, samples, steps: perEpoch, lr },
      );
      position = loss = correct = time = 0;
    }
    state.partial = {
      loss,
      correct,
      predictions: position * main.predictions,
      samples: position * batch,
      seconds: time,
    };
    return ended;
  }

  /** Of the epoch under way, or of the one that has just ended. */
  private report(ended: Trained | undefined): void {
    const { state, perEpoch: steps, reporter } = this;
    const { samples, seconds } = state.partial;
    if (samples > 0) {
      const step = state.control.get(Control.Position);
      reporter.report({
        epoch: state.epochs + 1,
        step,
        steps,
        ...meansOf(state.partial),
        samplesPerSecond: samples / seconds,
      });
    } else if (ended) {
      const { epoch, loss, accuracy } = ended;
      const means = { loss, ...(accuracy !== undefined && { accuracy }) };
      reporter.report({ epoch, step: steps, steps, ...means, samplesPerSecond: ended.samples / ended.seconds });
    }
  }
}

/**
 * start + Σ values[at + 2 i] · factor. A function of its own, which an engine optimises soon: in code that is not optimised each
 * of the sums is an object.
 */
function addUp(values: Float32Array, at: number, steps: number, factor: number, start: number): number {
  for (let i = 0; i < steps; i++) start += values[at + 2 * i]! * factor;
  return start;
}
