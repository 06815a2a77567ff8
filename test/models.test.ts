// The presets besides the GPT: their shapes and parameters' names, that they learn, and come back from checkpoints.

import { describe, expect, test } from "vitest";
import {
  adam,
  binaryCrossEntropy,
  compile,
  crossEntropy,
  loadCheckpoint,
  meanSquaredError,
  saveCheckpoint,
  tanh,
  type Module,
  type Trainer,
} from "../src/index.js";
import { Random } from "../src/data/index.js";
import { lenet, lstmLanguageModel, matrixFactorisation, mlp, mlpRecommender, resnet } from "../src/models/index.js";

const shapesOf = (trainer: Trainer) =>
  Object.fromEntries(Object.entries(trainer.parameters).map(([name, { shape }]) => [name, shape]));
const outputOf = (trainer: Trainer) => [...trainer.state.model.outputs.values()][0]!.shape;
const noise = (count: number, seed = 1) => {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};

/** Saved, and read again: the same bits, with the makers of composite models or without. */
async function comesBack(trainer: Trainer, models?: Parameters<typeof loadCheckpoint>[1]): Promise<void> {
  const bytes = await saveCheckpoint(trainer);
  const again = await loadCheckpoint(bytes, models);
  expect(again.parameters).toEqual(trainer.parameters);
  expect(await saveCheckpoint(again)).toEqual(bytes);
  again.dispose();
}

describe("mlp", () => {
  test("is linear layers with activations between them", async () => {
    const trainer = await compile(mlp([4, 8, 6, 3]), { loss: crossEntropy() });
    expect(shapesOf(trainer)).toEqual({
      ...{ "0.weight": [8, 4], "0.bias": [8], "2.weight": [6, 8], "2.bias": [6], "4.weight": [3, 6], "4.bias": [3] },
    });
    expect(mlp([4, 8, 3]).children["1"]!.type).toBe("relu");
    await trainer.step(
      noise(40),
      Int32Array.from({ length: 10 }, (_, i) => i % 3),
    );
    await comesBack(trainer);
    trainer.dispose();
  });

  test("with another activation, and dropout behind it", () => {
    const types = (module: Module) => Object.values(module.children).map(({ type }) => type);
    expect(types(mlp([2, 3, 3, 1], { activation: tanh, dropout: 0.5 }))).toEqual([
      ...["linear", "tanh", "dropout", "linear", "tanh", "dropout", "linear"],
    ]);
    expect(types(mlp([2, 1]))).toEqual(["linear"]);
  });

  test.each<[() => unknown, string]>([
    [() => mlp([3]), "mlp: needs the sizes of the input and the output at least"],
    [() => mlp([3, 0, 1]), "mlp: size 1 must be a whole number of at least 1, got 0"],
    [() => mlp([3, 1], { dropout: 2 }), "mlp: dropout must be a number from 0 to 1"],
    [() => mlp(3 as never), "mlp: needs the sizes"],
  ])("refuses %s", (make, message) => expect(make).toThrow(message));
});

describe("convolutional networks", () => {
  test("lenet: LeNet-5's layers for pictures of any size", async () => {
    const trainer = await compile(lenet(), { input: [1, 28, 28], loss: crossEntropy() });
    expect(outputOf(trainer)).toEqual([1, 10]);
    expect(shapesOf(trainer)).toMatchObject({ "0.weight": [6, 1, 5, 5], "3.weight": [16, 6, 5, 5], "7.weight": [120, 400], "11.weight": [10, 84] }); // prettier-ignore
    await trainer.step(noise(2 * 784), Int32Array.of(3, 4));
    await comesBack(trainer);
    trainer.dispose();
    for (const size of [12, 13, 17, 40]) {
      const other = await compile(lenet({ size, channels: 3, classes: 2 }), { input: [3, size, size] });
      expect(outputOf(other)).toEqual([1, 2]);
      other.dispose();
    }
    expect(() => lenet({ size: 11 })).toThrow("lenet: size must be at least 12");
    expect(() => lenet({ sides: 3 } as never)).toThrow('lenet: unknown option "sides"');
  });

  test("resnet: stages that halve the picture, for pictures of any size", async () => {
    const model = resnet({ channels: 1, classes: 2, widths: [4, 6], blocks: 2 });
    const trainer = await compile(model, { input: [1, 9, 10], loss: crossEntropy(), optimizer: adam({ lr: 0.01 }) });
    expect(outputOf(trainer)).toEqual([1, 2]);
    // Bright pictures and dark ones.
    const y = Int32Array.from({ length: 16 }, (_, i) => i % 2);
    const x = noise(16 * 90).map((value, i) => 0.3 * value + (y[Math.floor(i / 90)] ? 0.5 : -0.5));
    for (let step = 0; step < 30; step++) await trainer.step(x, y);
    expect((await trainer.evaluate({ x, y })).accuracy).toBe(1);
    await comesBack(trainer);
    trainer.dispose();
    expect(() => resnet({ widths: [] })).toThrow("resnet: widths must be the channels of at least one stage");
    expect(() => resnet({ widths: [3, 0] })).toThrow("resnet: widths[1] must be a whole number of at least 1");
  });
});

