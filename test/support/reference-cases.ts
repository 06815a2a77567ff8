// For every row of the op table, the calls that the tests make of it: tensors of sizes that cross a vector, a line and a
// block and leave a tail, and a function of them that comes down to this row.
//
// Where a function has a kink, the numbers keep away from it, since no difference is a derivative there.

import { Random } from "../../src/data/random.js";
import * as activation from "../../src/graph/ops/activation.js";
import * as elementwise from "../../src/graph/ops/elementwise.js";
import { constant } from "../../src/graph/ops/leaf.js";
import {
  crossEntropyLoss,
  crossEntropyProbsLoss,
  negativeLogLikelihoodLoss,
  termwiseLoss,
} from "../../src/graph/ops/loss.js";
import type { TermwiseLoss } from "../../src/graph/ops/loss.js";
import { linear, matmul } from "../../src/graph/ops/matmul.js";
import { expand, max, mean } from "../../src/graph/ops/reduce.js";
import { permute, reshape } from "../../src/graph/ops/shape.js";
import { slice } from "../../src/graph/ops/slice.js";
import { logSoftmax, softmax } from "../../src/graph/ops/softmax.js";
import { argmax, countCorrect, dropout, type Target } from "../../src/graph/ops/step.js";
import * as unary from "../../src/graph/ops/unary.js";
import { sizeOf, type Shape, type Tensor } from "../../src/graph/tensor.js";
import { convCases } from "./cases-conv.js";
import { attentionCases } from "./cases-attention.js";
import { embeddingCases } from "./cases-embedding.js";
import { argmaxCases, indexingCases, partCases } from "./cases-indexing.js";
import { int8Cases } from "./cases-int8.js";
import { normCases } from "./cases-norm.js";
import { poolCases } from "./cases-pool.js";
import { recurrentCases } from "./cases-recurrent.js";
import type { Given } from "./graph.js";

type Leaves = Readonly<Record<string, Tensor>>;

export interface Case {
  readonly label: string;
  readonly given: Readonly<Record<string, Given>>;
  readonly trace: (leaves: Leaves) => Tensor;
  /** Leaves to differentiate by. */
  readonly by: readonly string[];
}

const random = new Random(2024);
export const SIZES = [1, 3, 4, 5, 15, 16, 17, 33, 64, 100];

type Draw = () => number;
const normal: Draw = () => random.normal(0, 2);
const positive: Draw = () => random.uniform(0.1, 4);
const chance: Draw = () => random.uniform(0.02, 0.98);
/** Numbers of either sign, at least 0.01 from 0 and from ±3. */
const awayFromKinks: Draw = () => {
  for (;;) {
    const x = normal();
    if (Math.abs(x) > 0.01 && Math.abs(Math.abs(x) - 3) > 0.01) return x;
  }
};
/** Numbers no two of which are nearer than 1/8. */
const apart = (): Draw => {
  const taken = random.shuffle(Array.from({ length: 4096 }, (_, i) => i));
  return () => taken.pop()! / 8 - 256;
};

const values = (size: number, draw: Draw) => Array.from({ length: size }, () => Math.fround(draw()));
export const floats = (shape: Shape, draw: Draw = normal): Given => ({ shape, values: values(sizeOf(shape), draw) });
const ids = (shape: Shape, classes: number, ignored?: number): Given => ({
  shape,
  dtype: "i32",
  values: Array.from({ length: sizeOf(shape) }, (_, i) =>
    ignored !== undefined && i % 3 === 1 ? ignored : random.integer(classes),
  ),
});

const one = (trace: (x: Tensor) => Tensor, draw: Draw = normal): Case[] =>
  SIZES.map((n) => ({ label: `n = ${n}`, given: { x: floats([n], draw) }, trace: ({ x }) => trace(x!), by: ["x"] }));

const two = (trace: (a: Tensor, b: Tensor) => Tensor, drawA: () => Draw = () => normal, drawB = drawA): Case[] =>
  SIZES.map((n) => {
    // Both from one pool, where they must not meet.
    const draw = drawA();
    const given = { a: floats([n], draw), b: floats([n], drawB === drawA ? draw : drawB()) };
    return { label: `n = ${n}`, given, trace: ({ a, b }) => trace(a!, b!), by: ["a", "b"] };
  });

const ofShapes = (shapes: readonly Shape[], trace: (x: Tensor) => Tensor, draw: () => Draw = () => normal): Case[] =>
  shapes.map((shape) => ({
    label: `[${shape}]`,
    given: { x: floats(shape, draw()) },
    trace: ({ x }) => trace(x!),
    by: ["x"],
  }));

