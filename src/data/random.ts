// Random numbers for preparing data in TypeScript: splits, augmentation, initial weights outside the core. The same
// generator as the kernels' (assembly/philox.ts), so a seed gives the same numbers in every engine.

import { cos, log } from "../shared/scalar.js";

/** Philox's counters end in a word that says what the numbers are for; the kernels use 1 … 4. */
const FOR_DATA = 5;
const FOR_FORK = 6;

/** High 32 bits of the unsigned product of a and b; Math.imul gives the low ones. */
function highOfProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(other / 65536)) >>> 0;
}

/**
 * Philox4x32-10: four random u32 from a counter of four words and a key of two.
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = highOfProduct(0xd2511f53, c0);
    const high2 = highOfProduct(0xcd9e8d57, c2);
    const low0 = Math.imul(0xd2511f53, c0);
    const low2 = Math.imul(0xcd9e8d57, c2);
    c0 = high2 ^ c1 ^ k0;
    c1 = low2;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/**
 * A stream of random numbers that its seed determines.
 *
 * ```ts
 * const random = new Random(42);
 * random.shuffle(samples);
 * const noise = random.normal(0, 0.1);
 * ```
 */
export class Random {
  private key: [number, number];
  private block = 0;
  private words: readonly number[] = [];
  private used = 0;

  /**
   * @param seed a whole number from 0 to 2^53 - 1
   * @throws RangeError if it is not
   */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`Random: the seed must be a whole number from 0 to 2^53 - 1, got ${seed}`);
    }
    this.key = [seed >>> 0, Math.floor(seed / 2 ** 32)];
  }

  /** The next 32 random bits, as a whole number from 0 to 2^32 - 1. */
  next(): number {
    if (this.used === this.words.length) {
      this.words = philox([this.block >>> 0, Math.floor(this.block / 2 ** 32), 0, FOR_DATA], this.key);
      this.block++;
      this.used = 0;
    }
    return this.words[this.used++]!;
  }

  /** A number from [low, high), evenly distributed, made of 53 random bits. The default is [0, 1). */
  uniform(low = 0, high = 1): number {
    const leading = this.next() >>> 5;
    const u = (leading * 2 ** 26 + (this.next() >>> 6)) / 2 ** 53;
    const value = low + u * (high - low);
    // The sum may round up to `high`; half an ulp of chance is not worth a second draw.
    return value < high ? value : low;
  }

  /**
   * A whole number from 0 to n - 1, even to within n / 2^53.
   * @throws RangeError if n is not a whole number from 1 to 2^32
   */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new RangeError(`Random.integer: n must be a whole number from 1 to 2^32, got ${n}`);
    }
    return Math.floor(this.uniform() * n);
  }

  /** A number from the normal distribution (Box and Muller, 1958). The default is mean 0, standard deviation 1. */
  normal(mean = 0, std = 1): number {
    const radius = Math.sqrt(-2 * log(1 - this.uniform()));
    return mean + std * radius * cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles `array` in place and returns it; every order is equally likely (Fisher and Yates). */
  shuffle<T extends { length: number; [index: number]: unknown }>(array: T): T {
    const items: { [index: number]: unknown } = array;
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
    return array;
  }

  /**
   * A generator of its own, determined by this one's seed and `stream`, a whole number from 0 to 2^32 - 1. How many
   * numbers either has drawn does not matter, so work can be split without one part disturbing the other.
   * @throws RangeError if `stream` is none
   */
  fork(stream: number): Random {
    if (!Number.isInteger(stream) || stream < 0 || stream >= 2 ** 32) {
      throw new RangeError(`Random.fork: the stream must be a whole number from 0 to 2^32 - 1, got ${stream}`);
    }
    const child = new Random(0);
    const [k0, k1] = philox([stream, 0, 0, FOR_FORK], this.key);
    child.key = [k0, k1];
    return child;
  }
}
