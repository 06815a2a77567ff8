// A training in one safetensors file: parameters under PyTorch's names, the optimizer's state, and in the metadata what
// else it takes to go on to the same bits: step, epoch, seed, the model as JSON. A file that PyTorch wrote, with
// parameters alone, can be loaded into a model that is given.
//
//   0.weight                    a parameter
//   optimizer/exp_avg/0.weight  the optimizer's state for it
//   training/order              the order of an epoch that was left in the middle
//
// The file may come from a stranger: names, shapes and the description are checked before a trainer is made of them.

import { Control } from "../shared/opcodes.js";
import { showShape, sameShape } from "../graph/tensor.js";
import { readSafetensors, toFloat32, writeSafetensors, type SafetensorsFile, type TensorToWrite } from "../io/index.js";
import { lossFromJson, moduleFromJson, optimizerFromJson, type ModelMakers } from "../nn/from-json.js";
import { moduleToJson } from "../nn/module.js";
import { compile, type CompileOptions } from "./compile.js";
import type { Context, Module } from "../nn/module.js";
import type { ScheduleJson } from "../nn/schedules/schedule.js";
import type { InputOption, InputOptions, ModelFunction, Output } from "./model.js";
import type { Partial as PartialEpoch, State } from "./state.js";
import type { Trainer } from "./trainer.js";

const VERSION = 1;
const KEY = "wasmgrad";
const ORDER = "training/order";

/** What stands in the metadata, as JSON. */
interface Description {
  version: number;
  model: unknown;
  inputs: { name: string; shape: number[]; dtype: "f32" | "i32" }[];
  loss: { name: string; options: unknown } | null;
  /** `schedule`: null for a constant rate, false for a function that cannot be written down. */
  optimizer: { name: string; options: unknown; schedule: ScheduleJson | null | false };
  settings: Pick<CompileOptions, "clipNorm" | "clipValue" | "microBatch" | "ema">;
  /** Whether there were groups or frozen parameters, whose functions and patterns a file does not hold. */
  grouped: boolean;
  seed: [number, number];
  step: number;
  epoch: number;
  position: number;
  batch: number;
  partial: PartialEpoch;
}

/** Parts of the trainer that a file does not hold: functions, and whatever should be another than before. */
export interface LoadOptions extends Partial<CompileOptions> {
  /** The model, where the file has none: it was a function, or PyTorch wrote the file. */
  model?: Module | ModelFunction | ((inputs: never, context: Context) => Output);
  /** The functions that make models which are more than layers, by their names: { gpt } of wasmgrad/models. */
  models?: ModelMakers;
}

/**
 * The trainer as the bytes of a safetensors file; write it with saveFile() of wasmgrad/io, which is atomic. Training 10
 * epochs, and 5, then a checkpoint loaded elsewhere and 5 more, end in the same bits.
 */
export function saveCheckpoint(trainer: Trainer): Uint8Array {
  const { state } = trainer;
  state.space.check();
  const { model, objective, optimizer, control, settings } = state;
  const tensors: Record<string, TensorToWrite> = {};
  for (const { name, tensor, offset, trainable } of model.parameters) {
    const { shape, size } = tensor;
    tensors[name] = { shape, data: state.parameterView(offset, size) };
    if (settings.ema !== undefined) tensors[`average/${name}`] = { shape, data: state.averageView(offset, size) };
    if (!trainable) continue;
    for (const [i, { name: kind }] of optimizer.states.entries()) {
      tensors[`optimizer/${kind}/${name}`] = { shape, data: state.stateView(i, offset, size) };
    }
  }
  const position = control.get(Control.Position);
  const order = position > 0 ? state.order() : undefined;
  if (order) tensors[ORDER] = { shape: [order.length], data: order };
  const description: Description = {
    version: VERSION,
    model: model.module ? moduleToJson(model.module) : null,
    inputs: model.inputs.map(({ name, shape, dtype }) => ({ name, shape: [...shape], dtype })),
    loss: objective.loss ? { name: objective.loss.name, options: objective.loss.options } : null,
    optimizer: {
      name: optimizer.name,
      options: optimizer.options,
      schedule: typeof optimizer.lr === "function" ? (optimizer.lr.json ?? false) : null,
    },
    settings: defined({
      clipNorm: settings.clipNorm,
      clipValue: settings.clipValue,
      microBatch: settings.microBatch,
      ema: settings.ema,
    }),
    grouped: settings.groups.length > 0 || settings.freeze !== undefined,
    seed: [settings.seed.low, settings.seed.high],
    step: state.steps,
    epoch: state.epochs,
    position,
    batch: control.get(Control.Batch),
    partial: state.partial,
  };
  return writeSafetensors(tensors, { format: "pt", [KEY]: JSON.stringify(description) });
}

