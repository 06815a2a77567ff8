// A trainer for a workload, through the public API.

import {
  adam,
  compile,
  crossEntropy,
  linear,
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
  const { layers, activation, output, loss, optimizer } = workload;
  const last = layers.length - 2;
  const modules = layers
    .slice(1)
    .flatMap((out, i): Module[] => [
      linear(layers[i]!, out),
      ...(i < last ? [activation === "tanh" ? tanh() : relu()] : []),
    ]);
  if (output === "sigmoid") modules.push(sigmoid());
  const trainer = await compile(sequential(...modules), {
    loss: loss === "crossEntropy" ? crossEntropy() : meanSquaredError(),
    optimizer: optimizer.name === "adam" ? adam({ lr: optimizer.lr }) : sgd({ lr: optimizer.lr }),
  });
  trainer.load(namedParameters(workload));
  return trainer;
}

/** By PyTorch's names: every second module is a layer with parameters. */
function namedParameters(workload: Workload): Record<string, Float32Array> {
  const named = parametersOf(workload).flatMap(({ weight, bias }, i) => [
    [`${2 * i}.weight`, weight],
    [`${2 * i}.bias`, bias],
  ]);
  return Object.fromEntries(named) as Record<string, Float32Array>;
}
