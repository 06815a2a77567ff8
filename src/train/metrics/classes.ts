// Figures for classifiers, from predictions and labels: how often which class was taken for which, and what follows.
// Definitions: https://scikit-learn.org/stable/modules/model_evaluation.html#classification-metrics

import { show } from "../../nn/words.js";
import { classesIn, type IgnoreOptions } from "./check.js";

/** How one class fared. All shares are from 0 to 1, and 0 where their denominator is. */
export interface ClassMetrics {
  /** Of what was taken for the class, the share that was of it. */
  readonly precision: number;
  /** Of what was of the class, the share that was taken for it. */
  readonly recall: number;
  /** Harmonic mean of the two. */
  readonly f1: number;
  /** Samples of the class. */
  readonly support: number;
}

/** Precision, recall and F1 over all classes. */
export type AverageMetrics = Omit<ClassMetrics, "support">;

export interface Classification {
  /** Share of right predictions. */
  readonly accuracy: number;
  readonly perClass: readonly ClassMetrics[];
  /** Means over the classes, each counting the same. */
  readonly macro: AverageMetrics;
  /** Means over the classes, each counting as often as it has samples. */
  readonly weighted: AverageMetrics;
  /** Of all samples thrown together: where each has one class and one prediction, all three are the accuracy. */
  readonly micro: AverageMetrics;
  /** confusion[truth][prediction] */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Counts how often samples of each class were taken for which: rows are the truth, columns the prediction.
 *
 * @param predictions logits or probabilities [samples, classes], or class indices [samples]
 * @param labels class indices [samples]
 * @param classes default: as many as the predictions have columns, or the largest index makes
 * @throws RangeError where predictions and labels do not go together, or an index is no class
 */
export function confusionMatrix(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes?: number,
): number[][] {
  const samples = labels.length;
  const columns = predictions.length / samples;
  if (samples === 0 || !Number.isInteger(columns)) {
    throw new RangeError(`confusionMatrix: ${predictions.length} predictions do not go with ${samples} labels`);
  }
  const predicted = columns === 1 ? predictions : argmaxRows(predictions, samples, columns);
  let count = classes ?? (columns > 1 ? columns : 0);
  if (classes === undefined && columns === 1) {
    for (let i = 0; i < samples; i++) count = Math.max(count, labels[i]! + 1, predicted[i]! + 1);
  }
  const matrix = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  for (let i = 0; i < samples; i++) {
    const row = matrix[labels[i]!];
    if (row?.[predicted[i]!] === undefined) {
      throw new RangeError(
        `confusionMatrix: sample ${i} has label ${labels[i]} and prediction ${predicted[i]}, but there are classes 0 to ${count - 1}`,
      );
    }
    row[predicted[i]!]!++;
  }
  return matrix;
}

/**
 * Share of right predictions: (1 / n) Σ [prediction = label].
 *
 * @param predictions logits or probabilities [samples, classes], of which the largest counts (the first of equals), or
 *   class indices [samples]; of one score a sample make class indices by `aboveThreshold`
 * @param labels class indices [samples]
 * @throws RangeError where predictions and labels do not go together, or all labels are ignored
 */
export function accuracy(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: IgnoreOptions = {},
): number {
  const columns = classesIn("accuracy", predictions, labels);
  if (columns > 1)
    return shareOf("accuracy", labels, options, (i) => hasLargest("accuracy", predictions, columns, i, labels[i]!, 1));
  return shareOf("accuracy", labels, options, (i) => predictions[i] === labels[i]);
}

/**
 * Share of samples whose class is among the k with the largest predictions: (1 / n) Σ [label ∈ top k]. Of equal predictions
 * the class with the lower index comes first, so that k = 1 gives the accuracy.
 *
 * @param predictions logits or probabilities [samples, classes]
 * @param labels class indices [samples]
 * @param k default 5
 * @throws RangeError where predictions and labels do not go together, k is no number of classes, or all labels are ignored
 */
export function topKAccuracy(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  k = 5,
  options: IgnoreOptions = {},
): number {
  const columns = classesIn("topKAccuracy", predictions, labels);
  if (columns === 1) {
    throw new RangeError("topKAccuracy: predictions must be scores of each class, got one number a sample");
  }
  if (!Number.isInteger(k) || k < 1 || k > columns) {
    throw new RangeError(`topKAccuracy: k must be a whole number from 1 to ${columns}, the classes, got ${show(k)}`);
  }
  return shareOf("topKAccuracy", labels, options, (i) =>
    hasLargest("topKAccuracy", predictions, columns, i, labels[i]!, k),
  );
}

/**
 * The class of each score, for two classes: 1 where it is the threshold or more, else 0. NaN gives 0.
 *
 * @param scores [samples]: probabilities, or logits with a threshold of 0
 * @param threshold default 0.5
 * @returns Int32Array [samples], as `accuracy`, `classMetrics` and `confusionMatrix` take it
 */
export function aboveThreshold(scores: ArrayLike<number>, threshold = 0.5): Int32Array {
  return Int32Array.from(scores, (score) => (score >= threshold ? 1 : 0));
}

/**
 * Accuracy, and precision, recall and F1 of each class.
 *
 * @param predictions logits or probabilities [samples, classes], or class indices [samples]
 * @param labels class indices [samples]
 * @throws as confusionMatrix
 */
export function classMetrics(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes?: number,
): Classification {
  const confusion = confusionMatrix(predictions, labels, classes);
  const perClass = confusion.map((row, c): ClassMetrics => {
    const support = sum(row);
    const taken = sum(confusion.map((other) => other[c]!));
    const [precision, recall] = [ratio(row[c]!, taken), ratio(row[c]!, support)];
    return { precision, recall, f1: ratio(2 * precision * recall, precision + recall), support };
  });
  const accuracy = sum(confusion.map((row, c) => row[c]!)) / labels.length;
  const average = (weight: (metrics: ClassMetrics) => number, total: number): AverageMetrics => {
    const mean = (key: keyof AverageMetrics) => sum(perClass.map((metrics) => weight(metrics) * metrics[key])) / total;
    return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
  };
  return {
    accuracy,
    perClass,
    macro: average(() => 1, perClass.length),
    weighted: average(({ support }) => support, labels.length),
    // What was wrongly taken for one class was wrongly left out of another, so both denominators are all samples.
    micro: { precision: accuracy, recall: accuracy, f1: accuracy },
    confusion,
  };
}

/** Share of the labels not ignored for which `right` says so. */
function shareOf(
  label: string,
  labels: ArrayLike<number>,
  { ignoreIndex = -100 }: IgnoreOptions,
  right: (sample: number) => boolean,
): number {
  let [hits, counted] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === ignoreIndex) continue;
    counted++;
    if (right(i)) hits++;
  }
  if (counted > 0) return hits / counted;
  throw new RangeError(`${label}: all ${labels.length} labels are ${ignoreIndex}, which is ignored`);
}

/**
 * Whether the prediction for the label is among the k largest of its row; NaN never is.
 *
 * @throws RangeError for a label that is no class
 */
function hasLargest(
  caller: string,
  predictions: ArrayLike<number>,
  columns: number,
  sample: number,
  label: number,
  k: number,
): boolean {
  const begin = sample * columns;
  const own = predictions[begin + label]!;
  if (!Number.isInteger(label) || label < 0 || label >= columns) {
    throw new RangeError(
      `${caller}: labels[${sample}] is ${show(label)}, but the predictions have classes 0 to ${columns - 1}`,
    );
  }
  let before = 0;
  for (let c = 0; c < columns; c++) {
    const other = predictions[begin + c]!;
    if (other > own || (other === own && c < label)) before++;
  }
  return before < k && own === own;
}

/** Index of the largest number of each row, the first of equals. */
function argmaxRows(values: ArrayLike<number>, rows: number, columns: number): Int32Array {
  const result = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let c = 1; c < columns; c++) if (values[row * columns + c]! > values[row * columns + best]!) best = c;
    result[row] = best;
  }
  return result;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const ratio = (a: number, b: number) => (b === 0 ? 0 : a / b);
