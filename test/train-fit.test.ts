// fit() on samples in memory: its two forms, epochs, batches, order, validation.
import { afterEach, describe, expect, test } from "vitest";
import {
  compile,
  crossEntropy,
  dropout,
  linear,
  meanSquaredError,
  ops,
  sequential,
  sgd,
  tanh,
  type Epoch,
  type Trainer,
} from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { expectClose } from "./support/close.js";
import { thirds, xor } from "./support/train-data.js";

const { mul, sum } = ops;

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

async function classifier(seed = 1): Promise<Trainer> {
  const model = sequential(linear(2, 8), tanh(), dropout(0.1), linear(8, 3));
  open.push(await compile(model, { loss: crossEntropy(), seed }));
  return open.at(-1)!;
}

/** A model that multiplies by one weight, which starts at 1. */
async function scale(): Promise<Trainer> {
  const trainer = await compile(linear(1, 1, { bias: false }), {
    loss: meanSquaredError(),
    optimizer: sgd({ lr: 0.1 }),
  });
  trainer.load({ weight: [1] });
  open.push(trainer);
  return trainer;
}

const data = thirds(50);
const timeless = (epochs: readonly Epoch[]) =>
  epochs.map(({ seconds, ...epoch }) => ({ ...epoch, timed: seconds >= 0 }));

async function looked(trainer: Trainer, ...args: Parameters<Trainer["fit"]>): Promise<Epoch[]> {
  const epochs: Epoch[] = [];
  for await (const epoch of trainer.fit(...args)) epochs.push(epoch);
  return epochs;
}

describe("its two forms", () => {
  test("give the same epochs and parameters", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const options = { epochs: 7, batchSize: 16 };
    expect(timeless(await a.fit(data, options))).toEqual(timeless(await looked(b, data, options)));
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("an epoch tells its number, means, samples, steps, rate and time", async () => {
    const trainer = await classifier();
    const [epoch] = await trainer.fit(data, { batchSize: 16 });
    expect(epoch).toEqual({
      epoch: 1,
      loss: expect.any(Number),
      accuracy: expect.any(Number),
      seconds: expect.any(Number),
      samples: 50,
      steps: 4,
      lr: 0.001,
    });
  });

  test("a loss that counts nothing gives no accuracy", async () => {
    const [epoch] = await (await scale()).fit({ x: [1, 2], y: [2, 4] });
    expect(epoch).not.toHaveProperty("accuracy");
  });

  test("training begins when the fit is awaited or iterated, not before", async () => {
    const trainer = await classifier();
    const fit = trainer.fit(data);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(trainer.steps).toBe(0);
    await fit;
    expect(trainer.steps).toBe(2);
  });

  test("awaiting twice gives the same epochs; then() chains, catch() and finally() settle", async () => {
    const trainer = await classifier();
    const fit = trainer.fit(data);
    expect(await fit).toBe(await fit);
    expect(await trainer.fit(data).then(([{ epoch }]) => epoch)).toBe(2);
    let ended = false;
    await trainer.fit(data).finally(() => (ended = true));
    expect(ended).toBe(true);
    expect(await trainer.fit(data, { epochs: 0 }).catch(String)).toMatch(/^RangeError/);
    expect(trainer.epochs).toBe(3);
  });

  test("one fit is one training: it cannot be started twice", async () => {
    const fit = (await classifier()).fit(data);
    for await (const _ of fit) break;
    const again = "fit: this training has been started already; call trainer.fit() again for another";
    await expect(fit).rejects.toThrow(again);
    await expect(async () => {
      for await (const _ of fit);
    }).rejects.toThrow(again);
  });

  test("two trainings of one trainer at a time are refused, and leave the first alone", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const first = a.fit(data, { epochs: 3, batchSize: 16 }).then((epochs) => epochs);
    await expect(a.fit(data)).rejects.toThrow(
      "fit: this trainer is training already; await that fit, or leave its loop, before the next",
    );
    expect(timeless(await first)).toEqual(timeless(await b.fit(data, { epochs: 3, batchSize: 16 })));
    await expect(async () => {
      for await (const _ of a.fit(data)) await a.fit(data);
    }).rejects.toThrow("fit: this trainer is training already");
    await a.fit(data); // the loop has been left
  });
});

