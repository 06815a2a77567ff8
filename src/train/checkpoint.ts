// A training in one safetensors file: parameters under PyTorch's names, the optimizer's state, and in the metadata what
// else it takes to go on to the same bits (checkpoint-description.ts). A file that PyTorch wrote, with parameters alone,
// can be loaded into a model that is given.
//
//   0.weight                    a parameter
//   average/0.weight            its moving average
//   optimizer/exp_avg/0.weight  the optimizer's state for it
//   training/order              the order of an epoch that was left in the middle
//
// The file may come from a stranger: what it says and all its tensors are checked before a trainer is made of them.

import { Control } from "../shared/opcodes.js";
import { sameShape, showShape, type Shape } from "../graph/tensor.js";
import { show } from "../nn/words.js";
import { readSafetensors, toFloat32, writeSafetensors, type SafetensorsFile, type TensorToWrite } from "../io/index.js";
import { lossFromJson, moduleFromJson, optimizerFromJson, type ModelMakers } from "../nn/from-json.js";
import { moduleToJson, type Context, type Module } from "../nn/module.js";
import type { Optimizer } from "../nn/optimizers/index.js";
import { checkTrainer } from "./check-trainer.js";
import { KEY, readDescription, writeDescription, type Description } from "./checkpoint-description.js";
import { eightBitsFor, prepare, start, type CompileOptions, type Prepared } from "./compile.js";
import type { InputOption, InputOptions } from "./model-inputs.js";
import type { ModelFunction, Output } from "./model.js";
import type { LossOption } from "./objective.js";
import type { State } from "./state.js";
import type { Trainer } from "./trainer.js";

const ORDER = "training/order";

/** Parts of the trainer that a file does not hold: functions, and whatever should be another than before. */
export interface LoadOptions extends Partial<CompileOptions> {
  /** The model, where the file has none: it was a function, or PyTorch wrote the file. */
  model?: Module | ModelFunction | ((inputs: never, context: Context) => Output);
  /** The functions that make models which are more than layers, by their names: { gpt } of wasmgrad/models. */
  models?: ModelMakers;
  /** Another optimizer than the file's starts afresh, and so does the count of steps. */
  optimizer?: Optimizer;
}

/**
 * The trainer as the bytes of a safetensors file; write it with saveFile() of wasmgrad/io, which is atomic. Training 10
 * epochs, and 5, then a checkpoint loaded elsewhere and 5 more, end in the same bits.
 */
export function saveCheckpoint(trainer: Trainer): Uint8Array {
  const { state } = checkTrainer("saveCheckpoint", trainer);
  state.checkIdle("saveCheckpoint");
  const { model, objective, optimizer, control, settings } = state;
  const { groups, freeze, clipNorm, clipValue, microBatch, ema, eightBits } = settings;
  const tensors = new Map<string, TensorToWrite>();
  for (const row of model.parameters) {
    const { name, tensor, offset, trainable } = row;
    const { shape, size } = tensor;
    tensors.set(name, { shape, data: state.readParameter(row) });
    if (ema !== undefined) tensors.set(`average/${name}`, { shape, data: state.averageView(offset, size) });
    if (!trainable) continue;
    for (const [i, { name: kind }] of optimizer.states.entries()) {
      tensors.set(`optimizer/${kind}/${name}`, { shape, data: state.stateView(i, offset, size) });
    }
  }
  const position = control.get(Control.Position);
  const order = position > 0 ? state.order() : undefined;
  if (order) tensors.set(ORDER, { shape: [order.length], data: order });
  const text = writeDescription({
    model: model.module ? moduleToJson(model.module) : null,
    inputs: model.inputs.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    loss: objective.json,
    optimizer: {
      name: optimizer.name,
      options: optimizer.options,
      schedule: typeof optimizer.lr === "function" ? (optimizer.lr.json ?? false) : null,
    },
    settings: {
      ...(clipNorm !== undefined && { clipNorm }),
      ...(clipValue !== undefined && { clipValue }),
      ...(microBatch !== undefined && { microBatch }),
      ...(ema !== undefined && { ema }),
      ...(eightBits && { weights: "int8" }),
      ...(settings.deterministic && { deterministic: true }),
    },
    // Weights of 8 bits freeze all by themselves.
    grouped: !eightBits && (groups.length > 0 || freeze !== undefined),
    seed: settings.seed.high * 2 ** 32 + (settings.seed.low >>> 0),
    step: state.steps,
    epoch: state.epochs,
    position: order ? position : 0,
    batch: order ? control.get(Control.Batch) : 0,
    partial: state.partial,
  });
  return writeSafetensors(tensors, { format: "pt", [KEY]: text });
}

