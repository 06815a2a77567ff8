// Users with known tastes, and what they have read: every item belongs to a few of the subjects, every user likes some
// subjects and dislikes others, and some items are read by almost everybody. Since the tastes are known here, the best
// that any recommender could do is known too.

import { Random } from "wasmgrad/data";

export const ITEMS = 400;
const SUBJECTS = 12;
/** What a user has read. */
const READ = 24;

export interface Readers {
  /** What each user has read, in order. */
  readonly history: readonly Int32Array[];
  /** How much each user would like each item: the logarithm of the odds, [users, items]. */
  readonly liking: Float32Array;
}

/** Draws so many users and lets them read. */
export function readers(users: number, seed: number): Readers {
  const random = new Random(seed);
  const subjects = Array.from({ length: ITEMS }, () => pick(random, 2));
  const fame = Array.from({ length: ITEMS }, () => random.normal(0, 0.9));
  const liking = new Float32Array(users * ITEMS);
  const history = Array.from({ length: users }, (_, user) => {
    const loves = new Set(pick(random, 3));
    const hates = new Set(pick(random, 3));
    const row = liking.subarray(user * ITEMS, (user + 1) * ITEMS);
    for (let item = 0; item < ITEMS; item++) {
      row[item] = fame[item]!;
      for (const subject of subjects[item]!) row[item]! += loves.has(subject) ? 2.2 : hates.has(subject) ? -1.5 : 0;
    }
    return read(random, row);
  });
  return { history, liking };
}

/** `count` different subjects. */
function pick(random: Random, count: number): number[] {
  return random.shuffle(Array.from({ length: SUBJECTS }, (_, i) => i)).slice(0, count);
}

/** READ different items, each drawn in proportion to e^liking (the Gumbel-top-k trick keeps it one pass). */
function read(random: Random, liking: Float32Array): Int32Array {
  const keys = Array.from(liking, (value) => value - Math.log(-Math.log(random.uniform(1e-12, 1))));
  const order = keys.map((_, item) => item).sort((a, b) => keys[b]! - keys[a]!);
  return Int32Array.from(random.shuffle(order.slice(0, READ)));
}
