// A compiled model with its parameters in WebAssembly memory: trains, evaluates, predicts, and shows what it does.

// For users of these declarations whose compiler settings know no Symbol.dispose:
/// <reference lib="esnext.disposable" preserve="true" />

import type { Core } from "../core/core.js";
import { check, resolve, steps as wholeSteps } from "../nn/check-options.js";
import type { Optimizer } from "../nn/optimizers/index.js";
import { checkSamples, type Data, type Fields } from "./batch.js";
import { EvaluationSet, predict, type Evaluation } from "./evaluate.js";
import type { ExplainOptions } from "./explain.js";
import { Fit } from "./fit.js";
import type { Batches } from "./fit-batches.js";
import type { InspectedTensor } from "./look.js";
import type { Profile } from "./profile.js";
import type { Model } from "./model.js";
import type { FitOptions } from "./options.js";
import { readParameters, writeParameters, type ParametersToLoad, type ParameterValues } from "./parameters.js";
import type { Objective } from "./objective.js";
import { State, type Settings } from "./state.js";
import { resultOf, trainOn, type StepResult } from "./step.js";
import { summary } from "./summary.js";

export interface BatchOptions {
  /** Samples that go through the model together. Default 256. */
  batchSize?: number;
  /** Use the moving average of the parameters, which compile's option `ema` keeps. Default false. */
  averaged?: boolean;
}

/** Made by compile(). */
export class Trainer {
  /** @internal */
  readonly state: State;

  /** @internal */
  constructor(
    /** The numeric core that it runs on; `core.calls` counts calls into WebAssembly. */
    readonly core: Core,
    model: Model,
    objective: Objective,
    optimizer: Optimizer,
    settings: Settings,
  ) {
    this.state = new State(core, this, model, objective, optimizer, settings);
  }

  /** Updates done so far. */
  get steps(): number {
    return this.state.steps;
  }

  /** Epochs done so far. */
  get epochs(): number {
    return this.state.epochs;
  }

  /**
   * Trains on samples, or on an iterable of batches of them. The result is both: iterate it with `for await` to see
   * each epoch as it ends, or await it for all of them. Training begins at that moment, not before.
   *
   * An epoch that was stopped in the middle, by options.signal or by leaving the loop, is finished first by the next fit on
   * as many samples in batches of the same size, and counts as one of its epochs. The same holds for a trainer loaded from
   * a checkpoint that was saved then.
   *
   * @throws TypeError, RangeError or ShapeError for data or options that do not fit
   * @throws DivergedError if a loss turns NaN or infinite; the parameters of the last good step are kept
   */
  fit(data: Data | Batches, options: FitOptions = {}): Fit {
    this.state.space.check();
    return new Fit(this.state, data, options);
  }

  /**
   * One update on one batch, of any size, for loops of one's own.
   *
   * @throws as fit()
   */
  async step(x: Fields, y: Fields): Promise<StepResult> {
    this.state.space.check();
    if (y === undefined) throw new TypeError(`step: takes x and y as two arguments, step(x, y); y is missing`);
    const samples = checkSamples("step", this.state.model, this.state.objective, { x, y });
    return resultOf(await trainOn(this.state, samples));
  }

  /**
   * The loss of a batch and its gradients, without an update. They are those of training: dropout is on. Where the loss
   * is not finite, it is returned as it is, with its gradients.
   *
   * @returns gradients by the parameters' names, each in its parameter's shape
   * @throws as fit()
   */
  async gradients(x: Fields, y: Fields): Promise<StepResult & { gradients: Record<string, Float32Array> }> {
    const { gradientsOf } = await import("./look.js");
    return gradientsOf(this.state, { x, y });
  }

  /**
   * Every tensor of a batch's forward pass, and the derivative of the loss by each, without an update. As the model was
   * written: nothing is fused.
   *
   * @throws as fit()
   */
  async inspect(x: Fields, y: Fields): Promise<{ loss: number; tensors: InspectedTensor[] }> {
    const { inspect } = await import("./look.js");
    return inspect(this.state, { x, y });
  }

  /**
   * Loss and accuracy on samples, without training.
   *
   * @throws TypeError, RangeError or ShapeError for data that do not fit
   */
  async evaluate(data: Data, options: BatchOptions = {}): Promise<Evaluation> {
    this.state.space.check();
    const { batchSize, averaged } = this.batchOptions("evaluate", options);
    const samples = checkSamples("evaluate", this.state.model, this.state.objective, data);
    const set = new EvaluationSet(this.state, samples, batchSize, averaged);
    try {
      return await set.evaluate();
    } finally {
      set.free();
    }
  }

  /**
   * What the model makes of samples.
   *
   * @param x [samples, ...sample]
   * @returns [samples, ...output], the samples' outputs one after another
   * @throws TypeError or RangeError for data that do not fit, or if the model has several outputs
   */
  async predict(x: Fields, options: BatchOptions = {}): Promise<Float32Array> {
    const results = await this.predictions(x, options);
    const only = results.get("");
    if (only) return only;
    throw new TypeError(`predict: the model has several outputs, ${[...results.keys()].join(", ")}; call predictAll()`);
  }

  /**
   * What a model of several outputs makes of samples: each output by its name, [samples, ...output].
   *
   * @throws TypeError or RangeError for data that do not fit
   */
  async predictAll(x: Fields, options: BatchOptions = {}): Promise<Record<string, Float32Array>> {
    return Object.fromEntries(await this.predictions(x, options));
  }

  /** Copies of all parameters by name, as in PyTorch's state_dict. */
  get parameters(): Record<string, ParameterValues> {
    return readParameters(this.state);
  }

  /**
   * Sets parameters by name, and their moving averages if there are any; those that are not named keep their values. All
   * or nothing.
   *
   * @throws RangeError for a name that is not there, or values that are not as many as the parameter's
   */
  load(parameters: ParametersToLoad): void {
    writeParameters(this.state, parameters);
  }

  /** The layers, their outputs and parameters, as a table. */
  summary(): string {
    return summary(this.state.model);
  }

  /**
   * Graph, memory plan and program of the model, as text.
   *
   * @throws TypeError or RangeError for options that make no sense
   */
  async explain(options: ExplainOptions = {}): Promise<string> {
    const { explain } = await import("./explain.js");
    return explain(this.state, options);
  }

  /**
   * Where the time of a training step on this batch goes: every instruction timed by itself, on one thread. The trainer
   * is afterwards what it was before.
   *
   * @param options.rounds times that each is done; default 20
   * @throws as fit()
   */
  async profile(x: Fields, y: Fields, options: { rounds?: number } = {}): Promise<Profile> {
    this.state.space.check();
    const { rounds = 20 } = options;
    check("profile", "rounds", rounds, wholeSteps);
    const { profile } = await import("./profile.js");
    return profile(this.state, { x, y }, rounds);
  }

  /** Gives all its memory back; the trainer cannot be used afterwards. What is forgotten instead is given back in time. */
  dispose(): void {
    this.state.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private predictions(x: Fields, options: BatchOptions): Promise<Map<string, Float32Array>> {
    this.state.space.check();
    const { batchSize, averaged } = this.batchOptions("predict", options);
    return predict(this.state, x, batchSize, averaged);
  }

  private batchOptions(label: string, given: BatchOptions): Required<BatchOptions> {
    const options = resolve<Required<BatchOptions>>(label, { batchSize: 256, averaged: false }, given);
    check(label, "batchSize", options.batchSize, wholeSteps);
    if (options.averaged) this.state.averageView(0, 0); // throws if there is none
    return options;
  }
}
