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
export {
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  type ConvOptions,
  type ConvTransposeOptions,
} from "./ops/conv-functions.js";
export {
  attention,
  packedAttention,
  rowsAttention,
  type AttentionOptions,
  type HeadOptions,
  type PackedAttentionOptions,
} from "./ops/attention.js";
export {
  cachedAttention,
  packedCachedAttention,
  type CachedAttentionOptions,
  type PackedCachedAttentionOptions,
} from "./ops/attention-cached.js";
export { clamp } from "./ops/clamp.js";
export { cumsum } from "./ops/cumsum.js";
export { add, div, equal, greater, maximum, minimum, mul, neg, sub } from "./ops/elementwise.js";
export { embedding, type EmbeddingOptions } from "./ops/embedding.js";
export { gather, take } from "./ops/gather.js";
export { constant } from "./ops/leaf.js";
export { linear, matmul } from "./ops/matmul.js";
export { groupNorm, layerNorm, rmsNorm, type LayerNormOptions } from "./ops/norm.js";
export { batchNorm, type BatchNormOptions, type BatchNormResult } from "./ops/norm-batch.js";
export { adaptiveAvgPool2d, avgPool1d, avgPool2d, globalAvgPool2d, type AvgPoolOptions } from "./ops/pool-average.js";
export { maxPool1d, maxPool2d, type MaxPoolOptions } from "./ops/pool-max.js";
export { expand, max, mean, sum } from "./ops/reduce.js";
export { oneHot } from "./ops/one-hot.js";
export { pad } from "./ops/pad.js";
export { pow } from "./ops/pow.js";
export { permute, reshape, squeeze, transpose, unsqueeze } from "./ops/shape.js";
export { concat, stack } from "./ops/concat.js";
export {
  gru,
  lstm,
  rnn,
  type LstmResult,
  type RecurrentOptions,
  type RecurrentResult,
  type RecurrentWeights,
} from "./ops/recurrent-layers.js";
export { rotary, sinusoidal, type RotaryOptions } from "./ops/rotary.js";
export { flip, slice, split, type SliceRange } from "./ops/slice.js";
export { logSoftmax, softmax } from "./ops/softmax.js";
export { argmax } from "./ops/step.js";
export { topK } from "./ops/topk.js";
export { abs, exp, log, sign, sqrt, square } from "./ops/unary.js";
export { where } from "./ops/where.js";
