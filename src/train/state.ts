// Everything that training changes, in linear memory: parameters, their last good values, gradients, the optimizer's
// state, and the control block that says where the run stands. The public face is trainer.ts.

import { Control } from "../shared/opcodes.js";
import type { CutForThreads } from "../graph/threads.js";
import type { Core } from "../core/core.js";
import type { Bases } from "../graph/program.js";
import type { Optimizer } from "../nn/optimizers/index.js";
import { after, ControlBlock, type Seed } from "./control.js";
import type { EightBits } from "./eight-bit.js";
import { nothing } from "./epoch-sums.js";
import { hyperOf, type Grouping } from "./groups.js";
import { initialise } from "./initialise.js";
import type { Model, NamedParameter } from "./model.js";
import type { Objective } from "./objective.js";
import { Programs } from "./programs.js";
import { Space } from "./space.js";
import type { Values } from "./values.js";
import { clipBytes, hyperBytes, updateSteps, type UpdateOptions } from "./update.js";

/** How a trainer trains, besides its model, objective and optimizer. */
export interface Settings extends UpdateOptions, Grouping {
  readonly microBatch: number | undefined;
  readonly checkpointing: boolean;
  /** What keeps large weights in 8 bits, if it is to. */
  readonly eightBits: EightBits | undefined;
  /** Threads that train and evaluate together. */
  readonly threads: number;
  readonly cut: CutForThreads | undefined;
  /** Whether the same bits were asked for in every engine. */
  readonly deterministic: boolean;
  readonly seed: Seed;
}

/** What an update came to; not `ok` if the loss was not finite, and the parameters are as before. */
export interface Updated {
  readonly loss: number;
  readonly correct: number;
  readonly ok: boolean;
}

const FLOAT = 4;

export class State {
  readonly space: Space;
  readonly programs: Programs;
  /** Where training stands, over all fits. */
  readonly control: ControlBlock;
  /** For everything that is not a fit: single steps, evaluation, prediction. Its history and rates have one place. */
  readonly single: ControlBlock;
  private readonly singleAt: number;
  readonly bases: Bases;
  /** Settles when all turns that take time are over; undefined if there are none. */
  private atWork: Promise<void> | undefined;
  /** Room that predictions may use again; see evaluate.ts. */
  spare: Float32Array | undefined;
  /** Views given out of parameters and averages: other than by steps, they change through these alone. */
  views = 0;
  /** True while a fit is under way. */
  fitting = false;
  /** What has been done of the epoch under way, or of the one that was left in the middle. */
  partial = nothing();
  /** A copy of that epoch's order. */
  order: () => Int32Array | undefined = () => undefined;

  constructor(
    readonly core: Core,
    owner: object,
    readonly model: Model,
    readonly objective: Objective,
    readonly optimizer: Optimizer,
    readonly settings: Settings,
  ) {
    this.space = new Space(core, owner, "this trainer");
    try {
      const { space } = this;
      const { bytes, trainableBytes } = model;
      const bases: Record<string, number> = {
        parameters: space.alloc(bytes),
        kept: space.alloc(trainableBytes),
        gradients: space.alloc(trainableBytes),
        hyper: space.alloc(hyperBytes(optimizer) * (settings.groups.length + 1)),
        clip: space.alloc(clipBytes(model)),
        packed: 0, // addresses of memory as they are
        ...(settings.ema !== undefined && { average: space.alloc(bytes) }),
      };
      optimizer.states.forEach(({ init }, i) => {
        const at = (bases[`state${i}`] = space.alloc(trainableBytes));
        core.floats(at, trainableBytes / FLOAT).fill(init);
      });
      this.bases = bases;
      for (const [i, group] of [undefined, ...settings.groups].entries()) {
        const words = [group?.lrScale ?? 1, ...hyperOf(optimizer, group)];
        core.f64.set(words, (bases["hyper"]! + i * hyperBytes(optimizer)) >>> 3);
      }

      this.control = new ControlBlock(space, settings.seed);
      this.single = new ControlBlock(space, settings.seed);
      this.singleAt = space.alloc(16); // loss, correct, rate
      this.single.set(Control.History, this.singleAt);
      this.single.set(Control.Rates, this.singleAt + 8);
      const update = updateSteps(model, optimizer, settings);
      this.programs = new Programs(space, model, objective, bases, { ...settings, update });
      initialise(this);
    } catch (error) {
      this.space.dispose();
      throw error;
    }
  }

