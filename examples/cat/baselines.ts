// What simpler methods make of the same pictures: if a weight for every pixel or a look at similar pictures were enough,
// the task would be no reason for a convolutional network.

import { adamW, compile, crossEntropy, flatten, func, linear, ops, rescale, schedules, sequential } from "wasmgrad";
import { PIXELS, SIDE, type Pictures } from "./draw.js";

const EPOCHS = 10;
const BATCH = 64;

/** The share of the test pictures that logistic regression tells right: one weight for every pixel and colour. */
export async function linearAccuracy(training: Pictures, test: Pictures, seed: number): Promise<number> {
  const totalSteps = EPOCHS * Math.ceil(training.labels.length / BATCH);
  using trainer = await compile(sequential(rescale(1 / 128, -1), flatten(), linear(PIXELS, 2)), {
    loss: crossEntropy(),
    optimizer: adamW({ lr: schedules.warmupCosine({ lr: 3e-4, totalSteps }), weightDecay: 0.1 }),
    input: [3, SIDE, SIDE],
    seed,
  });
  await trainer.fit({ x: training.images, y: training.labels }, { epochs: EPOCHS, batchSize: BATCH });
  const { accuracy } = await trainer.evaluate({ x: test.images, y: test.labels });
  return accuracy!;
}

const SMALL = 16;
const FEATURES = 3 * SMALL * SMALL;
const NEIGHBOURS = 5;
const BLOCK = 256; // test pictures that are compared with all others at a time

/** The same for a vote of the five most similar training pictures, all of them shrunk to 16 x 16 and evenly lit. */
export async function neighbourAccuracy(training: Pictures, test: Pictures): Promise<number> {
  const known = shrunk(training);
  const asked = shrunk(test);
  const [count, columns] = [test.labels.length, training.labels.length];
  // All have length 1, so the most similar is the one whose product is largest.
  const products = await func({ a: [BLOCK, FEATURES], b: [columns, FEATURES] }, ({ a, b }) => ({
    similar: ops.matmul(a, b, { transB: true }),
  }));
  let right = 0;
  for (let first = 0; first < count; first += BLOCK) {
    const rows = Math.min(BLOCK, count - first);
    const block = new Float32Array(BLOCK * FEATURES); // the last one is not full
    block.set(asked.subarray(first * FEATURES, (first + rows) * FEATURES));
    const { similar } = products({ a: block, b: known });
    for (let row = 0; row < rows; row++) {
      const values = similar.subarray(row * columns, (row + 1) * columns);
      const votes = nearest(values).reduce((sum, column) => sum + training.labels[column], 0);
      if ((votes > NEIGHBOURS / 2 ? 1 : 0) === test.labels[first + row]) right++;
    }
  }
  products.dispose();
  return right / count;
}

/** Where the largest values are. */
function nearest(values: Float32Array): number[] {
  const best: number[] = [];
  values.forEach((value, at) => {
    if (best.length === NEIGHBOURS && value <= values[best[NEIGHBOURS - 1]]) return;
    const place = best.findIndex((other) => values[other] < value);
    best.splice(place < 0 ? best.length : place, 0, at);
    best.length = Math.min(best.length, NEIGHBOURS);
  });
  return best;
}

/** [pictures, 768]: means of 4 x 4 pixels, moved to mean 0 and scaled to length 1. */
function shrunk({ images, labels }: Pictures): Float32Array {
  const small = new Float32Array(labels.length * FEATURES);
  const step = SIDE / SMALL;
  for (let at = 0; at < images.length; at++) {
    const [column, row] = [at % SIDE, Math.floor(at / SIDE)]; // rows of all planes of all pictures
    small[Math.floor(row / step) * SMALL + Math.floor(column / step)] += images[at];
  }
  for (let picture = 0; picture < labels.length; picture++) {
    const values = small.subarray(picture * FEATURES, (picture + 1) * FEATURES);
    const mean = values.reduce((sum, value) => sum + value, 0) / FEATURES;
    const length = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0)) || 1;
    values.forEach((value, i) => (values[i] = (value - mean) / length));
  }
  return small;
}
