// Activations and their gradients, by PyTorch's definitions (assembly/activate.ts has the formulas). The output comes
// first and is returned; without x, an activation works in place.
//
// A gradient is dx = dy · f'. Those that can read the output y, so that y may have taken x's place; the others read the
// input x. dx may be dy.

import { Opcode } from "../shared/opcodes.js";
import { Arithmetic } from "./arithmetic.js";
import type { Values } from "./values.js";

/** What a product can apply to its result on the way out (products.ts), by name. */
export const activationCodes = {
  relu: Opcode.Relu,
  leakyRelu: Opcode.LeakyRelu,
  elu: Opcode.Elu,
  selu: Opcode.Selu,
  gelu: Opcode.Gelu,
  geluTanh: Opcode.GeluTanh,
  sigmoid: Opcode.Sigmoid,
  tanh: Opcode.Tanh,
  softplus: Opcode.Softplus,
  silu: Opcode.Silu,
  hardSwish: Opcode.HardSwish,
} as const;

export type Activation = keyof typeof activationCodes;

/** The slope of leakyRelu below 0. */
export const LEAKY_SLOPE = 0.01;

export class Activations extends Arithmetic {
  /** max(x, 0) */
  relu<T extends Values>(y: T, x: Values = y): T {
    return this.unary("relu", Opcode.Relu, y, x);
  }
  /** x where x > 0, else alpha · x; alpha at least 0. */
  leakyRelu<T extends Values>(y: T, x: Values = y, alpha = LEAKY_SLOPE): T {
    return this.unary("leakyRelu", Opcode.LeakyRelu, y, x, atLeast0("leakyRelu", alpha));
  }
  /** x where x > 0, else alpha · (e^x - 1); alpha at least 0. */
  elu<T extends Values>(y: T, x: Values = y, alpha = 1): T {
    return this.unary("elu", Opcode.Elu, y, x, atLeast0("elu", alpha));
  }
  /** scale · elu(x), with the constants of Klambauer et al. 2017. */
  selu<T extends Values>(y: T, x: Values = y): T {
    return this.unary("selu", Opcode.Selu, y, x);
  }
  /** x · Φ(x), by erf. */
  gelu<T extends Values>(y: T, x: Values = y): T {
    return this.unary("gelu", Opcode.Gelu, y, x);
  }
  /** x · Φ(x), approximated by tanh as in GPT-2. */
  geluTanh<T extends Values>(y: T, x: Values = y): T {
    return this.unary("geluTanh", Opcode.GeluTanh, y, x);
  }
  /** 1 / (1 + e^-x) */
  sigmoid<T extends Values>(y: T, x: Values = y): T {
    return this.unary("sigmoid", Opcode.Sigmoid, y, x);
  }
  /** Hyperbolic tangent. */
  tanh<T extends Values>(y: T, x: Values = y): T {
    return this.unary("tanh", Opcode.Tanh, y, x);
  }
  /** log(1 + e^x) */
  softplus<T extends Values>(y: T, x: Values = y): T {
    return this.unary("softplus", Opcode.Softplus, y, x);
  }
  /** x · sigmoid(x), also called swish. */
  silu<T extends Values>(y: T, x: Values = y): T {
    return this.unary("silu", Opcode.Silu, y, x);
  }
  /** x · min(max(x + 3, 0), 6) / 6 */
  hardSwish<T extends Values>(y: T, x: Values = y): T {
    return this.unary("hardSwish", Opcode.HardSwish, y, x);
  }

  /** Gradient of relu, from its output y. */
  reluGrad<T extends Values>(dx: T, dy: Values, y: Values): T {
    return this.binary("reluGrad", Opcode.ReluGrad, dx, dy, y);
  }
  /** Gradient of leakyRelu, from its output y. */
  leakyReluGrad<T extends Values>(dx: T, dy: Values, y: Values, alpha = LEAKY_SLOPE): T {
    return this.binary("leakyReluGrad", Opcode.LeakyReluGrad, dx, dy, y, atLeast0("leakyReluGrad", alpha));
  }
  /** Gradient of elu, from its output y. */
  eluGrad<T extends Values>(dx: T, dy: Values, y: Values, alpha = 1): T {
    return this.binary("eluGrad", Opcode.EluGrad, dx, dy, y, atLeast0("eluGrad", alpha));
  }
  /** Gradient of selu, from its output y. */
  seluGrad<T extends Values>(dx: T, dy: Values, y: Values): T {
    return this.binary("seluGrad", Opcode.SeluGrad, dx, dy, y);
  }
  /** Gradient of gelu, from its input x. */
  geluGrad<T extends Values>(dx: T, dy: Values, x: Values): T {
    return this.binary("geluGrad", Opcode.GeluGrad, dx, dy, x);
  }
  /** Gradient of geluTanh, from its input x. */
  geluTanhGrad<T extends Values>(dx: T, dy: Values, x: Values): T {
    return this.binary("geluTanhGrad", Opcode.GeluTanhGrad, dx, dy, x);
  }
  /** Gradient of sigmoid, from its output y. */
  sigmoidGrad<T extends Values>(dx: T, dy: Values, y: Values): T {
    return this.binary("sigmoidGrad", Opcode.SigmoidGrad, dx, dy, y);
  }
  /** Gradient of tanh, from its output y. */
  tanhGrad<T extends Values>(dx: T, dy: Values, y: Values): T {
    return this.binary("tanhGrad", Opcode.TanhGrad, dx, dy, y);
  }
  /** Gradient of softplus, from its input x. */
  softplusGrad<T extends Values>(dx: T, dy: Values, x: Values): T {
    return this.binary("softplusGrad", Opcode.SoftplusGrad, dx, dy, x);
  }
  /** Gradient of silu, from its input x. */
  siluGrad<T extends Values>(dx: T, dy: Values, x: Values): T {
    return this.binary("siluGrad", Opcode.SiluGrad, dx, dy, x);
  }
  /** Gradient of hardSwish, from its input x. */
  hardSwishGrad<T extends Values>(dx: T, dy: Values, x: Values): T {
    return this.binary("hardSwishGrad", Opcode.HardSwishGrad, dx, dy, x);
  }
}

/** The gradients read the sign of the input off the output, which a negative slope would turn round. */
export function atLeast0(op: string, alpha: number): number {
  if (alpha >= 0 && alpha < Infinity) return alpha;
  throw new RangeError(`${op}: alpha must be a number of at least 0, got ${alpha}`);
}
