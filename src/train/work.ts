// How much work a model is, to decide whether several threads would make it faster: below some 50 µs a step, waiting for
// each other costs more than it saves.

import { reachable, type Node, type Tensor } from "../graph/tensor.js";
import type { Outputs } from "./model.js";

/** Floating-point operations of a forward pass for one sample from which on training is shared by threads. */
const LARGE = 2_000_000;

/** Whether a model, traced for one sample, is worth several threads. */
export function isLarge(outputs: Outputs): boolean {
  return reachable([...outputs.values()]).reduce((sum, node) => sum + workOf(node), 0) >= LARGE;
}

/** Floating-point operations of a node, roughly: products by their size, everything else an operation an element. */
export function workOf({ op, inputs, outputs, attrs }: Node): number {
  const size = outputs.reduce((sum, output) => sum + output.size, 0);
  const [first, second] = inputs;
  switch (op.name) {
    case "linear":
      return 2 * size * first!.shape.at(-1)!;
    case "matmul":
      return 2 * size * first!.shape.at(attrs["transA"] ? -2 : -1)!;
    case "conv2d":
    case "convTranspose2d":
      return (2 * size * second!.size) / second!.shape[0]!;
    case "convWeightGrad":
      return (2 * second!.size * outputs[0]!.size) / second!.shape[1]!;
    case "recurrentWeightGrad":
      return 2 * size * rows(first!);
    case "rnnGrad":
      return 2 * rows(outputs[0]!) * inputs[2]!.size;
    case "lstmGrad":
    case "gruGrad":
      return 2 * rows(outputs[0]!) * inputs[3]!.size;
    case "rnn":
    case "lstm":
    case "gru":
      return 2 * rows(first!) * second!.size;
    default:
      return op.name.toLowerCase().includes("attention") ? 4 * size * (first!.shape.at(-2) ?? 1) : size;
  }
}

const rows = (x: Tensor) => x.size / x.shape.at(-1)!;
