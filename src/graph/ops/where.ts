// A choice between two tensors, element by element.

import { Opcode } from "../../shared/opcodes.js";
import { op, type Op } from "../op.js";
import { broadcastShapes, broadcastStrides, kernelDims } from "../shapes.js";
import { apply, sameShape, type Tensor } from "../tensor.js";
import { constant } from "./leaf.js";
import { sumTo } from "./reduce.js";

/** y = c ? a : b */
export const whereOp: Op = op({
  name: "where",
  shape: ([c, a, b]) => [{ shape: broadcastShapes("where", c!.shape, broadcastShapes("where", a!.shape, b!.shape)) }],
  grad: ([dy], { inputs: [c, a, b] }) => [null, sumTo(where(c!, dy!, 0), a!.shape), sumTo(where(c!, 0, dy!), b!.shape)],
  inPlace: ({ inputs, outputs: [y] }) => [1, 2, 0].filter((i) => sameShape(inputs[i]!.shape, y!.shape)),
  emit: ({ inputs: tensors, outputs: [y] }, { inputs: [c, a, b], outputs: [at] }) => {
    const walks = tensors.map(({ shape }) => broadcastStrides(shape, y!.shape));
    const [dims, ...steps] = kernelDims("where", y!.shape, ...walks);
    return [[Opcode.Where, at!, c!, a!, b!, ...dims!, ...steps.flat()]];
  },
});

/**
 * a where the condition is not 0, else b; all three broadcast. https://pytorch.org/docs/stable/generated/torch.where.html
 *
 * The derivative goes to a or b alone: what is not chosen gets 0, even where it is NaN or infinite.
 *
 * @param condition f32, such as greater(x, y); NaN is not 0
 * @param a a tensor or a number
 * @param b a tensor or a number
 * @throws ShapeError if the shapes do not broadcast
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  const tensor = (x: Tensor | number) => (typeof x === "number" ? constant(x) : x);
  return apply(whereOp, [condition, tensor(a), tensor(b)]);
}