const MATRICES: readonly Shape[] = [...SIZES.map((cols) => [3, cols]), [1, 7], [17, 1], [2, 3, 5]];
const CUBES: readonly Shape[] = [
  [3, 4, 5],
  [1, 17, 3],
  [2, 33, 1],
  [5, 1, 16],
  [2, 3, 64],
  [3, 70, 17],
];

const termwise = (name: TermwiseLoss, x: Draw, t: Draw, attrs = {}): Case[] =>
  [[1], [5], [4, 4], [3, 11], [2, 5, 10]].map((shape) => ({
    label: `[${shape}]`,
    given: { x: floats(shape, x), t: floats(shape, t) },
    trace: (leaves) => termwiseLoss(name, leaves.x!, leaves.t!, attrs),
    by: ["x"],
  }));

const classes = (trace: (x: Tensor, t: Tensor) => Tensor, probabilities: boolean, draw: Draw = normal): Case[] =>
  [
    [1, 2],
    [4, 3],
    [5, 4],
    [3, 17],
    [2, 3, 5],
    [7, 33],
  ].map((shape) => ({
    label: `[${shape}]`,
    given: {
      x: floats(shape, draw),
      t: probabilities ? floats(shape, () => random.uniform(0, 1)) : ids(shape.slice(0, -1), shape.at(-1)!, -100),
    },
    trace: (leaves) => trace(leaves.x!, leaves.t!),
    by: ["x"],
  }));

const smoothings = (trace: (x: Tensor, t: Tensor, smoothing: number) => Tensor, probabilities: boolean): Case[] =>
  [0, 0.1].flatMap((smoothing) =>
    classes((x, t) => trace(x, t, smoothing), probabilities).map((one) => ({
      ...one,
      label: `${one.label} ${smoothing}`,
    })),
  );

interface Form {
  transA?: boolean;
  transB?: boolean;
}
const turned = (shape: Shape, turn = false) => (turn ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape);
const products: Case[] = [
  ...[{}, { transA: true }, { transB: true }, { transA: true, transB: true }].flatMap((form: Form) =>
    [
      [
        [1, 1],
        [1, 1],
      ],
      [
        [3, 5],
        [5, 4],
      ],
      [
        [4, 8],
        [8, 8],
      ],
      [
        [7, 17],
        [17, 9],
      ],
      [
        [25, 12],
        [12, 33],
      ],
      [
        [2, 3, 4],
        [2, 4, 5],
      ],
      [
        [2, 3, 4],
        [4, 5],
      ],
      [
        [3, 4],
        [2, 4, 5],
      ],
      [
        [2, 1, 3, 4],
        [3, 4, 2],
      ],
    ].map(([a, b]) => ({ a: turned(a!, form.transA), b: turned(b!, form.transB), form })),
  ),
].map(({ a, b, form }) => ({
  label: `[${a}] · [${b}] ${JSON.stringify(form)}`,
  given: { a: floats(a), b: floats(b) },
  trace: (leaves: Leaves) => matmul(leaves.a!, leaves.b!, form),
  by: ["a", "b"],
}));

const linears: Case[] = [
  [[4], [3, 4]],
  [
    [1, 1],
    [1, 1],
  ],
  [
    [5, 7],
    [4, 7],
  ],
  [
    [2, 3, 16],
    [17, 16],
  ],
  [
    [33, 9],
    [12, 9],
  ],
].flatMap(([x, weight]) =>
  [true, false].map((bias) => ({
    label: `[${x}] by [${weight}]${bias ? " and a bias" : ""}`,
    given: { x: floats(x!), weight: floats(weight!), ...(bias && { bias: floats([weight![0]!]) }) },
    trace: (leaves: Leaves) => linear(leaves.x!, leaves.weight!, leaves.bias),
    by: ["x", "weight", ...(bias ? ["bias"] : [])],
  })),
);

const correct = (target: Target, x: Shape, t: Given, ignoreIndex = -100): Case => ({
  label: `${target}, ${ignoreIndex} ignored`,
  given: { x: floats(x, apart()), t },
  trace: (leaves) => countCorrect(leaves.x!, leaves.t!, target, { ignoreIndex }),
  by: [],
});

