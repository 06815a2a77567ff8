// predict() and evaluate() against hand-made numbers and in batches; parameters and load().
import { afterEach, describe, expect, test } from "vitest";
import {
  binaryCrossEntropy,
  compile,
  crossEntropy,
  dropout,
  gelu,
  initialisers,
  linear,
  meanSquaredError,
  relu,
  sequential,
  softmax,
  tanh,
  type Module,
  type Trainer,
} from "wasmgrad";
import { bitsOf } from "./support/bits.js";
import { expectClose } from "./support/close.js";
import { noise } from "./support/train-data.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

async function make(model: Module, loss = meanSquaredError()): Promise<Trainer> {
  open.push(await compile(model, { loss, seed: 1 }));
  return open.at(-1)!;
}

describe("predict", () => {
  test("by hand: [1, 2; 3, 4] · wᵀ + b through relu", async () => {
    const trainer = await make(sequential(linear(2, 2), relu()));
    trainer.load({ "0.weight": [1, -1, 0.5, 2], "0.bias": [0.5, -1] });
    // [1 - 2 + .5, .5 + 4 - 1], [3 - 4 + .5, 1.5 + 8 - 1]
    expect([...(await trainer.predict([1, 2, 3, 4]))]).toEqual([0, 3.5, 0, 8.5]);
  });

  test("in batches of any size gives the bits of predict at once", async () => {
    const trainer = await make(sequential(linear(3, 5), tanh(), linear(5, 2)));
    const x = noise(150 * 3, 3);
    const whole = await trainer.predict(x, { batchSize: 150 });
    for (const batchSize of [1, 7, 32, 149, 1000]) {
      expect((await trainer.predict(x, { batchSize })).every((value, i) => Object.is(value, whole[i]))).toBe(true);
    }
  });

  test("of a large product in batches, the same up to rounding: few rows are summed in another order", async () => {
    const trainer = await make(sequential(linear(64, 96), gelu(), linear(96, 33), softmax()));
    const x = noise(150 * 64, 3);
    const whole = await trainer.predict(x, { batchSize: 150 });
    for (const batchSize of [1, 7, 32, 149]) expectClose(await trainer.predict(x, { batchSize }), whole, 1e-6);
  });

  test("takes bytes and floats of the same values in turn", async () => {
    const trainer = await make(sequential(linear(3, 5), tanh(), linear(5, 2)));
    const bytes = Uint8Array.from({ length: 12 }, (_, i) => (i * 37) % 11);
    const [first, second, third] = [
      await trainer.predict(Float32Array.from(bytes)),
      await trainer.predict(bytes),
      await trainer.predict(Float32Array.from(bytes)),
    ];
    expect(second).toEqual(first);
    expect(third).toEqual(first);
  });

  test("a sample's result does not depend on the others in its batch", async () => {
    const trainer = await make(sequential(linear(3, 5), tanh(), linear(5, 2)));
    const x = noise(12, 4);
    const whole = await trainer.predict(x);
    for (let i = 0; i < 4; i++) {
      expect([...(await trainer.predict(x.subarray(3 * i, 3 * i + 3)))]).toEqual([...whole.subarray(2 * i, 2 * i + 2)]);
    }
  });

  test("lets everything through dropout", async () => {
    const [a, b] = [
      await make(sequential(linear(2, 8), dropout(0.9), linear(8, 1))),
      await make(sequential(linear(2, 8), linear(8, 1))),
    ];
    const { "0.weight": w, "0.bias": c, "2.weight": v, "2.bias": d } = a.parameters;
    b.load({ "0.weight": w, "0.bias": c, "1.weight": v, "1.bias": d });
    expect(await a.predict([1, 2, 3, 4])).toEqual(await b.predict([1, 2, 3, 4]));
  });

  test("its result is the caller's: later calls do not change it", async () => {
    const trainer = await make(linear(2, 1));
    const first = await trainer.predict([1, 2]);
    const [value] = first;
    await trainer.predict([30, 40]);
    await trainer.step([1, 2], [5]);
    expect(first[0]).toBe(value);
  });

  const [a, b] = [
    [1, 2],
    [-3, 4],
  ] as const;
  test("of plain arrays may overlap", async () => {
    const trainer = await make(linear(2, 2));
    const alone = [await trainer.predict(a), await trainer.predict(b)];
    expect(await Promise.all([trainer.predict(a), trainer.predict(b)])).toEqual(alone);
    const large = Array.from({ length: 20_000 }, (_, i) => i / 1000);
    expect(await trainer.predict(large)).toEqual(await trainer.predict(Float32Array.from(large)));
    expect(await trainer.predict(a)).toEqual(alone[0]);
  });

  test("that is refused spoils nothing", async () => {
    const trainer = await make(linear(2, 2));
    const alone = await trainer.predict(a);
    await expect(trainer.predict([5, undefined as never])).rejects.toThrow("predict: x: number 1 is undefined");
    expect(await trainer.predict(a)).toEqual(alone);
  });

  test("may have sizes of its own for each call, bigger and smaller again", async () => {
    const trainer = await make(sequential(linear(2, 64), relu(), linear(64, 1)));
    const x = noise(4000, 5);
    const whole = await trainer.predict(x, { batchSize: 2000 });
    for (const samples of [1, 2000, 3, 1500, 2]) {
      expectClose(await trainer.predict(x.subarray(0, 2 * samples)), whole.subarray(0, samples), 1e-6);
    }
  });

  test.each([0, -1, 1.5, NaN, "5"])("refuses a batch size of %j", async (batchSize) => {
    const trainer = await make(linear(2, 1));
    await expect(trainer.predict([1, 2], { batchSize: batchSize as number })).rejects.toThrow(
      "predict: batchSize must be a whole number of at least 1, got",
    );
  });

  test("refuses options that are none", async () => {
    const trainer = await make(linear(2, 1));
    await expect(trainer.predict([1, 2], { batch: 5 } as object)).rejects.toThrow(
      'predict: unknown option "batch"; the options are batchSize, averaged',
    );
    await expect(trainer.evaluate({ x: [1, 2], y: [1] }, 5 as unknown as object)).rejects.toThrow(
      "evaluate: expected an options object, got 5",
    );
  });
});

