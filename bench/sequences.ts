// The training workloads of sequences, as plain data: workloads.ts for LSTM and GPT.

import { classData, dataOf, generator, type Data, type Workload } from "./workloads.js";

/** A network of sequences, which tells something at every step: the loss is the mean cross-entropy of all steps. */
export interface SequenceWorkload {
  readonly name: string;
  readonly sequence: LstmSizes | GptSizes;
  readonly optimizer: Adam | AdamW;
  /** Sequences. */
  readonly batch: number;
  /** Sequences in an epoch, whole batches of them; they are not shuffled. */
  readonly samples: number;
}

/** An LSTM and a linear layer on each of its states: of vectors, the class of the vector before. */
export interface LstmSizes {
  readonly model: "lstm";
  readonly inputs: number;
  readonly hidden: number;
  readonly classes: number;
  readonly steps: number;
}

/** A GPT with learned positions, a tied head, gelu, and no biases: of ids, the next. */
export interface GptSizes {
  readonly model: "gpt";
  readonly layers: number;
  readonly heads: number;
  readonly dim: number;
  /** Ids that there are. */
  readonly classes: number;
  /** The whole context. */
  readonly steps: number;
}

export interface Adam {
  readonly name: "adam";
  readonly lr: number;
}

/** Only matrices decay. */
export interface AdamW {
  readonly name: "adamW";
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
}

/** Networks of sequences; the GPT is what nanoGPT's README trains on a CPU, but for the clipping. */
export const sequences: readonly SequenceWorkload[] = [
  {
    name: "lstm 64-128, 64 steps, batch 32",
    sequence: { model: "lstm", inputs: 64, hidden: 128, classes: 64, steps: 64 },
    optimizer: { name: "adam", lr: 1e-3 },
    batch: 32,
    samples: 256,
  },
  {
    name: "gpt 4 x 128, 64 steps, batch 12",
    sequence: { model: "gpt", layers: 4, heads: 4, dim: 128, classes: 65, steps: 64 },
    optimizer: { name: "adamW", lr: 1e-3, betas: [0.9, 0.99], weightDecay: 0.1 },
    batch: 12,
    samples: 96,
  },
];

export interface SequenceData {
  readonly x: Float32Array | Int32Array;
  readonly y: Int32Array;
}

/** x[samples, steps, inputs], or ids x[samples, steps], and y[samples, steps]. */
export function sequenceDataOf({ sequence, samples }: SequenceWorkload): SequenceData {
  const { classes, steps } = sequence;
  if (sequence.model === "lstm") {
    const { x, y } = classData(samples * steps, sequence.inputs, classes);
    return { x, y: y.map((_, i) => (i % steps === 0 ? 0 : y[i - 1]!)) };
  }
  // Each id follows from the one before, but for a choice of four.
  const random = generator(1);
  const x = new Int32Array(samples * steps);
  const y = new Int32Array(samples * steps);
  let id = 0;
  for (let i = 0; i < x.length; i++) {
    x[i] = id;
    y[i] = id = (7 * id + 1 + Math.floor(4 * random())) % classes;
  }
  return { x, y };
}

/**
 * The first parameters of a network of sequences, laid out and named as PyTorch's and nanoGPT's: lstm.weight_ih_l0,
 * head.weight; wte.weight, h.0.attn.c_attn.weight.
 */
export function sequenceParametersOf({ sequence }: SequenceWorkload): Readonly<Record<string, Float32Array>> {
  const random = generator(2);
  const uniform = (size: number, bound: number) =>
    Float32Array.from({ length: size }, () => (2 * random() - 1) * bound);
  if (sequence.model === "lstm") {
    const { inputs, hidden, classes } = sequence;
    const of = (...sizes: number[]) => uniform(sizes.reduce((a, b) => a * b), 1 / Math.sqrt(hidden)); // prettier-ignore
    return {
      "lstm.weight_ih_l0": of(4 * hidden, inputs),
      "lstm.weight_hh_l0": of(4 * hidden, hidden),
      "lstm.bias_ih_l0": of(4 * hidden),
      "lstm.bias_hh_l0": of(4 * hidden),
      "head.weight": of(classes, hidden),
      "head.bias": of(classes),
    };
  }
  const { layers, dim, classes, steps } = sequence;
  const bound = 0.02 * Math.sqrt(3); // standard deviation 0.02
  const last = bound / Math.sqrt(2 * layers);
  const ones = () => new Float32Array(dim).fill(1);
  const blocks = Array.from({ length: layers }, (_, i) => ({
    [`h.${i}.ln_1.weight`]: ones(),
    [`h.${i}.attn.c_attn.weight`]: uniform(3 * dim * dim, bound),
    [`h.${i}.attn.c_proj.weight`]: uniform(dim * dim, last),
    [`h.${i}.ln_2.weight`]: ones(),
    [`h.${i}.mlp.c_fc.weight`]: uniform(4 * dim * dim, bound),
    [`h.${i}.mlp.c_proj.weight`]: uniform(4 * dim * dim, last),
  }));
  const tables = { "wte.weight": uniform(classes * dim, bound), "wpe.weight": uniform(steps * dim, bound) };
  return Object.assign({}, tables, ...blocks, { "ln_f.weight": ones() }) as Record<string, Float32Array>;
}

export type AnyWorkload = Workload | SequenceWorkload;

export const isSequence = (workload: AnyWorkload): workload is SequenceWorkload => "sequence" in workload;

/** Whether a step is long enough for several threads to share it. */
export const isLarge = (workload: AnyWorkload): boolean =>
  isSequence(workload) || workload.convolutions !== undefined || workload.layers.length > 3;

/** The samples of a workload of either kind. */
export const anyDataOf = (workload: AnyWorkload): Data | SequenceData =>
  isSequence(workload) ? sequenceDataOf(workload) : dataOf(workload);
