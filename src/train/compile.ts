// From a model, a loss and an optimizer to a trainer.

import { init, mustNotBlock, type Core } from "../core/core.js";
import type { Tensor } from "../graph/tensor.js";
import { belowOne, check, positive, resolve, steps, stepsOrNone } from "../nn/check-options.js";
import type { Context, Module } from "../nn/module.js";
import { show } from "../nn/words.js";
import { adam, type Optimizer } from "../nn/optimizers/index.js";
import { seedOf } from "./control.js";
import type { EightBits } from "./eight-bit.js";
import { checkGroups, type ParameterGroup, type Selection } from "./groups.js";
import type { InputOption, InputOptions } from "./model-inputs.js";
import { Model, type ModelFunction, type Output } from "./model.js";
import { Objective, type LossOption } from "./objective.js";
import type { Settings } from "./state.js";
import { Trainer } from "./trainer.js";
import { isLarge } from "./work.js";

/** Threads of a model that does not say how many. */
const MOST_THREADS = 8;

export interface CompileOptions {
  /**
   * What training makes small: crossEntropy(), meanSquaredError(), …, or a function of the prediction and the target.
   * Where the model has several outputs: a loss for each by name, which are added up, or jointLoss() of all. Without a
   * loss the model can only predict.
   */
  loss?: LossOption;
  /** How it does that. Default adam(). */
  optimizer?: Optimizer;
  /** Parameters with a rate or a weight decay of their own; the first group that matches counts. */
  groups?: readonly ParameterGroup[];
  /** Parameters that keep their values, for fine-tuning the others: a name, a pattern, or a function of name and shape. */
  freeze?: Selection;
  /** Decides the initial parameters, the order of the samples and the dropout; a whole number of at least 0. Default 0. */
  seed?: number;
  /**
   * Shape of one sample, [28, 28], where the model does not tell; with its type: { shape: [64], dtype: "i32" }. For a
   * model of several inputs, one for each by name.
   */
  input?: InputOption | InputOptions;
  /** Scales all gradients down to this norm together where theirs is larger (torch.nn.utils.clip_grad_norm_). */
  clipNorm?: number;
  /** Holds each gradient value between -clipValue and clipValue. */
  clipValue?: number;
  /**
   * Samples that go through the model together in training. Larger batches are cut into such parts, whose gradients are
   * accumulated: the same update with less memory. Default: the whole batch.
   */
  microBatch?: number;
  /**
   * True to keep only what the model's parts give, not what they compute inside, and compute that again for the gradients:
   * the same bits with less memory, for about a third more time. For models of many parts, such as a GPT. Default false.
   */
  checkpointing?: boolean;
  /** Keeps a moving average of the parameters, decaying by this factor a step; evaluate and predict can use it. */
  ema?: number;
  /**
   * "int8" keeps the weights of linear layers, and tables of vectors, as 8-bit whole numbers with a scale for each row,
   * where they have at least 4,096 numbers: a quarter of the memory, and of the time where reading them takes it. The
   * inputs of such layers are rounded to 8 bits on the way, too. The model can then predict and evaluate, but not train.
   * Default "f32". See quantize() for a model that has been trained.
   */
  weights?: "f32" | "int8";
  /** The same bits in every engine, at the price of the fastest instructions. Default false. */
  deterministic?: boolean;
  /**
   * Threads that train and evaluate together, with the same bits for any number. Default "auto": one for small models, else
   * as many as the machine offers, up to 8; on a page, none of them the page's own. 1 is the calling thread. Where a page is
   * not cross-origin isolated there is that one, whatever this says.
   */
  threads?: number | "auto";
  /** The core to run on. Default: the one that all models share. */
  core?: Core;
}

/** A model of several inputs, written as a function of tensors by name. */
export type JointModelFunction<I extends InputOptions> = (
  inputs: { readonly [Name in keyof I]: Tensor },
  context: Context,
) => Output;

/**
 * Compiles a model for training and prediction: traces it, plans its memory and initialises its parameters.
 *
 * @param model a layer, a sequential(...), or a function of a tensor [batch, ...sample] and a context; or of several
 *   tensors by name, where `input` names them
 * @throws TypeError or RangeError for an option that is missing, unknown or out of range
 * @throws ShapeError where layers do not fit
 */
// The first that fits is taken, and a function of one tensor would fit any function whose parameters have no types.
export async function compile<const I extends InputOptions & { readonly shape?: never }>(
  model: JointModelFunction<I>,
  options: CompileOptions & { input: I },
): Promise<Trainer>;
export async function compile(model: Module | ModelFunction, options?: CompileOptions): Promise<Trainer>;
export async function compile(
  model: Module | ((x: never, context: Context) => Output),
  options: CompileOptions = {},
): Promise<Trainer> {
  return start(prepare(model, options, await eightBitsFor(options)));
}

