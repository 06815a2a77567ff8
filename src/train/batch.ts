// Checks samples before they reach a kernel: that x and y are whole numbers of samples, equally many, and that ids
// and class indices lie within their limits, since kernels use them as addresses.

import { checkIds, checkProbabilities } from "../graph/limits.js";
import { ShapeError } from "../graph/op.js";
import { showShape, sizeOf } from "../graph/tensor.js";
import { count as counted, show } from "../nn/words.js";
import { fieldName, type Model } from "./model.js";
import type { GivenTarget, Objective } from "./objective.js";
import { areWhole, samplesOf, valuesOf, type Allocate, type NumberData, type Values } from "./values.js";

/** Numbers for a model's only input or target, or for each by name. */
export type Fields = NumberData | Readonly<Record<string, NumberData>>;

/** Samples with their targets, one after another. */
export interface Data {
  /** [samples, ...sample] */
  readonly x: Fields;
  /** Class indices, probabilities, or numbers, [samples, ...target]. */
  readonly y: Fields;
}

/** Checked numbers for one of a program's inputs. */
export interface Field {
  /** The program's input: "x", "y", or "x.user". */
  readonly name: string;
  readonly values: Values;
  /** Numbers of one sample. */
  readonly perSample: number;
}

/** Checked samples. */
export interface Samples {
  readonly count: number;
  readonly fields: readonly Field[];
  readonly targets: readonly GivenTarget[];
}

/** A batch's size, and how its targets came. */
export interface BatchType {
  readonly batch: number;
  readonly targets: readonly GivenTarget[];
}

/**
 * @param label what messages call the samples: "fit"
 * @param allocate where plain arrays go
 * @throws TypeError or RangeError for x that is not whole samples of the model's shape, or ids that are none
 */
export function checkX(
  label: string,
  model: Model,
  data: Fields,
  allocate?: Allocate,
): { count: number; fields: Field[] } {
  const given = byName(
    `${label}: x`,
    data,
    model.inputs.map(({ name }) => name),
  );
  let count: number | undefined;
  const fields = model.inputs.map(({ name, shape }): Field => {
    const called = `${label}: ${fieldName("x", name)}`;
    const numbers = given.get(name)!;
    const values = valuesOf(called, numbers, allocate);
    const perSample = sizeOf(shape);
    const samples = values.length / perSample;
    if (values.length === 0 || !Number.isInteger(samples)) {
      throw new RangeError(
        `${called} must be whole samples of shape ${showShape(shape)}, ${perSample} numbers each, got ${counted(values.length, "number")}`,
      );
    }
    const nested = samplesOf(numbers);
    if (nested !== undefined && nested !== samples) {
      throw new RangeError(
        `${called} has ${counted(nested, "sample")} of ${values.length / nested} numbers, but the model takes ${showShape(shape)}, ${perSample} numbers each`,
      );
    }
    count ??= samples;
    if (samples !== count)
      throw new RangeError(`${called} has ${counted(samples, "sample")}, but the input before it has ${count}`);
    const limit = model.idLimits.get(fieldName("x", name));
    if (limit) checkIds(called, values, limit);
    return { name: fieldName("x", name), values, perSample };
  });
  return { count: count!, fields };
}

/**
 * @throws TypeError or RangeError where x and y do not belong together, or y holds an index that is no class
 * @throws ShapeError where y does not fit the loss
 */
export function checkSamples(label: string, model: Model, objective: Objective, data: Data): Samples {
  if (data?.x === undefined || data.y === undefined) {
    throw new TypeError(`${label}: expected { x, y }, got ${show(data)}`);
  }
  const { count, fields } = checkX(label, model, data.x);
  const targets: GivenTarget[] = [];
  for (const [name, numbers] of byName(`${label}: y`, data.y)) {
    const called = `${label}: ${fieldName("y", name)}`;
    const values = valuesOf(called, numbers);
    const perSample = values.length / count;
    const nested = samplesOf(numbers);
    if (nested !== undefined && nested !== count) {
      throw new RangeError(`${called} has ${counted(nested, "sample")}, but x has ${count}`);
    }
    if (values.length === 0 || !Number.isInteger(perSample)) {
      throw new RangeError(
        `${called} has ${counted(values.length, "number")}, which is no whole number of targets for each of the ${counted(count, "sample")} of x`,
      );
    }
    fields.push({ name: fieldName("y", name), values, perSample });
    targets.push({ name, perSample, whole: areWhole(values) });
  }
  const limits = objective.idLimits(model.outputs, targets);
  for (const [i, { name, values }] of fields.slice(model.inputs.length).entries()) {
    const limit = limits.get(targets[i]!.name);
    if (limit) checkIds(`${label}: ${name}`, values, limit);
    else if (objective.lossFor(targets[i]!.name)?.probabilities) checkProbabilities(`${label}: ${name}`, values);
  }
  return { count, fields, targets };
}

/** Numbers by the names of inputs or targets; plain numbers are those of "". */
function byName(label: string, data: Fields, expected?: readonly string[]): Map<string, NumberData> {
  const plain = Array.isArray(data) || ArrayBuffer.isView(data) || typeof data !== "object" || data === null;
  const given = plain
    ? new Map([["", data as NumberData]])
    : new Map(Object.entries(data as Record<string, NumberData>));
  if (!expected) return given;
  if (given.size === expected.length && expected.every((name) => given.has(name))) return given;
  throw new TypeError(
    expected.includes("")
      ? `${label} must be numbers, since the model has one input, got ${show(data)}`
      : `${label} must be an object with ${expected.join(", ")}, since the model has these inputs, got ${plain ? "plain numbers" : show(data)}`,
  );
}

/** The part of the samples from `first` to before `end`. */
export function part({ fields, targets }: Samples, first: number, end: number): Samples {
  return {
    count: end - first,
    fields: fields.map((field) => ({
      ...field,
      values: field.values.subarray(first * field.perSample, end * field.perSample),
    })),
    targets,
  };
}

/** @throws ShapeError unless the targets, checked before, come as the first batch's did */
export function checkAlike(label: string, first: Samples, next: Samples): void {
  for (const [i, { perSample, whole }] of next.targets.entries()) {
    const before = first.targets[i];
    if (before?.perSample === perSample && before.whole === whole) continue;
    throw new ShapeError(
      `${label}: all batches need targets of one kind; y had ${counted(before?.perSample ?? 0, "number")} a sample, now ${perSample}`,
    );
  }
}
