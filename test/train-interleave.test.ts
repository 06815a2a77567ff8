// What is asked of a trainer between two epochs, or all at once: nothing disturbs anything else.
import { afterEach, describe, expect, test } from "vitest";
import { compile, crossEntropy, dropout, linear, saveCheckpoint, sequential, tanh, type Trainer } from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { noise, thirds } from "./support/train-data.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

async function classifier(): Promise<Trainer> {
  const model = sequential(linear(2, 32), tanh(), dropout(0.2), linear(32, 3));
  open.push(await compile(model, { loss: crossEntropy(), seed: 1 }));
  return open.at(-1)!;
}

const data = thirds(100);
const options = { epochs: 6, batchSize: 16 };

const questions: [string, (trainer: Trainer) => unknown][] = [
  ["predict", (trainer) => trainer.predict(noise(14, 5))],
  [
    "predict of many, whose arena and memory grow",
    (trainer) => trainer.predict(noise(2 * 20_000, 5), { batchSize: 20_000 }),
  ],
  ["evaluate", (trainer) => trainer.evaluate(thirds(33, 2), { batchSize: 10 })],
  ["evaluate of batches as in training", (trainer) => trainer.evaluate(data, { batchSize: 16 })],
  ["gradients", (trainer) => trainer.gradients(data.x, data.y)],
  ["inspect", (trainer) => trainer.inspect(data.x, data.y)],
  ["parameters", (trainer) => trainer.parameters],
  ["load of what is there", (trainer) => trainer.load(trainer.parameters)],
  ["explain and summary", async (trainer) => [await trainer.explain({ batch: 7 }), trainer.summary()]],
  ["a checkpoint", (trainer) => saveCheckpoint(trainer)],
  [
    "another trainer",
    async () => {
      await (await classifier()).fit(thirds(500), { batchSize: 5 });
    },
  ],
  ["a fit that is refused", (trainer) => trainer.fit(data).then(undefined, () => undefined)],
];

describe("between two epochs, these leave the training as it is, to the bit", () => {
  test.each(questions)("%s", async (_, ask) => {
    const [a, b, c] = [await classifier(), await classifier(), await classifier()];
    await a.fit(data, options);
    for await (const _ of b.fit(data, options)) await ask(b);
    expect(bitsOf(b)).toBe(bitsOf(a));
    await c.fit(data, { ...options, onEpoch: async () => void (await ask(c)) });
    expect(bitsOf(c)).toBe(bitsOf(a));
  });

  test("all of them, and batches from an iterable", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const batches = () => [data, thirds(7, 3), thirds(50, 4)];
    await a.fit(batches, { epochs: 3 });
    async function* disturbed() {
      for (const batch of batches()) {
        for (const [, ask] of questions) await ask(b);
        yield batch;
      }
    }
    await b.fit(disturbed, { epochs: 3 });
    expect(bitsOf(b)).toBe(bitsOf(a));
  });
});

test("a step between two epochs is one more update, of which the rest takes no harm", async () => {
  const [a, b] = [await classifier(), await classifier()];
  const extra = thirds(9, 8);
  for await (const _ of a.fit(data, options)) await a.step(extra.x, extra.y);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    await b.fit(data, { batchSize: 16 });
    await b.step(extra.x, extra.y);
  }
  expect(a.steps).toBe(6 * 8);
  expect(bitsOf(a)).toBe(bitsOf(b));
});

describe("asked all at once", () => {
  test("each answer is that of its question", async () => {
    const trainer = await classifier();
    const ask = [
      () => trainer.evaluate(data, { batchSize: 9 }),
      () => trainer.evaluate(thirds(33, 2), { batchSize: 9 }),
      () => trainer.predict(noise(300, 5), { batchSize: 7 }),
      () => trainer.predict(noise(300, 6), { batchSize: 7 }),
      () => trainer.gradients(data.x, data.y),
      () => trainer.gradients(thirds(100, 7).x, data.y),
      () => trainer.inspect(thirds(5, 7).x, thirds(5, 7).y),
    ];
    const single: unknown[] = [];
    for (const question of ask) single.push(await question());
    expect(await Promise.all(ask.map((question) => question()))).toEqual(single);
  });

  test("steps are done one after another, each with its own loss", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const batches = [1, 2, 3, 4].map((seed) => thirds(5, seed));
    const results = [];
    for (const { x, y } of batches) results.push(await a.step(x, y));
    expect(await Promise.all(batches.map(({ x, y }) => b.step(x, y)))).toEqual(results);
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("questions during a long fit leave its bits and figures as they are", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const figures = (epochs: { loss: number; accuracy?: number }[]) =>
      epochs.map(({ loss, accuracy }) => [loss, accuracy]);
    const long = { epochs: 300, batchSize: 4 };
    const expected = await a.fit(data, long);
    const fit = b.fit(data, long).then((epochs) => epochs);
    const asked: Promise<unknown>[] = [];
    let ended = false;
    void fit.then(() => (ended = true));
    for (let i = 0; !ended; i++) {
      asked.push(Promise.resolve(questions[i % 6][1](b)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(asked);
    expect(figures(await fit)).toEqual(figures(expected));
    expect(bitsOf(b)).toBe(bitsOf(a));
  });
});
