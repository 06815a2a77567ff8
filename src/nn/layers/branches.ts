// Layers that give their input to several others, or past them.

import { concat } from "../../graph/ops/concat.js";
import { add } from "../../graph/ops/elementwise.js";
import { ShapeError } from "../../graph/op.js";
import { sameShape, showShape } from "../../graph/tensor.js";
import { resolve } from "../check-options.js";
import { defineModule, type Module } from "../module.js";
import type { AnyShape, Checked, SameShape } from "../shape-types.js";
import { checkLayers, sequential } from "./sequential.js";

/**
 * x + f(x), where f are layers one after another that give a sample the shape it had: what they learn is a change of x.
 * Parameters are named by the layer's place: "0.weight".
 *
 * He et al., Deep residual learning for image recognition, 2015, https://arxiv.org/abs/1512.03385
 *
 * @throws RangeError without a layer; ShapeError, when it is traced, if the layers change the shape
 */
export function residual<const Layers extends readonly Module[]>(
  ...layers: Layers & Checked<Layers>
): Module<SameShape> {
  checkLayers("residual", layers as readonly Module[]);
  const inner = sequential(...(layers as readonly Module[]));
  return defineModule<SameShape>({
    type: "residual",
    children: inner.children,
    inputShape: inner.inputShape,
    inputType: inner.inputType,
    forward: (x, context) => {
      const change = inner.forward(x, context);
      if (!sameShape(change.shape, x.shape)) {
        throw new ShapeError(
          `residual: the layers make ${showShape(change.shape)} of ${showShape(x.shape)}; they must keep the shape, to be added to it`,
        );
      }
      return add(x, change);
    },
  });
}

/**
 * What each of several branches makes of the same input, one behind the other along an axis. Parameters are named by
 * the branch's place: "1.weight".
 *
 * @param branches layers; use sequential(...) for a branch of several
 * @param options.axis of the batch's outputs, [batch, ...]; negative ones count from the end; default -1
 * @throws RangeError without a branch; ShapeError, when it is traced, if the outputs differ in more than the axis
 */
export function concatenate(branches: readonly Module[], options: { axis?: number } = {}): Module<AnyShape> {
  checkLayers("concatenate", branches);
  const { axis } = resolve("concatenate", { axis: -1 }, options);
  const telling = branches.find(({ inputShape }) => inputShape);
  return defineModule<AnyShape>({
    type: "concatenate",
    children: Object.fromEntries(branches.map((branch, i) => [String(i), branch])),
    options: axis === -1 ? {} : { axis },
    inputShape: telling?.inputShape,
    inputType: telling?.inputType,
    forward: (x, context) =>
      concat(
        branches.map((branch, i) => context.run(String(i), branch, x)),
        axis,
      ),
  });
}