/**
 * A trainer from a checkpoint, or from a file with parameters alone and options.model and options.loss.
 *
 * @throws SafetensorsError for bytes that are no safetensors file
 * @throws TypeError or RangeError for a checkpoint that is damaged, or that needs a model, loss or optimizer which only
 *   its program has
 */
export async function loadCheckpoint(bytes: Uint8Array, options: LoadOptions = {}): Promise<Trainer> {
  const file = readSafetensors(bytes, "checkpoint");
  const saved = describe(file);
  const { model: given, models, ...rest } = options;
  const model = given ?? (saved?.model ? moduleFromJson(saved.model, models) : undefined);
  if (!model) {
    throw new TypeError(
      "loadCheckpoint: the file has no model, since it was a function or comes from elsewhere; give { model }",
    );
  }
  if (saved?.grouped && rest.groups === undefined && rest.freeze === undefined) {
    throw new TypeError(
      "loadCheckpoint: this training had groups of parameters or frozen ones, which a file cannot hold; give { groups, freeze }",
    );
  }
  const optimizer = rest.optimizer ?? optimizerOf(saved);
  const trainer = await compile(model as Module, {
    ...(saved && { input: inputOf(saved) }),
    ...saved?.settings,
    ...rest,
    loss: rest.loss ?? lossOf(saved),
    ...(optimizer && { optimizer }),
    seed: rest.seed ?? (saved ? saved.seed[1] * 2 ** 32 + (saved.seed[0] >>> 0) : 0),
  });
  try {
    restore(trainer.state, file, saved);
  } catch (error) {
    trainer.dispose();
    throw error;
  }
  return trainer;
}

function lossOf(saved: Description | undefined) {
  if (!saved?.loss) throw new TypeError("loadCheckpoint: the file has no loss, or it was a function; give { loss }");
  try {
    return lossFromJson(saved.loss);
  } catch (cause) {
    throw new TypeError(
      `loadCheckpoint: the loss of this checkpoint cannot be built again (${(cause as Error).message}); give { loss }`,
      { cause },
    );
  }
}

/** The one input's type, or each by name. */
function inputOf({ inputs }: Description): InputOption | InputOptions {
  const [first] = inputs;
  return first!.name === "" ? first! : Object.fromEntries(inputs.map(({ name, ...type }) => [name, type]));
}

function optimizerOf(saved: Description | undefined) {
  if (!saved) return undefined;
  if (saved.optimizer.schedule === false) {
    throw new TypeError(
      `loadCheckpoint: this training's learning rate is a function of its program's own, which a file cannot hold; ` +
        `give { optimizer: ${saved.optimizer.name}({ lr: the schedule, … }) }`,
    );
  }
  return optimizerFromJson(saved.optimizer);
}

