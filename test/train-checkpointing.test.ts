// Activations computed again instead of being kept: the same bits with less memory.

import { expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  dropout,
  initialisers,
  linear,
  ops,
  parameter,
  relu,
  sequential,
  tanh,
  type CompileOptions,
  type ModelFunction,
  type Module,
} from "../src/index.js";
import { gpt } from "../src/models/index.js";

const ids = (count: number, below: number) => Int32Array.from({ length: count }, (_, i) => (i * 7919 + i * i) % below);
const floats = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 50 - 1);

async function train(
  model: Module | ModelFunction,
  x: Float32Array | Int32Array,
  y: Int32Array,
  options: CompileOptions,
) {
  const trainer = await compile(model, { loss: crossEntropy(), optimizer: adam(), seed: 3, threads: 1, ...options });
  for (let step = 0; step < 3; step++) await trainer.step(x, y);
  const parameters = trainer.parameters;
  const [, size, unit] = /arena ([\d.]+) (KB|MB)/.exec(await trainer.explain({ batch: 16 }))!;
  const arena = Number(size) * (unit === "MB" ? 1024 : 1);
  trainer.dispose();
  return { parameters, arena };
}

const chain = () =>
  sequential(
    linear(20, 50),
    tanh(),
    dropout(0.2),
    linear(50, 50),
    tanh(),
    linear(50, 50),
    tanh(),
    linear(50, 50),
    relu(),
    linear(50, 4),
  );
const text = () => gpt({ vocabSize: 13, contextLength: 16, layers: 6, heads: 2, dim: 16, dropout: 0.1 });

test.each([
  ["a chain of layers", chain, floats(16 * 20), ids(16, 4), {}],
  ["a GPT", text, ids(16 * 16, 13), ids(16 * 16, 13), {}],
  ["a GPT in micro-batches", text, ids(16 * 16, 13), ids(16 * 16, 13), { microBatch: 6 }],
] as const)("%s: the same bits in less memory", async (_, model, x, y, options) => {
  const kept = await train(model(), x, y, options);
  const again = await train(model(), x, y, { ...options, checkpointing: true });
  expect(again.parameters).toEqual(kept.parameters);
  expect(again.arena).toBeLessThan(0.95 * kept.arena);
});

test("a tensor that skips over the ones that are kept is kept too", async () => {
  const init = initialisers.uniform(-1, 1);
  const layers = Array.from({ length: 6 }, (_, i) => parameter([8, 8], { init, name: `w${i}` }));
  const part = (w: (typeof layers)[number]): Module => ({
    type: "part",
    parameters: {},
    children: {},
    options: {},
    forward: (x) => ops.tanh(ops.linear(x, w)),
  });
  const model: ModelFunction = (x, context) => {
    let y = x;
    const early = ops.sigmoid(x);
    layers.forEach((w, i) => (y = ops.mul(context.run(`${i}`, part(w), y), early)));
    return y;
  };
  const [x, y] = [floats(16 * 8), ids(16, 8)];
  const kept = await train(model, x, y, { input: [8] });
  const again = await train(model, x, y, { input: [8], checkpointing: true });
  expect(again.parameters).toEqual(kept.parameters);
});
