// From a network's outputs to what it read, how sure it was, and where it was wrong. Plain arithmetic on arrays.

import type { DigitSet } from "./dataset.js";
import { CLASSES, PIXELS } from "./architecture.js";
import type { Mistake } from "./sections.js";

/** What one image was read as. */
export interface Reading {
  readonly digit: number;
  /** The probability given to it, 0 to 1. */
  readonly confidence: number;
  /** The runner-up, and its probability. */
  readonly next: number;
  readonly nextConfidence: number;
}

/** The best and the second-best digit of each image, by the softmax of its logits: [images, 10]. */
export function readings(logits: ArrayLike<number>): Reading[] {
  return Array.from({ length: logits.length / CLASSES }, (_, image) => {
    const scores = Array.from({ length: CLASSES }, (_, digit) => logits[image * CLASSES + digit]!);
    const largest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - largest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const [digit, next] = scores.map((_, at) => at).sort((a, b) => scores[b]! - scores[a]!) as [number, number];
    return { digit, confidence: weights[digit]! / total, next, nextConfidence: weights[next]! / total };
  });
}

/** The images that were misread, the surest mistakes first. */
export function mistakes({ x, y }: DigitSet, read: readonly Reading[]): Mistake[] {
  return read
    .flatMap(({ digit, confidence }, at) => {
      if (digit === y[at]) return [];
      return [{ image: x.subarray(at * PIXELS, (at + 1) * PIXELS), truth: y[at]!, predicted: digit, confidence }];
    })
    .sort((a, b) => b.confidence - a.confidence);
}
