// Batches of pictures for training, each picture changed anew in every epoch.
//
// What is drawn for a picture depends on the seed, the epoch and the picture's row: not on the size of the batches or on
// their order, nor on what other pictures were given. So a run can be taken up at any epoch, and gives the same bits.

import { augmentPlanes, checked, type AugmentOptions } from "./augment.js";
import { show, whole } from "./check.js";
import type { Planes } from "./image.js";
import { Random } from "./random.js";
import { countRows, takeRows, type NumericArray, type Samples } from "./rows.js";

/** What `augmented` takes beside the samples. */
export interface AugmentedOptions extends AugmentOptions {
  /** Of one picture: [channels, height, width], or [height, width]. */
  readonly shape: readonly number[];
  /** Pictures of a batch; the last of an epoch may have less. Default: 32. */
  readonly batchSize?: number;
  /** Values of y for each picture. Default: 1. */
  readonly targets?: number;
  /** Another order in each epoch. Default: true. */
  readonly shuffle?: boolean;
}

/** Beyond any row, so that no picture's stream is the order's. */
const FOR_ORDER = 2 ** 32 - 1;

/**
 * A function that gives the batches of an epoch: changed copies of all pictures, with their targets.
 *
 * ```ts
 * const batches = augmented({ x, y }, { shape: [3, 64, 64], shift: 4, flip: "horizontal", rotation: 10 }, 1);
 * await trainer.fit(batches, { epochs: 10 });
 * await loaded.fit(() => batches(loaded.epochs + 1), { epochs: 10 }); // a checkpoint's trainer goes on where it was
 * ```
 *
 * @param samples x: pictures as planes, [samples, channels, height, width], bytes or f32; y: [samples, targets]
 * @param seed What decides, with the epoch. Default: 0.
 * @returns Takes the epoch, a whole number from 0; without one it counts by itself, from 1. Each batch is of the kinds of
 *   array that came.
 * @throws RangeError if x is not whole pictures of the shape, if y is not of as many, or for an option out of bounds;
 *   TypeError if x is neither Uint8Array nor Float32Array.
 */
export function augmented<X extends Float32Array | Uint8Array, Y extends NumericArray>(
  samples: Samples<X, Y>,
  options: AugmentedOptions,
  seed = 0,
): (epoch?: number) => Generator<Samples<X, Y>, void, undefined> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `augmented: expected samples and options, such as { shape: [3, 32, 32] }, got ${show(options)}`,
    );
  }
  const { batchSize = 32, targets = 1, shuffle = true, shape: given } = options;
  const shape = shapeOf(given);
  const size = shape[0] * shape[1] * shape[2];
  const { x, y } = samples;
  const { samples: count } = countRows("augmented", samples, { features: size, targets });
  if (!(x instanceof Float32Array) && !(x instanceof Uint8Array)) {
    throw new TypeError(`augmented: x must be a Float32Array or a Uint8Array, got ${show(x)}`);
  }
  whole("augmented: batchSize", batchSize, 1);
  checked("augmented", options);
  const root = new Random(seed);
  let next = 1;

  function* batchesOf(random: Random) {
    const order = Int32Array.from({ length: count }, (_, row) => row);
    if (shuffle) random.fork(FOR_ORDER).shuffle(order);
    for (let begin = 0; begin < count; begin += batchSize) {
      const rows = order.subarray(begin, begin + batchSize);
      const pictures = takeRows(x, size, rows);
      rows.forEach((row, i) => {
        const picture = { data: pictures.subarray(i * size, (i + 1) * size), shape } as Planes<X>;
        pictures.set(augmentPlanes(picture, options, random.fork(row)).data, i * size);
      });
      yield { x: pictures, y: takeRows(y, targets, rows) };
    }
  }
  return (epoch = next) => {
    next = whole("augmented: epoch", epoch, 0) + 1;
    return batchesOf(root.fork(epoch));
  };
}

function shapeOf(shape: unknown): readonly [number, number, number] {
  if (!Array.isArray(shape) || (shape.length !== 2 && shape.length !== 3)) {
    throw new TypeError(`augmented: shape must be [channels, height, width] or [height, width], got ${show(shape)}`);
  }
  shape.forEach((size, at) => whole(`augmented: shape[${at}]`, size, 1));
  return (shape.length === 2 ? [1, ...shape] : shape) as [number, number, number];
}