  /**
   * Does what uses the trainer's memory, or begins a run on other threads: at once, or when all that was begun before
   * and takes time has been done. While they run a program, nobody else may touch what it works on.
   */
  turn<T>(work: () => T | Promise<T>): T | Promise<T> {
    const result = this.atWork ? this.atWork.then(work) : work();
    if (!(result instanceof Promise)) return result;
    const settled: Promise<void> = result
      .then(
        () => {},
        () => {},
      )
      .then(() => {
        if (this.atWork === settled) this.atWork = undefined;
      });
    this.atWork = settled;
    return result;
  }

  /** @throws Error while other threads are at work on what the caller wants to read or write whole */
  checkIdle(caller: string): void {
    this.space.check();
    if (!this.atWork) return;
    throw new Error(`${caller}: the trainer is at work at this moment; await what was asked of it before`);
  }

  /** Gives the memory back; threads that are at work on it finish their run first. */
  dispose(): void {
    this.space.dispose(this.atWork);
  }

  /** Updates done since the parameters were initialised. */
  get steps(): number {
    return this.control.get(Control.Step);
  }

  /** Epochs done. */
  get epochs(): number {
    return this.control.get(Control.Epoch);
  }

  /** The learning rate of the update that follows `step` others. @throws RangeError where a schedule gives no rate */
  rate(step: number): number {
    const { lr, name } = this.optimizer;
    if (typeof lr === "number") return lr;
    const rate = lr(step);
    if (Number.isFinite(rate) && rate >= 0) return rate;
    throw new RangeError(
      `${name}: the schedule gave ${rate} for step ${step}; a learning rate is a number of at least 0`,
    );
  }

  /** One run of `single` that trains: it counts as a step. Returns the loss and the right predictions. */
  update(): Updated | Promise<Updated> {
    this.single.set(Control.Step, this.steps);
    this.core.f64[(this.singleAt + 8) >>> 3] = this.rate(this.steps);
    return after(this.single.run(1), (done) => {
      const ok = done === 1;
      if (ok) this.control.set(Control.Step, this.steps + 1);
      return { ...this.recorded(), ok };
    });
  }

  /** What the last run of `single` recorded. */
  recorded(): { loss: number; correct: number } {
    const { f32 } = this.core;
    return { loss: f32[this.singleAt >>> 2]!, correct: f32[(this.singleAt >>> 2) + 1]! };
  }

  /** A view of a parameter, valid until the memory grows. */
  parameterView(offset: number, size: number): Float32Array {
    return this.view("parameters", offset, size);
  }

  /** A parameter's values: a view, valid until the memory grows, or a copy, where it is kept in 8 bits. */
  readParameter(row: NamedParameter): Float32Array {
    const { offset, tensor, eight } = row;
    if (!eight) return this.parameterView(offset, tensor.size);
    this.space.check();
    return this.settings.eightBits!.read(this.core, this.bases["parameters"]!, row, eight);
  }

  /**
   * Sets a parameter's values, or some of them.
   * @param first the element that values[0] is; where the parameter is kept in 8 bits, values are whole rows
   */
  writeParameter(row: NamedParameter, values: Float32Array, first = 0): void {
    const { offset, tensor, eight } = row;
    if (!eight) return this.parameterView(offset, tensor.size).set(values, first);
    this.space.check();
    this.settings.eightBits!.write(this.core, this.bases["parameters"]!, row, eight, values, first);
  }

  /** A view of a parameter's gradient, of the last program that computed it. */
  gradientView(offset: number, size: number): Float32Array {
    return this.view("gradients", offset, size);
  }

  /** A view of a parameter's optimizer state `index`. */
  stateView(index: number, offset: number, size: number): Float32Array {
    return this.view(`state${index}`, offset, size);
  }

  /** A view of a parameter's moving average; throws if there is none. */
  averageView(offset: number, size: number): Float32Array {
    if (this.settings.ema === undefined) {
      throw new Error("this trainer keeps no moving average; compile it with { ema: 0.999 }");
    }
    return this.view("average", offset, size);
  }

  /** Makes the parameters as they are now those of the last good step. */
  keep(): void {
    const n = this.model.trainableBytes / FLOAT;
    this.view("kept", 0, n).set(this.parameterView(0, n));
  }

  /** A copy of all parameters, for `restore`. */
  snapshot(): Float32Array {
    return this.parameterView(0, this.model.bytes / FLOAT).slice();
  }

  restore(snapshot: Float32Array): void {
    this.parameterView(0, snapshot.length).set(snapshot);
    this.keep();
  }

  /** A view of part of a segment, by its name in `bases`; valid until the memory grows. */
  view(segment: string, offset: number, size: number): Float32Array {
    this.space.check();
    if (size > 0 && (segment === "parameters" || segment === "average")) this.views++;
    return this.core.floats(this.bases[segment]! + offset, size);
  }
}

export const areFinite = (values: Values): boolean =>
  !(values instanceof Float32Array) || values.every(Number.isFinite);
