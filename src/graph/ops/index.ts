// The op table: every row that a graph can hold. The listings, the gradient checks and the tests against f64
// references go through it, so a row that is missing here is a row that nobody tests.

import type { Op } from "../op.js";
import { activations } from "./activation.js";
import { clampGradOp, clampOp } from "./clamp.js";
import { cumsumOp } from "./cumsum.js";
import { conv2dOp, convTranspose2dOp, convWeightGradOp } from "./conv.js";
import * as elementwise from "./elementwise.js";
import { embeddingGradOp, embeddingOp } from "./embedding.js";
import * as gather from "./gather.js";
import * as attention from "./attention.js";
import { cachedAttentionOp } from "./attention-cached.js";
import { constantOp, inputOp, parameterOp } from "./leaf.js";
import { classLosses, termwiseLosses } from "./loss.js";
import { linearOp, matmulOp } from "./matmul.js";
import { expandOp, maxOp, sumOp } from "./reduce.js";
import * as norm from "./norm.js";
import * as normBatch from "./norm-batch.js";
import { embeddingInt8Op, linearInt8Op } from "./int8.js";
import { oneHotOp } from "./one-hot.js";
import { padOp } from "./pad.js";
import { powOp } from "./pow.js";
import * as average from "./pool-average.js";
import * as maximum from "./pool-max.js";
import { permuteOp, reshapeOp } from "./shape.js";
import { concatOp } from "./concat.js";
import * as recurrent from "./recurrent.js";
import { rotaryOp } from "./rotary.js";
import { sliceGradOp, sliceOp } from "./slice.js";
import { logSoftmaxRows, softmaxRows } from "./softmax.js";
import { argmaxOp, countCorrectOp, dropoutOp, recordOp } from "./step.js";
import { topKOp } from "./topk.js";
import * as unary from "./unary.js";
import { whereOp } from "./where.js";

const pairs = (rows: Record<string, { forward: Op; backward: Op }>) =>
  Object.values(rows).flatMap(({ forward, backward }) => [forward, backward]);

const rows: readonly Op[] = [
  inputOp,
  parameterOp,
  constantOp,
  ...[elementwise.addOp, elementwise.subOp, elementwise.mulOp, elementwise.divOp, elementwise.affineOp],
  ...[elementwise.maximumOp, elementwise.minimumOp, elementwise.equalOp, elementwise.greaterOp],
  ...[unary.expOp, unary.logOp, unary.sqrtOp, unary.squareOp, unary.absOp, unary.signOp],
  ...[clampOp, clampGradOp, powOp],
  ...pairs(activations),
  ...[sumOp, maxOp, expandOp, reshapeOp, permuteOp, sliceOp, sliceGradOp, concatOp, padOp],
  ...[gather.takeOp, gather.takeGradOp, gather.gatherOp, gather.gatherGradOp],
  ...[whereOp, cumsumOp, topKOp, oneHotOp],
  ...[
    recurrent.rnnOp,
    recurrent.rnnGradOp,
    recurrent.lstmOp,
    recurrent.lstmGradOp,
    recurrent.gruOp,
    recurrent.gruGradOp,
  ],
  recurrent.recurrentWeightGradOp,
  ...[norm.normOp, norm.normGradOp, norm.normWeightGradOp],
  ...[normBatch.batchNormOp, normBatch.batchNormGradOp, normBatch.batchNormSumsOp],
  ...[normBatch.batchNormFixedOp, normBatch.batchNormFixedGradOp],
  ...[embeddingOp, embeddingGradOp, rotaryOp],
  ...[attention.attentionOp, attention.attentionGradOp, attention.attentionMaskGradOp, cachedAttentionOp],
  ...[matmulOp, linearOp],
  ...[linearInt8Op, embeddingInt8Op],
  ...[conv2dOp, convTranspose2dOp, convWeightGradOp],
  ...[maximum.maxPoolOp, maximum.maxPoolGradOp, maximum.maxPoolTakeOp],
  ...[average.avgPoolOp, average.avgPoolGradOp, average.adaptiveAvgPoolOp, average.adaptiveAvgPoolGradOp],
  ...pairs({ softmaxRows, logSoftmaxRows }),
  ...pairs(termwiseLosses),
  ...pairs(classLosses),
  ...[dropoutOp, argmaxOp, countCorrectOp, recordOp],
];

/** Every op by its name. */
export const ops: ReadonlyMap<string, Op> = new Map(rows.map((row) => [row.name, row]));
