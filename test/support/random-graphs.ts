// Random graphs: ops of every kind on tensors of every age, so that buffers are shared, reused and overwritten in ways
// that nobody would think of. A seed gives the same graph everywhere.

import { Random } from "../../src/data/random.js";
import { grad } from "../../src/graph/grad.js";
import { gelu, relu, sigmoid, silu, softplus, tanh } from "../../src/graph/ops/activation.js";
import { concat } from "../../src/graph/ops/concat.js";
import { add, affine, mul, sub } from "../../src/graph/ops/elementwise.js";
import { constant } from "../../src/graph/ops/leaf.js";
import { linear, matmul } from "../../src/graph/ops/matmul.js";
import { expand, mean, sum } from "../../src/graph/ops/reduce.js";
import { permute, reshape } from "../../src/graph/ops/shape.js";
import { slice } from "../../src/graph/ops/slice.js";
import { logSoftmax, softmax } from "../../src/graph/ops/softmax.js";
import { dropout } from "../../src/graph/ops/step.js";
import { square } from "../../src/graph/ops/unary.js";
import type { Shape, Tensor } from "../../src/graph/tensor.js";
import type { Given } from "./graph.js";

const SHAPES: readonly Shape[] = [[4, 6], [6], [1, 6], [4, 1], [6, 6], [2, 4, 6], [24]];

/** Leaves for a graph, half of them parameters. */
export function randomLeaves(random: Random): Record<string, Given> {
  const leaf = (shape: Shape, i: number): Given => ({
    shape,
    values: Array.from({ length: shape.reduce((n, size) => n * size, 1) }, () => Math.fround(random.normal())),
    as: i % 2 === 0 ? "input" : "parameter",
  });
  return Object.fromEntries(SHAPES.map((shape, i) => [`leaf${i}`, leaf(shape, i)]));
}

/** Results of a graph of `steps` random ops on the leaves; with the derivatives of one of them, every other time. */
export function randomResults(random: Random, leaves: Record<string, Tensor>, steps: number): Record<string, Tensor> {
  const made: Tensor[] = Object.values(leaves);
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!;
  // The young ones more often, so that chains come about.
  const any = () => made[Math.floor(made.length * Math.sqrt(random.uniform()))]!;
  const axisOf = ({ shape }: Tensor) => (shape.length === 0 ? [] : random.integer(shape.length));

  const ops: ((x: Tensor) => Tensor | undefined)[] = [
    (x) => pick([relu, tanh, sigmoid, silu, softplus, gelu])(x),
    (x) => affine(x, random.uniform(-1, 1), random.uniform(-1, 1)),
    (x) => tryTo(() => pick([add, sub])(x, any())),
    (x) => tryTo(() => tanh(mul(x, any()))),
    (x) => tryTo(() => tanh(matmul(x, any(), { transA: random.integer(2) === 0, transB: random.integer(2) === 0 }))),
    (x) => tryTo(() => pick([tanh, relu, sigmoid])(linear(x, leaves.leaf4!, leaves.leaf1))),
    (x) => reshape(x, pick([[-1], [x.size, 1], [1, ...x.shape], x.size % 4 === 0 ? [4, -1] : [-1]])),
    (x) => permute(x),
    (x) => (x.shape.length > 0 && x.shape[0]! > 1 ? slice(x, pick([{ end: -1 }, { start: 1 }])) : undefined),
    // From a line on, so that it is a part of x.
    (x) => (x.size >= 32 && x.size % 16 === 0 ? slice(reshape(x, [-1, 16]), { start: 1 }) : undefined),
    (x) => tryTo(() => concat([x, any()])),
    (x) => pick([mean, sum])(affine(x, 0.25, 0), { axes: axisOf(x), keepDims: random.integer(2) === 0 }),
    (x) => (x.shape.length > 0 ? pick([softmax, logSoftmax])(tanh(x), { axis: axisOf(x) as number }) : undefined),
    (x) => dropout(x, 0.25, random.integer(100)),
    (x) => (x.size <= 24 ? expand(x, [2, ...x.shape]) : undefined),
    (x) => square(tanh(x)),
    () => constant(random.uniform(-1, 1), pick([[], [6], [4, 1]])),
  ];
  while (made.length < steps) {
    const result = pick(ops)(any());
    if (result && result.size <= 200 && result.shape.length <= 4) made.push(result);
  }

  const results: Record<string, Tensor> = { last: made.at(-1)! };
  for (let i = random.integer(4); i > 0; i--) results[`some${i}`] = any();
  if (random.integer(2) === 0) {
    const wrt = [...Object.values(leaves), any()];
    const gradients = grad(mean(square(tanh(add(made.at(-1)!, mean(any()))))), wrt);
    gradients.forEach((gradient, i) => (results[`gradient${i}`] = gradient));
  }
  return results;
}

function tryTo(make: () => Tensor): Tensor | undefined {
  try {
    return make();
  } catch {
    return undefined; // the shapes do not fit
  }
}
