// GPT-2 as Hugging Face keeps it (config.json and model.safetensors), into a trainer and back. Weights are read piece by
// piece into the place where the trainer has its parameters, so loading takes the memory of the model once.

import {
  safetensorsParts,
  writeSafetensors,
  type StoredTensor,
  type TensorToStream,
  type TensorToWrite,
} from "../io/index.js";
import { compile, type CompileOptions } from "../train/compile.js";
import type { NamedParameter } from "../train/model.js";
import type { State } from "../train/state.js";
import type { Trainer } from "../train/trainer.js";
import { gptIn } from "./gpt-in.js";
import { gptStarting } from "./gpt.js";
import { configOf, optionsOfConfig } from "./gpt2-config.js";
import { Gpt2Checkpoint, readJson, type FoundTensor, type Gpt2Files } from "./gpt2-files.js";
import { gpt2Tensors, prefixed, transposeInto, type Gpt2Tensor } from "./gpt2-tensors.js";

/** Numbers that are read at a time. */
const PIECE = 2 ** 20;

export interface Gpt2Source {
  /** What config.json holds, or its bytes. */
  readonly config: unknown;
  /** model.safetensors; or model.safetensors.index.json and the files that it names. */
  readonly files: Gpt2Files;
}

/** How the trainer is compiled. Without a loss it can only predict, and takes no memory for training. */
export interface LoadGpt2Options extends CompileOptions {
  /** Dropout in training. Default: the config's resid_pdrop, which is 0.1 in OpenAI's models. */
  dropout?: number;
}

/**
 * A trainer of the GPT-2 in these files. Names may begin with "transformer." or not; F16, BF16 and F64 become F32; masks
 * kept beside the weights (attn.bias, attn.masked_bias) are ignored, and so is a head where the config ties it. With
 * { weights: "int8" } the large weights are rounded to 8 bits as they are read: a quarter of the memory.
 *
 * @throws Error of several kinds, its message beginning with the name of the file at fault, for files that are damaged or
 *   contradict each other. Nothing is allocated before every tensor has been found in its shape.
 */
export async function loadGpt2({ config, files }: Gpt2Source, options: LoadGpt2Options = {}): Promise<Trainer> {
  const { dropout, ...compiling } = options;
  const json = config instanceof Uint8Array ? await readJson(config, "config.json") : config;
  const read = optionsOfConfig(json, "config.json");
  const checkpoint = await Gpt2Checkpoint.open(files);
  const found: (readonly [Gpt2Tensor, FoundTensor])[] = [];
  for (const tensor of gpt2Tensors(read)) found.push([tensor, checkpoint.find(tensor)]);

  const model = gptStarting({ ...read, dropout: dropout ?? read.dropout }, 0);
  const trainer = await compile(model, { ...(!compiling.loss && { freeze: () => true }), ...compiling });
  try {
    const rows = new Map(trainer.state.model.parameters.map((row) => [row.name, row]));
    for (const [tensor, from] of found) {
      await put(trainer.state, rows.get(tensor.name)!, tensor, from.tensor).catch((cause: unknown): never => {
        throw new Error(`${from.file}: "${tensor.name}" could not be loaded (${(cause as Error).message})`, { cause });
      });
    }
    trainer.state.keep();
  } catch (error) {
    trainer.dispose();
    throw error;
  }
  return trainer;
}

/** Reads a tensor of the file into its parameter, and into the parameter's moving average if there is one. */
async function put(
  state: State,
  row: NamedParameter,
  { shape, transposed }: Gpt2Tensor,
  tensor: StoredTensor,
): Promise<void> {
  const {
    offset,
    eight,
    tensor: { size },
  } = row;
  const cols = shape.at(-1)!;
  const rows = size / cols;
  const step = Math.max(1, Math.floor(PIECE / cols));
  // What is kept in 8 bits is rounded by rows, which of a transposed tensor are whole at its end.
  const turned = eight && transposed ? new Float32Array(size) : undefined;
  for (let first = 0; first < rows; first += step) {
    const last = Math.min(first + step, rows);
    const numbers = await tensor.floats(first * cols, last * cols);
    if (eight) {
      if (turned) transposeInto(turned, numbers, rows, cols, first);
      else state.writeParameter(row, numbers, first * cols);
      continue;
    }
    // The memory may have grown while the file was read: views are taken now.
    const places = [state.parameterView(offset, size)];
    if (state.settings.ema !== undefined) places.push(state.averageView(offset, size));
    for (const place of places) {
      if (transposed) transposeInto(place, numbers, rows, cols, first);
      else place.set(numbers, first * cols);
    }
  }
  if (turned) state.writeParameter(row, turned);
}

/** A GPT-2 as files in memory, as loadGpt2 takes them. */
export interface SavedGpt2 {
  readonly config: Record<string, unknown>;
  readonly files: { readonly "model.safetensors": Uint8Array };
}

/**
 * The trainer's model as Hugging Face's GPT2LMHeadModel has it.
 *
 * @throws TypeError or RangeError for a model that is no gpt(), or one that GPT-2 cannot be
 */
export function saveGpt2(trainer: Trainer): SavedGpt2 {
  const { config, tensors } = describe(trainer);
  const taken = Object.entries(tensors).map(([name, { shape, data }]): [string, TensorToWrite] => [
    name,
    { shape, data: data() },
  ]);
  return { config, files: { "model.safetensors": writeSafetensors(Object.fromEntries(taken), METADATA) } };
}

/** The same as config.json and the parts of model.safetensors, each made when it is asked for. */
export function gpt2Parts(trainer: Trainer): { config: Uint8Array; parts: Iterable<Uint8Array> } {
  const { config, tensors } = describe(trainer);
  const json = new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`);
  return { config: json, parts: safetensorsParts(tensors, METADATA) };
}

/** Without it, Hugging Face's library refuses the file. */
const METADATA = { format: "pt" };

function describe(trainer: Trainer): {
  config: Record<string, unknown>;
  tensors: Record<string, TensorToStream>;
} {
  const model = gptIn(trainer, "saveGpt2");
  const { state } = trainer;
  state.space.check();
  const config = configOf(model.config);
  const rows = new Map(state.model.parameters.map((row) => [row.name, row]));
  const tensors = [...gpt2Tensors(model.config)].map(({ name, shape, transposed }): [string, TensorToStream] => {
    const data = () => {
      const values = state.readParameter(rows.get(name)!);
      if (!transposed) return values;
      const turned = new Float32Array(values.length);
      transposeInto(turned, values, shape[1]!, shape[0]!);
      return turned;
    };
    return [prefixed(name), { shape, dtype: "F32", data }];
  });
  return { config, tensors: Object.fromEntries(tensors) };
}
