// How bytes of a picture become the numbers of a channel, and back:
//
//   y = (x · scale - mean) / std         x = (y · std + mean) / scale
//
// which is ToTensor and Normalize of torchvision with scale = 1 / 255.

import { arrayLike, show } from "./check.js";

/** What the bytes of a picture are turned into. */
export interface Normalisation {
  /** What every byte is multiplied by; 1 / 255 gives 0 to 1. Default: 1, so 0 to 255. */
  readonly scale?: number;
  /** What is then subtracted: one number, or one for each channel. Default: 0. */
  readonly mean?: number | ArrayLike<number>;
  /** What is then divided by: one number, or one for each channel. Default: 1. */
  readonly std?: number | ArrayLike<number>;
}

/** The numbers of one channel. */
export interface ChannelNormalisation {
  readonly scale: number;
  readonly mean: number;
  readonly std: number;
}

/**
 * The checked options, for each channel.
 *
 * @throws TypeError or RangeError for a scale that is not positive, a mean that is not finite, a std that is not positive,
 *   or not as many of them as channels
 */
export function normalisation(label: string, options: Normalisation, channels: number): ChannelNormalisation[] {
  const { scale = 1, mean = 0, std = 1 } = options;
  // Beyond these, 1 · scale is subnormal or 255 · scale infinite as f32, and the picture is lost.
  if (typeof scale !== "number") throw new TypeError(`${label}: scale must be a positive number, got ${show(scale)}`);
  if (!(scale >= 2 ** -126 && scale <= 2 ** 120 - 1)) {
    throw new RangeError(`${label}: scale must be a positive number from 2^-126 to 2^120, got ${scale}`);
  }
  const means = perChannel(`${label}: mean`, mean, channels);
  const stds = perChannel(`${label}: std`, std, channels);
  const wrong = stds.findIndex((value) => value <= 0);
  if (wrong >= 0) throw new RangeError(`${label}: std must be positive, got ${stds[wrong]} for channel ${wrong}`);
  return means.map((mean, channel) => ({ scale, mean, std: stds[channel]! }));
}

/** Refuses what only floats can hold. */
export function refuseNormalisation(label: string, { scale, mean, std }: Normalisation): void {
  if (scale === undefined && mean === undefined && std === undefined) return;
  throw new TypeError(`${label}: bytes are kept as they are; leave out scale, mean and std, or take type "f32"`);
}

function perChannel(label: string, value: number | ArrayLike<number>, channels: number): number[] {
  const all = typeof value === "number" ? new Array<number>(channels).fill(value) : Array.from(arrayLike(label, value));
  if (all.length !== channels) {
    throw new RangeError(`${label} must be one number, or ${channels}, one for each channel, got ${all.length}`);
  }
  const wrong = all.findIndex((number) => !Number.isFinite(number));
  if (wrong < 0) return all;
  throw new RangeError(`${label} must be finite, got ${show(all[wrong])} for channel ${wrong}`);
}
