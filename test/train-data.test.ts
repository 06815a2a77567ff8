// The data that a trainer takes: kinds of arrays, class indices or probabilities, and what it says of data that are none.
import { afterEach, describe, expect, test } from "vitest";
import {
  binaryCrossEntropy,
  compile,
  crossEntropy,
  linear,
  meanSquaredError,
  negativeLogLikelihood,
  ops,
  rescale,
  sequential,
  type Data,
  type Loss,
  type LossFunction,
  type NumberData,
  type Trainer,
} from "wasmgrad";
import { bitsOf } from "./support/bits.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

async function make(loss: Loss | LossFunction, sizes: [number, number] = [2, 3]): Promise<Trainer> {
  open.push(await compile(linear(...sizes), { loss, seed: 1 }));
  return open.at(-1)!;
}

const x = [0, 1, 2, 3, 100, 127, 64, 32];
const y = [0, 2, 1, 2];

const arrays: [string, (numbers: readonly number[]) => NumberData][] = [
  ["plain", (n) => [...n]],
  ["Float32Array", (n) => Float32Array.from(n)],
  ["Float64Array", (n) => Float64Array.from(n)],
  ["Int8Array", (n) => Int8Array.from(n)],
  ["Uint8Array", (n) => Uint8Array.from(n)],
  ["Uint8ClampedArray", (n) => Uint8ClampedArray.from(n)],
  ["Int16Array", (n) => Int16Array.from(n)],
  ["Uint16Array", (n) => Uint16Array.from(n)],
  ["Int32Array", (n) => Int32Array.from(n)],
  ["Uint32Array", (n) => Uint32Array.from(n)],
  ["a part of a Uint8Array", (n) => Uint8Array.from([9, ...n, 9]).subarray(1, -1)],
  ["a part of a Float32Array", (n) => Float32Array.from([9, ...n, 9]).subarray(1, -1)],
];

describe("whatever holds the numbers, the training is the same", () => {
  const run = async (data: Data) => {
    const trainer = await make(crossEntropy());
    const [{ loss }] = await trainer.fit(data, { batchSize: 3 });
    const step = await trainer.step(data.x, data.y);
    const evaluation = await trainer.evaluate(data, { batchSize: 3 });
    const predictions = await trainer.predict(data.x);
    return [loss, step, evaluation, String(predictions), bitsOf(trainer)];
  };
  test.each(arrays)("x is %s", async (_, of) => expect(await run({ x: of(x), y })).toEqual(await run({ x, y })));
  test.each(arrays)("y is %s", async (_, of) => expect(await run({ x, y: of(y) })).toEqual(await run({ x, y })));

  test("nested arrays, and arrays of typed arrays", async () => {
    const rows = [x.slice(0, 2), x.slice(2, 4), x.slice(4, 6), x.slice(6)];
    const expected = await run({ x, y });
    expect(await run({ x: rows, y: y.map((value) => [value]) })).toEqual(expected);
    expect(await run({ x: rows.map((row) => Float32Array.from(row)), y })).toEqual(expected);
    expect(await run({ x: rows.map((row) => Uint8Array.from(row)), y: y.map((v) => Int32Array.of(v)) })).toEqual(
      expected,
    );
  });

  test("samples of several axes", async () => {
    const trainer = await compile(linear(2, 1), { loss: meanSquaredError(), input: [2, 2] });
    open.push(trainer);
    const nested = [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ];
    expect(await trainer.predict(nested)).toEqual(await trainer.predict([1, 2, 3, 4, 5, 6, 7, 8]));
  });

  test("bytes that a first layer scales", async () => {
    const model = () => sequential(rescale(1 / 255, -0.5), linear(2, 3));
    const [a, b] = [await compile(model(), { loss: crossEntropy() }), await compile(model(), { loss: crossEntropy() })];
    open.push(a, b);
    await a.fit({ x: Uint8Array.from(x), y });
    await b.fit({ x: Float32Array.from(x), y });
    expect(bitsOf(a)).toBe(bitsOf(b));
  });

  test("the data are not changed", async () => {
    const data = { x: Float32Array.from(x), y: Int32Array.from(y) };
    await (await make(crossEntropy())).fit(data, { epochs: 3 });
    expect([[...data.x], [...data.y]]).toEqual([x, y]);
  });
});

