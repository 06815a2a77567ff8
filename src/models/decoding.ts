// A forward pass over the next tokens of a text whose earlier tokens have been through the model already.

import type { Tensor } from "../graph/tensor.js";
import { Context } from "../nn/module.js";

export class Decoding extends Context {
  constructor(
    /** Of the tokens, i32 [T]. */
    readonly positions: Tensor,
  ) {
    super(false);
  }
}
