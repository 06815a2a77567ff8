// Figures for classifiers, from predictions and labels: how often which class was taken for which, and what follows.
// Definitions: https://scikit-learn.org/stable/modules/model_evaluation.html#classification-metrics

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

export interface Classification {
  /** Share of right predictions. */
  readonly accuracy: number;
  readonly perClass: readonly ClassMetrics[];
  /** Means over the classes, each counting the same. */
  readonly macro: Omit<ClassMetrics, "support">;
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
  const mean = (key: keyof ClassMetrics) => sum(perClass.map((metrics) => metrics[key])) / perClass.length;
  return {
    accuracy: sum(confusion.map((row, c) => row[c]!)) / labels.length,
    perClass,
    macro: { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") },
    confusion,
  };
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
