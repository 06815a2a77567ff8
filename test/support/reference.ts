// The whole op table in plain f64, and whole graphs: what the core's results are compared with.

import { philox } from "../../src/data/random.js";
import type { ConstantValue } from "../../src/graph/ops/leaf.js";
import { reachable, type Node, type Tensor } from "../../src/graph/tensor.js";
import { convReferences } from "./reference-conv.js";
import { embeddingReferences } from "./reference-embedding.js";
import { attentionReferences } from "./reference-attention.js";
import { elementwiseReferences } from "./reference-elementwise.js";
import { indexingReferences } from "./reference-indexing.js";
import { int8References } from "./reference-int8.js";
import { lossReferences } from "./reference-loss.js";
import { poolReferences } from "./reference-pool.js";
import { recurrentReferences } from "./reference-recurrent.js";
import { normReferences } from "./reference-norm.js";
import { rotaryReferences } from "./reference-rotary.js";
import { shapeReferences } from "./reference-shape.js";
import type { Reference } from "./reference-tensor.js";

/** Step 0 and seed 0: the control block as it lies when nobody has written to it. */
const DROPOUT = 3;
function keeps(element: number, stream: number, p: number): boolean {
  const block = (element >>> 4) * 4 + (element & 3);
  const word = philox([block, 0, stream, DROPOUT], [0, 0])[(element >>> 2) & 3]!;
  return (word >>> 8) / 2 ** 24 >= p;
}

const given = (node: Node): never => {
  throw new Error(`${node.op.name} ${node.attrs.name}: the test has to give its values`);
};

/** Each row by its name. */
export const references: Readonly<Record<string, Reference>> = {
  ...elementwiseReferences,
  ...shapeReferences,
  ...lossReferences,
  ...convReferences,
  ...poolReferences,
  ...embeddingReferences,
  ...indexingReferences,
  ...int8References,
  ...normReferences,
  ...rotaryReferences,
  ...attentionReferences,
  ...recurrentReferences,
  input: (_, node) => given(node),
  parameter: (_, node) => given(node),
  constant: (_, { attrs, outputs }) => {
    const value = attrs.value as ConstantValue;
    if (typeof value === "number") return [new Array<number>(outputs[0]!.size).fill(value)];
    return [[...(typeof value === "function" ? value() : value)]];
  },
  dropout: ([x], { attrs }) => {
    const { p, stream } = attrs as { p: number; stream: number };
    return [x!.map((value, i) => (keeps(i, stream, p) ? value / (1 - p) : 0))];
  },
  record: () => [],
};

/** Values of `tensors`, from those of the leaves they depend on. */
export function evaluate(tensors: readonly Tensor[], leaves: ReadonlyMap<Tensor, readonly number[]>): number[][] {
  const values = new Map<Tensor, number[]>();
  for (const node of reachable(tensors)) {
    const known = node.outputs[0] && leaves.get(node.outputs[0]);
    const inputs = node.inputs.map((input) => values.get(input)!);
    const outputs = known ? [[...known]] : references[node.op.name]!(inputs, node);
    node.outputs.forEach((output, i) => values.set(output, outputs[i]!));
  }
  return tensors.map((tensor) => values.get(tensor)!);
}