describe("evaluate", () => {
  test("by hand: mean squared error", async () => {
    const trainer = await make(linear(1, 1));
    trainer.load({ weight: [2], bias: [1] });
    // predictions 3, 5, 7; errors 1, 0, -2
    expect(await trainer.evaluate({ x: [1, 2, 3], y: [2, 5, 9] })).toEqual({ loss: Math.fround(5 / 3), samples: 3 });
  });

  test("by hand: crossEntropy and its accuracy", async () => {
    const trainer = await make(linear(2, 2, { bias: false }), crossEntropy());
    trainer.load({ weight: [1, 0, 0, 1] }); // the logits are the input
    const x = [1, 0, 0, 2, 3, 3.5];
    const logOf = (a: number, b: number) => Math.log(Math.exp(a) + Math.exp(b));
    const losses = [logOf(1, 0) - 1, logOf(0, 2) - 0, logOf(3, 3.5) - 3.5];
    const { loss, accuracy, samples } = await trainer.evaluate({ x, y: [0, 0, 1] });
    expectClose([loss, accuracy!, samples], [losses.reduce((a, b) => a + b) / 3, 2 / 3, 3], 1e-6);
  });

  test("by hand: binaryCrossEntropy counts each output", async () => {
    const trainer = await make(linear(2, 2, { bias: false }), binaryCrossEntropy({ fromLogits: true }));
    trainer.load({ weight: [1, 0, 0, 1] });
    const { accuracy } = await trainer.evaluate({ x: [1, -1, 2, 3], y: [1, 0, 0, 1] });
    expect(accuracy).toBe(3 / 4);
  });

  test("in batches of any size gives the same means", async () => {
    const trainer = await make(sequential(linear(3, 5), tanh(), linear(5, 4)), crossEntropy());
    const x = noise(100 * 3, 6);
    const y = Uint8Array.from({ length: 100 }, (_, i) => (i * 7) % 4);
    const whole = await trainer.evaluate({ x, y }, { batchSize: 100 });
    for (const batchSize of [1, 7, 64, 1000]) {
      const { loss, accuracy, samples } = await trainer.evaluate({ x, y }, { batchSize });
      expectClose([loss], [whole.loss], 1e-6);
      expect([accuracy, samples]).toEqual([whole.accuracy, 100]);
    }
  });

  test("says NaN where the data are, and changes nothing", async () => {
    const trainer = await make(linear(1, 1));
    const before = bitsOf(trainer);
    expect((await trainer.evaluate({ x: [1, NaN], y: [1, 1] })).loss).toBeNaN();
    expect(bitsOf(trainer)).toBe(before);
    await trainer.step([1], [2]);
  });
});

