// Models, losses and optimizers from their descriptions in a checkpoint. The descriptions may come from a stranger's
// file: only the names listed here are built, and their options go through the same checks as a user's.

import * as layers from "./layers/index.js";
import * as losses from "./losses.js";
import type { Loss } from "./losses.js";
import { pathOf, SHARED, type Module, type ModuleJson } from "./module.js";
import * as optimizers from "./optimizers/index.js";
import type { Optimizer } from "./optimizers/index.js";
import * as schedules from "./schedules/index.js";
import type { Schedule } from "./schedules/index.js";
import { show } from "./words.js";

type Options = Record<string, never>;

/** Models that are not made here, by the types in their descriptions: each from its options. */
export type ModelMakers = Readonly<Record<string, (options: never) => Module>>;

type Build = (options: Options, children: Module[]) => Module;

const modules: Readonly<Record<string, Build>> = {
  sequential: (_, children) => layers.sequential(...children),
  linear: ({ inFeatures, outFeatures, ...rest }) => layers.linear(inFeatures!, outFeatures!, rest),
  residual: (_, children) => layers.residual(...children),
  concatenate: (options, children) => layers.concatenate(children, options),
  zeroPad2d: ({ padding }) => layers.zeroPad2d(padding!),
  dropout: ({ p }) => layers.dropout(p),
  flatten: () => layers.flatten(),
  reshape: ({ sizes }) => layers.reshape(...(sizes as unknown as number[])),
  rescale: ({ scale, offset }) => layers.rescale(scale!, offset),
  conv1d: ({ inChannels, outChannels, kernel, ...rest }) => layers.conv1d(inChannels!, outChannels!, kernel!, rest),
  conv2d: ({ inChannels, outChannels, kernel, ...rest }) => layers.conv2d(inChannels!, outChannels!, kernel!, rest),
  convTranspose1d: ({ inChannels, outChannels, kernel, ...rest }) =>
    layers.convTranspose1d(inChannels!, outChannels!, kernel!, rest),
  convTranspose2d: ({ inChannels, outChannels, kernel, ...rest }) =>
    layers.convTranspose2d(inChannels!, outChannels!, kernel!, rest),
  maxPool1d: ({ kernel, ...rest }) => layers.maxPool1d(kernel!, rest),
  maxPool2d: ({ kernel, ...rest }) => layers.maxPool2d(kernel!, rest),
  avgPool1d: ({ kernel, ...rest }) => layers.avgPool1d(kernel!, rest),
  avgPool2d: ({ kernel, ...rest }) => layers.avgPool2d(kernel!, rest),
  adaptiveAvgPool2d: ({ outputSize }) => layers.adaptiveAvgPool2d(outputSize!),
  globalAvgPool2d: () => layers.globalAvgPool2d(),
  lstm: ({ inputSize, hiddenSize, ...rest }) => layers.lstm(inputSize!, hiddenSize!, rest),
  gru: ({ inputSize, hiddenSize, ...rest }) => layers.gru(inputSize!, hiddenSize!, rest),
  rnn: ({ inputSize, hiddenSize, ...rest }) => layers.rnn(inputSize!, hiddenSize!, rest),
  multiHeadAttention: ({ dim, heads, ...rest }) => layers.multiHeadAttention(dim!, heads!, rest),
  transformerBlock: ({ dim, heads, ...rest }) => layers.transformerBlock(dim!, heads!, rest),
  embedding: ({ vocab, dim, ...rest }) => layers.embedding(vocab!, dim!, rest),
  positionalEmbedding: ({ maxLength, dim }) => layers.positionalEmbedding(maxLength!, dim!),
  sinusoidalEmbedding: (options) => layers.sinusoidalEmbedding(options),
  layerNorm: ({ shape, ...rest }) => layers.layerNorm(shape as unknown as number[], rest),
  rmsNorm: ({ shape, ...rest }) => layers.rmsNorm(shape as unknown as number[], rest),
  groupNorm: ({ groups, channels, ...rest }) => layers.groupNorm(groups!, channels!, rest),
  batchNorm: ({ channels, ...rest }) => layers.batchNorm(channels!, rest),
  relu: () => layers.relu(),
  leakyRelu: ({ negativeSlope }) => layers.leakyRelu(negativeSlope),
  elu: ({ alpha }) => layers.elu(alpha),
  selu: () => layers.selu(),
  gelu: (options) => layers.gelu(options),
  sigmoid: () => layers.sigmoid(),
  tanh: () => layers.tanh(),
  softplus: () => layers.softplus(),
  silu: () => layers.silu(),
  hardSwish: () => layers.hardSwish(),
  softmax: (options) => layers.softmax(options),
  logSoftmax: (options) => layers.logSoftmax(options),
};

