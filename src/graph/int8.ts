// Puts 8-bit weights in place of others: a pure pass over a graph, like the fusions, and after them.
//
//   linear(x, weight, bias?)   → linearInt8(x, codes, scales, bias?), then its activation
//   embedding(ids, weight)     → embeddingInt8(codes, scales, ids)
//   anything else of weight    → on embeddingInt8(codes, scales), the whole weight again: right, but it saves nothing

import { EightBit } from "../shared/eight-bit.js";
import { initialisers } from "./initialiser.js";
import type { Op } from "./op.js";
import { activations, type ActivationName } from "./ops/activation.js";
import { embeddingOp } from "./ops/embedding.js";
import { codeBytes, embeddingInt8Op, linearInt8Op } from "./ops/int8.js";
import { parameter, parameterOp } from "./ops/leaf.js";
import { apply, createNode, reachable, type Node, type Tensor } from "./tensor.js";

/** What stands for a weight [rows, cols]: leaves of their own. */
export interface EightBitWeight {
  /** i8 [rows, codeBytes(cols)] */
  readonly codes: Tensor;
  /** [rows] */
  readonly scales: Tensor;
}

/** By its name: this is loaded late, and the op itself would be cut out of what is loaded first, as both had it. */
const isLinear = ({ name }: Op) => name === "linear";

/** Leaves for a weight. */
export function eightBitOf({ shape, label }: Tensor): EightBitWeight {
  const [rows, cols] = shape as [number, number];
  const attrs = { shape: [rows, codeBytes(cols)], dtype: "i8", init: initialisers.zeros(), trainable: false };
  const codes = apply(parameterOp, [], attrs);
  const scales = parameter([rows], { trainable: false });
  if (label) [codes.label, scales.label] = [`${label} codes`, `${label} scales`];
  return { codes, scales };
}

/**
 * The parameters that can be kept in 8 bits: matrices of at least `least` elements that `roots` use as weights of linear
 * layers or as tables, and in no other way.
 */
export function canBeEightBits(roots: readonly Tensor[], least: number): Set<Tensor> {
  const found = new Set<Tensor>();
  const others = new Set<Tensor>(roots);
  for (const { op, inputs } of reachable(roots)) {
    for (const [i, input] of inputs.entries()) {
      if (input.node.op !== parameterOp) continue;
      const fits = i === 1 && (isLinear(op) || op === embeddingOp);
      (fits && input.size >= least && input.shape[1]! <= EightBit.Longest ? found : others).add(input);
    }
  }
  return new Set([...found].filter((tensor) => !others.has(tensor)));
}

export interface Rewritten {
  readonly roots: readonly (Tensor | Node)[];
  /** What stands for a tensor of the old graph. */
  at(old: Tensor): Tensor | undefined;
}

/**
 * Rebuilds the graph of `roots`, in which no parameter of `weights` is left.
 * @param dots whether products are to multiply bytes by bytes (see assembly/int8-dots.ts)
 */
export function withEightBits(
  roots: readonly (Tensor | Node)[],
  weights: ReadonlyMap<Tensor, EightBitWeight>,
  dots = false,
): Rewritten {
  const tensors = new Map<Tensor, Tensor>();
  const nodes = new Map<Node, Node>();
  const whole = new Map<Tensor, Tensor>();

  const wholeOf = (weight: Tensor, { codes, scales }: EightBitWeight): Tensor => {
    const known = whole.get(weight);
    if (known) return known;
    const made = createNode(embeddingInt8Op, [codes, scales], { cols: weight.shape[1] }).outputs[0]!;
    whole.set(weight, made);
    return made;
  };
  const now = (input: Tensor): Tensor => {
    const eight = weights.get(input);
    return eight ? wholeOf(input, eight) : tensors.get(input)!;
  };
  const rebuilt = (node: Node): Node => {
    const eight = node.inputs[1] && weights.get(node.inputs[1]);
    if (eight && isLinear(node.op)) {
      const [x, , bias] = node.inputs;
      return activated(
        node,
        createNode(linearInt8Op, [now(x!), eight.codes, eight.scales, ...(bias ? [now(bias)] : [])], { dots }),
      );
    }
    if (eight && node.op === embeddingOp) {
      const [ids, weight] = node.inputs;
      return createNode(embeddingInt8Op, [eight.codes, eight.scales, now(ids!)], { cols: weight!.shape[1] });
    }
    return node.inputs.length === 0 ? node : createNode(node.op, node.inputs.map(now), { ...node.attrs });
  };

  for (const node of reachable(roots)) {
    if (node.outputs[0] && weights.has(node.outputs[0])) continue;
    const next = rebuilt(node);
    nodes.set(node, next);
    node.outputs.forEach((output, i) => {
      next.outputs[i]!.label ??= output.label;
      tensors.set(output, next.outputs[i]!);
    });
  }
  return {
    roots: roots.map((root) => ("inputs" in root ? nodes.get(root)! : now(root))),
    at: (old) => (weights.has(old) ? whole.get(old) : tensors.get(old)),
  };
}

/** With the activation that was fused into the product. */
function activated({ attrs }: Node, product: Node): Node {
  const name = attrs.activation as ActivationName | undefined;
  return name ? createNode(activations[name].forward, product.outputs, { alpha: attrs.alpha }) : product;
}
