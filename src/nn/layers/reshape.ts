// Layers that give a sample another shape or another scale.

import { affine } from "../../graph/ops/elementwise.js";
import { reshape as reshaped } from "../../graph/ops/shape.js";
import { anyNumber, check, steps } from "../check-options.js";
import { defineModule, type Module } from "../module.js";
import type { FixedShape, SameShape, ShapeFunction, Sizes } from "../shape-types.js";

/** All axes of a sample in one; its size is only known if it was one already. */
export interface Flattened extends ShapeFunction {
  readonly output: this["input"] extends readonly [infer Only extends number] ? readonly [Only] : readonly [number];
}

/** [batch, ...] → [batch, features]. https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html */
export function flatten(): Module<Flattened> {
  return defineModule<Flattened>({ type: "flatten", forward: (x) => reshaped(x, [x.shape[0]!, -1]) });
}

/**
 * Gives each sample the shape `sizes`, which must have as many elements: [batch, ...] → [batch, ...sizes].
 * https://pytorch.org/docs/stable/generated/torch.nn.Unflatten.html
 *
 * @throws RangeError or TypeError unless all sizes are whole numbers of at least 1
 */
export function reshape<const S extends Sizes>(...sizes: S): Module<FixedShape<S>> {
  sizes.forEach((size, axis) => check("reshape", `size ${axis}`, size, steps));
  return defineModule<FixedShape<S>>({
    type: "reshape",
    options: { sizes: [...sizes] },
    forward: (x) => reshaped(x, [x.shape[0]!, ...sizes]),
  });
}

/**
 * x · scale + offset. As the first layer it costs nothing, since it is done while the batch is gathered:
 * rescale(1 / 255) turns the bytes of a picture into numbers from 0 to 1.
 *
 * @param scale any number
 * @param offset default 0
 */
export function rescale(scale: number, offset = 0): Module<SameShape> {
  check("rescale", "scale", scale, anyNumber);
  check("rescale", "offset", offset, anyNumber);
  return defineModule<SameShape>({
    type: "rescale",
    options: { scale, ...(offset !== 0 && { offset }) },
    forward: (x) => affine(x, scale, offset),
  });
}
