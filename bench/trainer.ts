// A trainer for a workload, through the public API, and its training as something to be timed.

import {
  adam,
  adamW,
  compile,
  conv2d,
  crossEntropy,
  flatten,
  linear,
  lstm,
  maxPool2d,
  meanSquaredError,
  relu,
  sequential,
  sgd,
  sigmoid,
  tanh,
  type CompileOptions,
  type Module,
  type Trainer,
} from "wasmgrad";
import { gpt } from "wasmgrad/models";
import type { Task } from "./harness.js";
import { anyDataOf, isSequence, sequenceParametersOf, type AnyWorkload, type SequenceWorkload } from "./sequences.js";
import { parametersOf } from "./workloads.js";

/** The workload's network with the workload's first parameters. */
export async function trainerOf(workload: AnyWorkload, threads = 1, checkpointing = false): Promise<Trainer> {
  const how = { threads, checkpointing };
  if (isSequence(workload)) return sequenceTrainerOf(workload, how);
  const { convolutions, layers, activation, output, loss, optimizer } = workload;
  const last = layers.length - 2;
  const after = () => (activation === "tanh" ? tanh() : relu());
  const { image, channels, kernel } = convolutions ?? { image: [0], channels: [], kernel: 1 };
  const modules = channels.flatMap((out, i): Module[] => [
    conv2d(channels[i - 1] ?? image[0]!, out, kernel),
    after(),
    maxPool2d(2),
  ]);
  if (convolutions) modules.push(flatten());
  modules.push(
    ...layers.slice(1).flatMap((out, i): Module[] => [linear(layers[i]!, out), ...(i < last ? [after()] : [])]),
  );
  if (output === "sigmoid") modules.push(sigmoid());
  const trainer = await compile(sequential(...modules), {
    loss: loss === "crossEntropy" ? crossEntropy() : meanSquaredError(),
    optimizer: optimizer.name === "adam" ? adam({ lr: optimizer.lr }) : sgd({ lr: optimizer.lr }),
    ...(convolutions && { input: convolutions.image }),
    ...how,
  });
  // By PyTorch's names: the places of the modules that have parameters.
  const places = modules.flatMap(({ parameters }, place) => (parameters["weight"] ? [place] : []));
  const named = parametersOf(workload).flatMap(({ weight, bias }, i) => [
    [`${places[i]}.weight`, weight],
    [`${places[i]}.bias`, bias],
  ]);
  trainer.load(Object.fromEntries(named) as Record<string, Float32Array>);
  return trainer;
}

/** Epochs of the workload. Fits in one go: nobody looks at the model between two of them. */
export function fitting(trainer: Trainer, workload: AnyWorkload): Task {
  const data = anyDataOf(workload);
  return {
    name: workload.name,
    run: async (epochs) => {
      await trainer.fit(data, { epochs, batchSize: workload.batch, shuffle: false });
    },
  };
}

async function sequenceTrainerOf(
  workload: SequenceWorkload,
  how: Pick<CompileOptions, "threads" | "checkpointing">,
): Promise<Trainer> {
  const { sequence, optimizer } = workload;
  const trainer = await compile(sequenceModel(workload), {
    loss: crossEntropy(),
    ...(optimizer.name === "adam"
      ? { optimizer: adam({ lr: optimizer.lr }) }
      : {
          optimizer: adamW({ lr: optimizer.lr, betas: optimizer.betas, weightDecay: optimizer.weightDecay }),
          groups: [{ parameters: (_, shape) => shape.length < 2, weightDecay: 0 }],
        }),
    ...(sequence.model === "lstm" && { input: [sequence.steps, sequence.inputs] }),
    ...how,
  });
  const named = Object.entries(sequenceParametersOf(workload)).map(([name, values]) => [
    name.replace("lstm.", "0.").replace("head.", "1."),
    values,
  ]);
  trainer.load(Object.fromEntries(named) as Record<string, Float32Array>);
  return trainer;
}

function sequenceModel({ sequence }: SequenceWorkload): Module {
  if (sequence.model === "lstm") {
    const { inputs, hidden, classes } = sequence;
    return sequential(lstm(inputs, hidden), linear(hidden, classes)) as Module;
  }
  const { layers, heads, dim, classes, steps } = sequence;
  return gpt({ vocabSize: classes, contextLength: steps, layers, heads, dim, bias: false });
}
