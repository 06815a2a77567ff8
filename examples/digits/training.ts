// The training itself: compile the network, fit it, watch it. What the library's own users would write.

import { adamW, compile, crossEntropy, dropout, linear, relu, rescale, schedules, sequential } from "wasmgrad";
import type { FitOptions, Trainer } from "wasmgrad";
import { watched, type Trained } from "../support/watch.js";
import { CLASSES, PIXELS } from "./architecture.js";
import type { Settings } from "./arguments.js";
import type { DataSet } from "./dataset.js";

export const OPTIMIZER = "AdamW, warmup then cosine";

const WARMUP = 0.1; // of all steps: rates this high would shake the untrained network

/**
 * The network that the settings ask for. It takes bytes, and gives logits:
 *
 *   bytes -> rescale to 0..1 -> (linear -> relu -> dropout) for each hidden layer -> linear -> 10 logits
 */
function network({ hidden, dropout: left }: Pick<Settings, "hidden" | "dropout">) {
  const layers = hidden.flatMap((units, at) => [
    linear(at === 0 ? PIXELS : hidden[at - 1]!, units),
    relu(),
    ...(left > 0 ? [dropout(left)] : []),
  ]);
  return sequential(rescale(1 / 255), ...layers, linear(hidden.at(-1)!, CLASSES));
}

/** Compiles the network that the settings ask for. The learning rate follows a schedule over all steps to come. */
export function build(settings: Settings, images: number): Promise<Trainer> {
  const { epochs, batch, rate, seed, threads = "auto" } = settings;
  const totalSteps = epochs * Math.ceil(images / batch);
  const lr = schedules.warmupCosine({ lr: rate, totalSteps, warmupSteps: Math.floor(WARMUP * totalSteps) });
  return compile(network(settings), { loss: crossEntropy(), optimizer: adamW({ lr }), seed, threads });
}

/** Trains until the last epoch, or until Ctrl-C. */
export function train(
  trainer: Trainer,
  { training, validation }: DataSet,
  { epochs, batch, rate }: Settings,
): Promise<Trained> {
  const fit = (watching: FitOptions) => trainer.fit(training, { epochs, batchSize: batch, validation, ...watching });
  return watched(fit, { epochs, pictures: training.y.length, batch, rate });
}
