// Pictures changed at random, so that a model sees each in many poses. A picture is planes [channels, height, width]; what
// is drawn for it depends on a stream of random numbers and on nothing else.
//
// Flip, rotation, zoom and shift are one movement, in this order, around the middle of the picture. For every new pixel the
// place is found that it came from, and the four pixels around that place are mixed. Sine, cosine and logarithm are those of
// src/shared/scalar.ts: the same bits on every engine.

import { cos, sin } from "../shared/scalar.js";
import { oneOf, show, whole } from "./check.js";
import { sizesOf, type Planes } from "./image.js";
import { normalQuantile } from "./normal.js";
import type { Random } from "./random.js";

/** How much pictures are changed. Whatever is left out is not done. */
export interface AugmentOptions {
  /** Moved by up to so many whole pixels each way. */
  readonly shift?: number;
  /** Mirrored, half of the time: left to right, top to bottom, or (each for itself) both. */
  readonly flip?: "horizontal" | "vertical" | "both";
  /** Turned by up to so many degrees each way. */
  readonly rotation?: number;
  /** Made larger or smaller by a factor from 1 - zoom to 1 + zoom; less than 1. */
  readonly zoom?: number;
  /** A number from -brightness to brightness is added to all values; in the unit of the data. */
  readonly brightness?: number;
  /** Values of a normal distribution with this standard deviation are added; in the unit of the data. */
  readonly noise?: number;
  /** A square of so many pixels a side, anywhere, is filled up; parts of it may lie outside (DeVries and Taylor, 2017). */
  readonly cutout?: number;
  /** What a square is filled with, and what comes in from outside. Default: 0. */
  readonly fill?: number;
  /** What comes in from outside: `fill`, or the nearest pixel of the "edge". Default: "fill". */
  readonly border?: "fill" | "edge";
}

/** A movement: where the pixel at (x, y) from the middle came from, also from the middle. */
interface Movement {
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
  readonly shiftX: number;
  readonly shiftY: number;
}

/**
 * A changed copy of a picture, of the kind that came; bytes are rounded and clamped to 0 to 255. Equally many random
 * numbers are drawn whatever the options are, but for noise, which comes last: an option that is added changes no other.
 *
 * @param random What decides: one stream for each picture, `new Random(seed).fork(picture)`.
 * @throws RangeError if the data do not match the shape; TypeError for what are no planes or no stream; either for an option out of bounds.
 */
export function augmentPlanes<T extends Float32Array | Uint8Array>(
  planes: Planes<T>,
  options: AugmentOptions,
  random: Random,
): Planes<T> {
  const [channels, height, width] = sizesOf("augmentPlanes", planes);
  if (typeof random?.uniform !== "function") {
    throw new TypeError(`augmentPlanes: random must be a stream, such as new Random(1), got ${show(random)}`);
  }
  const { flip, rotation, shift, zoom, brightness, noise, cutout, fill, border } = checked("augmentPlanes", options);

  const draw = (reach: number) => random.uniform(-reach, reach);
  const [mirrorX, mirrorY] = [random.uniform() < 0.5, random.uniform() < 0.5];
  const angle = (draw(rotation) * Math.PI) / 180;
  const factor = 1 + draw(zoom);
  const [shiftX, shiftY] = [random.integer(2 * shift + 1) - shift, random.integer(2 * shift + 1) - shift];
  const lighter = draw(brightness);
  const [middleX, middleY] = [random.integer(width), random.integer(height)];
  const flipX = mirrorX && (flip === "horizontal" || flip === "both") ? -1 : 1;
  const flipY = mirrorY && (flip === "vertical" || flip === "both") ? -1 : 1;
  const [c, s] = [cos(angle) / factor, sin(angle) / factor];

  const movement = { xx: flipX * c, xy: -flipX * s, yx: flipY * s, yy: flipY * c, shiftX, shiftY };
  const changed = move(planes, movement, border === "edge" ? undefined : fill);
  if (lighter !== 0) for (let i = 0; i < changed.length; i++) changed[i] = changed[i]! + lighter;
  if (noise > 0) {
    for (let i = 0; i < changed.length; i++) {
      changed[i] = changed[i]! + noise * normalQuantile((random.next() + 0.5) / 2 ** 32);
    }
  }
  if (cutout > 0) {
    const [left, top] = [middleX - (cutout >> 1), middleY - (cutout >> 1)];
    for (let row = Math.max(top, 0); row < Math.min(top + cutout, height); row++) {
      const [begin, end] = [Math.max(left, 0), Math.min(left + cutout, width)];
      for (let channel = 0; channel < channels; channel++) {
        const at = (channel * height + row) * width;
        changed.fill(fill, at + begin, at + end);
      }
    }
  }
  const data = planes.data instanceof Uint8Array ? new Uint8Array(new Uint8ClampedArray(changed).buffer) : changed;
  return { data: data as T, shape: planes.shape };
}

