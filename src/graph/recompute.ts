// Activations computed a second time instead of being kept: where memory is short and the model deep. The graph between
// two tensors that are kept is copied when the backward pass comes to it, and the gradient rules read the copies; so the
// originals are dead after the forward pass, and the planner reuses their bytes.
//
// Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016. Dropout draws the same mask again, since it depends
// on the step and its stream alone.

import { constantOp, inputOp, parameterOp } from "./ops/leaf.js";
import { createNode, type Node, type Tensor } from "./tensor.js";

/** Which nodes the gradient rules of a backward pass may read. */
export class Recomputation {
  /** The segment of each node that is computed again; what comes after the last tensor that is kept is not. */
  private readonly segments = new Map<Node, readonly Node[]>();
  private readonly copies = new Map<Node, Node>();
  private readonly kept: ReadonlySet<Tensor>;

  /** @param order the nodes of the forward pass, in an order of execution */
  constructor(order: readonly Node[], kept: readonly Tensor[]) {
    this.kept = new Set(kept);
    let segment: Node[] = [];
    for (const node of order) {
      segment.push(node);
      if (!node.outputs.some((output) => this.kept.has(output))) continue;
      for (const member of segment) this.segments.set(member, segment);
      segment = [];
    }
  }

  /** The node, or its copy. The first call for a segment copies all of it, so that its nodes come now. */
  of(node: Node): Node {
    const segment = this.segments.get(node);
    if (!segment) return node;
    if (!this.copies.has(node)) for (const member of segment) this.copies.set(member, this.copy(member, segment));
    return this.copies.get(node)!;
  }

  private copy(node: Node, segment: readonly Node[]): Node {
    if (node.op === parameterOp || node.op === inputOp || node.op === constantOp) return node;
    const inputs = node.inputs.map((input) => {
      if (this.kept.has(input) || !segment.includes(input.node)) return input;
      return this.copies.get(input.node)!.outputs[input.index]!;
    });
    const copy = createNode(node.op, inputs, { ...node.attrs });
    // A kept output is there already: whoever reads the copy's gets the original.
    const outputs = copy.outputs.map((output, i) => (this.kept.has(node.outputs[i]!) ? node.outputs[i]! : output));
    return { ...copy, outputs };
  }
}
