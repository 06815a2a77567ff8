// Reverse-mode gradients: walks the graph backwards from a scalar and appends nodes that compute the derivatives, by
// the gradient rule of each op. The result is graph like any other, so gradients of gradients work where every rule
// on the way is itself made of differentiable ops.

import { add } from "./ops/elementwise.js";
import { constant } from "./ops/leaf.js";
import { reshapeOp } from "./ops/shape.js";
import { Recomputation } from "./recompute.js";
import { apply, reachable, showShape, type Node, type Tensor } from "./tensor.js";

/**
 * Derivatives of the scalar `of` with respect to each tensor in `wrt`, in their shapes and each a tensor of its own. A
 * tensor that `of` does not depend on gets zeros.
 * @param kept if given, of the tensors on the way only these are kept for the gradients; what lies between is computed
 *   a second time
 * @throws Error if `of` is not a scalar, or an op between cannot be differentiated.
 */
export function grad(of: Tensor, wrt: readonly Tensor[], kept: readonly Tensor[] = []): Tensor[] {
  if (of.size !== 1) {
    throw new Error(`grad: only a scalar has gradients, got ${of}; reduce it first, e.g. with mean()`);
  }
  const order = reachable([of]);
  const needed = dependents(order, wrt);
  const again = new Recomputation(order, kept);
  const gradients = new Map<Tensor, Tensor>();
  if (needed.has(of.node) || wrt.includes(of)) gradients.set(of, constant(1, of.shape));

  for (const node of order.reverse()) {
    if (!needed.has(node) || node.inputs.length === 0) continue;
    const dys = node.outputs.map((output) => gradients.get(output));
    if (dys.every((dy) => dy === undefined)) continue;
    if (!node.op.grad) {
      throw new Error(
        `grad: ${node.op.name} ${showShape(node.outputs[0]!.shape)} cannot be differentiated, but the result depends on it`,
      );
    }
    for (const [i, dx] of node.op.grad(dys, again.of(node)).entries()) {
      const input = node.inputs[i]!;
      if (!dx || !(needed.has(input.node) || wrt.includes(input))) continue;
      const before = gradients.get(input);
      gradients.set(input, before ? add(before, dx) : dx);
    }
  }
  // One tensor may be the derivative by several (of a + b, say), but each result can be given a place.
  const results = new Set<Tensor>();
  for (const tensor of wrt) {
    const found = gradients.get(tensor) ?? constant(0, tensor.shape);
    results.add(results.has(found) ? apply(reshapeOp, [found], { shape: found.shape }) : found);
  }
  return [...results];
}

/** Nodes through which the tensors in `wrt` reach the end; `order` is an order of execution. */
function dependents(order: readonly Node[], wrt: readonly Tensor[]): Set<Node> {
  const sources = new Set(wrt);
  const found = new Set<Node>();
  for (const node of order) {
    if (node.outputs.some((output) => sources.has(output)) || node.inputs.some((input) => found.has(input.node))) {
      found.add(node);
    }
  }
  return found;
}
