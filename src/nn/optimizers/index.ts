// The optimizers, as data: see optimizer.ts.

export { adam, adamax, adamW, nadam, type AdamaxOptions, type AdamOptions, type NAdamOptions } from "./adam.js";
export {
  adadelta,
  adagrad,
  rmsprop,
  type AdadeltaOptions,
  type AdagradOptions,
  type RmspropOptions,
} from "./adaptive.js";
export { sgd, type SgdOptions } from "./sgd.js";
export type { Optimizer, OptimizerState } from "./optimizer.js";
