// The losses and their gradients in plain f64, as PyTorch defines them.

import type { Node } from "../../src/graph/tensor.js";
import { argmaxOf, logSoftmaxOf, softmaxOf } from "./reference-shape.js";
import { sigmoid } from "./reference-elementwise.js";
import { rowsOf, sumOf, type Reference } from "./reference-tensor.js";

type Term = (x: number, t: number, delta: number) => number;

/** The term of each element, and its derivative by x. */
const terms: Record<string, [term: Term, slope: Term]> = {
  meanSquaredError: [(x, t) => (x - t) ** 2, (x, t) => 2 * (x - t)],
  meanAbsoluteError: [(x, t) => Math.abs(x - t), (x, t) => Math.sign(x - t)],
  huber: [
    (x, t, delta) => (Math.abs(x - t) <= delta ? (x - t) ** 2 / 2 : delta * (Math.abs(x - t) - delta / 2)),
    (x, t, delta) => Math.max(-delta, Math.min(delta, x - t)),
  ],
  binaryCrossEntropy: [
    (x, t) => -t * Math.max(Math.log(x), -100) - (1 - t) * Math.max(Math.log1p(-x), -100),
    (x, t) => (x - t) / Math.max(x * (1 - x), 1e-12),
  ],
  binaryCrossEntropyLogits: [
    (x, t) => Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x))),
    (x, t) => sigmoid(x) - t,
  ],
  klDivergence: [(x, t) => (t === 0 ? 0 : t * (Math.log(t) - x)), (_, t) => -t],
};

interface Attrs {
  divisor: number;
  delta: number;
  smoothing: number;
  ignoreIndex: number;
  target: "ids" | "binary" | "probabilities";
  threshold: number;
}
const attrsOf = (node: Node) => node.attrs as unknown as Attrs;

const termwise = ([term, slope]: [Term, Term], name: string): [string, Reference][] => [
  [
    name,
    ([x, t], node) => {
      const { divisor, delta } = attrsOf(node);
      return [[sumOf(x!.map((value, i) => term(value, t![i]!, delta))) / divisor]];
    },
  ],
  [
    `${name}Grad`,
    ([[dloss], x, t], node) => {
      const { divisor, delta } = attrsOf(node);
      return [x!.map((value, i) => (slope(value, t![i]!, delta) * dloss!) / divisor)];
    },
  ],
];

/** Weight of every class of a row: its own, smoothed. */
const smoothed = (q: number[], smoothing: number) => q.map((weight) => (1 - smoothing) * weight + smoothing / q.length);
const oneHot = (index: number, cols: number) => Array.from({ length: cols }, (_, c) => Number(c === index));

/** The weights of each row, null where it does not count. */
function weightsOf(t: number[], cols: number, { smoothing, ignoreIndex }: Attrs): (number[] | null)[] {
  return t.map((index) => (index === ignoreIndex ? null : smoothed(oneHot(index, cols), smoothing)));
}

/** The loss, the probabilities, and each row's term. */
function crossEntropy(x: number[], cols: number, weights: (number[] | null)[]): [number[], number[], number[]] {
  const rows = rowsOf(x, cols);
  const losses = rows.map((row, r) => {
    const log = logSoftmaxOf(row);
    const q = weights[r];
    return q ? -sumOf(q.map((weight, c) => (weight === 0 ? 0 : weight * log[c]!))) : 0;
  });
  const count = weights.filter((q) => q !== null).length;
  return [[sumOf(losses) / count], rows.flatMap(softmaxOf), losses];
}

function crossEntropyGrad(dloss: number, p: number[], cols: number, weights: (number[] | null)[]): number[][] {
  const count = weights.filter((q) => q !== null).length;
  const row = (probabilities: number[], r: number) => {
    const q = weights[r];
    return probabilities.map((value, c) => (q ? ((value * sumOf(q) - q[c]!) * dloss) / count : 0));
  };
  return [rowsOf(p, cols).flatMap(row)];
}

const colsOf = (node: Node, input: number) => node.inputs[input]!.shape.at(-1)!;

export const lossReferences: Record<string, Reference> = {
  ...Object.fromEntries(Object.entries(terms).flatMap(([name, pair]) => termwise(pair, name))),
  crossEntropy: ([x, t], node) => crossEntropy(x!, colsOf(node, 0), weightsOf(t!, colsOf(node, 0), attrsOf(node))),
  crossEntropyGrad: ([[dloss], p, t], node) =>
    crossEntropyGrad(dloss!, p!, colsOf(node, 1), weightsOf(t!, colsOf(node, 1), attrsOf(node))),
  crossEntropyProbs: ([x, t], node) => {
    const rows = rowsOf(t!, colsOf(node, 0));
    const weights = rows.map((row) => smoothed(row, attrsOf(node).smoothing));
    return crossEntropy(x!, colsOf(node, 0), weights).slice(0, 2);
  },
  crossEntropyProbsGrad: ([[dloss], p, t], node) => {
    const rows = rowsOf(t!, colsOf(node, 1));
    return crossEntropyGrad(
      dloss!,
      p!,
      colsOf(node, 1),
      rows.map((row) => smoothed(row, attrsOf(node).smoothing)),
    );
  },
  negativeLogLikelihood: ([x, t], node) => {
    const cols = colsOf(node, 0);
    const counted = t!.map((index, r) => ({ index, r })).filter(({ index }) => index !== attrsOf(node).ignoreIndex);
    return [[-sumOf(counted.map(({ index, r }) => x![r * cols + index]!)) / counted.length]];
  },
  negativeLogLikelihoodGrad: ([[dloss], , t], node) => {
    const cols = colsOf(node, 1);
    const { ignoreIndex } = attrsOf(node);
    const count = t!.filter((index) => index !== ignoreIndex).length;
    return [
      t!.flatMap((index) => oneHot(index === ignoreIndex ? -1 : index, cols).map((hit) => (-hit * dloss!) / count)),
    ];
  },
  countCorrect: ([x, t], node) => {
    const { target, threshold, ignoreIndex } = attrsOf(node);
    if (target === "binary") return [[x!.filter((value, i) => value >= threshold === t![i]! >= 0.5).length]];
    const found = rowsOf(x!, colsOf(node, 0)).map(argmaxOf);
    const right = target === "ids" ? t! : rowsOf(t!, colsOf(node, 0)).map(argmaxOf);
    const counted = found.map((_, r) => r).filter((r) => target !== "ids" || right[r] !== ignoreIndex);
    const correct = counted.filter((r) => found[r] === right[r]).length;
    return [[(correct * found.length) / Math.max(counted.length, 1)]];
  },
};
