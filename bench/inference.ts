// Predictions as an application calls them: one sample as a plain array, several as a typed array.

import { rate, summarise, time, type Task } from "./harness.js";
import { digits } from "./report.js";
import { wanted, type Row, type Section } from "./section.js";
import { trainerOf } from "./trainer.js";
import { dataOf, workloads } from "./workloads.js";

const workload = workloads[2]!;
const BATCHES = [1, 32, 256];
const nameOf = (batch: number) => `${batch} ${batch > 1 ? "samples" : "sample"} a call`;

export const inferenceSection: Section = {
  name: "inference",
  about: `trainer.predict() of the network ${workload.layers.join("-")}, one call after another.`,
  async measure(options) {
    const chosen = BATCHES.filter((batch) => wanted(options, "inference", nameOf(batch)));
    if (chosen.length === 0) return { rows: [] };
    const trainer = await trainerOf(workload);
    const { x } = dataOf(workload);
    const rows: Row[] = [];
    for (const batch of chosen) {
      const name = nameOf(batch);
      const some = x.slice(0, batch * workload.layers[0]!);
      const samples = batch === 1 ? Array.from(some) : some;
      const task: Task = {
        name,
        run: async (times) => {
          for (; times > 0; times--) await trainer.predict(samples);
        },
      };
      const [rounds] = await time([task], { rounds: options.rounds, milliseconds: 20 });
      rows.push({
        name,
        values: {
          call: summarise(
            rounds!.map((ms) => ms * 1000),
            "µs",
          ),
          speed: rate(batch, rounds!, "samples/s"),
        },
      });
    }
    trainer.dispose();
    const [single] = rows;
    return {
      rows,
      ...(single && { headline: `prediction of ${single.name}: ${digits(single.values.call!.value)} µs` }),
    };
  },
};
