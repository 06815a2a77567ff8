// What { checkpointing: true } saves and costs: the bytes of a training step's program, and its time, with activations kept
// and with activations computed again.

import { summarise, time, type Task } from "./harness.js";
import { digits } from "./report.js";
import { wanted, type Row, type Section } from "./section.js";
import { sequences, type AnyWorkload, type GptSizes, type SequenceWorkload } from "./sequences.js";
import { fitting, trainerOf } from "./trainer.js";
import { workloads } from "./workloads.js";

const SAMPLES = 512;
const hidden = Array<number>(24).fill(256);
const [, gpt] = sequences as [SequenceWorkload, SequenceWorkload & { sequence: GptSizes }];

/** Deep ones: of few layers there is little to save. */
const deep: readonly AnyWorkload[] = [
  {
    ...workloads.find(({ name }) => name.startsWith("mlp"))!,
    name: `mlp 784-256-…-10 of 24 hidden layers, batch ${SAMPLES}`,
    layers: [784, ...hidden, 10],
    ...{ batch: SAMPLES, samples: SAMPLES },
  },
  {
    ...gpt,
    name: "gpt 12 x 128, 64 steps, batch 12",
    sequence: { ...gpt.sequence, layers: 12 },
    samples: 2 * gpt.batch,
  },
];

interface Measured {
  readonly bytes: number;
  readonly ms: readonly number[];
}

/** Both ways in turn: kept, and computed again. */
async function measure(workload: AnyWorkload, rounds: number, milliseconds: number): Promise<[Measured, Measured]> {
  const trainers = [await trainerOf(workload, 1, false), await trainerOf(workload, 1, true)];
  const bytes: number[] = [];
  const tasks: Task[] = [];
  for (const trainer of trainers) {
    const before = trainer.core.memory.used;
    const task = fitting(trainer, workload);
    await task.run(1); // the program is compiled, and has its memory
    bytes.push(trainer.core.memory.used - before);
    tasks.push({ ...task, name: `${task.name} ${tasks.length}` });
  }
  const epochs = await time(tasks, { rounds, milliseconds });
  for (const trainer of trainers) trainer.dispose();
  const steps = workload.samples / workload.batch;
  const of = (i: number): Measured => ({ bytes: bytes[i]!, ms: epochs[i]!.map((ms) => ms / steps) });
  return [of(0), of(1)];
}

export const recomputationSection: Section = {
  name: "recomputation",
  about: "A training step with its activations kept, and computed again by { checkpointing: true }: memory and time.",
  async measure(options) {
    const rows: Row[] = [];
    for (const workload of deep) {
      if (!wanted(options, "recomputation", workload.name)) continue;
      const [kept, again] = await measure(workload, options.rounds, options.quick ? 30 : 100);
      rows.push({
        name: workload.name,
        values: {
          kept: { value: kept.bytes / 1e6, unit: "MB" },
          again: { value: again.bytes / 1e6, unit: "MB" },
          memory: { value: (100 * again.bytes) / kept.bytes, unit: "%" },
          "step, kept": summarise(kept.ms, "ms"),
          "step, again": summarise(again.ms, "ms"),
          time: summarise(
            again.ms.map((ms, round) => (100 * ms) / kept.ms[round]!),
            "%",
          ),
        },
      });
    }
    const last = rows.at(-1);
    if (!last) return { rows };
    const { memory, time } = last.values;
    const words = `${digits(memory!.value)} % of the memory for ${digits(time!.value)} % of the time`;
    return { rows, headline: `recomputation of ${last.name}: ${words}` };
  },
};
