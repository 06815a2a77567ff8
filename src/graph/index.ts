// The tensor API: functions of symbolic tensors, for models and losses of one's own. Exported as `ops`.

export { grad } from "./grad.js";
export {
  elu,
  gelu,
  geluTanh,
  hardSwish,
  leakyRelu,
  relu,
  selu,
  sigmoid,
  silu,
  softplus,
  tanh,
} from "./ops/activation.js";
export { add, div, equal, greater, maximum, minimum, mul, neg, sub } from "./ops/elementwise.js";
export { embedding, type EmbeddingOptions } from "./ops/embedding.js";
export { constant } from "./ops/leaf.js";
export { linear, matmul } from "./ops/matmul.js";
export { groupNorm, layerNorm, rmsNorm, type LayerNormOptions } from "./ops/norm.js";
export { batchNorm, type BatchNormOptions, type BatchNormResult } from "./ops/norm-batch.js";
export { expand, max, mean, sum } from "./ops/reduce.js";
export { permute, reshape } from "./ops/shape.js";
export { concat } from "./ops/concat.js";
export {
  gru,
  lstm,
  rnn,
  type LstmResult,
  type RecurrentOptions,
  type RecurrentResult,
  type RecurrentWeights,
} from "./ops/recurrent-layers.js";
export { slice, type SliceRange } from "./ops/slice.js";
export { logSoftmax, softmax } from "./ops/softmax.js";
export { argmax } from "./ops/step.js";
export { abs, exp, log, sign, sqrt, square } from "./ops/unary.js";
