// Stopping by a signal, and progress: in the middle of an epoch, and going on from there.
import { afterEach, describe, expect, test } from "vitest";
import { adam, compile, crossEntropy, dropout, linear, sequential, tanh, type Progress, type Trainer } from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { thirds } from "./support/train-data.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

async function classifier(): Promise<Trainer> {
  const model = sequential(linear(2, 16), tanh(), dropout(0.2), linear(16, 3));
  open.push(await compile(model, { loss: crossEntropy(), optimizer: adam({ lr: 0.01 }), seed: 3 }));
  return open.at(-1)!;
}

// Steps of one sample, so that an epoch takes several calls into WebAssembly: the first is one step long.
const data = thirds(3000);
const options = { batchSize: 1 };

/** Trains until an epoch is under way, and no longer. */
async function stopInTheMiddle(trainer: Trainer): Promise<void> {
  const controller = new AbortController();
  const fit = trainer.fit(data, {
    ...options,
    signal: controller.signal,
    onProgress: ({ step, steps }) => step < steps! && controller.abort(new Error("stopped")),
  });
  await expect(fit).rejects.toThrow("stopped");
  expect(trainer.steps % 3000).toBeGreaterThan(0);
}

describe("a signal", () => {
  test("stops between two updates, and the fit rejects with its reason", async () => {
    const trainer = await classifier();
    await stopInTheMiddle(trainer);
    expect(trainer.epochs).toBe(0);
    expect((await trainer.evaluate(data)).loss).toBeLessThan(2);
  });

  test("that was given before stops before the first update", async () => {
    const trainer = await classifier();
    await expect(trainer.fit(data, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    expect(trainer.steps).toBe(0);
  });

  test("is heard while a long fit is awaited", async () => {
    const trainer = await classifier();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    await expect(trainer.fit(data, { epochs: 100_000, signal: controller.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  test("stops a loop as well", async () => {
    const trainer = await classifier();
    const controller = new AbortController();
    const loop = async () => {
      for await (const { epoch } of trainer.fit(data, { epochs: 9, signal: controller.signal }))
        if (epoch === 2) controller.abort(new Error("after two"));
    };
    await expect(loop).rejects.toThrow("after two");
    expect(trainer.epochs).toBe(2);
  });

  test("has to be one", async () => {
    const trainer = await classifier();
    const signal = new AbortController() as unknown as AbortSignal;
    await expect(trainer.fit(data, { signal })).rejects.toThrow(
      "fit: signal must be an AbortSignal, got an object of AbortController; pass the controller's signal",
    );
  });
});

describe("an epoch that was left in the middle", () => {
  test("is finished by the next fit, to the bits and figures of one that was not", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const whole = await a.fit(data, { ...options, epochs: 3 });
    await stopInTheMiddle(b);
    const rest = await b.fit(data, { ...options, epochs: 3 });
    expect(rest.map(({ epoch, loss, accuracy, steps, samples }) => [epoch, loss, accuracy, steps, samples])).toEqual(
      whole.map(({ epoch, loss, accuracy, steps, samples }) => [epoch, loss, accuracy, steps, samples]),
    );
    expect(b.steps).toBe(9000);
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("can be left again and again", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const few = thirds(60);
    await a.fit(few, { ...options, epochs: 2 });
    let stops = 0;
    while (b.epochs < 2) {
      const controller = new AbortController();
      await b
        .fit(few, { ...options, signal: controller.signal, onProgress: () => controller.abort() })
        .catch(() => stops++);
    }
    expect(stops).toBeGreaterThan(2);
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("is given up where the batches are others", async () => {
    const trainer = await classifier();
    await stopInTheMiddle(trainer);
    const before = trainer.steps;
    const [{ steps, samples }] = await trainer.fit(data, { batchSize: 100 });
    expect([steps, samples]).toEqual([30, 3000]);
    expect(trainer.steps).toBe(before + 30);
  });
});

describe("onProgress", () => {
  test("tells how far the epoch is, with means over it so far", async () => {
    const trainer = await classifier();
    const seen: Progress[] = [];
    const [epoch] = await trainer.fit(data, { ...options, onProgress: (progress) => void seen.push(progress) });
    expect(seen.length).toBeGreaterThan(1);
    const steps = seen.map(({ step }) => step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    for (const progress of seen) {
      expect(progress).toMatchObject({ epoch: 1, epochs: 1, steps: 3000 });
      expect(progress.samplesPerSecond).toBeGreaterThan(0);
      expect(progress.loss).toBeGreaterThan(0);
      expect(progress.accuracy).toBeLessThanOrEqual(1);
    }
    const last = seen.at(-1)!;
    expect([last.step, last.loss, last.accuracy]).toEqual([3000, epoch.loss, epoch.accuracy]);
  });

  test("is called where every call into WebAssembly ends an epoch, too", async () => {
    const trainer = await classifier();
    const seen: Progress[] = [];
    await trainer.fit(data, { batchSize: 3000, epochs: 200, onProgress: (progress) => void seen.push(progress) });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every(({ step, steps }) => step === 1 && steps === 1)).toBe(true);
    expect(seen.at(-1)!.epoch).toBe(200);
  });

  test("has no count of steps where batches come from an iterable", async () => {
    const trainer = await classifier();
    const seen: Progress[] = [];
    const batches = Array.from({ length: 40 }, () => data);
    await trainer.fit(batches, { onProgress: (progress) => void seen.push(progress) });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen[0]).toMatchObject({ epoch: 1, epochs: 1, steps: undefined });
  });

  test("an error that it throws ends the fit, which can go on later", async () => {
    const [a, b] = [await classifier(), await classifier()];
    const onProgress = () => {
      throw new Error("mine");
    };
    await expect(a.fit(data, { ...options, onProgress })).rejects.toThrow("mine");
    await a.fit(data, options);
    await b.fit(data, options);
    expect(bitsOf(a)).toBe(bitsOf(b));
  });
});
