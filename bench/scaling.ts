// How a training step grows: with the batch, the width, the depth and the length of a sequence, and how it shrinks with
// threads. All points of a curve are measured in the same rounds, so its shape holds even where its times do not.

import { availableParallelism } from "node:os";
import { rate, summarise, time } from "./harness.js";
import { digits } from "./report.js";
import { wanted, type Options, type Row, type Section } from "./section.js";
import { isSequence, sequences, type AnyWorkload, type SequenceWorkload } from "./sequences.js";
import { fitting, trainerOf } from "./trainer.js";
import { pictures, workloads, type Workload } from "./workloads.js";

interface Curve {
  readonly name: string;
  /** What the points are numbers of. */
  readonly axis: string;
  /** With --quick only every other one. */
  readonly points: readonly number[];
  workload(point: number): AnyWorkload;
  threads?(point: number): number;
}

const SAMPLES = 512; // of an epoch of vectors, at least
const THREADS = "threads";

const mlp = workloads[2]!;
const large = workloads[3]!;
const [cnn] = pictures;
const [lstm, gpt] = sequences;

/** The perceptron with these sizes, and whole batches in an epoch. */
const perceptron = (layers: readonly number[], batch: number): Workload => ({
  ...mlp,
  name: `mlp ${layers.join("-")}, batch ${batch}`,
  layers,
  batch,
  samples: batch * Math.ceil(SAMPLES / batch),
});

/** The network with sequences of this length, and few of them. */
const long = (workload: SequenceWorkload, steps: number): SequenceWorkload => {
  const batch = 4;
  return { ...workload, sequence: { ...workload.sequence, steps }, batch, samples: 2 * batch };
};

/** 1, 2, 4, … and as many as the machine has. */
function threadCounts(): number[] {
  const most = availableParallelism();
  const counts = Array.from({ length: Math.ceil(Math.log2(most)) }, (_, i) => 2 ** i);
  return [...counts, most];
}

const byThreads = (name: string, workload: AnyWorkload): Curve => ({
  name: `${THREADS} for ${name}`,
  axis: THREADS,
  points: threadCounts(),
  workload: () => workload,
  threads: (point) => point,
});

const curves: readonly Curve[] = [
  {
    name: "batch of mlp 784-128-10",
    axis: "samples a step",
    points: [1, 8, 32, 128, 512],
    workload: (batch) => perceptron(mlp.layers, batch),
  },
  {
    name: "width of mlp 784-n-n-10, batch 128",
    axis: "neurons of a hidden layer",
    points: [64, 128, 256, 512, 1024],
    workload: (width) => perceptron([784, width, width, 10], 128),
  },
  {
    name: "depth of mlp 784-128-…-10, batch 128",
    axis: "hidden layers",
    points: [1, 2, 4, 8, 16],
    workload: (depth) => perceptron([784, ...Array<number>(depth).fill(128), 10], 128),
  },
  {
    name: "sequence of gpt 4 x 128, batch 4",
    axis: "tokens of a sequence",
    points: [16, 32, 64, 128, 256],
    workload: (steps) => long(gpt!, steps),
  },
  {
    name: "sequence of lstm 64-128, batch 4",
    axis: "steps of a sequence",
    points: [16, 32, 64, 128, 256],
    workload: (steps) => long(lstm!, steps),
  },
  byThreads(large.name, large),
  byThreads(cnn!.name, { ...cnn!, samples: SAMPLES }),
  byThreads(gpt!.name, { ...gpt!, samples: 2 * gpt!.batch }),
];

/** Sequences count by what they are made of, so that longer ones can be compared with shorter ones. */
const sizeOf = (workload: AnyWorkload): { readonly amount: number; readonly unit: string } =>
  isSequence(workload)
    ? { amount: workload.samples * workload.sequence.steps, unit: "positions/s" }
    : { amount: workload.samples, unit: "samples/s" };

async function measure(curve: Curve, points: readonly number[], { rounds, quick }: Options): Promise<Row[]> {
  const entries = await Promise.all(
    points.map(async (point) => {
      const workload = curve.workload(point);
      return { point, workload, trainer: await trainerOf(workload, curve.threads?.(point)) };
    }),
  );
  const tasks = entries.map(({ point, trainer, workload }) => ({
    ...fitting(trainer, workload),
    name: nameOf(curve, point),
  }));
  const epochs = await time(tasks, { rounds, milliseconds: quick ? 30 : 100 });
  for (const { trainer } of entries) trainer.dispose();
  return entries.map(({ point, workload }, i): Row => {
    const { samples, batch } = workload;
    const { amount, unit } = sizeOf(workload);
    const values = {
      step: summarise(
        epochs[i]!.map((ms) => (ms * batch) / samples),
        "ms",
      ),
      speed: rate(amount, epochs[i]!, unit),
      ...(curve.axis === THREADS &&
        points[0] === 1 && {
          "as fast as one": summarise(
            epochs[i]!.map((ms, round) => epochs[0]![round]! / ms),
            "x",
          ),
        }),
    };
    return { name: nameOf(curve, point), values, point: { curve: curve.name, axis: curve.axis, at: point } };
  });
}

const nameOf = ({ name }: Curve, point: number): string => `${name}: ${point}`;

export const scalingSection: Section = {
  name: "scaling",
  about: "Training steps over batch, width, depth, length of a sequence (in tokens or steps: positions) and threads.",
  async measure(options) {
    const rows: Row[] = [];
    for (const curve of curves) {
      const all = curve.axis === THREADS || !options.quick ? curve.points : curve.points.filter((_, i) => i % 2 === 0);
      const points = all.filter((point) => wanted(options, "scaling", nameOf(curve, point)));
      if (points.length > 0) rows.push(...(await measure(curve, points, options)));
    }
    const last = rows.findLast(({ point }) => point?.curve === `${THREADS} for ${large.name}` && point.at > 1);
    const gain = last?.values["as fast as one"];
    return {
      rows,
      ...(gain && { headline: `${large.name}: ${digits(gain.value)} x on ${last.point!.at} threads` }),
    };
  },
};
