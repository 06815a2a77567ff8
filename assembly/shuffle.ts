// The order of an epoch: a permutation that depends on the seed and the number of the epoch alone, so that a run which
// is resumed in the middle of training sees its samples in the same order.

import { Control } from "../src/shared/opcodes";
import { philox, Purpose } from "./philox";
import { word } from "./simd";

/**
 * Fills order[n] with 0 … n - 1, shuffled by the "inside-out" Fisher–Yates algorithm (Knuth, TAOCP 2, §3.4.2):
 *
 *   for each i:  j = random in 0 … i,  order[i] = order[j],  order[j] = i
 *
 * Entries behind i are not in use yet, so they hold the random bits until their turn; j is the upper half of
 * bits · (i + 1), even to within n / 2^32. The buffer has to be padded to whole lines.
 */
export function shuffle(order: usize, n: i32, control: usize): void {
  const epoch = word(control, Control.Epoch);
  const seedLow = word(control, Control.SeedLow);
  const seedHigh = word(control, Control.SeedHigh);
  for (let i = 0; i < n; i++) {
    const at = order + ((<usize>i) << 2);
    if ((i & 15) == 0) philox(at, i >> 4, epoch, 0, Purpose.Shuffle, seedLow, seedHigh);
    const j = <usize>((<u64>load<u32>(at) * <u64>(i + 1)) >> 32);
    const other = order + (j << 2);
    store<i32>(at, load<i32>(other));
    store<i32>(other, i);
  }
}
