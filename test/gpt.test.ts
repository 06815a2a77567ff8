// gpt(): its parameters' names and first values, its logits against plain loops, training, checkpoints, refusals.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adamW, compile, crossEntropy, loadCheckpoint, saveCheckpoint } from "../src/index.js";
import { gpt, type GptOptions } from "../src/models/index.js";
import { expectClose } from "./support/close.js";
import { gptLogits } from "./support/reference-gpt.js";

const small: GptOptions = { vocabSize: 11, contextLength: 6, layers: 2, heads: 2, dim: 8 };
const ids = (count: number, vocab = 11) => Int32Array.from({ length: count }, (_, i) => (i * 7 + 3) % vocab);

test("parameters have Hugging Face's names and torch.nn.Linear's layout", async () => {
  const trainer = await compile(gpt({ ...small, layers: 1 }), { loss: crossEntropy() });
  const shapes = Object.entries(trainer.parameters).map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
  expect(shapes).toEqual([
    "wte.weight [11, 8]",
    "wpe.weight [6, 8]",
    "h.0.ln_1.weight [8]",
    "h.0.ln_1.bias [8]",
    "h.0.attn.c_attn.weight [24, 8]",
    "h.0.attn.c_attn.bias [24]",
    "h.0.attn.c_proj.weight [8, 8]",
    "h.0.attn.c_proj.bias [8]",
    "h.0.ln_2.weight [8]",
    "h.0.ln_2.bias [8]",
    "h.0.mlp.c_fc.weight [32, 8]",
    "h.0.mlp.c_fc.bias [32]",
    "h.0.mlp.c_proj.weight [8, 32]",
    "h.0.mlp.c_proj.bias [8]",
    "ln_f.weight [8]",
    "ln_f.bias [8]",
  ]);
  trainer.dispose();
});

test("the other forms have what they need and no more", async () => {
  const model = gpt({ ...small, layers: 1, mlp: 12, activation: "swiglu", norm: "rmsNorm", positions: "rotary", tied: false, bias: false }); // prettier-ignore
  const trainer = await compile(model, { loss: crossEntropy() });
  const shapes = Object.entries(trainer.parameters).map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
  expect(shapes).toEqual([
    "wte.weight [11, 8]",
    "h.0.ln_1.weight [8]",
    "h.0.attn.c_attn.weight [24, 8]",
    "h.0.attn.c_proj.weight [8, 8]",
    "h.0.ln_2.weight [8]",
    "h.0.mlp.c_fc.weight [12, 8]",
    "h.0.mlp.c_gate.weight [12, 8]",
    "h.0.mlp.c_proj.weight [8, 12]",
    "ln_f.weight [8]",
    "lm_head.weight [11, 8]",
  ]);
  trainer.dispose();
});

test("weights start as GPT-2's of 768 for the model's width, those that end a half with less; biases at 0, norms at 1", async () => {
  const trainer = await compile(gpt({ vocabSize: 300, contextLength: 64, layers: 8, heads: 4, dim: 48 }));
  const deviation = (name: string) => {
    const { values } = trainer.parameters[name]!;
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  for (const name of ["wte.weight", "wpe.weight", "h.3.attn.c_attn.weight", "h.7.mlp.c_fc.weight"])
    expect(deviation(name) / 0.08).toBeCloseTo(1, 1);
  for (const name of ["h.0.attn.c_proj.weight", "h.7.mlp.c_proj.weight"])
    expect(deviation(name) / 0.02).toBeCloseTo(1, 1);
  expect(deviation("h.2.mlp.c_fc.bias")).toBe(0);
  expect(new Set(trainer.parameters["h.5.ln_2.weight"]!.values)).toEqual(new Set([1]));
  trainer.dispose();
});

const options = fc.record({
  activation: fc.constantFrom("gelu", "geluTanh", "swiglu"),
  norm: fc.constantFrom("layerNorm", "rmsNorm"),
  positions: fc.constantFrom("learned", "rotary"),
  tied: fc.boolean(),
  bias: fc.boolean(),
  heads: fc.constantFrom(1, 2, 4),
  layers: fc.integer({ min: 1, max: 3 }),
  mlp: fc.integer({ min: 1, max: 21 }),
  contextLength: fc.integer({ min: 1, max: 9 }),
});

test("logits of every form are those of plain loops", async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.integer({ min: 1, max: 3 }), async (given, batch) => {
      const model = gpt({ vocabSize: 11, dim: 8, ...given } as GptOptions);
      const trainer = await compile(model, { seed: 3 });
      // Larger weights than those that training starts with, so that every part shows in the logits.
      trainer.load(
        Object.fromEntries(Object.entries(trainer.parameters).map(([name, { values }], k) => [
          name,
          values.map((value, i) => (name.includes("ln_") ? 1 : 15 * value) + 0.1 * Math.sin(i + k)),
        ])),
      ); // prettier-ignore
      const { contextLength: length } = model.config;
      const x = ids(batch * length);
      const logits = await trainer.predict(x);
      const expected = Array.from({ length: batch }, (_, row) =>
        gptLogits(model.config, trainer.parameters, [...x.slice(row * length, (row + 1) * length)]),
      );
      trainer.dispose();
      expectClose(logits, expected.flat(2), 2e-4);
    }),
    { numRuns: 40 },
  );
});