/**
 * A trainer from a checkpoint, or from a file with parameters alone and options.model.
 *
 * @throws SafetensorsError for bytes that are no safetensors file
 * @throws TypeError, RangeError or ShapeError for a checkpoint that is damaged, or that needs a model, loss or optimizer
 *   which only its program has
 */
export async function loadCheckpoint(bytes: Uint8Array, options: LoadOptions = {}): Promise<Trainer> {
  if (!(bytes instanceof Uint8Array) && !((bytes as unknown) instanceof ArrayBuffer)) {
    throw new TypeError(
      `loadCheckpoint: expected the bytes of a file, e.g. await loadFile(path) of wasmgrad/io, got ${show(bytes)}`,
    );
  }
  const file = readSafetensors(bytes, "checkpoint");
  const text = file.metadata[KEY];
  const saved = text === undefined ? undefined : readDescription(text);
  const { model: given, models, ...rest } = options;
  const compiling = { ...(saved && savedOptions(saved, options)), ...rest };
  const prepared = prepare((given ?? modelOf(saved, models)) as Module, compiling, await eightBitsFor(compiling));
  const tensors = collect(file, saved, prepared);
  const left = saved && saved.position > 0 ? checkedOrder(file, saved) : undefined;
  const trainer = await start(prepared);
  const { state } = trainer;
  for (const { write, values } of tensors) write(state, values);
  state.keep();
  if (saved) restoreProgress(state, saved, left);
  return trainer;
}

/** What compile() needs of a checkpoint, as far as the options do not say it. */
function savedOptions(saved: Description, given: LoadOptions): CompileOptions {
  if (saved.grouped && given.groups === undefined && given.freeze === undefined) {
    throw new TypeError(
      "loadCheckpoint: this training had groups of parameters or frozen ones, which a file cannot hold; give { groups, freeze }",
    );
  }
  const loss = given.loss ?? lossOf(saved);
  return {
    input: inputOf(saved),
    ...saved.settings,
    ...(loss && { loss }),
    ...(!given.optimizer && { optimizer: optimizerOf(saved) }),
    seed: saved.seed,
  };
}

function modelOf(saved: Description | undefined, makers: ModelMakers | undefined): Module {
  if (!saved || saved.model === null) {
    throw new TypeError(
      "loadCheckpoint: the file has no model, since it was a function or comes from elsewhere; give { model }",
    );
  }
  return rebuilt("model", () => moduleFromJson(saved.model, makers));
}

/** The loss; none if there was none. */
function lossOf({ loss }: Description): LossOption | undefined {
  if (loss === null) return undefined;
  if (loss === "function") {
    throw new TypeError("loadCheckpoint: the loss was a function, which a file cannot hold; give { loss }");
  }
  const { parts } = loss as { parts?: object };
  if (typeof parts !== "object" || parts === null) return rebuilt("loss", () => lossFromJson(loss));
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, rebuilt("loss", () => lossFromJson(part))]),
  );
}

function optimizerOf({ optimizer }: Description): Optimizer {
  if (optimizer.schedule === false) {
    throw new TypeError(
      `loadCheckpoint: this training's learning rate is a function of its program's own, which a file cannot hold; ` +
        `give { optimizer: ${optimizer.name}({ lr: the schedule, … }) }`,
    );
  }
  return rebuilt("optimizer", () => optimizerFromJson(optimizer));
}

