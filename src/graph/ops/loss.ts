// Losses as single ops: the sum over all terms in one pass, and its gradient in another.
//
// Every loss is a scalar; the target is data and has no gradient. A loss for which that is wrong can be written with
// the other ops. Definitions: https://pytorch.org/docs/stable/nn.html#loss-functions

import { Opcode } from "../../shared/opcodes.js";
import { op, real, ShapeError, type Op } from "../op.js";
import { apply, sameShape, showShape, type Node, type Tensor } from "../tensor.js";

interface TermAttrs {
  /** What the sum of terms is divided by. */
  divisor: number;
  delta?: number;
}

function checkSame(name: string, x: Tensor, target: Tensor): void {
  if (!sameShape(x.shape, target.shape)) {
    throw new ShapeError(
      `${name}: the prediction is ${showShape(x.shape)} but the target is ${showShape(target.shape)}; they must be equal`,
    );
  }
}

/** A loss that is a sum of terms, each of one element of the prediction and one of the target. */
/* @__NO_SIDE_EFFECTS__ */
function termwise(name: string, code: Opcode, gradCode: Opcode): { forward: Op<TermAttrs>; backward: Op<TermAttrs> } {
  const parameters = ({ divisor, delta }: TermAttrs) => [real(divisor), ...(delta === undefined ? [] : [real(delta)])];
  const backward = op<TermAttrs>({
    name: `${name}Grad`,
    shape: ([, x]) => [{ shape: x!.shape }],
    inPlace: () => [1],
    emit: ({ attrs, outputs }, { inputs: [dloss, x, t], outputs: [dx] }) => [
      [gradCode, dx!, dloss!, x!, t!, outputs[0]!.size, ...parameters(attrs)],
    ],
  });
  const forward = op<TermAttrs>({
    name,
    shape: ([x, t]) => {
      checkSame(name, x!, t!);
      return [{ shape: [] }];
    },
    grad: ([dloss], { inputs: [x, t], attrs }) => [apply(backward, [dloss!, x!, t!], { ...attrs }), null],
    emit: ({ attrs, inputs }, { inputs: [x, t], outputs: [loss] }) => [
      [code, loss!, x!, t!, inputs[0]!.size, ...parameters(attrs)],
    ],
  });
  return { forward, backward };
}

export const termwiseLosses = {
  meanSquaredError: termwise("meanSquaredError", Opcode.MeanSquaredError, Opcode.MeanSquaredErrorGrad),
  meanAbsoluteError: termwise("meanAbsoluteError", Opcode.MeanAbsoluteError, Opcode.MeanAbsoluteErrorGrad),
  huber: termwise("huber", Opcode.Huber, Opcode.HuberGrad),
  binaryCrossEntropy: termwise("binaryCrossEntropy", Opcode.BinaryCrossEntropy, Opcode.BinaryCrossEntropyGrad),
  binaryCrossEntropyLogits: termwise(
    "binaryCrossEntropyLogits",
    Opcode.BinaryCrossEntropyLogits,
    Opcode.BinaryCrossEntropyLogitsGrad,
  ),
  klDivergence: termwise("klDivergence", Opcode.KLDivergence, Opcode.KLDivergenceGrad),
} as const;

export type TermwiseLoss = keyof typeof termwiseLosses;

/** Sum of a loss's terms over `divisor`; default: the number of elements. */
export const termwiseLoss = (name: TermwiseLoss, x: Tensor, target: Tensor, attrs: Partial<TermAttrs> = {}): Tensor =>
  apply(termwiseLosses[name].forward, [x, target], { divisor: x.size, ...attrs });

const rowsOf = (x: Tensor): [number, number] => [x.size / x.shape.at(-1)!, x.shape.at(-1)!];

/** The target holds class indices. */
function classIds({ inputs: [x], attrs }: Node & { readonly attrs: { ignoreIndex: number } }) {
  const below = x!.shape.at(-1)!;
  return [{ input: 1, below, by: `of ${below === 1 ? "one class" : `${below} classes`}`, ignored: attrs.ignoreIndex }];
}

function checkIds(name: string, x: Tensor, target: Tensor): void {
  const expected = x.shape.slice(0, -1);
  if (target.dtype !== "i32" || target.size !== rowsOf(x)[0]) {
    throw new ShapeError(
      `${name}: for a prediction ${showShape(x.shape)} the target must be i32 class indices ${showShape(expected)}, ` +
        `got ${target.dtype} ${showShape(target.shape)}`,
    );
  }
}

interface ClassAttrs {
  smoothing: number;
  ignoreIndex: number;
}

const crossEntropyGradOp = op<ClassAttrs>({
  name: "crossEntropyGrad",
  shape: ([, p]) => [{ shape: p!.shape }],
  whole: [2],
  inPlace: () => [1],
  emit: ({ attrs, outputs }, { inputs: [dloss, p, t], outputs: [dx] }) => [
    [Opcode.CrossEntropyGrad, dx!, dloss!, p!, t!, ...rowsOf(outputs[0]!), real(attrs.smoothing), attrs.ignoreIndex],
  ],
});

