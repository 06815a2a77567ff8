// The network, and its training: what the library's own users would write.
//
//   [1, 28, 28] bytes → 16 filters of 5 x 5 → halved → 32 filters of 3 x 3 → halved → 128 units → 10 logits
//
// Each step sees its digits moved by up to two pixels, so the network learns shapes and not places.

import {
  adamW,
  batchNorm,
  compile,
  conv2d,
  crossEntropy,
  dropout,
  flatten,
  linear,
  maxPool2d,
  relu,
  rescale,
  schedules,
  sequential,
  type Module,
  type Trainer,
} from "wasmgrad";
import { augmented } from "wasmgrad/data";
import type { DataSet } from "../digits/dataset.js";
import { watched, type Trained } from "../support/watch.js";
import type { Settings } from "./arguments.js";

export const INPUT = [1, 28, 28];
export const SHIFT = 2;
export const OPTIMIZER = "AdamW, warmup then cosine";

/** The first layer's filters: how many, and the pixels of a side. */
export const FILTERS = 16;
export const FILTER_SIDE = 5;

/** A part of the network whose output is worth a look. */
export interface Stage {
  readonly name: string;
  /** Height and width of what comes out. */
  readonly side: number;
  readonly layers: readonly Module[];
}

export const stages = (): Stage[] => [
  { name: "16 filters of 5 × 5", side: 28, layers: [rescale(1 / 255), ...convolution(1, FILTERS, FILTER_SIDE)] },
  { name: "the largest of each 2 × 2", side: 14, layers: [maxPool2d(2)] },
  { name: "32 filters of 3 × 3, each over all 16 pictures", side: 14, layers: convolution(FILTERS, 32, 3) },
  { name: "the largest of each 2 × 2", side: 7, layers: [maxPool2d(2)] },
  {
    name: "128 units, then 10",
    side: 1,
    layers: [flatten(), linear(32 * 7 * 7, 128), relu(), dropout(0.3), linear(128, 10)],
  },
];

/** A convolution that keeps height and width; the norm behind it brings the bias. */
const convolution = (from: number, to: number, side: number): Module[] => [
  conv2d(from, to, side, { padding: (side - 1) / 2, bias: false }),
  batchNorm(to),
  relu(),
];

/** Compiles the network. The learning rate follows a schedule over all steps to come. */
export function build(settings: Settings, images: number): Promise<Trainer> {
  const { epochs, batch, rate, seed, threads = "auto" } = settings;
  const totalSteps = epochs * Math.ceil(images / batch);
  const lr = schedules.warmupCosine({ lr: rate, totalSteps, warmupSteps: Math.floor(totalSteps / 10) });
  const layers = stages().flatMap((stage) => stage.layers);
  const optimizer = adamW({ lr, weightDecay: 0.01 });
  return compile(sequential(...layers), { loss: crossEntropy(), optimizer, input: INPUT, seed, threads });
}

/** Trains until the last epoch, or until Ctrl-C. */
export function train(
  trainer: Trainer,
  { training, validation }: DataSet,
  { epochs, batch, rate, seed }: Settings,
): Promise<Trained> {
  const batches = augmented(training, { shape: INPUT, batchSize: batch, shift: SHIFT }, seed);
  return watched((watching) => trainer.fit(batches, { epochs, validation, ...watching }), {
    ...{ epochs, pictures: training.y.length, batch, rate },
  });
}