describe("class indices and probabilities are told apart by how many there are", () => {
  const oneHot = y.flatMap((c) => [0, 1, 2].map((i) => Number(i === c)));

  test("one-hot probabilities are the indices", async () => {
    const [a, b] = [await make(crossEntropy()), await make(crossEntropy())];
    const [indices] = await a.fit({ x, y }, { epochs: 1 });
    const [probabilities] = await b.fit({ x, y: oneHot }, { epochs: 1 });
    expect(probabilities.loss).toBeCloseTo(indices.loss, 5);
    expect(probabilities.accuracy).toBe(indices.accuracy);
  });

  test("probabilities may come as bytes, too", async () => {
    const [a, b] = [await make(crossEntropy()), await make(crossEntropy())];
    expect(await a.step(x, Uint8Array.from(oneHot))).toEqual(await b.step(x, oneHot));
  });

  test("of a single class there is nothing to learn", async () => {
    const trainer = await make(crossEntropy(), [2, 1]);
    await expect(trainer.step([1, 2], Uint8Array.of(0))).rejects.toThrow(
      "use binaryCrossEntropy({ fromLogits: true })",
    );
    await expect(trainer.step([1, 2], [1])).rejects.toThrow("use binaryCrossEntropy({ fromLogits: true })");
  });

  test("probabilities lie between 0 and 1", async () => {
    const classes = await make(crossEntropy());
    const said = "y[1] is -3, but this loss takes probabilities, from 0 to 1";
    await expect(
      classes.step(
        [1, 2],
        [5, -3, 7].map((p, i) => (i === 1 ? p : 0)),
      ),
    ).rejects.toThrow(said);
    for (const fromLogits of [false, true]) {
      const one = await make(binaryCrossEntropy({ fromLogits }), [2, 1]);
      await expect(one.fit({ x: [1, 2, 3, 4], y: [1, 2] })).rejects.toThrow("y[1] is 2, but this loss");
      if (fromLogits) await one.step([1, 2], [1.00001]); // as rounding may leave it
    }
  });

  test("ignored rows may have no class", async () => {
    const trainer = await make(crossEntropy({ ignoreIndex: 255 }));
    const { loss } = await trainer.step(x, Uint8Array.of(0, 255, 255, 255));
    const alone = await make(crossEntropy());
    expect(loss).toBeCloseTo((await alone.step(x.slice(0, 2), [0])).loss, 5);
  });
});