/** Copies parameters and training state into a fresh trainer. */
function restore(state: State, file: SafetensorsFile, saved: Description | undefined): void {
  const { model, optimizer, control } = state;
  const take = (name: string, shape: readonly number[]) => {
    const tensor = file.tensors.get(name);
    if (!tensor)
      throw new RangeError(
        `loadCheckpoint: the file has no tensor "${name}" ${showShape(shape)}; it has ${names(file)}`,
      );
    if (!sameShape(tensor.shape, shape)) {
      throw new RangeError(
        `loadCheckpoint: "${name}" is ${showShape(tensor.shape)} in the file, but ${showShape(shape)} in the model`,
      );
    }
    return toFloat32(tensor);
  };
  for (const { name, tensor, offset, trainable } of model.parameters) {
    state.parameterView(offset, tensor.size).set(take(name, tensor.shape));
    if (state.settings.ema !== undefined) {
      const average = saved?.settings.ema === undefined ? name : `average/${name}`;
      state.averageView(offset, tensor.size).set(take(average, tensor.shape));
    }
    // A file of parameters alone, or another optimizer than it was saved with: its state starts afresh.
    if (!trainable || !saved || saved.optimizer.name !== optimizer.name) continue;
    for (const [i, { name: kind }] of optimizer.states.entries()) {
      state.stateView(i, offset, tensor.size).set(take(`optimizer/${kind}/${name}`, tensor.shape));
    }
  }
  state.keep();
  if (!saved) return;
  control.set(Control.Step, saved.step);
  control.set(Control.Epoch, saved.epoch);
  const order = file.tensors.get(ORDER);
  if (!order || saved.position === 0) return;
  const left = checkedOrder(order.data);
  state.order = () => left;
  state.partial = saved.partial;
  control.set(Control.Position, saved.position);
  control.set(Control.Batch, saved.batch);
}

/** The entries that are not undefined, which JSON cannot hold. */
const defined = <T extends object>(given: T): T =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;

const names = ({ tensors }: SafetensorsFile) =>
  [...tensors.keys()].slice(0, 8).join(", ") + (tensors.size > 8 ? ", …" : "");

/** The kernels use the order as row numbers. */
function checkedOrder(data: unknown): Int32Array {
  if (!(data instanceof Int32Array)) throw new TypeError(`loadCheckpoint: "${ORDER}" must be I32`);
  const seen = new Uint8Array(data.length);
  for (const row of data) {
    if (row < 0 || row >= data.length || seen[row])
      throw new RangeError(`loadCheckpoint: "${ORDER}" is no permutation of its ${data.length} rows`);
    seen[row] = 1;
  }
  return data.slice();
}

function isInput(input: unknown): boolean {
  const { name, shape, dtype } = (input ?? {}) as Partial<Description["inputs"][number]>;
  const sizes = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size > 0);
  return typeof name === "string" && sizes && (dtype === "f32" || dtype === "i32");
}

/** The metadata's description, checked; undefined if there is none. */
function describe({ metadata }: SafetensorsFile): Description | undefined {
  const text = metadata[KEY];
  if (text === undefined) return undefined;
  let found: Description;
  try {
    found = JSON.parse(text) as Description;
  } catch (cause) {
    throw new TypeError(`loadCheckpoint: the metadata "${KEY}" is no JSON: ${(cause as Error).message}`, { cause });
  }
  const whole = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
  const word = (value: unknown) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 32;
  if (found?.version !== VERSION) {
    throw new RangeError(
      `loadCheckpoint: the file is of version ${JSON.stringify(found?.version)}, this library reads version ${VERSION}`,
    );
  }
  const sound =
    [found.step, found.epoch, found.position, found.batch].every(whole) &&
    Array.isArray(found.seed) &&
    found.seed.length === 2 &&
    found.seed.every(word) &&
    Array.isArray(found.inputs) &&
    found.inputs.length > 0 &&
    found.inputs.every(isInput) &&
    typeof found.settings === "object" &&
    typeof found.loss === "object" &&
    typeof found.optimizer === "object" &&
    found.optimizer !== null &&
    Object.values(found.partial ?? { none: null }).every(Number.isFinite);
  if (!sound) throw new TypeError(`loadCheckpoint: the metadata "${KEY}" lacks a field, or has one of the wrong kind`);
  return found;
}