/** The calls of each row. Gradient rows come into play as the gradients of theirs. */
export const cases: Readonly<Record<string, readonly Case[]>> = {
  input: one((x) => reshape(x, [1, -1])),
  parameter: [
    {
      label: "as it is",
      given: { x: { ...floats([5]), as: "parameter" } },
      trace: ({ x }) => reshape(x!, [5, 1]),
      by: ["x"],
    },
  ],
  constant: one((x) => elementwise.mul(x, constant(1.5, x.shape))),

  add: two(elementwise.add),
  sub: two(elementwise.sub),
  mul: two(elementwise.mul),
  div: two(
    elementwise.div,
    () => normal,
    () => positive,
  ),
  maximum: two(elementwise.maximum, apart),
  minimum: two(elementwise.minimum, apart),
  equal: two(elementwise.equal, apart),
  greater: two(elementwise.greater, apart),
  affine: one((x) => elementwise.affine(x, -0.75, 3.5)),

  exp: one(unary.exp),
  log: one(unary.log, positive),
  sqrt: one(unary.sqrt, positive),
  square: one(unary.square),
  abs: one(unary.abs, awayFromKinks),
  sign: one(unary.sign, awayFromKinks),

  relu: one(activation.relu, awayFromKinks),
  leakyRelu: one((x) => activation.leakyRelu(x, 0.2), awayFromKinks),
  elu: one((x) => activation.elu(x, 1.5), awayFromKinks),
  selu: one(activation.selu, awayFromKinks),
  gelu: one(activation.gelu),
  geluTanh: one(activation.geluTanh),
  sigmoid: one(activation.sigmoid),
  tanh: one(activation.tanh),
  softplus: one(activation.softplus),
  silu: one(activation.silu),
  hardSwish: one(activation.hardSwish, awayFromKinks),

  sum: CUBES.flatMap((shape) => [0, 1, 2].flatMap((axes) => ofShapes([shape], (x) => mean(x, { axes })))),
  max: CUBES.slice(0, 5).flatMap((shape) =>
    [0, 1, 2].flatMap((axes) => ofShapes([shape], (x) => max(x, { axes }), apart)),
  ),
  expand: [[1], [4, 1], [1, 5], [1, 1]].flatMap((shape) => ofShapes([shape], (x) => expand(x, [3, 4, 5]))),
  reshape: ofShapes([[2, 6], [12], [3, 4]], (x) => reshape(x, [2, -1, 3])),
  permute: ofShapes(CUBES, (x) => permute(x, [2, 0, 1])),

  slice: [
    ...CUBES.flatMap((shape) =>
      ofShapes([shape], (x) => {
        const rows = slice(x, { start: -2 }, 0);
        return slice(slice(rows, { start: 1, step: 2 }, shape[1] === 1 ? 2 : 1), { end: 9 }, -1);
      }),
    ),
    ...partCases,
  ],

  softmax: ofShapes(MATRICES, (x) => softmax(x)),
  logSoftmax: ofShapes(MATRICES, (x) => logSoftmax(x)),
  matmul: products,
  linear: linears,

  meanSquaredError: termwise("meanSquaredError", normal, normal),
  meanAbsoluteError: termwise("meanAbsoluteError", () => awayFromKinks() + 20, normal),
  huber: termwise(
    "huber",
    () => random.uniform(0, 0.7),
    () => Math.round(random.uniform(-1, 1)) * 4 - 0.01,
    { delta: 1.5 },
  ),
  binaryCrossEntropy: termwise("binaryCrossEntropy", chance, chance),
  binaryCrossEntropyLogits: termwise("binaryCrossEntropyLogits", normal, chance),
  klDivergence: termwise(
    "klDivergence",
    () => Math.log(chance()),
    () => Math.max(0, random.uniform(-0.2, 1)),
    { divisor: 3 },
  ),
  crossEntropy: smoothings((x, t, smoothing) => crossEntropyLoss(x, t, { smoothing, ignoreIndex: -100 }), false),
  crossEntropyProbs: smoothings((x, t, smoothing) => crossEntropyProbsLoss(x, t, { smoothing }), true),
  negativeLogLikelihood: classes(
    (x, t) => negativeLogLikelihoodLoss(x, t, { ignoreIndex: -100 }),
    false,
    () => Math.log(chance()),
  ),

  ...convCases,
  ...poolCases,
  ...embeddingCases,
  ...indexingCases,
  ...int8Cases,
  ...normCases,
  ...attentionCases,
  ...recurrentCases,

  dropout: one((x) => dropout(x, 0.4, 7)),
  argmax: [...ofShapes(MATRICES, argmax, apart).map((one) => ({ ...one, by: [] })), ...argmaxCases],
  countCorrect: [
    correct("ids", [11, 5], ids([11], 5)),
    correct("ids", [40, 3], ids([40], 3)),
    correct("ids", [40, 3], ids([40], 3), 1),
    correct("ids", [2, 1], ids([2], 1), 0),
    correct(
      "binary",
      [37],
      floats([37], () => random.integer(2)),
    ),
    correct("probabilities", [9, 6], floats([9, 6], apart())),
  ],
};
