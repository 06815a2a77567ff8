// The training itself: compile the network, fit it, watch it. What the library's own users would write.

import { adamW, compile, crossEntropy, dropout, linear, relu, rescale, schedules, sequential } from "wasmgrad";
import type { Epoch, Trainer } from "wasmgrad";
import { tenth } from "../support/html.js";
import type { Progress } from "../support/progress.js";
import { UserError } from "../support/user-error.js";
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
  const { epochs, batch, rate, seed } = settings;
  const totalSteps = epochs * Math.ceil(images / batch);
  const lr = schedules.warmupCosine({ lr: rate, totalSteps, warmupSteps: Math.floor(WARMUP * totalSteps) });
  return compile(network(settings), { loss: crossEntropy(), optimizer: adamW({ lr }), seed });
}

/** Trains until the last epoch, or until `signal` stops it; the finished epochs. */
export async function train(
  trainer: Trainer,
  { training, validation }: DataSet,
  { epochs, batch, rate }: Settings,
  progress: Progress,
  signal: AbortSignal,
): Promise<Epoch[]> {
  const history: Epoch[] = [];
  const steps = Math.ceil(training.y.length / batch);
  try {
    const run = trainer.fit(training, {
      epochs,
      batchSize: batch,
      validation,
      signal,
      onProgress: (moment) => progress.update({ ...moment, steps }),
    });
    for await (const epoch of run) {
      history.push(epoch);
      progress.finish(epoch);
    }
  } catch (error) {
    if (signal.aborted) return history;
    throw diverged(error) ? new UserError(`${error.message}. Here: --rate ${tenth(rate)}.`) : error;
  } finally {
    progress.stop();
  }
  return history;
}

/** Whether the loss became NaN or infinite, most likely by a learning rate that is too high. */
const diverged = (error: unknown): error is Error => error instanceof Error && error.name === "DivergedError";
