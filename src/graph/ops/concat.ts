// Tensors one behind the other along an axis, one there is or a new one.

import { Opcode } from "../../shared/opcodes.js";
import { op, ShapeError, type Op, type Ref } from "../op.js";
import { kernelDims, normalAxes, strides } from "../shapes.js";
import { apply, sameShape, showShape, type Tensor } from "../tensor.js";
import { unsqueeze } from "./shape.js";
import { slice } from "./slice.js";

export const concatOp: Op<{ axis: number }> = op<{ axis: number }>({
  name: "concat",
  whole: "all",
  shape: (inputs, { axis }) => {
    const { shape: first, dtype } = inputs[0]!;
    for (const input of inputs) {
      const { shape } = input;
      const fits = shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]);
      if (!fits) {
        throw new ShapeError(
          `concat: ${showShape(first)} and ${showShape(shape)} differ in more than axis ${axis}; all other sizes must be equal`,
        );
      }
      if (input.dtype !== dtype) {
        throw new TypeError(`concat: ${inputs[0]} holds ${dtype} and ${input} ${input.dtype}; all must be of one type`);
      }
    }
    const total = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return [{ shape: first.map((size, i) => (i === axis ? total : size)), dtype }];
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
    return tensors.map(({ shape }, i) => {
      const [dims, steps] = kernelDims("concat", shape, by);
      const to: Ref = { ...at!, offset: (at!.offset ?? 0) + first * by[axis]! * 4 };
      first += shape[axis]!;
      return [Opcode.StridedPut, to, inputs[i]!, ...dims!, ...steps!] as const;
    });
  },
});

/**
 * Tensors one behind the other along `axis`; all other sizes are equal (torch.cat).
 *
 * @param axis negative ones count from the end; default 0
 * @throws ShapeError if there is no tensor, or other sizes differ; TypeError if f32 and i32 meet
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError("concat: needs at least one tensor");
  const [at] = normalAxes("concat", first.shape.length, axis) as [number];
  return tensors.length === 1 ? first : apply(concatOp, tensors, { axis: at });
}

/**
 * Tensors of one shape one behind the other along a new axis (torch.stack): n of [3, 4] along axis 1 are [3, n, 4].
 *
 * @param axis where the new axis stands in the result; negative ones count from its end; default 0
 * @throws ShapeError if there is no tensor, or shapes differ; TypeError if f32 and i32 meet
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError("stack: needs at least one tensor");
  for (const { shape } of tensors) {
    if (sameShape(shape, first.shape)) continue;
    throw new ShapeError(`stack: ${showShape(first.shape)} and ${showShape(shape)} differ; all shapes must be equal`);
  }
  const [at] = normalAxes("stack", first.shape.length + 1, axis) as [number];
  return concat(
    tensors.map((tensor) => unsqueeze(tensor, at)),
    at,
  );
}
