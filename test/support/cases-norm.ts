// The calls of the rows of norm.ts and norm-batch.ts: rows and channels of every length behind a vector and a block.

import { Random } from "../../src/data/random.js";
import { groupNorm, layerNorm, rmsNorm } from "../../src/graph/ops/norm.js";
import { batchNorm } from "../../src/graph/ops/norm-batch.js";
import { sizeOf, type Shape, type Tensor } from "../../src/graph/tensor.js";
import type { Given } from "./graph.js";
import type { Case } from "./reference-cases.js";

const random = new Random(99);

const floats = (shape: Shape, mean = 0, std = 1): Given => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal(mean, std))),
});

type Leaves = Readonly<Record<string, Tensor>>;

function withWeights(label: string, x: Shape, weight: Shape, trace: (leaves: Leaves) => Tensor, bias = true): Case {
  const given = { x: floats(x, 0.5, 2), weight: floats(weight, 1), ...(bias && { bias: floats(weight) }) };
  return { label: `${label} [${x}]`, given, trace, by: Object.keys(given) };
}

// Five numbers or more in a row: of fewer, some are so alike that their norm magnifies every rounding.
const layers = [
  [2, 5],
  [3, 6],
  [2, 8],
  [1, 16],
  [5, 17],
  [2, 3, 64],
  [40, 7],
  [2, 300],
].flatMap((shape) => [
  withWeights("layer norm", shape, shape.slice(-1), ({ x, weight, bias }) => layerNorm(x!, weight, bias)),
  withWeights("RMS norm", shape, shape.slice(-1), ({ x, weight }) => rmsNorm(x!, weight, { eps: 1e-6 }), false),
]);

const groups = [
  { shape: [2, 12], count: 2 },
  { shape: [2, 6, 5], count: 3 },
  { shape: [3, 4, 2, 2], count: 1 },
  { shape: [2, 6, 3, 7], count: 6 },
  { shape: [40, 10], count: 2 },
  { shape: [1, 2, 300], count: 2 },
].map(({ shape, count }) =>
  withWeights(`group norm by ${count}`, shape, [shape[1]!], ({ x, weight, bias }) =>
    groupNorm(x!, count, weight, bias),
  ),
);

const BATCHES: readonly Shape[] = [
  [6, 1],
  [7, 4],
  [5, 7],
  [70, 18],
  [3, 2, 5],
  [4, 3, 6, 7],
  [7, 5, 1, 1],
  [2, 1, 300],
];

const given = (x: Shape) => {
  const channels = [x[1]!];
  const variance = {
    shape: channels,
    values: Array.from({ length: x[1]! }, () => Math.fround(random.uniform(0.5, 2))),
  };
  return {
    x: floats(x, 0.5, 2),
    weight: floats(channels, 1),
    bias: floats(channels),
    mean: floats(channels),
    variance,
  };
};

export const normCases: Readonly<Record<string, readonly Case[]>> = {
  norm: [
    ...layers,
    ...groups,
    withWeights("layer norm over two axes", [3, 4, 5], [4, 5], ({ x, weight, bias }) => layerNorm(x!, weight, bias)),
    { label: "without weights", given: { x: floats([3, 9]) }, trace: ({ x }) => layerNorm(x!), by: ["x"] },
    {
      label: "over given axes",
      given: { x: floats([2, 3, 5]) },
      trace: ({ x }) => rmsNorm(x!, undefined, { shape: [3, 5] }),
      by: ["x"],
    },
  ],
  batchNorm: BATCHES.map((shape) =>
    withWeights("batch", shape, [shape[1]!], ({ x, weight, bias }) => batchNorm(x!, weight, bias).y),
  ),
  batchNormFixed: BATCHES.map((shape) => ({
    label: `[${shape}]`,
    given: given(shape),
    trace: ({ x, weight, bias, mean, variance }) => batchNorm(x!, weight, bias, { mean: mean!, variance: variance! }).y,
    by: ["x", "weight", "bias"],
  })),
};
