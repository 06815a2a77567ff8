// The losses: what each makes of a prediction and a target, which targets it takes, and which predictions it calls
// right. All average over the batch, as PyTorch's do by default. The kernels: assembly/loss-*.ts.
//
// A batch's target is known by how much of it comes with each sample, and as what: one number a row of logits is a
// class index, as many as there are logits are probabilities.

import {
  crossEntropyLoss,
  crossEntropyProbsLoss,
  negativeLogLikelihoodLoss,
  termwiseLoss,
  type TermwiseLoss,
} from "../graph/ops/loss.js";
import { countCorrect } from "../graph/ops/step.js";
import { ShapeError } from "../graph/op.js";
import { showShape, sizeOf, type DType, type Shape, type Tensor } from "../graph/tensor.js";
import { belowOne, check, positive, resolve, wholeNumber } from "./check-options.js";
import type { Json } from "./module.js";

/** Shape and type of a batch's target. */
export interface TargetType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A loss, as the functions below make it. */
export interface Loss {
  readonly name: string;
  readonly options: { readonly [key: string]: Json };
  /**
   * The target that goes with a prediction [batch, ...].
   * @param perSample how many numbers came for each sample
   * @param whole whether they came as whole numbers (Uint8Array, Int32Array)
   * @throws ShapeError if that many fit no target of this loss
   */
  target(output: Tensor, perSample: number, whole: boolean): TargetType;
  /** The loss as a scalar. */
  compute(output: Tensor, target: Tensor): Tensor;
  /** How many predictions of the batch are right, as a scalar; absent where the loss does not classify. */
  correct?(output: Tensor, target: Tensor): Tensor;
  /** Predictions in a batch: what `correct` counts among. */
  predictions(output: Tensor): number;
  /** True where it was made of a function, which no file can hold. */
  readonly custom?: boolean;
  /** True where a target that is no class index holds probabilities, numbers from 0 to 1. */
  readonly probabilities?: boolean;
  /** A class index that rows may have although there is no such class, where the target is class indices. */
  readonly ignoreIndex?: number;
}

/** A loss of one's own: a function that makes a scalar of the prediction and the target. */
export type LossFunction = (output: Tensor, target: Tensor) => Tensor;

const rowsOf = (output: Tensor) => output.size / output.shape.at(-1)!;

/** Numbers as many and in the shape of the prediction. */
function likeOutput(name: string, output: Tensor, perSample: number): TargetType {
  const expected = sizeOf(output.shape.slice(1));
  if (perSample !== expected) {
    throw new ShapeError(
      `${name}: the model gives ${showShape(output.shape.slice(1))} for each sample, ${count(expected)}, ` +
        `but y has ${count(perSample)} for each; give y as many`,
    );
  }
  return { shape: output.shape, dtype: "f32" };
}

/** A choice of one class is always right. */
function severalClasses(name: string, { shape }: Tensor): void {
  if (shape.length < 2 || shape.at(-1)! > 1) return;
  throw new ShapeError(
    `${name}: the model gives one number for each prediction, so there is nothing to choose from; use ` +
      `binaryCrossEntropy({ fromLogits: true }) for yes or no, or give the model an output for each class`,
  );
}

/** A class index for each row of the prediction. */
function classIndices(name: string, output: Tensor, perSample: number, also = ""): TargetType {
  const rows = sizeOf(output.shape.slice(1, -1));
  if (output.shape.length < 2 || perSample !== rows) {
    throw new ShapeError(
      `${name}: the model gives ${showShape(output.shape.slice(1))} for each sample, so y needs ` +
        `${rows === 1 ? "one class index" : `${rows} class indices`}${also} for each, but it has ${count(perSample)}`,
    );
  }
  return { shape: output.shape.slice(0, -1), dtype: "i32" };
}

const count = (numbers: number) => (numbers === 1 ? "one number" : `${numbers} numbers`);

function termwise(name: string, row: TermwiseLoss, options: Loss["options"], attrs = {}, threshold?: number): Loss {
  return {
    name,
    options,
    target: (output, perSample) => likeOutput(name, output, perSample),
    compute: (output, target) => termwiseLoss(row, output, target, attrs),
    ...(threshold !== undefined && {
      correct: (output, target) => countCorrect(output, target, "binary", { threshold }),
    }),
    predictions: (output) => output.size,
  };
}

/** Mean of (x - y)². https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html */
export const meanSquaredError = (): Loss => termwise("meanSquaredError", "meanSquaredError", {});

/** Mean of |x - y|. https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html */
export const meanAbsoluteError = (): Loss => termwise("meanAbsoluteError", "meanAbsoluteError", {});

export interface HuberOptions {
  /** Where the loss turns from square to linear. Default 1. */
  delta?: number;
}

/**
 * Mean of (x - y)² / 2 where |x - y| ≤ delta, else of delta · (|x - y| - delta / 2).
 * https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
 * @throws RangeError unless delta is positive
 */
export function huber(options: HuberOptions = {}): Loss {
  const { delta } = resolve<Required<HuberOptions>>("huber", { delta: 1 }, options);
  check("huber", "delta", delta, positive);
  return termwise("huber", "huber", { delta }, { delta });
}