test("shorter texts than the context: the length is what compile's input says", async () => {
  const model = gpt(small);
  const trainer = await compile(model, { input: { shape: [4], dtype: "i32" }, loss: crossEntropy() });
  const logits = await trainer.predict(ids(8));
  expect(logits).toHaveLength(2 * 4 * 11);
  expectClose(logits.slice(0, 44), gptLogits(model.config, trainer.parameters, [...ids(4)]).flat(), 1e-5);
  trainer.dispose();
  await expect(compile(model, { input: { shape: [7], dtype: "i32" } })).rejects.toThrow(
    "gpt: needs ids [batch, length] with a length up to 6, got [1, 7]",
  );
});

test("learns a text that repeats itself, with dropout too", async () => {
  for (const dropout of [0, 0.1]) {
    const trainer = await compile(gpt({ ...small, dropout }), { loss: crossEntropy(), optimizer: adamW({ lr: 1e-2 }) });
    const [x, y] = [ids(8 * 6), ids(8 * 6 + 1).slice(1)];
    const first = await trainer.step(x, y);
    expect(Math.abs(first.loss - Math.log(11))).toBeLessThan(0.5);
    for (let step = 0; step < 60; step++) await trainer.step(x, y);
    expect((await trainer.evaluate({ x, y })).loss).toBeLessThan(0.3);
    // Evaluation drops nothing.
    expect(await trainer.predict(x)).toEqual(await trainer.predict(x));
    trainer.dispose();
  }
});

describe("checkpoints", () => {
  test("hold the options alone, and are read with the maker", async () => {
    const model = gpt({ ...small, activation: "swiglu", eps: 1e-6, bias: false });
    const trainer = await compile(model, { loss: crossEntropy() });
    await trainer.step(ids(12), ids(12));
    const bytes = await saveCheckpoint(trainer);
    expect(new TextDecoder().decode(bytes.slice(0, 20_000))).not.toContain("gptBlock");
    const again = await loadCheckpoint(bytes, { models: { gpt } });
    expect(again.parameters).toEqual(trainer.parameters);
    await trainer.step(ids(12), ids(12));
    await again.step(ids(12), ids(12));
    expect(again.parameters).toEqual(trainer.parameters);
    expect(await saveCheckpoint(again)).toEqual(await saveCheckpoint(trainer));
    trainer.dispose();
    again.dispose();
  });

  test("without the maker, the message says what to give", async () => {
    const trainer = await compile(gpt(small), { loss: crossEntropy() });
    const bytes = await saveCheckpoint(trainer);
    trainer.dispose();
    await expect(loadCheckpoint(bytes)).rejects.toThrow('no module is called "gpt"');
    await expect(loadCheckpoint(bytes)).rejects.toThrow("give { models: { gpt } }");
  });
});

test.each<[Partial<GptOptions>, string]>([
  [{ heads: 3 }, "gpt: heads must divide dim evenly, got 3 heads of 8"],
  [{ heads: 8, positions: "rotary" }, "gpt: rotary positions turn pairs, but 8 heads of 8 have 1 elements"],
  [{ layers: 0 }, "gpt: layers must be a whole number of at least 1, got 0"],
  [{ layers: 5000 }, "gpt: layers must be at most 1000, got 5000"],
  [{ dropout: 1.5 }, "gpt: dropout must be a number from 0 to 1, got 1.5"],
  [{ activation: "relu" as never }, 'gpt: activation must be one of "gelu", "geluTanh", "swiglu", got "relu"'],
  [{ norm: "none" as never }, 'gpt: norm must be one of "layerNorm", "rmsNorm", got "none"'],
  [{ vocabSize: undefined }, "gpt: vocabSize must be a whole number of at least 1, got undefined"],
  [{ width: 3 } as never, 'gpt: unknown option "width"'],
])("%j is refused", (given, message) => {
  expect(() => gpt({ ...small, ...given })).toThrow(message);
});