const lossMakers: Readonly<Record<string, (options: Options) => Loss>> = {
  meanSquaredError: losses.meanSquaredError,
  meanAbsoluteError: losses.meanAbsoluteError,
  huber: losses.huber,
  binaryCrossEntropy: losses.binaryCrossEntropy,
  klDivergence: losses.klDivergence,
  crossEntropy: losses.crossEntropy,
  negativeLogLikelihood: losses.negativeLogLikelihood,
};

const optimizerMakers: Readonly<Record<string, (options: Options) => Optimizer>> = {
  sgd: (options) => optimizers.sgd(options as unknown as optimizers.SgdOptions),
  adam: optimizers.adam,
  adamW: optimizers.adamW,
  adamax: optimizers.adamax,
  nadam: optimizers.nadam,
  rmsprop: optimizers.rmsprop,
  adagrad: optimizers.adagrad,
  adadelta: optimizers.adadelta,
};

const scheduleMakers: Readonly<Record<string, (options: never) => Schedule>> = {
  stepLR: schedules.stepLR,
  multiStepLR: schedules.multiStepLR,
  exponentialLR: schedules.exponentialLR,
  constantLR: schedules.constantLR,
  linearLR: schedules.linearLR,
  polynomialLR: schedules.polynomialLR,
  cosineAnnealingLR: schedules.cosineAnnealingLR,
  cosineAnnealingWarmRestarts: schedules.cosineAnnealingWarmRestarts,
  oneCycleLR: schedules.oneCycleLR,
  warmupCosine: schedules.warmupCosine,
};

const DEEPEST = 100;

/**
 * @param makers of models besides the layers
 * @throws TypeError for what is no description of a module, or names one that is not there; what the module's own
 *   checks throw for its options
 */
export function moduleFromJson(json: unknown, makers: ModelMakers = {}): Module {
  return build(json, makers, "", new Map(), 0);
}

/** @param built the modules before it, by their paths */
function build(json: unknown, makers: ModelMakers, path: string, built: Map<unknown, Module>, depth: number): Module {
  const { type, options, children } = described("a module", json) as unknown as ModuleJson;
  if (depth > DEEPEST) throw new TypeError(`a module of this file lies more than ${DEEPEST} modules deep`);
  if (type === SHARED) return sharedWith(optionsOf(options), built);
  const own = typeof type === "string" && Object.hasOwn(makers, type) ? makers[type] : undefined;
  const advice = `; or give { models: { ${String(type).slice(0, 40)} } }, the function that makes it`;
  const make = (own as Build | undefined) ?? find("module", modules, type, advice);
  const parts = Object.entries(children === undefined ? {} : described("children", children));
  const module = make(
    optionsOf(options),
    parts.map(([name, part]) => build(part, makers, pathOf(path, name), built, depth + 1)),
  );
  built.set(path, module);
  return module;
}

function sharedWith({ path }: { path?: unknown }, built: ReadonlyMap<unknown, Module>): Module {
  const module = built.get(path);
  if (!module) throw new TypeError(`a module is shared with that at ${show(path)}, but there is none before it`);
  return module;
}

/** @throws as moduleFromJson */
export function lossFromJson(json: unknown): Loss {
  const { name, options } = described("a loss", json);
  return find("loss", lossMakers, name)(optionsOf(options));
}

/** @throws as moduleFromJson */
export function optimizerFromJson(json: unknown): Optimizer {
  const { name, options, schedule } = described("an optimizer", json);
  const lr = schedule === undefined || schedule === null ? {} : { lr: scheduleFromJson(schedule) };
  return find("optimizer", optimizerMakers, name)({ ...optionsOf(options), ...lr } as Options);
}

function scheduleFromJson(json: unknown, depth = 0): Schedule {
  const { name, options } = described("a schedule", json);
  if (depth > DEEPEST) throw new TypeError(`a schedule of this file lies more than ${DEEPEST} schedules deep`);
  if (name === "warmup") {
    const { warmupSteps, schedule } = described("options", options);
    const after = typeof schedule === "number" ? schedule : scheduleFromJson(schedule, depth + 1);
    return schedules.warmup(warmupSteps as number, after);
  }
  return find("schedule", scheduleMakers, name)(optionsOf(options) as never);
}

function described(what: string, json: unknown): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new TypeError(`${what} must be described by a JSON object, got ${show(json)}`);
  }
  return json as Record<string, unknown>;
}

const optionsOf = (json: unknown) => (json === undefined ? {} : described("options", json)) as Options;

function find<T>(what: string, table: Readonly<Record<string, T>>, name: unknown, advice = ""): T {
  if (typeof name === "string" && Object.hasOwn(table, name)) return table[name]!;
  const known = Object.keys(table).join(", ");
  throw new TypeError(`no ${what} is called ${show(name)}; there are ${known}${advice}`);
}
