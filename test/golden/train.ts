// Cases of kind "train": a whole run, step by step, from given parameters to PyTorch's losses and final parameters.

import * as wasmgrad from "../../src/index.js";
import { compile, sequential, type Module } from "../../src/index.js";
import { Inexpressible, need, withPrefix, type Case, type Results } from "./cases.js";
import { lossOf } from "./loss.js";
import { optimizerOf } from "./optimizer.js";

type Listed = readonly [string, ...unknown[]];

const layers: Readonly<Record<string, (...args: never[]) => Module>> = {
  linear: wasmgrad.linear,
  conv2d: wasmgrad.conv2d,
  maxPool2d: wasmgrad.maxPool2d,
  relu: wasmgrad.relu,
  leakyRelu: wasmgrad.leakyRelu,
  elu: wasmgrad.elu,
  selu: wasmgrad.selu,
  gelu: () => wasmgrad.gelu(),
  sigmoid: wasmgrad.sigmoid,
  tanh: wasmgrad.tanh,
  softplus: wasmgrad.softplus,
  silu: wasmgrad.silu,
  hardSwish: wasmgrad.hardSwish,
  batchNorm: wasmgrad.batchNorm,
  embedding: wasmgrad.embedding,
  flatten: wasmgrad.flatten,
};

function layerOf([name, ...args]: Listed): Module {
  const make = Object.hasOwn(layers, name) ? layers[name]! : undefined;
  if (!make) throw new Inexpressible(`there is no layer "${name}"`);
  return make(...(args as never[]));
}

export async function runTrain(golden: Case): Promise<Results> {
  const { model, optimizer, ...attrs } = golden.attrs as { model: Listed[]; optimizer: string };
  const options = Object.entries(attrs).filter(([key]) => key.startsWith("opt."));
  const xs = need(golden, "xs");
  const ys = need(golden, "ys");
  const steps = xs.shape[0]!;
  const trainer = await compile(sequential(...model.map(layerOf)), {
    loss: lossOf(golden.op, attrs),
    optimizer: optimizerOf(optimizer, Object.fromEntries(options.map(([key, value]) => [key.slice(4), value]))),
    input: xs.shape.slice(2),
  });
  trainer.load(Object.fromEntries([...withPrefix(golden, "init.")].map(([name, { data }]) => [name, data])));

  const losses: number[] = [];
  const batch = (data: Float32Array | Int32Array, step: number) => {
    const size = data.length / steps;
    return data.subarray(step * size, (step + 1) * size);
  };
  for (let step = 0; step < steps; step++)
    losses.push((await trainer.step(batch(xs.data, step), batch(ys.data, step))).loss);
  const final = Object.entries(trainer.parameters).map(([name, { values }]) => [`out.final.${name}`, values] as const);
  trainer.dispose();
  return { "out.losses": losses, ...Object.fromEntries(final) };
}
