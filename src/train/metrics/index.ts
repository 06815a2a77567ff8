// Figures that tell how good a model is, from its predictions and the truth: pure functions of arrays. Nothing here is
// differentiable; what a model learns by is a loss.

export {
  aboveThreshold,
  accuracy,
  classMetrics,
  confusionMatrix,
  topKAccuracy,
  type AverageMetrics,
  type Classification,
  type ClassMetrics,
} from "./classes.js";
export { type IgnoreOptions } from "./check.js";
export { mae, mse, perplexity, r2 } from "./numbers.js";
export { hitRate, ndcg, type RankingOptions, type Relevance } from "./ranking.js";
export { rocAuc, rocCurve, type RocCurve } from "./roc.js";
