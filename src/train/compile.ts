// From a model, a loss and an optimizer to a trainer.

import { init } from "../core/core.js";
import type { Core } from "../core/core.js";
import { check, positive, resolve, stepsOrNone } from "../nn/check-options.js";
import { lossOf, type Loss, type LossFunction } from "../nn/losses.js";
import type { Module } from "../nn/module.js";
import { adam, type Optimizer } from "../nn/optimizers/index.js";
import type { Seed } from "./control.js";
import { Model, type InputOption, type ModelFunction } from "./model.js";
import { Trainer } from "./trainer.js";

export interface CompileOptions {
  /** What training makes small: crossEntropy(), meanSquaredError(), …, or a function of the prediction and the target. */
  loss: Loss | LossFunction;
  /** How it does that. Default adam(). */
  optimizer?: Optimizer;
  /** Decides the initial parameters, the order of the samples and the dropout; a whole number of at least 0. Default 0. */
  seed?: number;
  /** Shape of one sample, [28, 28], where the model does not tell; with its type: { shape: [64], dtype: "i32" }. */
  input?: InputOption;
  /** Scales all gradients down to this norm together where theirs is larger (torch.nn.utils.clip_grad_norm_). */
  clipNorm?: number;
  /** Holds each gradient value between -clipValue and clipValue. */
  clipValue?: number;
  /** The same bits in every engine, at the price of the fastest instructions. Default false; this version has one build, which is. */
  deterministic?: boolean;
  /** The core to run on. Default: the one that all models share. */
  core?: Core;
}

/**
 * Compiles a model for training and prediction: traces it, plans its memory and initialises its parameters.
 *
 * @param model a layer, a sequential(...), or a function of a tensor [batch, ...sample] and a context
 * @throws TypeError or RangeError for an option that is missing, unknown or out of range
 * @throws ShapeError where layers do not fit
 */
export async function compile(model: Module | ModelFunction, options: CompileOptions): Promise<Trainer> {
  const core = options?.core ?? (await init());
  const given = resolve<Required<Omit<CompileOptions, "core">> & { core: Core | undefined }>(
    "compile",
    {
      loss: undefined as never,
      optimizer: undefined as never,
      seed: 0,
      input: undefined as never,
      clipNorm: undefined as never,
      clipValue: undefined as never,
      deterministic: false,
      core: undefined,
    },
    options,
  );
  const { loss, clipNorm, clipValue, seed, input } = given;
  if (typeof loss !== "function" && typeof loss?.compute !== "function") {
    throw new TypeError("compile: a loss is missing; give e.g. { loss: crossEntropy() }");
  }
  check("compile", "seed", seed, stepsOrNone);
  if (clipNorm !== undefined) check("compile", "clipNorm", clipNorm, positive);
  if (clipValue !== undefined) check("compile", "clipValue", clipValue, positive);
  return new Trainer(
    core,
    new Model(model, input),
    typeof loss === "function" ? lossOf(loss) : loss,
    given.optimizer ?? adam(),
    { clipNorm, clipValue },
    seedOf(seed),
  );
}

/** Two 32-bit words of a whole number below 2^53. */
export const seedOf = (seed: number): Seed => ({ low: seed | 0, high: Math.floor(seed / 2 ** 32) });
