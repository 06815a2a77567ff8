// Early stopping: what it watches, how long it waits, and what parameters it ends with. The model is one weight w in
// y = w x, which the rates of a schedule move as each test wants: its losses are known beforehand.
import { afterEach, describe, expect, test } from "vitest";
import {
  compile,
  crossEntropy,
  linear,
  meanSquaredError,
  ops,
  parameter,
  sgd,
  type EarlyStopping,
  type FitOptions,
  type Trainer,
} from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { thirds } from "./support/train-data.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

/** A trainer whose weight is path[e] in epoch e; each epoch is one step. */
async function along(path: readonly number[]): Promise<Trainer> {
  // The gradient of the loss below is -1, so a rate is a step of the weight; rates cannot be negative, so it goes upwards.
  const trainer = await compile(linear(1, 1, { bias: false }), {
    loss: (output, target) => ops.mean(ops.abs(ops.sub(output, target))),
    optimizer: sgd({ lr: (step) => path[step + 1] - path[step] }),
  });
  trainer.load({ weight: [path[0]] });
  open.push(trainer);
  return trainer;
}

const weightOf = (trainer: Trainer) => trainer.parameters.weight.values[0];

/** Epochs done, and the weight at the end. The loss of an epoch that begins with weight w is |w - 10|. */
async function run(path: readonly number[], options: FitOptions): Promise<[number, number]> {
  const trainer = await along(path);
  const epochs = await trainer.fit({ x: [1], y: [10] }, { epochs: path.length - 1, ...options });
  return [epochs.length, weightOf(trainer)];
}

describe("a loss", () => {
  // Validation comes after the update: its target 4 is met best by the weight of epoch 3.
  const path = [0, 1, 3, 4, 6, 7, 8, 9];
  const validation = { x: [1], y: [4] };

  test("of validation, which is the default where there is some: stops after `patience` epochs without improvement", async () => {
    expect(await run(path, { validation, earlyStopping: { patience: 2 } })).toEqual([5, 4]);
    expect(await run(path, { validation, earlyStopping: { patience: 1, monitor: "valLoss" } })).toEqual([4, 4]);
  });

  test("without restoring, the last parameters stay", async () => {
    expect(await run(path, { validation, earlyStopping: { patience: 2, restoreBest: false } })).toEqual([5, 7]);
  });

  test("the best parameters are restored, too, where training ends by itself or is left", async () => {
    expect(await run(path, { validation, earlyStopping: {} })).toEqual([7, 4]);
    const trainer = await along(path);
    for await (const { epoch } of trainer.fit({ x: [1], y: [10] }, { epochs: 7, validation, earlyStopping: {} }))
      if (epoch === 4) break;
    expect(weightOf(trainer)).toBe(4);
  });

  test("who stops by a signal may go on later: nothing is restored", async () => {
    const trainer = await along(path);
    const controller = new AbortController();
    const { signal } = controller;
    const onEpoch = ({ epoch }: { epoch: number }) => void (epoch === 5 && controller.abort(new Error("stopped")));
    const fit = trainer.fit({ x: [1], y: [10] }, { epochs: 7, validation, earlyStopping: {}, onEpoch, signal });
    await expect(fit).rejects.toThrow("stopped");
    expect(weightOf(trainer)).toBe(7);
  });

  test("minDelta is what an improvement has to exceed", async () => {
    // Losses of validation: 3, 1, 0, 2, …
    expect(await run(path, { validation, earlyStopping: { patience: 1, minDelta: 1 } })).toEqual([3, 3]);
    expect(await run(path, { validation, earlyStopping: { patience: 1, minDelta: 0.9 } })).toEqual([4, 4]);
  });

  test("of training, which is the default without validation", async () => {
    // Losses 10, 8, 8, 8: the rates are 0 from the second epoch on.
    expect(await run([0, 2, 2, 2, 2, 2], { earlyStopping: { patience: 2 } })).toEqual([4, 2]);
  });

  test("a NaN of validation is no improvement, not even on nothing", async () => {
    const endless = { x: [NaN], y: [4] };
    expect(await run(path, { validation: endless, earlyStopping: { patience: 3 } })).toEqual([3, 4]);
  });
});

