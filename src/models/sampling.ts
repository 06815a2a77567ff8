// From logits to the next token: the most likely one, or one drawn at random. Plain arithmetic, so that a seed gives the
// same text in every engine.

import type { Random } from "../data/random.js";
import { check, notNegative, positive, steps, type Rule } from "../nn/check-options.js";
import { exp } from "../shared/scalar.js";

export interface SamplingOptions {
  /** Divides the logits: below 1 the likely becomes likelier, 0 always takes the likeliest. Default 1. */
  temperature?: number;
  /** Only so many of the likeliest can be drawn. Default: all. */
  topK?: number;
  /**
   * Only the likeliest whose probabilities add up to this can be drawn, the one that reaches it included (nucleus sampling,
   * Holtzman et al., 2019). Default 1: all.
   */
  topP?: number;
  /**
   * Makes tokens that are in the text already less likely: their logits are divided by this if positive, else multiplied
   * (Keskar et al., 2019). Default 1: no difference.
   */
  repetitionPenalty?: number;
}

const share: Rule = { words: "a number above 0, at most 1", holds: (x) => x > 0 && x <= 1 };

export const samplingDefaults = { temperature: 1, topK: undefined as never, topP: 1, repetitionPenalty: 1 };

/** @throws RangeError or TypeError for an option out of range */
export function checkSampling<Options extends Required<SamplingOptions>>(owner: string, options: Options): Options {
  check(owner, "temperature", options.temperature, notNegative);
  if (options.topK !== undefined) check(owner, "topK", options.topK, steps);
  check(owner, "topP", options.topP, share);
  check(owner, "repetitionPenalty", options.repetitionPenalty, positive);
  return options;
}

/**
 * The next token.
 *
 * @param logits [vocab]; changed where tokens of the text are made less likely
 * @param text ids so far
 * @throws Error if no logit is a number
 */
export function nextToken(
  logits: Float32Array,
  text: ReadonlySet<number>,
  { temperature, topK, topP, repetitionPenalty: penalty }: Required<SamplingOptions>,
  random: Random,
): number {
  if (penalty !== 1) {
    for (const id of text) logits[id] = logits[id]! > 0 ? logits[id]! / penalty : logits[id]! * penalty;
  }
  const few = topK !== undefined && topK < logits.length;
  const found = largest(logits, few ? topK : 1);
  const [likeliest] = found;
  if (likeliest === undefined) {
    throw new Error("generate: the model gives no number for any token; were its parameters spoilt in training?");
  }
  const most = logits[likeliest]!;
  if (temperature === 0 || topK === 1 || most === Infinity) return likeliest;

  const all = few ? found : undefined;
  const weights = new Float64Array(all?.length ?? logits.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const logit = logits[all ? all[i]! : i]!;
    // A NaN compares as false, and is never drawn.
    weights[i] = logit > -Infinity ? exp((logit - most) / temperature) : 0;
    total += weights[i]!;
  }
  if (topP === 1) return idOf(draw(weights, total * random.uniform()), all);

  // What weighs less than this each, weighs less than 1 - topP together.
  const least = ((1 - topP) * total) / weights.length;
  const heavy = Array.from(weights.keys()).filter((i) => weights[i]! >= least);
  heavy.sort((a, b) => weights[b]! - weights[a]! || a - b);
  let [count, sum] = [0, 0];
  while (count < heavy.length && sum < topP * total) sum += weights[heavy[count++]!]!;
  const nucleus = Float64Array.from(heavy.slice(0, count), (i) => weights[i]!);
  return idOf(heavy[draw(nucleus, sum * random.uniform())]!, all);
}

const idOf = (index: number, ids: readonly number[] | undefined): number => (ids ? ids[index]! : index);

/** The first index at which the weights so far exceed `at`; the last that weighs anything if rounding keeps them below. */
function draw(weights: Float64Array, at: number): number {
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    at -= weights[i]!;
    if (at < 0) break;
  }
  return last;
}

/** Indices of the `count` largest numbers, largest first, of equals the first; fewer where the rest are NaN. */
function largest(numbers: Float32Array, count: number): number[] {
  const found: number[] = [];
  let least = -Infinity; // of those found, once they are as many as asked for
  const { length } = numbers;
  for (let i = 0; i < length; i++) {
    // Nearly all are passed over here, and NaN always.
    if (found.length === count) while (i < length && !(numbers[i]! > least)) i++;
    if (i === length) break;
    const value = numbers[i]!;
    if (Number.isNaN(value)) continue;
    let [low, high] = [0, found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[found[middle]!]! >= value) low = middle + 1;
      else high = middle;
    }
    found.splice(low, 0, i);
    if (found.length > count) found.pop();
    if (found.length === count) least = numbers[found[count - 1]!]!;
  }
  return found;
}
