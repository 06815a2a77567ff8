// wasmgrad/models: whole models as functions of their sizes, each a page of tensor code. They are compiled and trained as
// one's own are:
//
//   const trainer = await compile(gpt({ vocabSize: 65, contextLength: 64, layers: 4, heads: 4, dim: 128 }), { loss: crossEntropy() });

export { lenet, resnet, type LenetOptions, type ResnetOptions } from "./cnn.js";
export { gpt, type Gpt, type GptConfig, type GptOptions } from "./gpt.js";
export { generate, type GenerateOptions } from "./generate.js";
export { loadGpt2, saveGpt2, type Gpt2Source, type LoadGpt2Options, type SavedGpt2 } from "./gpt2.js";
export type { Gpt2Files } from "./gpt2-files.js";
export { loadGpt2Folder, saveGpt2Folder } from "./gpt2-folder.js";
export { lstmLanguageModel, type LstmLanguageModelOptions } from "./lstm-language.js";
export { mlp, type MlpOptions } from "./mlp.js";
export type { SamplingOptions } from "./sampling.js";
export {
  matrixFactorisation,
  mlpRecommender,
  type MatrixFactorisationOptions,
  type MlpRecommenderOptions,
  type Recommender,
} from "./recommender.js";
