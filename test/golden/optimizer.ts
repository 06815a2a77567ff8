// Cases of kinds "optimizer", "schedule" and "clip". PyTorch's class names and arguments become this library's: lr_decay
// is lrDecay, T_max is tMax.
//
// An optimizer is tried on the loss sum(p * g), whose gradient is g: it goes the way that any training goes.

import * as wasmgrad from "../../src/index.js";
import { compile, func, jointLoss, ops, parameter, schedules, type Optimizer, type Tensor } from "../../src/index.js";
import { Inexpressible, need, type Case, type Results } from "./cases.js";

const optimizers: Readonly<Record<string, (options: never) => Optimizer>> = {
  SGD: wasmgrad.sgd,
  Adam: wasmgrad.adam,
  AdamW: wasmgrad.adamW,
  Adamax: wasmgrad.adamax,
  NAdam: wasmgrad.nadam,
  RMSprop: wasmgrad.rmsprop,
  Adagrad: wasmgrad.adagrad,
  Adadelta: wasmgrad.adadelta,
};

const camelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const options = (attrs: Case["attrs"]) => {
  return Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => [camelCase(name.replace(/^T_/, "t_")), value]),
  );
};

/** An optimizer by PyTorch's name and arguments. @throws Inexpressible for one that is not there */
export function optimizerOf(name: string, attrs: Case["attrs"]): Optimizer {
  const make = Object.hasOwn(optimizers, name) ? optimizers[name]! : undefined;
  if (!make) throw new Inexpressible(`there is no optimizer "${name}"`);
  return make(options(attrs) as never);
}

export async function runOptimizer(golden: Case): Promise<Results> {
  const p0 = need(golden, "p0");
  const { shape, data } = need(golden, "grads");
  const [steps, n] = shape as [number, number];
  const p = parameter([n], { init: wasmgrad.initialisers.values(p0.data), name: "p" });
  const trainer = await compile((g) => ops.mul(g, p), {
    input: [n],
    loss: (output) => ops.sum(output),
    optimizer: optimizerOf(golden.op, golden.attrs),
  });
  const path = new Float32Array(steps * n);
  for (let step = 0; step < steps; step++) {
    await trainer.step(data.subarray(step * n, (step + 1) * n) as Float32Array, [0]);
    path.set(trainer.parameters["p"]!.values, step * n);
  }
  trainer.dispose();
  return { "out.p": path };
}

export function runSchedule(golden: Case): Results {
  const name = golden.op[0]!.toLowerCase() + golden.op.slice(1);
  const make = Object.hasOwn(schedules, name) ? (schedules as Record<string, unknown>)[name] : undefined;
  if (typeof make !== "function") throw new Inexpressible(`there is no schedule "${golden.op}"`);
  const given = options(golden.attrs);
  // OneCycleLR sets the rate by max_lr and ignores the optimizer's own.
  if ("maxLr" in given) delete given["lr"];
  const schedule = (make as (options: unknown) => (step: number) => number)(given);
  return { "out.lr": Array.from({ length: need(golden, "out.lr").data.length }, (_, step) => schedule(step)) };
}

/** Clipped gradients show in the step of plain gradient descent at rate 1: p = -g, for the loss Σ p · g. */
export async function runClip(golden: Case): Promise<Results> {
  if (golden.op !== "clipByGlobalNorm") throw new Inexpressible(`there is no clipping "${golden.op}"`);
  const names = [...golden.tensors.keys()].filter((key) => /^g\d+$/.test(key));
  const given = new Map(names.map((name) => [name, need(golden, name)]));
  const parameters = new Map([...given].map(([name, { shape }]) => [name, parameter(shape, { name })]));
  const trainer = await compile(
    (gradients: Record<string, Tensor>) =>
      Object.fromEntries(names.map((name) => [name, ops.mul(gradients[name]!, parameters.get(name)!)])),
    {
      input: Object.fromEntries([...given].map(([name, { shape }]) => [name, shape])),
      loss: jointLoss((outputs) => names.map((name) => ops.sum(outputs[name]!)).reduce((a, b) => ops.add(a, b))),
      optimizer: wasmgrad.sgd({ lr: 1 }),
      clipNorm: golden.attrs["maxNorm"] as number,
    },
  );
  await trainer.step(Object.fromEntries([...given].map(([name, { data }]) => [name, data])), { none: [0] });
  const after = trainer.parameters;
  trainer.dispose();
  const all = Float32Array.from([...given.values()].flatMap(({ data }) => [...data]));
  const norm = await func({ g: [all.length] }, ({ g }) => ({ norm: ops.sqrt(ops.sum(ops.square(g))) }));
  const results: Record<string, ArrayLike<number>> = { "out.norm": norm({ g: all }).norm };
  norm.dispose();
  for (const name of names) results[`out.${name}`] = after[name]!.values.map((p) => -p);
  return results;
}