function rebuilt<T>(part: "model" | "loss" | "optimizer", build: () => T): T {
  try {
    return build();
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new TypeError(
      `loadCheckpoint: the ${part} of this checkpoint cannot be built again (${reason}); give { ${part} }`,
      { cause },
    );
  }
}

/** The one input's type, or each by name. */
function inputOf({ inputs }: Description): InputOption | InputOptions {
  const [first] = inputs;
  return first!.name === "" ? first! : Object.fromEntries(inputs.map(({ name, ...type }) => [name, type]));
}

/** Values of the file, and what puts them where they belong in a trainer. */
interface Restored {
  readonly values: Float32Array;
  write(state: State, values: Float32Array): void;
}

/** @throws RangeError for a tensor that is missing, or of another shape */
function collect(file: SafetensorsFile, saved: Description | undefined, prepared: Prepared): Restored[] {
  const { model, optimizer, settings } = prepared;
  const found: Restored[] = [];
  for (const row of model.parameters) {
    const { name, tensor, offset, trainable } = row;
    const { shape, size } = tensor;
    const take = (called: string, write: Restored["write"]) =>
      found.push({ values: valuesOf(file, called, shape), write });
    take(name, (state, values) => state.writeParameter(row, values));
    if (settings.ema !== undefined) {
      const kept = saved?.settings.ema !== undefined;
      take(kept ? `average/${name}` : name, (state, values) => state.averageView(offset, size).set(values));
    }
    if (!trainable || !goesOn(saved, optimizer)) continue;
    for (const [i, { name: kind }] of optimizer.states.entries()) {
      take(`optimizer/${kind}/${name}`, (state, values) => state.stateView(i, offset, size).set(values));
    }
  }
  return found;
}

function valuesOf({ tensors }: SafetensorsFile, name: string, shape: Shape): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) {
    const names = [...tensors.keys()].slice(0, 8).join(", ") + (tensors.size > 8 ? ", …" : "");
    throw new RangeError(
      `loadCheckpoint: the file has no tensor "${name}" ${showShape(shape)}; it has ${names || "none"}`,
    );
  }
  if (!sameShape(tensor.shape, shape)) {
    throw new RangeError(
      `loadCheckpoint: "${name}" is ${showShape(tensor.shape)} in the file, but ${showShape(shape)} in the model`,
    );
  }
  return toFloat32(tensor);
}

/** Whether the optimizer is the file's, and goes on from its state. */
const goesOn = (saved: Description | undefined, optimizer: Optimizer) => saved?.optimizer.name === optimizer.name;

function restoreProgress(state: State, saved: Description, left: Int32Array | undefined): void {
  const { control, optimizer } = state;
  control.set(Control.Step, goesOn(saved, optimizer) ? saved.step : 0);
  control.set(Control.Epoch, saved.epoch);
  if (!left) return;
  state.order = () => left;
  state.partial = saved.partial;
  control.set(Control.Position, saved.position);
  control.set(Control.Batch, saved.batch);
}

/** The order of an epoch in the middle. The kernels use it as row numbers. */
function checkedOrder({ tensors }: SafetensorsFile, { position, batch }: Description): Int32Array {
  const data = tensors.get(ORDER)?.data;
  if (!(data instanceof Int32Array)) {
    throw new TypeError(`loadCheckpoint: an epoch in the middle needs "${ORDER}" of type I32`);
  }
  const seen = new Uint8Array(data.length);
  for (const row of data) {
    if (row < 0 || row >= data.length || seen[row])
      throw new RangeError(`loadCheckpoint: "${ORDER}" is no permutation of its ${data.length} rows`);
    seen[row] = 1;
  }
  if (batch < 1 || position * batch >= data.length) {
    throw new RangeError(
      `loadCheckpoint: ${position} batches of ${batch} are not the middle of an epoch of ${data.length} samples`,
    );
  }
  return data.slice();
}
