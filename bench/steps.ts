// Whole training steps of the workloads, through the public API as a user calls it: `compile` and `fit`.

import { observeCalls } from "./calls.js";
import { median, rate, summarise, time } from "./harness.js";
import { digits } from "./report.js";
import { wanted, type Row, type Section } from "./section.js";
import { isLarge, sequences, type AnyWorkload } from "./sequences.js";
import { fitting, trainerOf } from "./trainer.js";
import { pictures, workloads } from "./workloads.js";

/** A network as small as xor's is often trained on nothing but its four samples: an epoch is one step. */
const all: readonly AnyWorkload[] = [
  ...workloads,
  { ...workloads[0]!, name: "xor 2-8-1, epochs of one step", samples: workloads[0]!.batch },
  ...pictures,
  ...sequences,
];

/** What is measured: everything on one thread, and what is large on two as well. */
const entries = all.flatMap((workload) =>
  (isLarge(workload) ? [1, 2] : [1]).map((threads) => ({
    workload,
    threads,
    name: threads === 1 ? workload.name : `${workload.name}, ${threads} threads`,
  })),
);

async function measure(
  { workload, threads, name }: (typeof entries)[number],
  rounds: number,
  milliseconds: number,
): Promise<Row> {
  const trainer = await trainerOf(workload, threads);
  const task = fitting(trainer, workload);
  const stepsPerEpoch = workload.samples / workload.batch;

  const [epochs] = await time([task], { rounds, milliseconds });
  const times = Math.max(1, Math.round(milliseconds / median(epochs!)));
  const calls = await observeCalls(trainer.core, () => task.run(10 * times));
  trainer.dispose();
  return {
    name,
    values: {
      step: summarise(
        epochs!.map((ms) => (1000 * ms) / stepsPerEpoch),
        "µs",
      ),
      speed: rate(workload.samples, epochs!, "samples/s"),
      "calls into WASM": { value: calls.perSecond, unit: "/s" },
      "JS heap a step": { value: calls.heapPerStep, unit: "B" },
      "a call": { value: calls.heapPerCall, unit: "B" },
      "WASM memory a step": { value: calls.memoryPerStep, unit: "B" },
    },
  };
}

export const stepSection: Section = {
  name: "steps",
  about: "Training steps (forward, backward, update) through compile() and fit(), and what they allocate.",
  async measure(options) {
    const rows: Row[] = [];
    for (const entry of entries) {
      if (!wanted(options, "steps", entry.name)) continue;
      rows.push(await measure(entry, options.rounds, options.quick ? 50 : 100));
    }
    const headlines = rows
      .filter(({ name }) => name === workloads[0]!.name || name === workloads[2]!.name)
      .map(
        ({ name, values: { step, speed } }) =>
          `${name}: ${digits(step!.value)} µs a step, ${digits(speed!.value)} samples/s`,
      );
    return { rows, ...(headlines.length > 0 && { headline: headlines.join("; ") }) };
  },
};
