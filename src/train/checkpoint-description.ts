// What stands in a checkpoint's metadata, as JSON: everything about a training that is not a tensor. A file may come from
// a stranger, so reading takes nothing as it is: each field is checked, and others are left behind.

import type { DType } from "../graph/tensor.js";
import type { Json, ModuleJson } from "../nn/module.js";
import type { ScheduleJson } from "../nn/schedules/schedule.js";
import { show } from "../nn/words.js";
import type { EpochSums } from "./epoch-sums.js";

const VERSION = 1;

/** The metadata's key. */
export const KEY = "wasmgrad";

export interface Description {
  /** Of moduleToJson; null if it was a function. */
  readonly model: Json | ModuleJson;
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: DType }[];
  /** Of Objective.json. */
  readonly loss: Json;
  /** `schedule`: null for a constant rate, false for a function that cannot be written down. */
  readonly optimizer: { readonly name: string; readonly options: Json; readonly schedule: ScheduleJson | null | false };
  readonly settings: {
    readonly clipNorm?: number;
    readonly clipValue?: number;
    readonly microBatch?: number;
    readonly ema?: number;
    readonly weights?: "int8";
    readonly deterministic?: boolean;
  };
  /** Whether there were groups or frozen parameters, whose functions and patterns a file does not hold. */
  readonly grouped: boolean;
  readonly seed: number;
  readonly step: number;
  readonly epoch: number;
  /** Batches done of an epoch that was left in the middle, their size, and what they came to. */
  readonly position: number;
  readonly batch: number;
  readonly partial: EpochSums;
}

export const writeDescription = (description: Description): string =>
  JSON.stringify({ version: VERSION, ...description });

/** @throws TypeError or RangeError for a text that writeDescription() did not write, or another version did */
export function readDescription(text: string): Description {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`${OWNER} is no JSON: ${(cause as Error).message}`, { cause });
  }
  const fields = objectOf("", json);
  const version = fields("version");
  if (version !== VERSION) {
    throw new RangeError(`${OWNER} is of version ${show(version)}, but this library reads version ${VERSION}`);
  }
  const optimizer = objectOf("optimizer", fields("optimizer"));
  const settings = objectOf("settings", fields("settings"));
  const partial = objectOf("partial", fields("partial"));
  return {
    model: fields("model") as Json,
    inputs: list("inputs", fields("inputs")).map((input, i) => inputOf(`inputs[${i}]`, input)),
    loss: fields("loss") as Json,
    optimizer: {
      name: words("optimizer.name", optimizer("name")),
      options: optimizer("options") as Json,
      schedule: optimizer("schedule") as ScheduleJson | null | false,
    },
    settings: {
      ...Object.fromEntries(
        ["clipNorm", "clipValue", "microBatch", "ema"].flatMap((name) => {
          const value = settings(name);
          return value === undefined ? [] : [[name, finite(`settings.${name}`, value)]];
        }),
      ),
      ...(settings("weights") !== undefined && { weights: width(settings("weights")) }),
      ...(settings("deterministic") !== undefined && {
        deterministic: truth("settings.deterministic", settings("deterministic")),
      }),
    },
    grouped: truth("grouped", fields("grouped")),
    seed: whole("seed", fields("seed"), Number.MAX_SAFE_INTEGER),
    step: whole("step", fields("step")),
    epoch: whole("epoch", fields("epoch")),
    position: whole("position", fields("position")),
    batch: whole("batch", fields("batch")),
    partial: {
      loss: finite("partial.loss", partial("loss")),
      correct: finite("partial.correct", partial("correct")),
      predictions: finite("partial.predictions", partial("predictions")),
      samples: finite("partial.samples", partial("samples")),
      seconds: finite("partial.seconds", partial("seconds")),
    },
  };
}

const OWNER = `loadCheckpoint: the metadata "${KEY}"`;

function refuse(name: string, expected: string, value: unknown): never {
  throw new TypeError(`${OWNER}: ${name} must be ${expected}, got ${show(value)}`);
}

/** Own fields of an object, which come from JSON. */
function objectOf(name: string, value: unknown): (field: string) => unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(name || "it", "an object", value);
  return (field) => (Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined);
}

function list(name: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) && value.length > 0 ? value : refuse(name, "a list", value);
}

function words(name: string, value: unknown): string {
  return typeof value === "string" ? value : refuse(name, "a text", value);
}

function truth(name: string, value: unknown): boolean {
  return typeof value === "boolean" ? value : refuse(name, "true or false", value);
}

const width = (value: unknown): "int8" => (value === "int8" ? value : refuse("settings.weights", '"int8"', value));

function finite(name: string, value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : refuse(name, "a number", value);
}

/** @param most by default what a signed 32-bit word holds, as counters in linear memory are */
function whole(name: string, value: unknown, most: number = 2 ** 31 - 1): number {
  const fits = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
  return fits ? (value as number) : refuse(name, `a whole number from 0 to ${most}`, value);
}

function inputOf(name: string, value: unknown): Description["inputs"][number] {
  const fields = objectOf(name, value);
  const dtype = fields("dtype");
  if (dtype !== "f32" && dtype !== "i32") refuse(`${name}.dtype`, '"f32" or "i32"', dtype);
  const shape = fields("shape");
  if (!Array.isArray(shape)) refuse(`${name}.shape`, "a list", shape);
  return {
    name: words(`${name}.name`, fields("name")),
    shape: shape.map(
      (size, axis) => whole(`${name}.shape[${axis}]`, size) || refuse(`${name}.shape[${axis}]`, "at least 1", 0),
    ),
    dtype,
  };
}
