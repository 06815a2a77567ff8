// Tensors one behind the other along an axis.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, ShapeError, type Ref } from "../op.js";
import { kernelDims, normalAxes, strides } from "../shapes.js";
import { apply, showShape, sizeOf, type Tensor } from "../tensor.js";
import { slice } from "./slice.js";

export const concatOp = op<{ axis: number }>({
  name: "concat",
  shape: (inputs, { axis }) => {
    const first = inputs[0]!.shape;
    for (const { shape } of inputs) {
      const fits = shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]);
      if (!fits) {
        throw new ShapeError(
          `concat: ${showShape(first)} and ${showShape(shape)} differ in more than axis ${axis}; all other sizes must be equal`,
        );
      }
    }
    const total = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return [{ shape: first.map((size, i) => (i === axis ? total : size)) }];
  },
  grad: ([dy], { inputs, attrs: { axis } }) => {
    let start = 0;
    return inputs.map(({ shape }) => {
      const part = slice(dy!, { start, end: start + shape[axis]! }, axis);
      start += shape[axis]!;
      return part;
    });
  },
  emit: ({ inputs: tensors, outputs: [y], attrs: { axis } }, { inputs, outputs: [at] }) => {
    const by = strides(y!.shape);
    let first = 0;
    const parts = tensors.map(({ shape }, i) => {
      const [dims, steps] = kernelDims("concat", shape, by);
      const to: Ref = { ...at!, offset: (at!.offset ?? 0) + first * by[axis]! * 4 };
      first += shape[axis]!;
      return [Opcode.StridedAdd, to, inputs[i]!, ...dims!, ...steps!] as const;
    });
    return [[Opcode.Fill, at!, sizeOf(y!.shape), real(0)], ...parts];
  },
});

/**
 * Tensors one behind the other along `axis`; all other sizes are equal (torch.cat).
 *
 * @param axis negative ones count from the end; default 0
 * @throws ShapeError if there is no tensor, or other sizes differ
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError("concat: needs at least one tensor");
  if (tensors.length === 1) return first;
  const [at] = normalAxes("concat", first.shape.length, axis) as [number];
  return apply(concatOp, tensors, { axis: at });
}
