// The layers, and how to build them again from JSON.

export * from "./activation.js";
export {
  multiHeadAttention,
  type AttendOptions,
  type MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./attention.js";
export { concatenate, residual } from "./branches.js";
export {
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  type ConvLayerOptions,
  type ConvTransposeLayerOptions,
} from "./conv.js";
export { dropout } from "./dropout.js";
export {
  embedding,
  positionalEmbedding,
  sinusoidalEmbedding,
  type EmbeddingLayerOptions,
  type PositionalEmbeddingOptions,
} from "./embedding.js";
export { linear, type LinearOptions } from "./linear.js";
export {
  gru,
  lstm,
  rnn,
  type RecurrentLayerOptions,
  type RecurrentModule,
  type RecurrentState,
  type RnnOptions,
} from "./recurrent.js";
export {
  batchNorm,
  groupNorm,
  layerNorm,
  rmsNorm,
  type BatchNormLayerOptions,
  type LayerNormLayerOptions,
  type NormOptions,
} from "./norm.js";
export { flatten, rescale, reshape } from "./reshape.js";
export { zeroPad2d } from "./pad.js";
export {
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  globalAvgPool2d,
  maxPool1d,
  maxPool2d,
  type AvgPoolOptions,
  type MaxPoolOptions,
  type PerAxis,
} from "./pool.js";
export { sequential } from "./sequential.js";
export { transformerBlock, type TransformerBlock, type TransformerBlockOptions } from "./transformer.js";