describe("lstmLanguageModel", () => {
  const options = { vocabSize: 7, dim: 4, hidden: 5 };

  test("gives logits for every step, under PyTorch's names", async () => {
    const trainer = await compile(lstmLanguageModel({ ...options, layers: 2 }), {
      input: { shape: [3], dtype: "i32" },
      loss: crossEntropy(),
    });
    expect(outputOf(trainer)).toEqual([1, 3, 7]);
    expect(Object.keys(trainer.parameters)).toEqual([
      "embedding.weight",
      ...["l0", "l1"].flatMap((layer) => ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((name) => `lstm.${name}_${layer}`)),
      "head.weight",
      "head.bias",
    ]); // prettier-ignore
    trainer.dispose();
  });

  test("learns what follows, and comes back", async () => {
    const trainer = await compile(lstmLanguageModel({ ...options, hidden: 16, dropout: 0.05 }), {
      input: { shape: [6], dtype: "i32" },
      loss: crossEntropy(),
      optimizer: adam({ lr: 0.02 }),
    });
    const text = Int32Array.from({ length: 49 }, (_, i) => (i * i) % 7);
    const [x, y] = [text.slice(0, 48), text.slice(1)];
    for (let step = 0; step < 150; step++) await trainer.step(x, y);
    expect((await trainer.evaluate({ x, y })).accuracy).toBeGreaterThan(0.75);
    await comesBack(trainer, { models: { lstmLanguageModel } });
    trainer.dispose();
  });

  test("refuses sizes that are none", () => {
    expect(() => lstmLanguageModel({ ...options, hidden: 0 })).toThrow("lstmLanguageModel: hidden must be");
    expect(() => lstmLanguageModel({ dim: 3 } as never)).toThrow("lstmLanguageModel: vocabSize must be");
  });
});

describe("recommenders", () => {
  // Users like the items of their own parity.
  const pairs = Array.from({ length: 8 * 10 }, (_, i) => ({ user: i % 8, item: Math.floor(i / 8) }));
  const x = { user: pairs.map(({ user }) => user), item: pairs.map(({ item }) => item) };
  const likes = pairs.map(({ user, item }) => ((user + item) % 2 === 0 ? 1 : 0));

  test("matrixFactorisation learns ratings, and comes back with the model", async () => {
    const model = matrixFactorisation({ users: 8, items: 10, dim: 2 });
    const options = { input: model.input, loss: meanSquaredError(), optimizer: adam({ lr: 0.05 }) };
    const trainer = await compile(model, options);
    expect(shapesOf(trainer)).toEqual({
      ...{ "user.weight": [8, 2], "item.weight": [10, 2], "user.bias": [8, 1], "item.bias": [10, 1], mean: [1] },
    });
    const y = likes.map((like) => 2 + 3 * like);
    for (let step = 0; step < 200; step++) await trainer.step(x, y);
    expect((await trainer.evaluate({ x, y })).loss).toBeLessThan(0.01);
    await comesBack(trainer, { model });
    trainer.dispose();
  });

  test("mlpRecommender learns what is taken", async () => {
    const model = mlpRecommender({ users: 8, items: 10, dim: 3, hidden: [16], dropout: 0.05 });
    const loss = binaryCrossEntropy({ fromLogits: true });
    const trainer = await compile(model, { input: model.input, loss, optimizer: adam({ lr: 0.02 }) });
    expect(shapesOf(trainer)).toEqual({
      ...{ "user.weight": [8, 3], "item.weight": [10, 3] },
      ...{ "0.weight": [16, 6], "0.bias": [16], "1.weight": [1, 16], "1.bias": [1] },
    });
    for (let step = 0; step < 200; step++) await trainer.step(x, likes);
    expect((await trainer.evaluate({ x, y: likes })).accuracy).toBe(1);
    await expect(trainer.predict({ user: [8], item: [0] })).rejects.toThrow("takes whole numbers from 0 to 7");
    trainer.dispose();
  });

  test.each<[() => unknown, string]>([
    [() => matrixFactorisation({ users: 0, items: 1, dim: 1 }), "matrixFactorisation: users must be"],
    [() => mlpRecommender({ users: 1, items: 1, dim: 1, hidden: [0] }), "mlpRecommender: hidden[0] must be"],
    [
      () => mlpRecommender({ users: 1, items: 1, dim: 1, hidden: 3 as never }),
      "mlpRecommender: hidden must be an array",
    ],
  ])("refuse %s", (make, message) => expect(make).toThrow(message));
});
