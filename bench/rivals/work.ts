// What each kind of task means: how it is done once to be proven, and over and over to be timed.

import { inputsOf } from "../workloads.js";
import { peakBytes } from "./peak.js";
import { PROBE, type Adapter, type Epochs, type Given, type Prepared, type Sample, type Task } from "./protocol.js";
import type { Training } from "./protocol.js";

/** Does so many units of work, or a few more. @returns how many it did */
export type Work = (units: number) => Promise<number>;

export interface Ready {
  readonly prepared: Prepared;
  /** Absent if the library cannot do it, or if it is done. */
  readonly work?: Work;
}

/** Loads the library, builds what the task needs, and does it once to prove it. */
export async function prepare(adapter: Adapter, task: Task, given: Given, proof: Epochs): Promise<Ready> {
  if (task.kind === "start") return start(adapter, task, given);
  const version = await adapter.open();
  if (task.kind === "product") {
    const product = await adapter.product?.(task.n, given);
    if (!product) return cannot("it has no matrix product");
    const all = await product.read();
    const probes = Array.from({ length: Math.ceil(all.length / PROBE) }, (_, i) => all[i * PROBE]!);
    return { prepared: { version, proof: probes }, work: over(() => product.run()) };
  }
  if (task.kind === "predict") {
    adapter.file?.(task.workload, given);
    const prediction = await adapter.prediction?.(task.workload, given);
    if (!prediction) return cannot("it does not predict");
    if (typeof prediction === "string") return cannot(prediction);
    const first = firstSamples(task, task.samples, given);
    const x = task.samples === 1 ? Array.from(first) : first;
    const outputs = Array.from(await prediction.run(x));
    const { deviation } = prediction;
    return { prepared: { version, deviation, proof: outputs }, work: over(() => prediction.run(x)) };
  }
  const training = await adapter.training?.(task.workload, given);
  if (!training) return cannot("it does not train");
  if (typeof training === "string") return cannot(training);
  const ready = await (task.kind === "fit" ? fit : step)(training, task.workload.samples / task.workload.batch, proof);
  return { ...ready, prepared: { version, deviation: training.deviation, ...ready.prepared } };
}

const cannot = (reason: string): Ready => ({ prepared: { cannot: reason } });

async function fit(training: Training, batches: number, proof: Epochs): Promise<Ready> {
  const losses = await training.fit(proof);
  const work: Work = async (units) => {
    const once = Math.min(units, batches);
    const epochs = Math.ceil(units / once);
    await training.fit({ batches: once, epochs });
    return once * epochs;
  };
  return { prepared: { proof: losses }, work };
}

async function step(training: Training, batches: number, proof: Epochs): Promise<Ready> {
  if (!training.step) return cannot("it trains whole data sets only");
  const losses: number[] = [];
  for (let epoch = 0; epoch < proof.epochs; epoch++) {
    let sum = 0;
    for (let batch = 0; batch < proof.batches; batch++) sum += await training.step(batch);
    losses.push(sum / proof.batches);
  }
  return { prepared: { proof: losses }, work: over((unit) => training.step!(unit % batches)) };
}

/** The unit again and again, waiting only for those that promise. */
function over(once: (unit: number) => unknown): Work {
  return async (units) => {
    for (let unit = 0; unit < units; unit++) {
      const result = once(unit);
      if (result instanceof Promise) await result;
    }
    return units;
  };
}

/** From the import of the library to the first prediction in JavaScript's memory. */
async function start(adapter: Adapter, task: Task & { kind: "start" }, given: Given): Promise<Ready> {
  if (!adapter.prediction) return cannot("it does not predict");
  adapter.file?.(task.workload, given);
  const x = firstSamples(task, 1, given);
  let missing: string | undefined;
  let version: string | undefined;
  let deviation: Prepared["deviation"];
  let outputs: ArrayLike<number> = [];
  const took = await sample(async () => {
    version = await adapter.open();
    const prediction = await adapter.prediction!(task.workload, given);
    if (typeof prediction === "string") {
      missing = prediction;
      return 1;
    }
    outputs = await prediction.run(x);
    deviation = prediction.deviation;
    return 1;
  }, 1);
  if (missing !== undefined) return cannot(missing);
  return { prepared: { version, deviation, proof: Array.from(outputs), sample: took } };
}

const firstSamples = ({ workload }: Task & { kind: "predict" | "start" }, count: number, { x }: Given): Float32Array =>
  (x as Float32Array).slice(0, count * inputsOf(workload));

/** Does `units` units of work against the clock. */
export async function sample(work: Work, units: number): Promise<Sample> {
  const before = process.cpuUsage();
  const begin = performance.now();
  const done = await work(units);
  const milliseconds = performance.now() - begin;
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1000 / milliseconds;
  return { milliseconds: milliseconds / done, share, peakBytes: peakBytes() };
}
