// The losses as objects: their options, the targets that they take, what they count as right, and their JSON. The numbers
// of their kernels are compared in kernel-loss.test.ts and golden.test.ts; a few by hand stand here.
import { afterEach, describe, expect, test } from "vitest";
import {
  binaryCrossEntropy,
  compile,
  crossEntropy,
  huber,
  klDivergence,
  meanAbsoluteError,
  meanSquaredError,
  negativeLogLikelihood,
  ops,
  type Loss,
  type Trainer,
} from "wasmgrad";
import { input } from "../src/graph/ops/leaf.js";
import { lossFromJson } from "../src/nn/from-json.js";
import { expectClose } from "./support/close.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

/** The loss of predictions [samples, ...sample] that are given as they are, and how many of them are right. */
async function judge(loss: Loss, sample: number[], predictions: number[], y: number[]) {
  const trainer = await compile((x) => ops.mul(x, 1), { input: sample, loss });
  open.push(trainer);
  return trainer.evaluate({ x: predictions, y });
}

const ln = Math.log;

describe("by hand", () => {
  test.each<[string, Loss, number[], number[], number]>([
    ["meanSquaredError", meanSquaredError(), [1, 2, 3, 4], [1, 0, 6, 4], (4 + 9) / 4],
    ["meanAbsoluteError", meanAbsoluteError(), [1, 2, 3, 4], [1, 0, 6, 4], (2 + 3) / 4],
    ["huber", huber(), [1, 2, 3, 4], [1.5, 0, 6, 4], (0.125 + 1.5 + 2.5) / 4],
    ["huber of delta 2", huber({ delta: 2 }), [1, 2, 3, 4], [1, 0, 6, 4], (2 + 4) / 4],
    [
      "binaryCrossEntropy",
      binaryCrossEntropy(),
      [0.5, 0.25, 0.75, 1],
      [1, 0, 0, 1],
      -(ln(0.5) + ln(0.75) + ln(0.25) + 0) / 4,
    ],
    [
      "binaryCrossEntropy of certain mistakes: logarithms stop at -100",
      binaryCrossEntropy(),
      [0, 1, 0, 1],
      [1, 0, 0, 1],
      50,
    ],
    [
      "binaryCrossEntropy of logits",
      binaryCrossEntropy({ fromLogits: true }),
      [0, 0, 0, 100],
      [1, 0, 0.5, 0],
      (3 * ln(2) + 100) / 4,
    ],
    [
      "klDivergence",
      klDivergence(),
      [ln(0.5), ln(0.5), ln(0.9), ln(0.1)],
      [0.25, 0.75, 0.9, 0.1],
      (0.25 * ln(0.5) + 0.75 * ln(1.5)) / 2,
    ],
  ])("%s", async (_, loss, predictions, y, expected) => {
    expectClose([(await judge(loss, [2], predictions, y)).loss], [expected], 2e-6);
  });

  const logits = [2, 0, 0, 0, 1, 1];
  const rows = [2, 1].map((top, i) => ln(i === 0 ? Math.exp(top) + 2 : 1 + 2 * Math.exp(top)));

  test.each<[string, Loss, number[], number]>([
    ["crossEntropy of indices", crossEntropy(), [0, 2], (rows[0] - 2 + rows[1] - 1) / 2],
    ["crossEntropy of probabilities", crossEntropy(), [1, 0, 0, 0, 0.5, 0.5], (rows[0] - 2 + rows[1] - 1) / 2],
    [
      "crossEntropy, smoothed",
      crossEntropy({ labelSmoothing: 0.3 }),
      [0, 2],
      (rows[0] - 0.7 * 2 - 0.1 * 2 + rows[1] - 0.7 - 0.1 * 2) / 2,
    ],
    ["crossEntropy with a row that is ignored", crossEntropy(), [-100, 2], rows[1] - 1],
    ["crossEntropy with another number to ignore", crossEntropy({ ignoreIndex: 9 }), [0, 9], rows[0] - 2],
    ["negativeLogLikelihood", negativeLogLikelihood(), [0, 1], -(2 + 1) / 2],
    ["negativeLogLikelihood with a row that is ignored", negativeLogLikelihood({ ignoreIndex: -1 }), [0, -1], -2],
  ])("%s", async (_, loss, y, expected) => {
    expectClose([(await judge(loss, [3], logits, y)).loss], [expected], 2e-6);
  });
});

describe("right predictions", () => {
  test.each<[string, Loss, number[], number[], number]>([
    ["the largest logit is of the class; of equals the first counts", crossEntropy(), [1, 2, 3, 3, 0, 0], [1, 0, 0], 1],
    [
      "the largest logit is where the largest probability is",
      crossEntropy(),
      [1, 2, 3, 1, 5, 4],
      [0.3, 0.7, 0.4, 0.6, 1, 0],
      2 / 3,
    ],
    ["among the rows that are not ignored", crossEntropy(), [1, 2, 3, 3, 0, 0], [1, -100, 1], 1 / 2],
    [
      "at most all of them",
      crossEntropy(),
      Array.from({ length: 28 }, (_, i) => i % 2),
      [...Array(13).fill(1), -100],
      1,
    ],
    ["none where all are ignored", crossEntropy({ ignoreIndex: 7 }), [1, 2, 3, 3], [7, 7], 0],
    ["of log-probabilities the same", negativeLogLikelihood(), [-1, -2, -3, -1, -5, -4], [0, 0, 1], 2 / 3],
    [
      "a probability of at least 1/2 just where y is",
      binaryCrossEntropy(),
      [0.5, 0.49, 0.9, 0.1, 0.6, 0.4],
      [1, 0, 0, 0, 1, 1],
      4 / 6,
    ],
    [
      "a logit of at least 0 just where y is at least 1/2",
      binaryCrossEntropy({ fromLogits: true }),
      [0, -0.1, 2, -3, 1, -1],
      [1, 0, 0, 0, 0.5, 0.4],
      5 / 6,
    ],
  ])("%s", async (_, loss, predictions, y, expected) => {
    expectClose([(await judge(loss, [2], predictions, y)).accuracy!], [expected], 1e-7);
  });

  test.each([meanSquaredError(), meanAbsoluteError(), huber(), klDivergence()])("$name counts none", async (loss) => {
    expect(await judge(loss, [2], [0.5, 0.5], [0.5, 0.5])).not.toHaveProperty("accuracy");
  });
});