describe("an accuracy rises", () => {
  /** Logits [0, w x]: class 1 is right where w x > 0. The weight goes from -1 upwards by one half a step. */
  async function classifier(): Promise<Trainer> {
    const w = parameter([1, 2], { name: "w" });
    const trainer = await compile((x) => ops.mul(x, w), {
      input: [1],
      loss: crossEntropy(),
      optimizer: sgd({ lr: 1e-6 }),
    });
    trainer.load({ w: [0, -1] });
    open.push(trainer);
    return trainer;
  }
  const data = { x: [1, 2], y: [1, 1] };
  const steer = (trainer: Trainer, weights: readonly number[]) => ({
    onEpoch: ({ epoch }: { epoch: number }) => trainer.load({ w: [0, weights[epoch - 1]] }),
  });

  test.each([
    ["accuracy", [1, 1, -1, -1]],
    ["valAccuracy", [1, 1, -1, -1]],
  ] as const)("%s", async (monitor, weights) => {
    const trainer = await classifier();
    const earlyStopping: EarlyStopping = { monitor, patience: 2 };
    const epochs = await trainer.fit(data, {
      epochs: 9,
      earlyStopping,
      ...(monitor === "valAccuracy" && { validation: data }),
      ...steer(trainer, weights),
    });
    const figures = epochs.map((epoch) => epoch[monitor]);
    // The first epoch begins with the weight -1; the hook sets those of the next.
    expect(figures).toEqual([0, 1, 1, 0].slice(0, figures.length));
    expect(figures.length).toBe(4);
  });

  test("needs a loss that counts right predictions, and says so before training", async () => {
    const trainer = await along([0, 1, 2]);
    await expect(trainer.fit({ x: [1], y: [1] }, { earlyStopping: { monitor: "accuracy" } })).rejects.toThrow(
      'fit: earlyStopping: monitor is "accuracy", but this loss does not count right predictions; watch the loss',
    );
    expect(trainer.steps).toBe(0);
  });
});

test("ends with the same bits as the best epoch of a training that goes on", async () => {
  const data = thirds(60);
  const validation = thirds(30, 3);
  const make = async () => {
    open.push(await compile(linear(2, 3), { loss: crossEntropy(), optimizer: sgd({ lr: 8 }) }));
    return open.at(-1)!;
  };
  const [a, b] = [await make(), await make()];
  let best = Infinity;
  let bits = "";
  for await (const { valLoss } of a.fit(data, { epochs: 30, validation })) {
    if (valLoss! >= best) continue;
    best = valLoss!;
    bits = bitsOf(a);
  }
  await b.fit(data, { epochs: 30, validation, earlyStopping: { patience: 30 } });
  expect(bitsOf(b)).toBe(bits);
});

describe("refuses", () => {
  const data = { x: [1], y: [1] };
  test.each<[EarlyStopping | true, string]>([
    [{ patience: 0 }, "fit: earlyStopping: patience must be a whole number of at least 1, got 0"],
    [{ minDelta: -1 }, "fit: earlyStopping: minDelta must be a number of at least 0, got -1"],
    [
      { monitor: "f1" as "loss" },
      'fit: earlyStopping: monitor must be one of loss, accuracy, valLoss, valAccuracy, got "f1"',
    ],
    [
      { monitor: "valLoss" },
      'fit: earlyStopping: monitor is "valLoss", but there is no validation; give validation: 0.1 or { x, y }',
    ],
    [{ restoreBest: 1 as unknown as boolean }, "fit: earlyStopping: restoreBest must be true or false, got 1"],
    [
      { waits: 3 } as EarlyStopping,
      'fit: earlyStopping: unknown option "waits"; the options are monitor, patience, minDelta, restoreBest',
    ],
    [true, "fit: earlyStopping: expected an options object, got true"],
  ])("%j", async (earlyStopping, message) => {
    const trainer = await along([0, 1]);
    await expect(trainer.fit(data, { earlyStopping: earlyStopping as EarlyStopping })).rejects.toThrow(message);
  });

  test("a monitor of validation where its share is 0", async () => {
    const trainer = await along([0, 1]);
    await expect(trainer.fit(data, { validation: 0, earlyStopping: { monitor: "valLoss" } })).rejects.toThrow(
      "there is no validation",
    );
  });
});

test("meanSquaredError is a loss to be watched like any", async () => {
  const trainer = await compile(linear(1, 1, { bias: false }), {
    loss: meanSquaredError(),
    optimizer: sgd({ lr: 1e-9 }),
  });
  open.push(trainer);
  trainer.load({ weight: [1] });
  const epochs = await trainer.fit({ x: [1], y: [1] }, { epochs: 9, earlyStopping: { monitor: "loss", patience: 1 } });
  expect(epochs.length).toBe(2);
});