/** Softmax and cross-entropy with class indices in one: outputs are the loss, the probabilities, and the rows' terms. */
const crossEntropyOp = op<ClassAttrs>({
  name: "crossEntropy",
  shape: ([x, t]) => {
    checkIds("crossEntropy", x!, t!);
    return [{ shape: [] }, { shape: x!.shape }, { shape: [rowsOf(x!)[0]] }];
  },
  whole: [1],
  ids: classIds,
  grad: ([dloss], { inputs: [, t], outputs: [, p], attrs }) => [
    apply(crossEntropyGradOp, [dloss!, p!, t!], { ...attrs }),
    null,
  ],
  emit: ({ attrs: { smoothing, ignoreIndex }, outputs: [, probs] }, { inputs: [x, t], outputs: [loss, p, terms] }) => {
    const [rows, cols] = rowsOf(probs!);
    return [
      [Opcode.CrossEntropyTerms, terms!, p!, x!, t!, rows, cols, real(smoothing), ignoreIndex],
      [Opcode.CrossEntropyMean, loss!, terms!, t!, rows, ignoreIndex],
    ];
  },
});

const crossEntropyProbsGradOp = op<{ smoothing: number }>({
  name: "crossEntropyProbsGrad",
  shape: ([, p]) => [{ shape: p!.shape }],
  inPlace: () => [1],
  emit: ({ attrs, outputs }, { inputs: [dloss, p, t], outputs: [dx] }) => [
    [Opcode.CrossEntropyProbsGrad, dx!, dloss!, p!, t!, ...rowsOf(outputs[0]!), real(attrs.smoothing)],
  ],
});

const crossEntropyProbsOp = op<{ smoothing: number }>({
  name: "crossEntropyProbs",
  shape: ([x, t]) => {
    checkSame("crossEntropy", x!, t!);
    if (x!.shape.length === 0) throw new ShapeError("crossEntropy: the prediction needs an axis of classes, got []");
    return [{ shape: [] }, { shape: x!.shape }];
  },
  grad: ([dloss], { inputs: [, t], outputs: [, p], attrs }) => [
    apply(crossEntropyProbsGradOp, [dloss!, p!, t!], { ...attrs }),
    null,
  ],
  emit: ({ attrs, outputs }, { inputs: [x, t], outputs: [loss, p] }) => [
    [Opcode.CrossEntropyProbs, loss!, p!, x!, t!, ...rowsOf(outputs[1]!), real(attrs.smoothing)],
  ],
});

const negativeLogLikelihoodGradOp = op<{ ignoreIndex: number }>({
  name: "negativeLogLikelihoodGrad",
  shape: ([, x]) => [{ shape: x!.shape }],
  whole: [2],
  emit: ({ attrs, outputs }, { inputs: [dloss, , t], outputs: [dx] }) => [
    [Opcode.NegativeLogLikelihoodGrad, dx!, dloss!, t!, ...rowsOf(outputs[0]!), attrs.ignoreIndex],
  ],
});

const negativeLogLikelihoodOp = op<{ ignoreIndex: number }>({
  name: "negativeLogLikelihood",
  shape: ([x, t]) => {
    checkIds("negativeLogLikelihood", x!, t!);
    return [{ shape: [] }];
  },
  whole: [1],
  ids: classIds,
  grad: ([dloss], { inputs: [x, t], attrs }) => [
    apply(negativeLogLikelihoodGradOp, [dloss!, x!, t!], { ...attrs }),
    null,
  ],
  emit: ({ attrs, inputs: tensors }, { inputs: [x, t], outputs: [loss] }) => [
    [Opcode.NegativeLogLikelihood, loss!, x!, t!, ...rowsOf(tensors[0]!), attrs.ignoreIndex],
  ],
});

export const classLosses = {
  crossEntropy: { forward: crossEntropyOp, backward: crossEntropyGradOp },
  crossEntropyProbs: { forward: crossEntropyProbsOp, backward: crossEntropyProbsGradOp },
  negativeLogLikelihood: { forward: negativeLogLikelihoodOp, backward: negativeLogLikelihoodGradOp },
} as const;

/** Mean over the rows of -log softmax(x)[target], smoothed; rows whose target is ignoreIndex do not count. */
export const crossEntropyLoss = (x: Tensor, target: Tensor, attrs: ClassAttrs): Tensor =>
  apply(crossEntropyOp, [x, target], { ...attrs });

/** Mean over the rows of -sum(target * log softmax(x)), the target being probabilities. */
export const crossEntropyProbsLoss = (x: Tensor, target: Tensor, attrs: { smoothing: number }): Tensor =>
  apply(crossEntropyProbsOp, [x, target], { ...attrs });

/** Mean over the rows of -x[target], x being log-probabilities. */
export const negativeLogLikelihoodLoss = (x: Tensor, target: Tensor, attrs: { ignoreIndex: number }): Tensor =>
  apply(negativeLogLikelihoodOp, [x, target], { ...attrs });
