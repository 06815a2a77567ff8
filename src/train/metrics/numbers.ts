// Figures for models that predict numbers, or probabilities of the next token. Sums are kept in f64, in the order of the
// samples. Definitions: https://scikit-learn.org/stable/modules/model_evaluation.html#regression-metrics

import { exp, log } from "../../shared/scalar.js";
import { show } from "../../nn/words.js";
import { atLeastOne, classesIn, samePairs, type IgnoreOptions } from "./check.js";

/**
 * Mean squared error: (1 / n) Σ (prediction - target)².
 *
 * @param predictions [samples, ...outputs]
 * @param targets as many
 * @throws RangeError where they are not equally many, or none
 */
export function mse(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  samePairs("mse", ["predictions", predictions], ["targets", targets]);
  let total = 0;
  for (let i = 0; i < targets.length; i++) total += (predictions[i]! - targets[i]!) * (predictions[i]! - targets[i]!);
  return total / targets.length;
}

/**
 * Mean absolute error: (1 / n) Σ |prediction - target|.
 *
 * @param predictions [samples, ...outputs]
 * @param targets as many
 * @throws RangeError where they are not equally many, or none
 */
export function mae(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  samePairs("mae", ["predictions", predictions], ["targets", targets]);
  let total = 0;
  for (let i = 0; i < targets.length; i++) total += Math.abs(predictions[i]! - targets[i]!);
  return total / targets.length;
}

/**
 * Coefficient of determination, R²: 1 - Σ (target - prediction)² / Σ (target - mean of the targets)². 1 is perfect, 0 is
 * as good as always predicting the mean, and worse is negative. Where the targets are all the same it is 1 if the
 * predictions are right, else 0, as scikit-learn has it.
 *
 * @param predictions [samples, outputs]
 * @param targets as many
 * @param options.outputs Numbers of each sample; the result is then the mean over them. Default: 1.
 * @throws RangeError where they are not equally many, or no whole samples, or less than two
 */
export function r2(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: { readonly outputs?: number } = {},
): number {
  samePairs("r2", ["predictions", predictions], ["targets", targets]);
  const outputs = atLeastOne("r2", "outputs", options.outputs ?? 1);
  const samples = targets.length / outputs;
  if (!Number.isInteger(samples) || samples < 2) {
    throw new RangeError(
      `r2: targets must be two or more samples of ${outputs} numbers, got ${targets.length} numbers in all`,
    );
  }
  let total = 0;
  for (let output = 0; output < outputs; output++) {
    let mean = 0;
    for (let i = output; i < targets.length; i += outputs) mean += targets[i]!;
    mean /= samples;
    let [residual, spread, same] = [0, 0, true];
    for (let i = output; i < targets.length; i += outputs) {
      residual += (targets[i]! - predictions[i]!) * (targets[i]! - predictions[i]!);
      spread += (targets[i]! - mean) * (targets[i]! - mean);
      same &&= targets[i] === targets[output]; // since the mean of equal numbers is rounded
    }
    total += same ? Number(residual === 0) : 1 - residual / spread;
  }
  return total / outputs;
}

/**
 * Perplexity: e to the mean cross-entropy, exp(-(1 / n) Σ ln p(label)) with p = softmax(logits). Of a fair guess among m
 * tokens it is m. Where the loss is at hand already, Math.exp(loss) is the same.
 *
 * @param logits [tokens, classes]: logits, or logarithms of probabilities; not probabilities
 * @param labels class indices [tokens]
 * @throws RangeError where they do not go together, a label is no class, or all are ignored
 */
export function perplexity(logits: ArrayLike<number>, labels: ArrayLike<number>, options: IgnoreOptions = {}): number {
  const { ignoreIndex = -100 } = options;
  const classes = classesIn("perplexity", logits, labels);
  let [total, counted] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label === ignoreIndex) continue;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(
        `perplexity: labels[${i}] is ${show(label)}, but the logits have classes 0 to ${classes - 1}`,
      );
    }
    let largest = -Infinity;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[i * classes + c]!);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += exp(logits[i * classes + c]! - largest);
    total += log(sum) + largest - logits[i * classes + label]!;
    counted++;
  }
  if (counted > 0) return exp(total / counted);
  throw new RangeError(`perplexity: all ${labels.length} labels are ${ignoreIndex}, which is ignored`);
}
