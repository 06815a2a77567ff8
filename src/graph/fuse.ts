// The small fusions: an activation into the product before it, and a scaling of the input into its gathering. Each
// needs that nobody else reads the tensor in between.
//
// A pure pass: it builds the graph anew and says which new tensor stands for which old one.

import { activations, type ActivationName } from "./ops/activation.js";
import { affineOp } from "./ops/elementwise.js";
import { inputOp } from "./ops/leaf.js";
import { reshapeOp } from "./ops/shape.js";
import type { Op } from "./op.js";
import { createNode, reachable, type Node, type Tensor } from "./tensor.js";

const activationNames = new Map<Op, ActivationName>(
  (Object.keys(activations) as ActivationName[]).map((name) => [activations[name].forward, name]),
);

export interface Fused {
  readonly roots: readonly (Tensor | Node)[];
  /** What stands for a tensor of the old graph; undefined if it was fused away, or no root depends on it. */
  at(old: Tensor): Tensor | undefined;
}

/** Rebuilds the graph of `roots` with its fusions. */
export function fuse(roots: readonly (Tensor | Node)[]): Fused {
  const order = reachable(roots);
  const uses = countUses(order, roots);
  const newTensors = new Map<Tensor, Tensor>();
  const newNodes = new Map<Node, Node>();

  for (const node of order) {
    const inputs = node.inputs.map((input) => newTensors.get(input)!);
    const rebuilt = fuseActivation(node, inputs, uses) ?? fuseScaling(node, inputs, uses) ?? copy(node, inputs);
    newNodes.set(node, rebuilt);
    node.outputs.forEach((output, i) => {
      const tensor = rebuilt.outputs[i]!;
      tensor.label ??= output.label;
      newTensors.set(output, tensor);
    });
  }
  const newRoots = roots.map((root) => ("inputs" in root ? newNodes.get(root)! : newTensors.get(root)!));
  // A product whose activation was fused into it has been copied, too, but nothing leads there any more.
  const live = new Set(reachable(newRoots));
  return {
    roots: newRoots,
    at: (old) => {
      const tensor = newTensors.get(old);
      return tensor && live.has(tensor.node) ? tensor : undefined;
    },
  };
}

function countUses(order: readonly Node[], roots: readonly (Tensor | Node)[]): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const count = (tensor: Tensor) => uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  for (const node of order) node.inputs.forEach(count);
  for (const root of roots) if (!("inputs" in root)) count(root);
  return uses;
}

// Leaves keep their identity: the trainer knows parameters and inputs by it.
const copy = (node: Node, inputs: readonly Tensor[]) =>
  node.inputs.length === 0 ? node : createNode(node.op, inputs, { ...node.attrs });

/** activation(linear(x)) or activation(conv2d(x)), with a reshape between them if need be. */
function fuseActivation(node: Node, inputs: readonly Tensor[], uses: Map<Tensor, number>): Node | undefined {
  const name = activationNames.get(node.op);
  if (!name || uses.get(node.inputs[0]!) !== 1) return undefined;
  let product = inputs[0]!.node;
  const reshaped = product.op === reshapeOp;
  if (reshaped) {
    if (uses.get(node.inputs[0]!.node.inputs[0]!) !== 1) return undefined;
    product = product.inputs[0]!.node;
  }
  if (!product.op.takesActivation || product.attrs.activation) return undefined;
  const attrs = { ...product.attrs, activation: name, alpha: node.attrs.alpha };
  const fused = createNode(product.op, product.inputs, attrs);
  return reshaped ? createNode(reshapeOp, fused.outputs, { shape: node.outputs[0]!.shape }) : fused;
}

/** affine(input): the gathering scales on the way. */
function fuseScaling(node: Node, inputs: readonly Tensor[], uses: Map<Tensor, number>): Node | undefined {
  const source = inputs[0]?.node;
  if (node.op !== affineOp || source?.op !== inputOp || uses.get(node.inputs[0]!) !== 1) return undefined;
  const { scale, shift, ...attrs } = source.attrs as { scale: number; shift: number };
  const by = node.attrs as { scale: number; shift: number };
  const scaled = createNode(inputOp, [], { ...attrs, scale: scale * by.scale, shift: shift * by.scale + by.shift });
  scaled.outputs[0]!.label = node.outputs[0]!.label ?? inputs[0]!.label;
  return scaled;
}
