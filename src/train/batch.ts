// Checks samples before they reach a kernel: that x and y are whole numbers of samples, equally many, and that class
// indices are classes, since kernels use them as addresses.

import { ShapeError } from "../graph/op.js";
import { showShape, sizeOf } from "../graph/tensor.js";
import type { Loss } from "../nn/losses.js";
import type { Model } from "./model.js";
import type { BatchType } from "./programs.js";
import { areWhole, samplesOf, valuesOf, type NumberData, type Values } from "./values.js";

/** Samples with their targets, one after another. */
export interface Data {
  /** [samples, ...sample] */
  readonly x: NumberData;
  /** [samples, ...target]: class indices, probabilities, or numbers. */
  readonly y: NumberData;
}

/** Checked samples. */
export interface Samples {
  readonly count: number;
  readonly x: Values;
  readonly y: Values;
  /** Numbers in y for each sample. */
  readonly perSample: number;
}

/**
 * @param label what messages call the samples: "fit"
 * @throws TypeError or RangeError for x that is not whole samples of the model's shape
 */
export function checkX(label: string, model: Model, data: NumberData): { count: number; x: Values } {
  const x = valuesOf(`${label}: x`, data);
  const size = sizeOf(model.sample.shape);
  const count = x.length / size;
  if (x.length === 0 || !Number.isInteger(count)) {
    throw new RangeError(
      `${label}: x must be whole samples of shape ${showShape(model.sample.shape)}, ${size} numbers each, got ${x.length} numbers`,
    );
  }
  const nested = samplesOf(data);
  if (nested !== undefined && nested !== count) {
    throw new RangeError(
      `${label}: x has ${nested} samples of ${x.length / nested} numbers, but the model takes ${showShape(model.sample.shape)}, ${size} numbers`,
    );
  }
  return { count, x };
}

/**
 * @throws TypeError or RangeError where x and y do not belong together, or y holds an index that is no class
 * @throws ShapeError where y does not fit the loss
 */
export function checkSamples(label: string, model: Model, loss: Loss, data: Data): Samples {
  if (typeof data !== "object" || data === null || data.x === undefined || data.y === undefined) {
    throw new TypeError(`${label}: expected { x, y }, got ${data === null ? "null" : typeof data}`);
  }
  const { count, x } = checkX(label, model, data.x);
  const y = valuesOf(`${label}: y`, data.y);
  const perSample = y.length / count;
  if (y.length === 0 || !Number.isInteger(perSample)) {
    throw new RangeError(`${label}: x has ${count} samples, but the ${y.length} numbers of y are not as many targets`);
  }
  const { output } = model.trace(1, false);
  const target = loss.target(output, perSample, areWhole(y));
  if (target.dtype === "i32" && loss.correct) checkClasses(label, y, output.shape.at(-1)!, loss.ignoreIndex);
  return { count, x, y, perSample };
}

function checkClasses(label: string, y: Values, classes: number, ignored: number | undefined): void {
  for (let i = 0; i < y.length; i++) {
    const index = y[i]!;
    if ((index >= 0 && index < classes && Math.floor(index) === index) || index === ignored) continue;
    const most = `the model has ${classes} classes, so they go from 0 to ${classes - 1}`;
    throw new RangeError(`${label}: y[${i}] is ${index}, which is no class index; ${most}`);
  }
}

export const typeOf = ({ y, perSample }: Samples, batch: number): BatchType => ({
  batch,
  perSample,
  whole: areWhole(y),
});

/** The part of the samples from `first` on. */
export function part({ x, y, count, perSample }: Samples, first: number, end: number): Samples {
  const size = x.length / count;
  return {
    count: end - first,
    x: x.subarray(first * size, end * size),
    y: y.subarray(first * perSample, end * perSample),
    perSample,
  };
}

/** @throws ShapeError unless y, checked before, comes as the first batch's did */
export function checkAlike(label: string, first: Samples, next: Samples): void {
  if (first.perSample !== next.perSample || areWhole(first.y) !== areWhole(next.y)) {
    throw new ShapeError(
      `${label}: all batches need targets of one kind; y had ${first.perSample} numbers a sample, now ${next.perSample}`,
    );
  }
}
