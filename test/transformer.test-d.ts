// Literal sizes of embeddings, norms and transformer blocks that do not fit are a compile error.

import { test } from "vitest";
import {
  batchNorm,
  embedding,
  layerNorm,
  linear,
  multiHeadAttention,
  sequential,
  transformerBlock,
} from "../src/index.js";
import { groupNorm, positionalEmbedding, relu, rmsNorm, sinusoidalEmbedding } from "../src/index.js";

test("layers that fit", () => {
  sequential(embedding(65, 32), positionalEmbedding(64, 32), transformerBlock(32, 4), layerNorm(32), linear(32, 65));
  sequential(linear(8, 6), batchNorm(6), relu(), groupNorm(2, 6), rmsNorm(6), linear(6, 1));
  sequential(embedding(65, 32), sinusoidalEmbedding(), multiHeadAttention(32, 4), layerNorm([10, 32]), linear(32, 1));
});

test("layers that do not fit", () => {
  // @ts-expect-error vectors of 16 meet a block of 32
  sequential(embedding(65, 16), transformerBlock(32, 4), linear(32, 65));
  // @ts-expect-error the block gives 32
  sequential(embedding(65, 32), transformerBlock(32, 4), linear(16, 65));
  // @ts-expect-error 6 features meet a norm of 8
  sequential(linear(8, 6), layerNorm(8));
  // @ts-expect-error 32 features meet positions of 24
  sequential(embedding(65, 32), positionalEmbedding(64, 24));
});
