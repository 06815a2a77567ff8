// How well scores tell two classes apart, at every threshold at once.
//
//   true positive rate   Of what is positive, the share with a score at the threshold or above.
//   false positive rate  Of what is negative, the same share.
//
// Source: Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27, 2006.

import { show } from "../../nn/words.js";
import { samePairs } from "./check.js";

/** Points of the curve from (0, 0) to (1, 1), one for each score that occurs, the highest threshold first. */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /** What counts as positive at each point: a score of this or above. Infinity at the first. */
  readonly thresholds: Float64Array;
}

/**
 * The receiver operating characteristic: both rates at every threshold. Samples of the same score move together, so that
 * their order does not matter.
 *
 * @param scores [samples]: probabilities or logits of the positive class
 * @param labels [samples]: 1 where positive, else 0
 * @throws RangeError where they are not equally many, a score is NaN, a label is neither 0 nor 1, or one class is missing
 */
export function rocCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): RocCurve {
  const points = countAbove("rocCurve", scores, labels);
  const { positives, negatives } = points.at(-1)!;
  return {
    falsePositiveRate: Float64Array.from(points, (point) => point.negatives / negatives),
    truePositiveRate: Float64Array.from(points, (point) => point.positives / positives),
    thresholds: Float64Array.from(points, (point) => point.threshold),
  };
}

/**
 * Area under the curve of `rocCurve`, by the trapezoidal rule: the probability that a positive sample, drawn at random,
 * has a higher score than a negative one, where equal scores count half (the statistic of Mann and Whitney). 0.5 is
 * chance, 1 perfect.
 *
 * @param scores [samples]: probabilities or logits of the positive class
 * @param labels [samples]: 1 where positive, else 0
 * @throws RangeError as rocCurve
 */
export function rocAuc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const points = countAbove("rocAuc", scores, labels);
  let twice = 0; // in whole pairs, so that nothing is rounded before the end
  for (let i = 1; i < points.length; i++) {
    const [point, before] = [points[i]!, points[i - 1]!];
    twice += (point.negatives - before.negatives) * (point.positives + before.positives);
  }
  const { positives, negatives } = points.at(-1)!;
  return twice / (2 * positives * negatives);
}

/** How many samples of each class have a score of the threshold or above, for each score from the highest down. */
function countAbove(label: string, scores: ArrayLike<number>, labels: ArrayLike<number>) {
  samePairs(label, ["scores", scores], ["labels", labels]);
  for (let i = 0; i < labels.length; i++) {
    if (Number.isNaN(scores[i])) throw new RangeError(`${label}: scores[${i}] is NaN, which has no place in an order`);
    if (labels[i] === 0 || labels[i] === 1) continue;
    throw new RangeError(`${label}: labels[${i}] must be 0 or 1, got ${show(labels[i])}`);
  }
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i);
  order.sort((a, b) => (scores[a]! > scores[b]! ? -1 : scores[a]! < scores[b]! ? 1 : 0));
  const points = [{ threshold: Infinity, positives: 0, negatives: 0 }];
  let [positives, negatives] = [0, 0];
  for (let at = 0; at < order.length; at++) {
    if (labels[order[at]!] === 1) positives++;
    else negatives++;
    const threshold = scores[order[at]!]!;
    const last = at + 1 === order.length || scores[order[at + 1]!] !== threshold;
    if (last) points.push({ threshold, positives, negatives });
  }
  if (positives > 0 && negatives > 0) return points;
  throw new RangeError(
    `${label}: needs labels of both classes, got ${positives} of class 1 and ${negatives} of class 0`,
  );
}
