// fit() on batches that come one after another: from arrays, iterables, generators and functions that return them.
import { afterEach, describe, expect, test } from "vitest";
import { compile, crossEntropy, linear, sequential, tanh, type Batches, type Data, type Trainer } from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { expectClose } from "./support/close.js";
import { thirds } from "./support/train-data.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

async function classifier(): Promise<Trainer> {
  open.push(await compile(sequential(linear(2, 8), tanh(), linear(8, 3)), { loss: crossEntropy(), seed: 1 }));
  return open.at(-1)!;
}

const { x, y } = thirds(40);
const batchesOf = (size: number): Data[] =>
  Array.from({ length: Math.ceil(40 / size) }, (_, i) => ({
    x: x.subarray(2 * size * i, 2 * size * (i + 1)),
    y: y.subarray(size * i, size * (i + 1)),
  }));

function* generate(): Generator<Data> {
  yield* batchesOf(16);
}

async function* generateLater(): AsyncGenerator<Data> {
  for (const batch of batchesOf(16)) {
    await Promise.resolve();
    yield batch;
  }
}

/** The bits after training on the same samples in memory, in their order. */
async function fromMemory(epochs: number): Promise<string> {
  const trainer = await classifier();
  await trainer.fit({ x, y }, { epochs, batchSize: 16, shuffle: false });
  return bitsOf(trainer);
}

describe("are the same training as samples in memory", () => {
  test.each<[string, Batches, number]>([
    ["an array", batchesOf(16), 3],
    ["a Set", new Set(batchesOf(16)), 3],
    ["an object with an iterator", { [Symbol.iterator]: generate }, 3],
    ["an object with an async iterator", { [Symbol.asyncIterator]: generateLater }, 3],
    ["a generator", generate(), 1],
    ["an async generator", generateLater(), 1],
    ["a generator function", generate, 3],
    ["an async generator function", generateLater, 3],
    ["a function that returns an array", () => batchesOf(16), 3],
    ["a function that promises an iterable", () => Promise.resolve(generate()), 3],
  ])("%s", async (_, batches, epochs) => {
    const trainer = await classifier();
    const history = await trainer.fit(batches, { epochs });
    expect(history.map(({ epoch, samples, steps }) => [epoch, samples, steps])).toEqual(
      Array.from({ length: epochs }, (_, i) => [i + 1, 40, 3]),
    );
    expect(bitsOf(trainer)).toBe(await fromMemory(epochs));
  });

  test("with the same means", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const [memory] = await a.fit({ x, y }, { batchSize: 16, shuffle: false });
    const [streamed] = await b.fit(batchesOf(16));
    expectClose([streamed.loss], [memory.loss], 1e-7);
    expect(streamed).toMatchObject({ accuracy: memory.accuracy, lr: memory.lr, seconds: expect.any(Number) });
  });
});

test("a loop over them can be left, and the iterator is told", async () => {
  const trainer = await classifier();
  let returned = 0;
  function* endless(): Generator<Data> {
    try {
      for (;;) yield { x, y };
    } finally {
      returned++;
    }
  }
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 30);
  await expect(trainer.fit(endless, { signal: controller.signal })).rejects.toMatchObject({ name: "AbortError" });
  expect(returned).toBe(1);
  for await (const { epoch } of trainer.fit(generate, { epochs: 10 })) if (epoch === 2) break;
  expect(trainer.epochs).toBe(2);
});

test("validation and early stopping work with them", async () => {
  const trainer = await classifier();
  const validation = thirds(20, 2);
  const history = await trainer.fit(generate, {
    epochs: 50,
    validation,
    earlyStopping: { patience: 1, minDelta: 0.1 },
  });
  expect(history.length).toBeLessThan(50);
  expect(history[0].valLoss).toBeGreaterThan(0);
});

test("an error of the iterable ends the fit with it, and the trainer can go on", async () => {
  const trainer = await classifier();
  async function* broken(): AsyncGenerator<Data> {
    yield { x, y };
    throw new Error("the disk is gone");
  }
  await expect(trainer.fit(broken)).rejects.toThrow("the disk is gone");
  expect([trainer.steps, trainer.epochs]).toEqual([1, 0]);
  await trainer.fit(generate);
  expect([trainer.steps, trainer.epochs]).toEqual([4, 1]);
});

describe("refuses", () => {
  test("an iterator that is empty in the second epoch, and says what to pass instead", async () => {
    const trainer = await classifier();
    const message =
      "fit: no batch is left for another epoch; an iterator gives its batches once, so pass a function that returns a new one";
    await expect(trainer.fit(generate(), { epochs: 2 })).rejects.toThrow(message);
    expect(trainer.epochs).toBe(1);
    await expect(trainer.fit(generateLater(), { epochs: 2 })).rejects.toThrow(message);
  });

  test.each<[string, Batches]>([
    ["an empty array", []],
    ["a function that returns one", () => []],
  ])("%s", async (_, batches) => {
    const trainer = await classifier();
    await trainer.fit(generate); // not the first fit of the trainer
    await expect(trainer.fit(batches)).rejects.toThrow("fit: there was no batch to train on");
  });

  test.each<[string, unknown, string]>([
    ["a number", 5, "fit: expected { x, y }, an iterable of them, or a function that returns one, got 5"],
    ["null", null, "fit: expected { x, y }, an iterable of them, or a function that returns one, got null"],
    ["an object of something else", { a: 1 }, "or a function that returns one, got an object with a"],
    ["y without x", { y: [1] }, "or a function that returns one, got an object with y"],
    ["a function that returns no iterable", () => 5, "fit: the function must return an iterable of { x, y }, got 5"],
    ["batches that are none", [5], "fit: batch 0: expected { x, y }, got 5"],
    ["batches without y", [{ x }], "fit: batch 0: expected { x, y }, got an object with x"],
    ["pairs", [[x, y]], "fit: batch 0: expected { x, y }, got an array of 2"],
  ])("%s", async (_, data, message) => {
    await expect((await classifier()).fit(data as Batches)).rejects.toThrow(message);
  });

  test("a batch that fits nothing, by its number", async () => {
    const trainer = await classifier();
    await expect(
      trainer.fit([
        { x, y },
        { x, y: [1] },
      ]),
    ).rejects.toThrow(
      "fit: batch 1: y has 1 number, which is no whole number of targets for each of the 40 samples of x",
    );
    expect(trainer.steps).toBe(1);
  });

  test("targets of another kind than the first batch's", async () => {
    const probabilities = { x: x.subarray(0, 2), y: [1, 0, 0] };
    await expect((await classifier()).fit([{ x, y }, probabilities])).rejects.toThrow(
      "fit: batch 1: all batches need targets of one kind; y had 1 number a sample, now 3",
    );
  });

  test("a share for validation", async () => {
    await expect((await classifier()).fit(batchesOf(16), { validation: 0.1 })).rejects.toThrow(
      "fit: a share for validation needs all samples at once; with batches give validation: { x, y }",
    );
  });
});