/** All that a trainer is made of, checked. */
export interface Prepared {
  readonly core: Core | undefined;
  readonly threads: number | "auto";
  readonly model: Model;
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  readonly settings: Omit<Settings, "threads" | "cut">;
}

/** What keeps weights in 8 bits, if the options say so: it is loaded when it is needed. */
export async function eightBitsFor(options: CompileOptions): Promise<EightBits | undefined> {
  return options?.weights === "int8" ? (await import("./eight-bit.js")).eightBits : undefined;
}

/**
 * @param eightBits as eightBitsFor() gives it
 * @throws as compile()
 */
export function prepare(
  model: Module | ((x: never, context: Context) => Output),
  options: CompileOptions,
  eightBits: EightBits | undefined,
): Prepared {
  const none = undefined as never;
  const given = resolve<Required<CompileOptions>>(
    "compile",
    {
      loss: none,
      optimizer: none,
      groups: [],
      freeze: none,
      seed: 0,
      input: none,
      clipNorm: none,
      clipValue: none,
      microBatch: none,
      checkpointing: false,
      ema: none,
      weights: "f32",
      deterministic: false,
      threads: "auto",
      core: none,
    },
    options,
  );
  const { loss, groups, freeze, seed, input, clipNorm, clipValue, microBatch, checkpointing, ema } = given;
  check("compile", "seed", seed, stepsOrNone);
  if (seed > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`compile: seed must be at most ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
  }
  if (clipNorm !== undefined) check("compile", "clipNorm", clipNorm, positive);
  if (clipValue !== undefined) check("compile", "clipValue", clipValue, positive);
  if (microBatch !== undefined) check("compile", "microBatch", microBatch, steps);
  if (ema !== undefined) check("compile", "ema", ema, belowOne);
  checkGroups(groups);
  if (given.weights !== "f32" && given.weights !== "int8") {
    throw new RangeError(`compile: weights must be "f32" or "int8", got ${show(given.weights)}`);
  }
  if (eightBits && ema !== undefined) {
    throw new TypeError(
      "compile: weights of 8 bits are not trained, so there is no moving average of them; leave out ema",
    );
  }
  if (given.threads !== "auto") check("compile", "threads", given.threads, steps);
  const optimizer = given.optimizer ?? adam();
  checkOptimizer(optimizer);
  if (given.core !== undefined && typeof given.core?.run !== "function") {
    throw new TypeError(`compile: core must be what init() gives, got ${show(given.core)}`);
  }

  const grouping = eightBits ? { groups: [], freeze: () => true } : { groups, freeze };
  const traced = new Model(model, input, grouping, eightBits);
  const objective = new Objective(loss, traced.outputs);
  const { core, threads, deterministic } = given;
  const how = { clipNorm, clipValue, microBatch, checkpointing, ema, eightBits, deterministic };
  const settings = { ...how, ...grouping, seed: seedOf(seed) };
  return { core, threads, model: traced, objective, optimizer, settings };
}

/** A trainer of what was prepared. */
export async function start(prepared: Prepared): Promise<Trainer> {
  const { threads, model, objective, optimizer, settings } = prepared;
  const core = prepared.core ?? (await coreFor(threads, settings.deterministic, model));
  await settings.eightBits?.ready(core, model.parameters);
  const cut = core.threads > 1 ? (await import("./threads.js")).cutForThreads : undefined;
  return new Trainer(core, model, objective, optimizer, { ...settings, threads: core.threads, cut });
}

/** The core with as many threads as were asked for, or as the model is large enough for; on a page, one of its own at least. */
async function coreFor(threads: number | "auto", deterministic: boolean, model: Model): Promise<Core> {
  const auto = threads === "auto";
  const large = auto && isLarge(model.outputs);
  const away = auto && mustNotBlock();
  if (threads === 1 || (auto && !large && !away)) return init({ deterministic });
  const { availableThreads, initThreads } = await import("./threads.js");
  const wanted = large ? Math.min(availableThreads(), MOST_THREADS) : auto ? 1 : threads;
  return wanted === 1 && !away ? init({ deterministic }) : initThreads(wanted, deterministic);
}

function checkOptimizer(optimizer: Optimizer): void {
  if (Array.isArray(optimizer?.states)) return;
  const { name } = optimizer as Partial<Optimizer>;
  throw new TypeError(
    typeof optimizer === "function"
      ? `compile: the optimizer ${name} was not called; write { optimizer: ${name}() }`
      : `compile: the optimizer must be one, e.g. adam(), got ${show(optimizer)}`,
  );
}
