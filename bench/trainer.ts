// A trainer for a workload, through the public API.

import {
  adam,
  compile,
  conv2d,
  crossEntropy,
  flatten,
  linear,
  maxPool2d,
  meanSquaredError,
  relu,
  sequential,
  sgd,
  sigmoid,
  tanh,
  type Module,
  type Trainer,
} from "wasmgrad";
import { parametersOf, type Workload } from "./workloads.js";

/** The workload's network with the workload's first parameters. */
export async function trainerOf(workload: Workload): Promise<Trainer> {
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