describe("targets", () => {
  const of = (...shape: number[]) => input("x", shape);
  test.each<[string, Loss, number[], number, boolean, { shape: number[]; dtype: string }]>([
    ["one index a row", crossEntropy(), [4, 10], 1, true, { shape: [4], dtype: "i32" }],
    ["one index a row that came as a float", crossEntropy(), [4, 10], 1, false, { shape: [4], dtype: "i32" }],
    [
      "one index for each of several rows of a sample",
      crossEntropy(),
      [4, 7, 10],
      7,
      true,
      { shape: [4, 7], dtype: "i32" },
    ],
    ["probabilities", crossEntropy(), [4, 10], 10, false, { shape: [4, 10], dtype: "f32" }],
    ["indices", negativeLogLikelihood(), [4, 10], 1, false, { shape: [4], dtype: "i32" }],
    [
      "numbers in the shape of the prediction",
      meanSquaredError(),
      [4, 2, 3],
      6,
      true,
      { shape: [4, 2, 3], dtype: "f32" },
    ],
  ])("%s", (_, loss, shape, perSample, whole, expected) => {
    expect(loss.target(of(...shape), perSample, whole)).toEqual(expected);
  });

  test.each<[Loss, number[], number, string]>([
    [crossEntropy(), [4, 1], 1, "crossEntropy: the model gives one number for each prediction, so there is nothing"],
    [negativeLogLikelihood(), [4, 1], 1, "negativeLogLikelihood: the model gives one number for each prediction"],
    [
      crossEntropy(),
      [4, 10],
      3,
      "crossEntropy: the model gives [10] for each sample, so y needs one class index or 10 probabilities for each, but it has 3 numbers",
    ],
    [crossEntropy(), [4, 7, 10], 1, "so y needs 7 class indices or 70 probabilities for each, but it has one number"],
    [
      negativeLogLikelihood(),
      [4, 10],
      10,
      "negativeLogLikelihood: the model gives [10] for each sample, so y needs one class index for each, but it has 10 numbers",
    ],
    [
      meanSquaredError(),
      [4, 2],
      1,
      "meanSquaredError: the model gives [2] for each sample, 2 numbers, but y has one number for each; give y as many",
    ],
  ])("$name refuses others", (loss, shape, perSample, message) => {
    expect(() => loss.target(of(...shape), perSample, true)).toThrow(message);
  });
});

describe("options", () => {
  test.each<[() => Loss, string]>([
    [
      () => crossEntropy({ labelSmoothing: 1 }),
      "crossEntropy: labelSmoothing must be a number of at least 0 and below 1, got 1",
    ],
    [() => crossEntropy({ labelSmoothing: -0.1 }), "crossEntropy: labelSmoothing must be"],
    [() => crossEntropy({ ignoreIndex: 0.5 }), "crossEntropy: ignoreIndex must be a whole number, got 0.5"],
    [() => crossEntropy({ ignoreIndex: NaN }), "crossEntropy: ignoreIndex must be a whole number, got NaN"],
    [
      () => crossEntropy({ smoothing: 0.1 } as object),
      'crossEntropy: unknown option "smoothing"; the options are labelSmoothing, ignoreIndex',
    ],
    [
      () => negativeLogLikelihood({ ignoreIndex: "1" as never }),
      'negativeLogLikelihood: ignoreIndex must be a whole number, got "1"',
    ],
    [() => huber({ delta: 0 }), "huber: delta must be a positive number, got 0"],
    [
      () => binaryCrossEntropy({ fromLogits: 1 as never }),
      "binaryCrossEntropy: fromLogits must be true or false, got 1",
    ],
    [() => huber(null as never), "huber: expected an options object, got null"],
  ])("refuse %s", (make, message) => expect(make).toThrow(message));

  test.each([
    meanSquaredError(),
    meanAbsoluteError(),
    huber({ delta: 0.5 }),
    binaryCrossEntropy(),
    binaryCrossEntropy({ fromLogits: true }),
    klDivergence(),
    crossEntropy(),
    crossEntropy({ labelSmoothing: 0.1, ignoreIndex: 255 }),
    negativeLogLikelihood({ ignoreIndex: 0 }),
  ])("$name $options is the same after JSON", ({ name, options, ignoreIndex }) => {
    const again = lossFromJson(JSON.parse(JSON.stringify({ name, options })));
    expect({ name: again.name, options: again.options, ignoreIndex: again.ignoreIndex }).toEqual({
      name,
      options,
      ignoreIndex,
    });
  });
});
