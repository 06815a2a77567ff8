// Values held within limits.

import { Opcode } from "../../shared/opcodes.js";
import { op, real } from "../op.js";
import { apply, type Tensor } from "../tensor.js";

interface Limits {
  min: number;
  max: number;
}

export const clampOp = op<Limits>({
  name: "clamp",
  shape: ([x]) => [{ shape: x!.shape }],
  grad: ([dy], { inputs: [x], attrs }) => [apply(clampGradOp, [dy!, x!], { ...attrs })],
  inPlace: () => [0],
  emit: ({ outputs, attrs: { min, max } }, { inputs: [x], outputs: [y] }) => [
    [Opcode.Clamp, y!, x!, outputs[0]!.size, real(min), real(max)],
  ],
});

/** dy where x was within the limits. */
export const clampGradOp = op<Limits>({
  name: "clampGrad",
  shape: ([dy]) => [{ shape: dy!.shape }],
  inPlace: () => [0],
  emit: ({ outputs, attrs: { min, max } }, { inputs: [dy, x], outputs: [dx] }) => [
    [Opcode.ClampGrad, dx!, dy!, x!, outputs[0]!.size, real(min), real(max)],
  ],
});

/**
 * x, but at least `min` and then at most `max`; NaN stays NaN. The derivative is 1 from min to max, both included, and 0
 * beyond. https://pytorch.org/docs/stable/generated/torch.clamp.html
 *
 * @param min default -Infinity
 * @param max default Infinity
 * @throws RangeError for a limit that is NaN
 */
export function clamp(x: Tensor, min = -Infinity, max = Infinity): Tensor {
  if (Number.isNaN(min) || Number.isNaN(max)) throw new RangeError(`clamp: the limits are ${min} and ${max}`);
  return apply(clampOp, [x], { min, max });
}
