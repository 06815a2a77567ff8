// Executes one instruction of the families that not every program needs: powers, convolution, pooling, norms, indexing,
// recurrent layers, attention. See interpreter.ts.

import { Opcode } from "../src/shared/opcodes";
import { real, word } from "./simd";
import { attention } from "./attention";
import { cachedAttention } from "./attention-cached";
import { attentionGrad, attentionMaskGrad } from "./attention-grad";
import { cumSum } from "./cumsum";
import { conv2d, convTranspose2d } from "./conv";
import { convWeightGrad } from "./conv-weight";
import * as embedding from "./embedding";
import * as gatherAxis from "./gather-axis";
import * as int8 from "./int8";
import { oneHot } from "./one-hot";
import * as norm from "./norm";
import * as normBatch from "./norm-batch";
import { adaptiveAvgPool, adaptiveAvgPoolGrad } from "./pool-adaptive";
import { avgPool, avgPoolGrad } from "./pool-average";
import { maxPool, maxPoolGrad, maxPoolTake } from "./pool-max";
import { pow } from "./pow";
import * as recurrent from "./recurrent";
import { rotary } from "./rotary";
import { topK } from "./top-k";
import { where } from "./where";

/** Executes the instruction at address `at`, one of a family. */
export function executeFamily(at: usize, control: usize): bool {
  // prettier-ignore
  switch (word(at, 0)) {
    case Opcode.Pow: pow(word(at, 1), word(at, 2), word(at, 3), <f64>real(at, 4) + <f64>real(at, 5)); break;

    // Indexing
    case Opcode.Take: gatherAxis.take(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7)); break;
    case Opcode.TakeGrad: gatherAxis.takeGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7)); break;
    case Opcode.GatherAlong: gatherAxis.gatherAlong(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7)); break;
    case Opcode.GatherAlongGrad: gatherAxis.gatherAlongGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7)); break;
    case Opcode.Where: where(word(at, 1), word(at, 2), word(at, 3), word(at, 4), at + 20, at + 44, at + 68, at + 92); break;
    case Opcode.CumSum: cumSum(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6)); break;
    case Opcode.TopK: topK(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6)); break;
    case Opcode.OneHot: oneHot(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;

    // Recurrent layers
    case Opcode.Rnn: recurrent.rnn(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11)); break;
    case Opcode.RnnGrad: recurrent.rnnGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12)); break;
    case Opcode.Lstm: recurrent.lstm(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12), word(at, 13)); break;
    case Opcode.LstmGrad: recurrent.lstmGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12), word(at, 13), word(at, 14)); break;
    case Opcode.Gru: recurrent.gru(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12)); break;
    case Opcode.GruGrad: recurrent.gruGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12), word(at, 13)); break;

    // Norms
    case Opcode.Norm: norm.norm(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), real(at, 10), word(at, 11)); break;
    case Opcode.NormGrad: norm.normGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10)); break;
    case Opcode.NormWeightGrad: norm.normWeightGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10)); break;
    case Opcode.BatchStats: normBatch.batchStats(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7)); break;
    case Opcode.BatchNorm: normBatch.batchNorm(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), real(at, 10), word(at, 11)); break;
    case Opcode.BatchNormSums: normBatch.batchNormSums(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), real(at, 10), word(at, 11)); break;
    case Opcode.BatchNormGrad: normBatch.batchNormGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), real(at, 12), word(at, 13)); break;

    // Attention
    case Opcode.Attention: attention(at, control); break;
    case Opcode.AttentionGrad: attentionGrad(at, control); break;
    case Opcode.AttentionMaskGrad: attentionMaskGrad(at, control); break;
    case Opcode.CachedAttention: cachedAttention(at, control); break;
    case Opcode.Rotary: rotary(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12), word(at, 13), word(at, 14), word(at, 15)); break;

    // Rows of a table by ids
    case Opcode.Embedding: embedding.embedding(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6)); break;
    case Opcode.EmbeddingGrad: embedding.embeddingGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8)); break;

    // Convolution
    case Opcode.Conv2d: conv2d(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12), real(at, 13), word(at, 14), at + 60); break;
    case Opcode.ConvTranspose2d: convTranspose2d(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12), real(at, 13), at + 56); break;
    case Opcode.ConvWeightGrad: convWeightGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12), word(at, 13), at + 56); break;

    // Pooling
    case Opcode.MaxPool: maxPool(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), at + 24); break;
    case Opcode.MaxPoolGrad: maxPoolGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), at + 20); break;
    case Opcode.MaxPoolTake: maxPoolTake(word(at, 1), word(at, 2), word(at, 3), word(at, 4), at + 20); break;
    case Opcode.AvgPool: avgPool(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), real(at, 6), at + 28); break;
    case Opcode.AvgPoolGrad: avgPoolGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), real(at, 6), at + 28); break;
    case Opcode.AdaptiveAvgPool: adaptiveAvgPool(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7)); break;
    case Opcode.AdaptiveAvgPoolGrad: adaptiveAvgPoolGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7)); break;

    // 8-bit weights
    case Opcode.LinearInt8: int8.linearInt8(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12)); break;
    case Opcode.EmbeddingInt8: int8.embeddingInt8(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8)); break;
    default: unreachable(); // no such instruction: the binary and the compiler are of two versions
  }
  return true;
}