describe("refuses", () => {
  test.each<[string, Data, string]>([
    [
      "no x",
      {} as Data,
      "fit: expected { x, y }, an iterable of them, or a function that returns one, got an empty object",
    ],
    ["no y", { x } as unknown as Data, "fit: expected { x, y }, got an object with x"],
    [
      "more samples than targets",
      { x, y: [0, 1, 2] },
      "fit: y has 3 numbers, which is no whole number of targets for each of the 4 samples of x",
    ],
    ["no samples", { x: [], y: [] }, "fit: x must be whole samples of shape [2], 2 numbers each, got no numbers"],
    [
      "no targets",
      { x, y: [] },
      "fit: y has no numbers, which is no whole number of targets for each of the 4 samples of x",
    ],
    ["half a sample", { x: x.slice(1), y }, "fit: x must be whole samples of shape [2], 2 numbers each, got 7 numbers"],
    [
      "samples of another size",
      { x: [x], y },
      "fit: x has 1 sample of 8 numbers, but the model takes [2], 2 numbers each",
    ],
    [
      "a class too high",
      { x, y: [0, 1, 2, 3] },
      "fit: y[3] is 3, but crossEntropy of 3 classes takes whole numbers from 0 to 2",
    ],
    ["a class below 0", { x, y: Int8Array.of(0, -1, 2, 1) }, "fit: y[1] is -1, but crossEntropy of 3 classes takes"],
    ["a class between two", { x, y: [0, 1.5, 2, 1] }, "fit: y[1] is 1.5, but crossEntropy of 3 classes takes"],
    ["a class that is NaN", { x, y: [0, 1, NaN, 1] }, "fit: y[2] is NaN, but crossEntropy of 3 classes takes"],
    [
      "two classes a sample",
      { x, y: [...y, ...y] },
      "crossEntropy: the model gives [3] for each sample, so y needs one class index or 3 probabilities for each, but it has 2 numbers",
    ],
    ["nested targets of other samples", { x, y: [[0, 1, 2]] }, "fit: y has 1 sample, but x has 4"],
    [
      "text",
      { x: "text" as unknown as number[], y },
      'fit: x must be a typed array (Float32Array, Int32Array, Uint8Array, …) or arrays of numbers, got "text"',
    ],
    ["a number", { x, y: 5 as unknown as number[] }, "fit: y must be a typed array"],
    ["undefined numbers", { x: [undefined as unknown as number, 1], y: [1] }, "fit: x: number 0 is undefined"],
    ["text among numbers", { x: [0, "1" as unknown as number], y: [1] }, 'fit: x: number 1 is "1"'],
    ["null among numbers", { x, y: [0, 1, null as unknown as number, 1] }, "fit: y: number 2 is null"],
    [
      "nested arrays of two depths",
      { x: [[0, 1], [2, [3]] as unknown as number[]], y: [0, 1] },
      "fit: x: arrays are nested unevenly; every sample needs as many levels as the first, 1",
    ],
    [
      "nested arrays of two lengths",
      { x: [[0, 1], [2]], y: [0, 1] },
      "fit: x: the nested arrays differ in length; all samples need the shape of the first, [2]",
    ],
    ["a row that is none", { x: [[0, 1], undefined as unknown as number[]], y: [0, 1] }, "fit: x[1] is undefined"],
    ["text for a row", { x: [[0, 1], "2" as unknown as number[]], y: [0, 1] }, 'fit: x[1] is "2"'],
    [
      "a number among rows",
      { x: [[0, 1], 2 as unknown as number[]], y: [0, 1] },
      "fit: x: arrays are nested unevenly; every sample needs as many levels as the first, 1",
    ],
    [
      "a typed array among rows",
      { x: [[0, 1], Float32Array.of(2, 3) as unknown as number[]], y: [0, 1] },
      "fit: x: arrays are nested unevenly; every sample needs as many levels as the first, 1",
    ],
    [
      "text in a row",
      {
        x: [
          [0, 1],
          [2, "3" as unknown as number],
        ],
        y: [0, 1],
      },
      'fit: x: number 3 is "3"',
    ],
    [
      "typed arrays of two lengths",
      { x: [Float32Array.of(0, 1), Float32Array.of(2)], y: [0, 1] },
      "fit: x: the nested arrays differ in length",
    ],
    [
      "a Map",
      { x: new Map() as unknown as number[], y },
      "fit: x must be numbers, since the model has one input, got an object of Map",
    ],
    ["targets of no name", { x, y: {} }, "y must be numbers for the model's only output, got an empty object"],
    ["targets by name", { x, y: { a: y } }, "y must be numbers for the model's only output, got an object with a"],
    [
      "64-bit integers",
      { x: BigInt64Array.of(1n, 2n) as unknown as number[], y: [0] },
      "got an object of BigInt64Array",
    ],
    [
      "whole numbers beyond 32 bits",
      { x: Uint32Array.of(1, 2 ** 31), y: [0] },
      "fit: x: number 1 is 2147483648; whole numbers go up to 2147483647, so give a Float32Array",
    ],
  ])("%s", async (_, data, message) => {
    const trainer = await make(crossEntropy());
    await expect(trainer.fit(data)).rejects.toThrow(message);
    expect(trainer.steps).toBe(0);
  });

  test("in validation, step, gradients, inspect, evaluate and predict by their own names", async () => {
    const trainer = await make(crossEntropy());
    const bad = [1, 2, 3];
    await expect(trainer.fit({ x, y }, { validation: { x: bad, y } })).rejects.toThrow(
      "fit: validation: x must be whole",
    );
    await expect(trainer.step(bad, y)).rejects.toThrow("step: x must be whole samples");
    await expect(trainer.gradients(bad, y)).rejects.toThrow("gradients: x must be whole samples");
    await expect(trainer.inspect(bad, y)).rejects.toThrow("inspect: x must be whole samples");
    await expect(trainer.evaluate({ x: bad, y })).rejects.toThrow("evaluate: x must be whole samples");
    await expect(trainer.predict(bad)).rejects.toThrow("predict: x must be whole samples");
    await expect(trainer.step(x, [0, 1, 2, 7])).rejects.toThrow("step: y[3] is 7");
  });

  test.each<[string, Loss, number[], string]>([
    [
      "meanSquaredError",
      meanSquaredError(),
      y,
      "meanSquaredError: the model gives [3] for each sample, 3 numbers, but y has one number for each; give y as many",
    ],
    [
      "binaryCrossEntropy",
      binaryCrossEntropy(),
      y,
      "binaryCrossEntropy: the model gives [3] for each sample, 3 numbers, but y has one number for each",
    ],
    [
      "negativeLogLikelihood",
      negativeLogLikelihood(),
      [...y, ...y, ...y],
      "negativeLogLikelihood: the model gives [3] for each sample, so y needs one class index for each, but it has 3 numbers",
    ],
  ])("targets that do not fit %s", async (_, loss, targets, message) => {
    await expect((await make(loss)).fit({ x, y: targets })).rejects.toThrow(message);
  });

  test("a class that is none where crossEntropy is part of a loss of one's own", async () => {
    const trainer = await make((output, target) => ops.mul(crossEntropy().compute(output, target), 2));
    await expect(trainer.step(x, Int32Array.of(0, 1, 2, 1000))).rejects.toThrow(
      "step: y[3] is 1000, but crossEntropy of 3 classes takes",
    );
    expect((await trainer.step(x, Int32Array.of(0, 1, 2, 0))).loss).toBeGreaterThan(0);
  });
});

test("a step of one object says that it takes two", async () => {
  const trainer = await make(crossEntropy());
  await expect(trainer.step({ x, y } as never, undefined as never)).rejects.toThrow(
    "step: takes x and y as two arguments, step(x, y); y is missing",
  );
});
