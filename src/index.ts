// The public names. `ops` is the tensor API; the layers of the same names make modules of its functions.

export { init, type Core, type InitOptions } from "./core/core.js";
export type { WasmSource } from "./core/source.js";
export { grad } from "./graph/grad.js";
export * as ops from "./graph/index.js";
export { initialisers, type Distribution, type Initialiser } from "./graph/initialiser.js";
export { ShapeError } from "./graph/op.js";
export { parameter, type Parameter, type ParameterOptions } from "./graph/ops/leaf.js";
export type { DType, Shape, Tensor } from "./graph/tensor.js";
export * from "./nn/layers/index.js";
export {
  binaryCrossEntropy,
  crossEntropy,
  huber,
  klDivergence,
  meanAbsoluteError,
  meanSquaredError,
  negativeLogLikelihood,
  type BinaryCrossEntropyOptions,
  type CrossEntropyOptions,
  type HuberOptions,
  type Loss,
  type LossFunction,
  type NegativeLogLikelihoodOptions,
} from "./nn/losses.js";
export type { Context, Module } from "./nn/module.js";
export * from "./nn/optimizers/index.js";
export * as schedules from "./nn/schedules/index.js";
export type { Data, Fields } from "./train/batch.js";
export { quantize } from "./train/quantize.js";
export { loadCheckpoint, saveCheckpoint, type LoadOptions } from "./train/checkpoint.js";
export { compile, type CompileOptions, type JointModelFunction } from "./train/compile.js";
export type { Evaluation } from "./train/evaluate.js";
export type { ExplainOptions } from "./train/explain.js";
export { DivergedError, type Fit } from "./train/fit.js";
export type { Batches } from "./train/fit-batches.js";
export type { InspectedTensor } from "./train/look.js";
export { func, type Func, type InputType } from "./train/func.js";
export * as metrics from "./train/metrics/index.js";
export { classMetrics, confusionMatrix, type Classification, type ClassMetrics } from "./train/metrics/index.js";
export type { ParameterGroup, Selection } from "./train/groups.js";
export type { InputOption, InputOptions } from "./train/model-inputs.js";
export type { ModelFunction, Output } from "./train/model.js";
export {
  jointLoss,
  type GivenTarget,
  type JointLoss,
  type JointLossFunction,
  type LossOption,
} from "./train/objective.js";
export type { Profile, ProfiledInstruction } from "./train/profile.js";
export type { EarlyStopping, Epoch, FitOptions, Progress } from "./train/options.js";
export type { ParametersToLoad, ParameterValues } from "./train/parameters.js";
export type { StepResult } from "./train/step.js";
export type { BatchOptions, Trainer } from "./train/trainer.js";
export type { NumberData } from "./train/values.js";
