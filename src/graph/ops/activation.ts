// Activations: a row for each and a row for its gradient.
//
// A gradient reads the output where that suffices, so that the output may take the input's place; the others read the
// input. Formulas: https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions

import { Opcode } from "../../shared/opcodes.js";
import { op, real, type Op } from "../op.js";
import { apply, type Tensor } from "../tensor.js";

interface Attrs {
  alpha?: number;
}

/** What an activation's gradient is computed from. */
type Reads = "input" | "output";

/** The rows by name: the activation, the gradient kernel's source, and the opcode for the GEMM's epilogue. */
export interface Activation {
  readonly forward: Op<Attrs>;
  readonly backward: Op<Attrs>;
  readonly reads: Reads;
  readonly code: Opcode;
}

/* @__NO_SIDE_EFFECTS__ */
function activation(name: string, code: Opcode, gradCode: Opcode, reads: Reads): Activation {
  const alphaOf = (attrs: Attrs) => (attrs.alpha === undefined ? [] : [real(attrs.alpha)]);
  const backward = op<Attrs>({
    name: `${name}Grad`,
    shape: ([dy]) => [{ shape: dy!.shape }],
    inPlace: () => [0],
    emit: ({ attrs, outputs }, { inputs: [dy, from], outputs: [dx] }) => [
      [gradCode, dx!, dy!, from!, outputs[0]!.size, ...alphaOf(attrs)],
    ],
  });
  const forward = op<Attrs>({
    name,
    shape: ([x]) => [{ shape: x!.shape }],
    grad: ([dy], { inputs: [x], outputs: [y], attrs }) => [
      apply(backward, [dy!, reads === "input" ? x! : y!], { ...attrs }),
    ],
    inPlace: () => [0],
    emit: ({ attrs, outputs }, { inputs: [x], outputs: [y] }) => [[code, y!, x!, outputs[0]!.size, ...alphaOf(attrs)]],
  });
  return { forward, backward, reads, code };
}

export const activations = {
  relu: activation("relu", Opcode.Relu, Opcode.ReluGrad, "output"),
  leakyRelu: activation("leakyRelu", Opcode.LeakyRelu, Opcode.LeakyReluGrad, "output"),
  elu: activation("elu", Opcode.Elu, Opcode.EluGrad, "output"),
  selu: activation("selu", Opcode.Selu, Opcode.SeluGrad, "output"),
  gelu: activation("gelu", Opcode.Gelu, Opcode.GeluGrad, "input"),
  geluTanh: activation("geluTanh", Opcode.GeluTanh, Opcode.GeluTanhGrad, "input"),
  sigmoid: activation("sigmoid", Opcode.Sigmoid, Opcode.SigmoidGrad, "output"),
  tanh: activation("tanh", Opcode.Tanh, Opcode.TanhGrad, "output"),
  softplus: activation("softplus", Opcode.Softplus, Opcode.SoftplusGrad, "input"),
  silu: activation("silu", Opcode.Silu, Opcode.SiluGrad, "input"),
  hardSwish: activation("hardSwish", Opcode.HardSwish, Opcode.HardSwishGrad, "input"),
} as const;

export type ActivationName = keyof typeof activations;

const forward = (name: ActivationName, x: Tensor, attrs: Attrs = {}) =>
  apply(activations[name].forward, [x], { ...attrs });

/** max(x, 0) */
export const relu = (x: Tensor): Tensor => forward("relu", x);
/** x where x > 0, else alpha * x; alpha at least 0, default 0.01. */
export const leakyRelu = (x: Tensor, alpha = 0.01): Tensor =>
  forward("leakyRelu", x, { alpha: atLeast0("leakyRelu", alpha) });
/** x where x > 0, else alpha * (e^x - 1); alpha at least 0, default 1. */
export const elu = (x: Tensor, alpha = 1): Tensor => forward("elu", x, { alpha: atLeast0("elu", alpha) });
/** Klambauer et al. 2017: scale * elu(x), with PyTorch's constants. */
export const selu = (x: Tensor): Tensor => forward("selu", x);
/** x * Φ(x), by erf. */
export const gelu = (x: Tensor): Tensor => forward("gelu", x);
/** x * Φ(x), approximated by tanh as in GPT-2. */
export const geluTanh = (x: Tensor): Tensor => forward("geluTanh", x);
/** 1 / (1 + e^-x) */
export const sigmoid = (x: Tensor): Tensor => forward("sigmoid", x);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => forward("tanh", x);
/** log(1 + e^x) */
export const softplus = (x: Tensor): Tensor => forward("softplus", x);
/** x * sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => forward("silu", x);
/** x * min(max(x + 3, 0), 6) / 6 */
export const hardSwish = (x: Tensor): Tensor => forward("hardSwish", x);

// The gradients read the sign of the input off the output, which a negative slope would turn round.
function atLeast0(name: string, alpha: number): number {
  if (!(alpha >= 0 && alpha < Infinity))
    throw new RangeError(`${name}: alpha must be a number of at least 0, got ${alpha}`);
  return alpha;
}