describe("parameters", () => {
  test("go by PyTorch's names, with shapes, in the order of the layers", async () => {
    const trainer = await make(
      sequential(linear(2, 3), relu(), sequential(linear(3, 4, { bias: false }), linear(4, 1))),
    );
    const shapes = Object.entries(trainer.parameters).map(([name, { shape }]) => [name, shape]);
    expect(shapes).toEqual([
      ["0.weight", [3, 2]],
      ["0.bias", [3]],
      ["2.0.weight", [4, 3]],
      ["2.1.weight", [1, 4]],
      ["2.1.bias", [1]],
    ]);
  });

  test("are copies", async () => {
    const trainer = await make(linear(2, 1));
    const before = bitsOf(trainer);
    trainer.parameters.weight.values.fill(7);
    expect(bitsOf(trainer)).toBe(before);
  });

  test("start as the seed says, between -1/√in and 1/√in", async () => {
    const of = async (seed: number) => {
      const trainer = await compile(sequential(linear(16, 8), linear(8, 4)), { loss: meanSquaredError(), seed });
      open.push(trainer);
      return trainer;
    };
    expect(bitsOf(await of(7))).toBe(bitsOf(await of(7)));
    expect(bitsOf(await of(7))).not.toBe(bitsOf(await of(8)));
    expect(bitsOf(await of(7))).not.toBe(bitsOf(await of(7 + 2 ** 32)));
    const { "0.weight": weight, "0.bias": bias, "1.weight": second } = (await of(7)).parameters;
    for (const { values } of [weight, bias]) expect(values.every((value) => Math.abs(value) <= 1 / 4)).toBe(true);
    expect(Math.max(...second.values.map(Math.abs))).toBeGreaterThan(1 / 4);
    expect(new Set(weight.values).size).toBe(128);
  });

  test("start as an initialiser says", async () => {
    const trainer = await make(linear(2, 2, { weightInit: initialisers.constant(3), biasInit: initialisers.zeros() }));
    expect([[...trainer.parameters.weight.values], [...trainer.parameters.bias.values]]).toEqual([
      [3, 3, 3, 3],
      [0, 0],
    ]);
  });
});

describe("load", () => {
  test("takes what `parameters` gives, arrays of any kind, and some of them only", async () => {
    const [a, b] = [await make(linear(2, 2)), await make(linear(2, 2))];
    a.load({
      weight: [
        [1, 2],
        [3, 4],
      ],
      bias: Int32Array.of(5, 6),
    });
    b.load(a.parameters);
    expect(bitsOf(b)).toBe(bitsOf(a));
    b.load({ bias: [0.5, 0.25] });
    expect([...b.parameters.weight.values, ...b.parameters.bias.values]).toEqual([1, 2, 3, 4, 0.5, 0.25]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "a name that is not there",
      { weight: [1, 2], wieght: [1, 2] },
      'load: no parameter is called "wieght"; there are weight, bias',
    ],
    ["other numbers of values", { weight: [1, 2], bias: [1, 2] }, 'load: "bias" is [1], 1 number, got 2'],
    ["null", { weight: [1, 2], bias: null }, 'load: "bias" must be numbers or { values }, got null'],
    ["a number", { weight: [1, 2], bias: 3 }, 'load: "bias" must be numbers or { values }, got 3'],
    [
      "an object of something else",
      { weight: [1, 2], bias: { a: 1 } },
      'load: "bias" must be numbers or { values }, got an object with a',
    ],
    ["text", { weight: [1, 2], bias: ["a"] }, 'load: "bias": number 0 is "a"'],
    [
      "__proto__",
      JSON.parse('{ "weight": [1, 2], "__proto__": [1] }') as Record<string, unknown>,
      'no parameter is called "__proto__"',
    ],
  ])("all or nothing: %s", async (_, parameters, message) => {
    const trainer = await make(linear(2, 1));
    const before = bitsOf(trainer);
    expect(() => trainer.load(parameters as Parameters<Trainer["load"]>[0])).toThrow(message);
    expect(bitsOf(trainer)).toBe(before);
  });

  test("training goes on from there", async () => {
    const [a, b] = [await make(linear(1, 1)), await make(linear(1, 1))];
    for (const trainer of [a, b]) trainer.load({ weight: [0.5], bias: [0.25] });
    await a.step([1], [2]);
    await b.fit({ x: [1], y: [2] });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });
});