describe("epochs", () => {
  test("count on over several fits", async () => {
    const trainer = await classifier();
    const numbers = [...(await trainer.fit(data, { epochs: 2 })), ...(await looked(trainer, data, { epochs: 2 }))];
    expect(numbers.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(trainer.epochs).toBe(4);
    expect(trainer.steps).toBe(8);
  });

  test("4 epochs are 2 and 2 more, to the bit", async () => {
    const [a, b] = [await classifier(), await classifier()];
    await a.fit(data, { epochs: 4 });
    await b.fit(data, { epochs: 2 });
    await b.fit(data, { epochs: 2 });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("leaving the loop stops training there; a later fit goes on, to the same bits", async () => {
    const [a, b] = [await classifier(), await classifier()];
    await a.fit(data, { epochs: 5 });
    for await (const { epoch } of b.fit(data, { epochs: 100 })) if (epoch === 3) break;
    expect([b.epochs, b.steps]).toEqual([3, 6]);
    await b.fit(data, { epochs: 2 });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("an error in the loop's body stops training as well", async () => {
    const trainer = await classifier();
    const loop = async () => {
      for await (const { epoch } of trainer.fit(data, { epochs: 100 })) if (epoch === 2) throw new Error("enough");
    };
    await expect(loop).rejects.toThrow("enough");
    expect(trainer.epochs).toBe(2);
    await trainer.fit(data);
    expect(trainer.epochs).toBe(3);
  });

  test("onEpoch is called with each, and training waits for it", async () => {
    const trainer = await classifier();
    const seen: string[] = [];
    await trainer.fit(data, {
      epochs: 3,
      async onEpoch({ epoch }) {
        seen.push(`epoch ${epoch} of ${trainer.epochs}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        seen.push(`after ${trainer.epochs}`);
      },
    });
    expect(seen).toEqual(["epoch 1 of 1", "after 1", "epoch 2 of 2", "after 2", "epoch 3 of 3", "after 3"]);
    await expect(trainer.fit(data, { onEpoch: () => Promise.reject(new Error("mine")) })).rejects.toThrow("mine");
  });

  test("many thousand epochs of one step each come one by one and in order", async () => {
    const trainer = await compile(sequential(linear(2, 2), tanh(), linear(2, 1)), { loss: meanSquaredError() });
    open.push(trainer);
    const epochs = await trainer.fit(xor, { epochs: 70_000 });
    expect(epochs.length).toBe(70_000);
    expect(epochs.every(({ epoch, steps, samples }, i) => epoch === i + 1 && steps === 1 && samples === 4)).toBe(true);
    expect(trainer.steps).toBe(70_000);
  });
});

describe("batches", () => {
  test("larger than the data are the data", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const [{ steps }] = await a.fit(data, { epochs: 1, batchSize: 1000 });
    await b.fit(data, { epochs: 1, batchSize: 50 });
    expect(steps).toBe(1);
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  // loss = mean (w x - y)², dw = mean 2 x (w x - y)
  test("the last of an epoch may be smaller; the mean loss weighs it by its samples", async () => {
    const trainer = await scale();
    const x = [1, 2, 3, 4, 5];
    const y = [3, 2, 5, 4, 1];
    let w = 1;
    let sum = 0;
    for (const batch of [[0, 1], [2, 3], [4]]) {
      sum += batch.reduce((total, i) => total + (w * x[i] - y[i]) ** 2, 0);
      w -= (0.1 * batch.reduce((total, i) => total + 2 * x[i] * (w * x[i] - y[i]), 0)) / batch.length;
    }
    const [{ loss, steps, samples }] = await trainer.fit({ x, y }, { batchSize: 2, shuffle: false });
    expect([steps, samples]).toEqual([3, 5]);
    expectClose([loss, ...trainer.parameters.weight.values], [sum / 5, w], 1e-5);
  });

  test("of one sample", async () => {
    const [{ steps, samples }] = await (await classifier()).fit(data, { batchSize: 1 });
    expect([steps, samples]).toEqual([50, 50]);
  });
});

/** Which samples the steps of an epoch use, seen by a weight that adds up powers of ten. */
async function orders(options: { shuffle?: boolean; epochs: number; seed: number }): Promise<number[][]> {
  const samples = 8;
  const { seed, ...rest } = options;
  // One weight for each sample; the gradient of sample i moves weight i alone, by the step's number.
  const trainer = await compile(linear(samples, 1, { bias: false }), {
    loss: (output, target) => sum(mul(output, target)),
    optimizer: sgd({ lr: (step) => step + 1 }),
    seed,
  });
  open.push(trainer);
  const x = Array.from({ length: samples ** 2 }, (_, i) => Number(i % (samples + 1) === 0));
  const y = Array.from({ length: samples }, () => -1);
  const found: number[][] = [];
  trainer.load({ weight: new Float32Array(samples) });
  for await (const _ of trainer.fit({ x, y }, { ...rest, batchSize: 1 })) {
    const steps = [...trainer.parameters.weight.values];
    found.push(steps.map((_, sample) => sample).sort((a, b) => steps[a] - steps[b]));
    trainer.load({ weight: new Float32Array(samples) });
  }
  return found;
}

describe("the order of the samples", () => {
  const given = [0, 1, 2, 3, 4, 5, 6, 7];

  test("is as given without shuffling", async () => {
    expect(await orders({ shuffle: false, epochs: 3, seed: 5 })).toEqual([given, given, given]);
  });

  test("is another for each epoch, and each sample comes once", async () => {
    const found = await orders({ epochs: 4, seed: 5 });
    expect(found.map((order) => [...order].sort())).toEqual([given, given, given, given]);
    expect(new Set([given, ...found].map(String)).size).toBe(5);
  });

  test("is decided by the seed", async () => {
    const [first, again, other] = [5, 5, 6].map((seed) => orders({ epochs: 3, seed }));
    expect(await first).toEqual(await again);
    expect(await first).not.toEqual(await other);
    expect(await orders({ epochs: 1, seed: 2 ** 32 + 5 })).not.toEqual((await first).slice(0, 1));
  });
});

describe("validation", () => {
  test("comes after each epoch, and is what evaluate() says", async () => {
    const trainer = await classifier();
    const validation = thirds(31, 2);
    for await (const { valLoss, valAccuracy } of trainer.fit(data, { epochs: 3, validation })) {
      const { loss, accuracy } = await trainer.evaluate(validation);
      expect([valLoss, valAccuracy]).toEqual([loss, accuracy]);
    }
  });

  test("does not disturb training", async () => {
    const [a, b] = [await classifier(), await classifier()];
    await a.fit(data, { epochs: 3, validation: thirds(31, 2) });
    await b.fit(data, { epochs: 3 });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("a share is taken from the end, and not trained on", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const shared = await a.fit(data, { epochs: 2, validation: 0.2 });
    const given = await b.fit(
      { x: data.x.subarray(0, 80), y: data.y.subarray(0, 40) },
      { epochs: 2, validation: { x: data.x.subarray(80), y: data.y.subarray(40) } },
    );
    expect(timeless(shared)).toEqual(timeless(given));
    expect(shared[0].samples).toBe(40);
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("a share of 0 is none", async () => {
    const [epoch] = await (await classifier()).fit(data, { validation: 0 });
    expect(epoch).not.toHaveProperty("valLoss");
    expect(epoch.samples).toBe(50);
  });

  test.each([0.001, 0.999, 1])("a share of %d leaves too few", async (validation) => {
    await expect((await classifier()).fit(data, { validation })).rejects.toThrow(
      `fit: validation: ${validation} of 50 samples leaves nothing to train on or to validate by`,
    );
  });
});