export interface BinaryCrossEntropyOptions {
  /** True where the model ends without a sigmoid, which is then part of the loss and more accurate. Default false. */
  fromLogits?: boolean;
}

/**
 * Log loss: mean of -(y log p + (1 - y) log(1 - p)), its logarithms at least -100. A prediction is right where p ≥ 0.5
 * (a logit ≥ 0) just if y ≥ 0.5.
 *
 * https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html, and BCEWithLogitsLoss with fromLogits.
 */
export function binaryCrossEntropy(options: BinaryCrossEntropyOptions = {}): Loss {
  const { fromLogits } = resolve("binaryCrossEntropy", { fromLogits: false }, options);
  return fromLogits
    ? { ...termwise("binaryCrossEntropy", "binaryCrossEntropyLogits", { fromLogits }, {}, 0), probabilities: true }
    : { ...termwise("binaryCrossEntropy", "binaryCrossEntropy", {}, {}, 0.5), probabilities: true };
}

/**
 * Kullback–Leibler divergence of log-probabilities x from probabilities y: sum of y (log y - x) over the batch's size,
 * PyTorch's "batchmean". https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
 */
export function klDivergence(): Loss {
  const loss = termwise("klDivergence", "klDivergence", {});
  return { ...loss, compute: (x, y) => termwiseLoss("klDivergence", x, y, { divisor: x.shape[0] ?? 1 }) };
}

export interface CrossEntropyOptions {
  /** Share of the target that is spread evenly over all classes, from 0 to below 1. Default 0. */
  labelSmoothing?: number;
  /** Rows whose class index is this do not count. Default -100. */
  ignoreIndex?: number;
}

/**
 * Mean of -log softmax(x)[y] over the rows, for logits x [.., classes] and class indices y; or of
 * -sum(y · log softmax(x)) for probabilities y, in the shape of x.
 *
 * https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html, with the classes on the last axis.
 * @throws RangeError for an option out of range
 */
export function crossEntropy(options: CrossEntropyOptions = {}): Loss {
  const name = "crossEntropy";
  const defaults = { labelSmoothing: 0, ignoreIndex: -100 };
  const { labelSmoothing: smoothing, ignoreIndex } = resolve<Required<CrossEntropyOptions>>(name, defaults, options);
  check(name, "labelSmoothing", smoothing, belowOne);
  check(name, "ignoreIndex", ignoreIndex, wholeNumber);
  return {
    name,
    options: {
      ...(smoothing !== 0 && { labelSmoothing: smoothing }),
      ...(ignoreIndex !== defaults.ignoreIndex && { ignoreIndex }),
    },
    target: (output, perSample) => {
      severalClasses(name, output);
      const all = sizeOf(output.shape.slice(1));
      if (perSample === all) return { shape: output.shape, dtype: "f32" };
      return classIndices(name, output, perSample, ` or ${all} probabilities`);
    },
    compute: (output, target) =>
      target.dtype === "i32"
        ? crossEntropyLoss(output, target, { smoothing, ignoreIndex })
        : crossEntropyProbsLoss(output, target, { smoothing }),
    correct: (output, target) =>
      countCorrect(output, target, target.dtype === "i32" ? "ids" : "probabilities", { ignoreIndex }),
    predictions: rowsOf,
    probabilities: true,
    ignoreIndex,
  };
}

export interface NegativeLogLikelihoodOptions {
  /** Rows whose class index is this do not count. Default -100. */
  ignoreIndex?: number;
}

/**
 * Mean of -x[y] over the rows, for log-probabilities x [.., classes], as logSoftmax() gives them, and class indices y.
 * https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html
 */
export function negativeLogLikelihood(options: NegativeLogLikelihoodOptions = {}): Loss {
  const name = "negativeLogLikelihood";
  const { ignoreIndex } = resolve<Required<NegativeLogLikelihoodOptions>>(name, { ignoreIndex: -100 }, options);
  check(name, "ignoreIndex", ignoreIndex, wholeNumber);
  return {
    name,
    options: ignoreIndex === -100 ? {} : { ignoreIndex },
    target: (output, perSample) => {
      severalClasses(name, output);
      return classIndices(name, output, perSample);
    },
    compute: (output, target) => negativeLogLikelihoodLoss(output, target, { ignoreIndex }),
    correct: (output, target) => countCorrect(output, target, "ids", { ignoreIndex }),
    predictions: rowsOf,
    ignoreIndex,
  };
}

/** A function of one's own as a Loss. Its target is whole numbers if y came so, and shaped like the prediction if it can be. */
export function lossOf(compute: LossFunction): Loss {
  const name = compute.name || "loss";
  return {
    name,
    custom: true,
    options: {},
    target: (output, perSample, whole) => {
      const batch = output.shape[0] ?? 1;
      const same = output.shape.length > 0 && perSample === sizeOf(output.shape.slice(1));
      const shape = same ? output.shape : perSample === 1 ? [batch] : [batch, perSample];
      return { shape, dtype: whole ? "i32" : "f32" };
    },
    compute: (output, target) => {
      const loss = compute(output, target);
      if (loss?.size !== 1) {
        throw new ShapeError(`${name}: a loss must be a scalar tensor, got ${loss}; reduce it, e.g. with ops.mean()`);
      }
      return loss;
    },
    predictions: (output) => output.shape[0] ?? 1,
  };
}