/** The options with their defaults. @throws TypeError or RangeError for one that is out of bounds */
export function checked(
  label: string,
  options: AugmentOptions,
): Required<Omit<AugmentOptions, "flip">> & AugmentOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${label}: options must be an object, got ${show(options)}`);
  }
  const { shift = 0, flip, rotation = 0, zoom = 0, brightness = 0, noise = 0, cutout = 0, fill = 0 } = options;
  const { border = "fill" } = options;
  whole(`${label}: shift`, shift, 0);
  whole(`${label}: cutout`, cutout, 0);
  if (flip !== undefined) oneOf(`${label}: flip`, flip, ["horizontal", "vertical", "both"]);
  oneOf(`${label}: border`, border, ["fill", "edge"]);
  const most = { rotation: 360, zoom: 1 - 2 ** -20, brightness: 2 ** 120, noise: 2 ** 120 };
  for (const [name, value] of Object.entries({ rotation, zoom, brightness, noise }) as [keyof typeof most, number][]) {
    if (typeof value === "number" && value >= 0 && value <= most[name]) continue;
    const range = name === "zoom" ? "from 0 to less than 1" : name === "rotation" ? "from 0 to 360" : "0 or more";
    throw new RangeError(`${label}: ${name} must be ${range}, got ${show(value)}`);
  }
  if (!Number.isFinite(fill)) throw new RangeError(`${label}: fill must be finite, got ${show(fill)}`);
  return { shift, flip, rotation, zoom, brightness, noise, cutout, fill, border };
}

/** The moved picture; `outside` is what comes in, the nearest pixel if undefined. */
function move(planes: Planes<Float32Array | Uint8Array>, by: Movement, outside: number | undefined): Float32Array {
  const [, height, width] = planes.shape;
  const x = planes.data;
  const y = new Float32Array(x.length);
  const area = height * width;
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const fill = outside ?? 0;
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++, to++) {
      const u = column - middleX - by.shiftX;
      const v = row - middleY - by.shiftY;
      let fromX = middleX + by.xx * u + by.xy * v;
      let fromY = middleY + by.yx * u + by.yy * v;
      if (outside === undefined) {
        fromX = Math.min(Math.max(fromX, 0), width - 1);
        fromY = Math.min(Math.max(fromY, 0), height - 1);
      }
      // The pixel there and its neighbours to the right and below, -1 where there is none, and their shares.
      const left = Math.floor(fromX);
      const top = Math.floor(fromY);
      const inLeft = left >= 0 && left < width;
      const inRight = left >= -1 && left < width - 1;
      const inTop = top >= 0 && top < height;
      const inBottom = top >= -1 && top < height - 1;
      const at = top * width + left;
      const a = inTop && inLeft ? at : -1;
      const b = inTop && inRight ? at + 1 : -1;
      const c = inBottom && inLeft ? at + width : -1;
      const d = inBottom && inRight ? at + width + 1 : -1;
      const right = fromX - left;
      const below = fromY - top;
      for (let plane = 0; plane < x.length; plane += area) {
        y[plane + to] =
          (1 - right) * (1 - below) * (a < 0 ? fill : x[plane + a]!) +
          right * (1 - below) * (b < 0 ? fill : x[plane + b]!) +
          (1 - right) * below * (c < 0 ? fill : x[plane + c]!) +
          right * below * (d < 0 ? fill : x[plane + d]!);
      }
    }
  }
  return y;
}
