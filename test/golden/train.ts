// Cases of kind "train": a whole run, step by step, from given parameters to PyTorch's losses and final parameters.

import * as wasmgrad from "../../src/index.js";
import { compile, sequential, type Module } from "../../src/index.js";
import { gpt, lstmLanguageModel } from "../../src/models/index.js";
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

/** A model with what its parameters are called in the state_dict of the case. */
interface Built {
  readonly model: Module;
  rename(name: string): string;
}

const same = (name: string) => name;

/** The listed layers one after another; or a model whose parts have names of their own. */
function build(listed: readonly Listed[], names: readonly string[]): Built {
  const [first, second, third] = listed;
  if (first?.[0] === "gpt") return buildGpt(first[1] as Record<string, unknown>);
  const named = listed.map(([name]) => name).join() === "embedding,lstm,linear" && names.includes("head.weight");
  if (!named) return { model: sequential(...listed.map(layerOf)), rename: same };
  const [vocabSize, dim] = first!.slice(1) as [number, number];
  const hidden = second![2] as number;
  if (third![2] !== vocabSize) throw new Inexpressible("the language model's head must give a logit for each id");
  return { model: lstmLanguageModel({ vocabSize, dim, hidden }), rename: same };
}

/** The case's blocks have no parts attn and mlp, and another name for the last layer. */
function buildGpt({ vocab, context, ...rest }: Record<string, unknown>): Built {
  const model = gpt({ vocabSize: vocab, contextLength: context, ...rest } as Parameters<typeof gpt>[0]);
  const places: Record<string, string> = {
    "attn.c_attn": "c_attn",
    "attn.c_proj": "c_proj",
    "mlp.c_fc": "c_fc",
    "mlp.c_proj": "c_out",
  };
  return { model, rename: (name) => name.replace(/(attn|mlp)\.\w+/, (place) => places[place] ?? place) };
}

export async function runTrain(golden: Case): Promise<Results> {
  const { model, optimizer, ...attrs } = golden.attrs as { model: Listed[]; optimizer: string };
  const options = Object.entries(attrs).filter(([key]) => key.startsWith("opt."));
  const xs = need(golden, "xs");
  const ys = need(golden, "ys");
  const steps = xs.shape[0]!;
  const init = withPrefix(golden, "init.");
  const built = build(model, [...init.keys()]);
  const trainer = await compile(built.model, {
    loss: lossOf(golden.op, attrs),
    optimizer: optimizerOf(optimizer, Object.fromEntries(options.map(([key, value]) => [key.slice(4), value]))),
    input: { shape: xs.shape.slice(2), dtype: xs.dtype },
  });
  const ours = new Map(Object.keys(trainer.parameters).map((name) => [built.rename(name), name]));
  trainer.load(Object.fromEntries([...init].map(([name, { data }]) => [ours.get(name) ?? name, data])));

  const losses: number[] = [];
  const batch = (data: Float32Array | Int32Array, step: number) => {
    const size = data.length / steps;
    return data.subarray(step * size, (step + 1) * size);
  };
  for (let step = 0; step < steps; step++)
    losses.push((await trainer.step(batch(xs.data, step), batch(ys.data, step))).loss);
  const final = Object.entries(trainer.parameters).map(
    ([name, { values }]) => [`out.final.${built.rename(name)}`, values] as const,
  );
  trainer.dispose();
  return { "out.losses": losses, ...Object.fromEntries(final) };
}
