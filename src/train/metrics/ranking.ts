// How good the first few recommendations are, for each user and on average. A user's items are ranked by score; what
// matters is whether relevant ones are among the first k. Items with the score -Infinity are never recommended: those that
// the user knows already, say.
//
// Equal scores count as if chance had ordered them, so that a model that cannot tell its items apart gets what a blind
// guess would, and not what the order of the items happens to give. Users without any relevant item are left out.

import { log } from "../../shared/scalar.js";
import { count, show } from "../../nn/words.js";
import { arrayOf, atLeastOne } from "./check.js";

/**
 * What is relevant to each user: a gain for each item, [users, items], 0 where it is not relevant; or for each user the
 * list of relevant items, each with a gain of 1.
 */
export type Relevance = ArrayLike<number> | readonly ArrayLike<number>[];

/** What `hitRate` and `ndcg` take beside scores and relevance. */
export interface RankingOptions {
  /** Items of each user: the length of a row of scores. */
  readonly items: number;
  /** How many recommendations count. Default: 10. */
  readonly k?: number;
}

/** Items of one score: how many, and the gains of the relevant ones among them. */
interface Tie {
  readonly score: number;
  readonly size: number;
  readonly gains: readonly number[];
}

/**
 * Hit rate at k: the share of users who find at least one relevant item among their first k.
 *
 * Where equal scores straddle the k-th place, the user counts as the probability of a hit: 1 - C(n - r, s) / C(n, s) for n
 * items of that score, r of them relevant, and s places left.
 *
 * @param scores [users, items]
 * @param relevance gains [users, items] of which those above 0 count, or a list of relevant items for each user
 * @throws TypeError or RangeError where they do not go together, a score is NaN, a gain is negative or not finite, an item
 *   is none, or no user has a relevant item
 */
export function hitRate(scores: ArrayLike<number>, relevance: Relevance, options: RankingOptions): number {
  return meanOverUsers("hitRate", scores, relevance, options, (ties, k) => {
    let left = k;
    let miss = 1;
    for (const { score, size, gains } of ties) {
      if (score === -Infinity || left === 0) break;
      const taken = Math.min(size, left);
      // Places filled one after another with items that are not relevant.
      for (let i = 0; i < taken; i++) miss *= Math.max(size - gains.length - i, 0) / (size - i);
      left -= taken;
    }
    return 1 - miss;
  });
}

/**
 * Normalised discounted cumulative gain at k, averaged over users: DCG / the DCG of the best order, where
 * DCG = Σ gain_i / log2(i + 1) over the places i = 1 … k. Gains count as they are (not 2^gain - 1, which is the same for 0
 * and 1); items of equal score each get the mean gain of theirs.
 *
 * Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20, 2002; ties as in
 * McSherry and Najork, "Computing information retrieval performance measures efficiently in the presence of tied scores",
 * ECIR 2008.
 *
 * @param scores [users, items]
 * @param relevance gains [users, items], or a list of relevant items for each user
 * @throws TypeError or RangeError as hitRate
 */
export function ndcg(scores: ArrayLike<number>, relevance: Relevance, options: RankingOptions): number {
  const discounts: number[] = [];
  const discount = (place: number) => (discounts[place] ??= log(2) / log(place + 2)); // places from 0
  return meanOverUsers("ndcg", scores, relevance, options, (ties, k) => {
    let [gained, place] = [0, 0];
    for (const { score, size, gains } of ties) {
      if (score === -Infinity) break;
      const mean = gains.reduce((sum, gain) => sum + gain, 0) / size;
      for (let i = 0; i < size && place < k; i++) gained += mean * discount(place++);
    }
    const best = ties.flatMap(({ gains }) => gains).sort((a, b) => b - a);
    const most = best.slice(0, k).reduce((sum, gain, i) => sum + gain * discount(i), 0);
    return gained / most;
  });
}

/** The mean of `measure` over the users who have a relevant item. */
function meanOverUsers(
  label: string,
  scores: ArrayLike<number>,
  relevance: Relevance,
  options: RankingOptions,
  measure: (ties: readonly Tie[], k: number) => number,
): number {
  const items = atLeastOne(label, "options.items", options?.items);
  const k = Math.min(atLeastOne(label, "options.k", options.k ?? 10), items);
  const users = arrayOf(label, "scores", scores).length / items;
  if (!Number.isInteger(users) || users === 0) {
    throw new RangeError(
      `${label}: scores must be whole rows of ${items} items, got ${count(scores.length, "number")}`,
    );
  }
  const gainsOf = gainsByUser(label, relevance, users, items);
  let [total, counted] = [0, 0];
  for (let user = 0; user < users; user++) {
    const gains = gainsOf(user);
    if (gains.size === 0) continue;
    total += measure(tiesOf(label, scores, user, items, gains), k);
    counted++;
  }
  if (counted > 0) return total / counted;
  throw new RangeError(`${label}: no user has a relevant item, so there is nothing to find`);
}

/** Gives the gains above 0 of a user, by item. */
function gainsByUser(label: string, relevance: Relevance, users: number, items: number) {
  arrayOf(label, "relevance", relevance);
  const lists = typeof relevance[0] === "object" || (Array.isArray(relevance) && relevance.length === 0);
  const expected = lists ? users : users * items;
  if (relevance.length !== expected) {
    const wanted = lists ? `a list for each of ${count(users, "user")}` : `${count(users, "row")} of ${items} items`;
    throw new RangeError(`${label}: relevance must be ${wanted}, as the scores are, got ${relevance.length}`);
  }
  return (user: number): ReadonlyMap<number, number> => {
    const gains = new Map<number, number>();
    if (lists) {
      const list = arrayOf(label, `relevance[${user}]`, relevance[user]);
      for (let i = 0; i < list.length; i++) {
        const item = list[i]!;
        if (!Number.isInteger(item) || item < 0 || item >= items) {
          throw new RangeError(`${label}: relevance[${user}][${i}] is ${show(item)}, but items are 0 to ${items - 1}`);
        }
        gains.set(item, 1);
      }
      return gains;
    }
    for (let item = 0; item < items; item++) {
      const gain = relevance[user * items + item] as number;
      if (!(gain >= 0 && gain < Infinity)) {
        const place = `relevance of user ${user}, item ${item}`;
        throw new RangeError(`${label}: ${place} must be a gain of 0 or more, got ${show(gain)}`);
      }
      if (gain > 0) gains.set(item, gain);
    }
    return gains;
  };
}

/** The items of a user by score, from the highest down. */
function tiesOf(
  label: string,
  scores: ArrayLike<number>,
  user: number,
  items: number,
  gains: ReadonlyMap<number, number>,
): Tie[] {
  const row = Float64Array.from({ length: items }, (_, item) => scores[user * items + item]!);
  const order = Uint32Array.from({ length: items }, (_, item) => item);
  const wrong = row.findIndex(Number.isNaN);
  if (wrong >= 0) throw new RangeError(`${label}: the score of user ${user}, item ${wrong} is NaN`);
  order.sort((a, b) => (row[a]! > row[b]! ? -1 : row[a]! < row[b]! ? 1 : 0));
  const ties: { score: number; size: number; gains: number[] }[] = [];
  order.forEach((item, at) => {
    if (at === 0 || row[order[at - 1]!] !== row[item]) ties.push({ score: row[item]!, size: 0, gains: [] });
    const tie = ties.at(-1)!;
    tie.size++;
    const gain = gains.get(item);
    if (gain !== undefined) tie.gains.push(gain);
  });
  return ties;
}
