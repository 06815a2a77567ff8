// A forward pass over the next tokens of a text whose earlier tokens have been through the model already. What attention
// needs of those, their keys and values, lies in caches; each attention layer has one.

import type { Tensor } from "../graph/tensor.js";
import { Context } from "../nn/module.js";

/** Keys and values of one attention layer, [1, heads, longest, size] each: parameters that are not trained. */
export interface Cache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** The context of such a pass. Modules that look beyond their own token ask for it: `context instanceof Decoding`. */
export class Decoding extends Context {
  private used = 0;

  constructor(
    /** Of the new tokens, i32 [T]. */
    readonly positions: Tensor,
    /** That of the first of them, i32 [1]: how many tokens are in the caches. */
    readonly position: Tensor,
    /** Gives the cache of attention layer `index`, in the order of the model. */
    private readonly cacheOf: (index: number, heads: number, size: number) => Cache,
  ) {
    super(false);
  }

  /** The cache of the attention layer that asks; each layer asks once. */
  cache(heads: number, size: number): Cache {
    return this.cacheOf(this.used++, heads, size);
  }
}
