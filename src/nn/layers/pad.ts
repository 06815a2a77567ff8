// Borders around pictures, as a layer.

import { ShapeError } from "../../graph/op.js";
import { pad } from "../../graph/ops/pad.js";
import { showShape } from "../../graph/tensor.js";
import { checkAll, stepsOrNone } from "../check-options.js";
import { defineModule, type Module } from "../module.js";
import type { AnyShape } from "../shape-types.js";

/**
 * Zeros around pictures: [batch, channels, height, width] → [batch, channels, top + height + bottom, left + width + right].
 * https://pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html
 *
 * @param padding rows and columns on every side, or [left, right, top, bottom]
 * @throws RangeError or TypeError unless all are whole numbers of at least 0
 */
export function zeroPad2d(padding: number | readonly [number, number, number, number]): Module<AnyShape> {
  const [left, right, top, bottom] =
    typeof padding === "number" ? [padding, padding, padding, padding] : (padding ?? []);
  const sides = { left, right, top, bottom };
  checkAll("zeroPad2d", sides, ["left", "right", "top", "bottom"], stepsOrNone);
  return defineModule<AnyShape>({
    type: "zeroPad2d",
    options: { padding: typeof padding === "number" ? padding : [...padding] },
    forward: (x) => {
      if (x.shape.length !== 4) {
        throw new ShapeError(
          `zeroPad2d: the input is ${showShape(x.shape)}, expected [batch, channels, height, width]`,
        );
      }
      return pad(x, [[top!, bottom!], [left!, right!]]); // prettier-ignore
    },
  });
}
