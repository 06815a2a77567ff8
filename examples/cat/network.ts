// The network, and its training: what the library's own users would write.
//
//   [3, 64, 64] bytes → 24 filters of 5 x 5, every second pixel → halved → 48 filters → halved → 64 filters
//                     → a residual block → the mean of each of the 64 pictures → 2 logits: something else, or a cat

import {
  adamW,
  batchNorm,
  compile,
  conv2d,
  crossEntropy,
  flatten,
  globalAvgPool2d,
  linear,
  maxPool2d,
  relu,
  rescale,
  residual,
  schedules,
  sequential,
  type Module,
  type Trainer,
} from "wasmgrad";
import { augmented } from "wasmgrad/data";
import { watched, type Trained } from "../support/watch.js";
import type { Settings } from "./arguments.js";
import { SIDE, type Pictures } from "./draw.js";

export const INPUT = [3, SIDE, SIDE];
export const OPTIMIZER = "AdamW, warmup then cosine";

/** A convolution of odd size whose norm brings the bias. */
const convolution = (from: number, to: number, side: number, stride = 1): Module[] => [
  conv2d(from, to, side, { stride, padding: (side - 1) / 2, bias: false }),
  batchNorm(to),
];

const network = () =>
  sequential(
    rescale(1 / 255),
    ...convolution(3, 24, 5, 2),
    relu(),
    maxPool2d(2),
    ...convolution(24, 48, 3),
    relu(),
    maxPool2d(2),
    ...convolution(48, 64, 3),
    relu(),
    residual(...convolution(64, 64, 3), relu(), ...convolution(64, 64, 3)),
    relu(),
    globalAvgPool2d(),
    flatten(),
    linear(64, 2),
  );

/** Compiles the network. The learning rate follows a schedule over all steps to come. */
export function build(settings: Settings): Promise<Trainer> {
  const { pictures, epochs, batch, rate, seed, threads = "auto" } = settings;
  const totalSteps = epochs * Math.ceil(pictures / batch);
  const lr = schedules.warmupCosine({ lr: rate, totalSteps, warmupSteps: Math.floor(totalSteps / 10) });
  const optimizer = adamW({ lr, weightDecay: 0.01 });
  return compile(network(), { loss: crossEntropy(), optimizer, input: INPUT, seed, threads });
}

/**
 * Trains until the last epoch, or until Ctrl-C. Half of the pictures are mirrored, others in each epoch. The test pictures
 * are only asked after each: nothing is learned or chosen by them.
 */
export function train(
  trainer: Trainer,
  { images, labels }: Pictures,
  test: Pictures,
  { epochs, batch, rate, seed }: Settings,
): Promise<Trained> {
  const options = { shape: INPUT, batchSize: batch, flip: "horizontal" } as const;
  const batches = augmented({ x: images, y: labels }, options, seed);
  const validation = { x: test.images, y: test.labels };
  return watched((watching) => trainer.fit(batches, { epochs, validation, ...watching }), {
    ...{ epochs, pictures: labels.length, batch, rate },
  });
}
