// A GPT with weights in 8 bits: close to what it was made of, writing with its cache what it would write without, and read
// from GPT-2's files piece by piece.
import { afterEach, expect, test } from "vitest";
import { compile, crossEntropy, quantize, type Trainer } from "wasmgrad";
import { Random } from "../src/data/random.js";
import { generate, gpt, loadGpt2, saveGpt2 } from "../src/models/index.js";

const opened: Trainer[] = [];
afterEach(() => opened.splice(0).forEach((trainer) => trainer.dispose()));
const kept = (trainer: Trainer): Trainer => {
  opened.push(trainer);
  return trainer;
};

const VOCAB = 90;
const CONTEXT = 24;
const options = {
  vocabSize: VOCAB,
  contextLength: CONTEXT,
  layers: 3,
  heads: 4,
  dim: 64,
  activation: "geluTanh",
} as const;
const random = new Random(8);
const ids = Int32Array.from({ length: 4 * CONTEXT }, () => random.integer(VOCAB));

/** With weights of the size that training gives them, not the small ones that it starts with. */
async function model(): Promise<Trainer> {
  const trainer = kept(await compile(gpt(options), { loss: crossEntropy(), seed: 2 }));
  const larger = Object.entries(trainer.parameters).map(([name, { values, shape }]) => {
    return [name, shape.length === 2 ? values.map((value) => 2 * value) : values] as const;
  });
  trainer.load(Object.fromEntries(larger));
  return trainer;
}

/** Root of the mean square of the differences, relative to the standard deviation of `exact`. */
function errorOf(values: Float32Array, exact: Float32Array): number {
  const mean = exact.reduce((sum, value) => sum + value, 0) / exact.length;
  let [off, spread] = [0, 0];
  exact.forEach((value, i) => {
    off += (values[i]! - value) ** 2;
    spread += (value - mean) ** 2;
  });
  return Math.sqrt(off / spread);
}

const written = async (trainer: Trainer, prompt: ArrayLike<number>, maxTokens: number) => {
  const text: number[] = [];
  for await (const id of generate(trainer, prompt, { maxTokens, temperature: 0 })) text.push(id);
  return text;
};

test("logits are off by a few hundredths of what they vary by, the loss by next to nothing", async () => {
  const trainer = await model();
  const small = kept(await quantize(trainer));
  expect(errorOf(await small.predict(ids), await trainer.predict(ids))).toBeLessThan(0.035);
  const data = { x: ids, y: ids.map((_, i) => ids[(i * 7) % ids.length]!) };
  const [before, after] = [await trainer.evaluate(data), await small.evaluate(data)];
  expect(Math.abs(after.loss - before.loss)).toBeLessThan(0.005 * before.loss);
  expect(small.state.model.bytes).toBeLessThan(0.31 * trainer.state.model.bytes);
});

test("with a cache it writes what it would write if it read all of the text for each token", async () => {
  const small = kept(await quantize(await model()));
  const prompt = [...ids.slice(0, 5)];
  const text = [...prompt];
  while (text.length < 15) {
    const logits = await small.predict(Int32Array.from({ length: CONTEXT }, (_, i) => text[i] ?? 0));
    const last = logits.subarray((text.length - 1) * VOCAB, text.length * VOCAB);
    text.push(last.indexOf(Math.max(...last)));
  }
  expect(await written(small, prompt, 10)).toEqual(text.slice(5));
});

test("from GPT-2's files it is the same as made of the model in f32, and goes back into them", async () => {
  const source = saveGpt2(await model());
  const [whole, direct] = [kept(await loadGpt2(source)), kept(await loadGpt2(source, { weights: "int8" }))];
  const small = kept(await quantize(whole));
  expect(direct.state.model.bytes).toBe(small.state.model.bytes);
  expect(direct.parameters).toEqual(small.parameters);
  expect(await direct.predict(ids)).toEqual(await small.predict(ids));

  const again = kept(await loadGpt2(saveGpt2(direct)));
  expect(again.parameters).toEqual(small.parameters);
});
