// Executes one instruction: decodes its words and calls the kernel. The words are laid out in src/shared/opcodes.ts.
//
// Here is what a network of dense layers needs; the instructions of the other families are in interpreter-families.ts,
// which the small builds leave out.
//
// Kernels stay functions of their own: WebAssembly has no on-stack replacement, so whatever is inlined into the loop
// that calls this runs unoptimised for the whole first call.

import { Control, Opcode } from "../src/shared/opcodes";
import { real, word } from "./simd";
import { barrier } from "./team";
import * as activation from "./activate";
import * as activationGrad from "./activation-grad";
import { broadcast } from "./broadcast";
import * as clamp from "./clamp";
import * as clip from "./clip";
import * as elementwise from "./elementwise";
import * as gather from "./gather";
import { gemm } from "./gemm";
import * as lossClass from "./loss-class";
import * as lossElementwise from "./loss-elementwise";
import * as metrics from "./metrics";
import * as optimizer from "./optimizers";
import { pow } from "./pow";
import * as random from "./random";
import * as reduce from "./reduce";
import { record } from "./record";
import * as softmax from "./softmax";
import * as strided from "./strided";
import * as unary from "./unary";
import { executeFamily } from "./interpreter-families";

/** Executes the instruction at address `at`. Returns false if the run has to end before the next one. */
export function execute(at: usize, control: usize): bool {
  // prettier-ignore
  switch (word(at, 0)) {
    case Opcode.Barrier: if (ASC_FEATURE_THREADS) barrier(); break;

    // Buffers
    case Opcode.Fill: strided.fill(word(at, 1), word(at, 2), real(at, 3)); break;
    case Opcode.Copy: strided.copy(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.StridedCopy: strided.stridedCopy(word(at, 1), word(at, 2), at + 12, at + 36); break;
    case Opcode.StridedAdd: strided.stridedAdd(word(at, 1), word(at, 2), at + 12, at + 36); break;
    case Opcode.StridedPut: strided.stridedPut(word(at, 1), word(at, 2), at + 12, at + 36); break;

    // Element-wise, two inputs
    case Opcode.Add: elementwise.add(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.Sub: elementwise.sub(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.Mul: elementwise.mul(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.Div: elementwise.div(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.Maximum: elementwise.maximum(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.Minimum: elementwise.minimum(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.Equal: elementwise.equal(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.Greater: elementwise.greater(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.Broadcast: broadcast(word(at, 1), word(at, 2), word(at, 3), word(at, 4), at + 20, at + 44, at + 68); break;
    case Opcode.Affine: elementwise.affine(word(at, 1), word(at, 2), word(at, 3), real(at, 4), real(at, 5)); break;
    case Opcode.Axpy: elementwise.axpy(word(at, 1), word(at, 2), word(at, 3), real(at, 4)); break;
    case Opcode.Dot: elementwise.dot(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;

    // Element-wise, one input
    case Opcode.Exp: unary.exp(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Log: unary.log(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Sqrt: unary.sqrt(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Square: unary.square(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Abs: unary.abs(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Sign: unary.sign(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Clamp: clamp.clamp(word(at, 1), word(at, 2), word(at, 3), real(at, 4), real(at, 5)); break;
    case Opcode.ClampGrad: clamp.clampGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5), real(at, 6)); break;
    case Opcode.Pow: pow(word(at, 1), word(at, 2), word(at, 3), <f64>real(at, 4) + <f64>real(at, 5)); break;

    // Activations
    case Opcode.Relu: activation.relu(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.LeakyRelu: activation.leakyRelu(word(at, 1), word(at, 2), word(at, 3), real(at, 4)); break;
    case Opcode.Elu: activation.elu(word(at, 1), word(at, 2), word(at, 3), real(at, 4)); break;
    case Opcode.Selu: activation.selu(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Gelu: activation.gelu(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.GeluTanh: activation.geluTanh(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Sigmoid: activation.sigmoid(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Tanh: activation.tanh(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Softplus: activation.softplus(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.Silu: activation.silu(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.HardSwish: activation.hardSwish(word(at, 1), word(at, 2), word(at, 3)); break;
    case Opcode.ReluGrad: activationGrad.reluGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.LeakyReluGrad: activationGrad.leakyReluGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5)); break;
    case Opcode.EluGrad: activationGrad.eluGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5)); break;
    case Opcode.SeluGrad: activationGrad.seluGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.GeluGrad: activationGrad.geluGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.GeluTanhGrad: activationGrad.geluTanhGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.SigmoidGrad: activationGrad.sigmoidGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.TanhGrad: activationGrad.tanhGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.SoftplusGrad: activationGrad.softplusGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.SiluGrad: activationGrad.siluGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.HardSwishGrad: activationGrad.hardSwishGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;

    // Reductions
    case Opcode.Sum: reduce.sum(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), real(at, 6)); break;
    case Opcode.Max: reduce.max(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5)); break;
    case Opcode.Argmax: reduce.argmax(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.SumSquares: reduce.sumSquares(word(at, 1), word(at, 2), word(at, 3)); break;

    // Along the last axis
    case Opcode.Softmax: softmax.softmax(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.LogSoftmax: softmax.logSoftmax(word(at, 1), word(at, 2), word(at, 3), word(at, 4)); break;
    case Opcode.SoftmaxGrad: softmax.softmaxGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5)); break;
    case Opcode.LogSoftmaxGrad: softmax.logSoftmaxGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5)); break;

    // Products
    case Opcode.Gemm: gemm(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12), real(at, 13), word(at, 14), word(at, 15), word(at, 16), word(at, 17), word(at, 18)); break;

    // Losses
    case Opcode.MeanSquaredError: lossElementwise.meanSquaredError(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5)); break;
    case Opcode.MeanSquaredErrorGrad: lossElementwise.meanSquaredErrorGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), real(at, 6)); break;
    case Opcode.MeanAbsoluteError: lossElementwise.meanAbsoluteError(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5)); break;
    case Opcode.MeanAbsoluteErrorGrad: lossElementwise.meanAbsoluteErrorGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), real(at, 6)); break;
    case Opcode.Huber: lossElementwise.huber(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5), real(at, 6)); break;
    case Opcode.HuberGrad: lossElementwise.huberGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), real(at, 6), real(at, 7)); break;
    case Opcode.BinaryCrossEntropy: lossElementwise.binaryCrossEntropy(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5)); break;
    case Opcode.BinaryCrossEntropyGrad: lossElementwise.binaryCrossEntropyGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), real(at, 6)); break;
    case Opcode.BinaryCrossEntropyLogits: lossElementwise.binaryCrossEntropyLogits(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5)); break;
    case Opcode.BinaryCrossEntropyLogitsGrad: lossElementwise.binaryCrossEntropyLogitsGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), real(at, 6)); break;
    case Opcode.KLDivergence: lossElementwise.klDivergence(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5)); break;
    case Opcode.KLDivergenceGrad: lossElementwise.klDivergenceGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), real(at, 6)); break;
    case Opcode.CrossEntropy: lossClass.crossEntropy(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), real(at, 7), word(at, 8)); break;
    case Opcode.CrossEntropyGrad: lossClass.crossEntropyGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), real(at, 7), word(at, 8)); break;
    case Opcode.CrossEntropyProbs: lossClass.crossEntropyProbs(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), real(at, 7)); break;
    case Opcode.CrossEntropyProbsGrad: lossClass.crossEntropyProbsGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), real(at, 7)); break;
    case Opcode.NegativeLogLikelihood: lossClass.negativeLogLikelihood(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6)); break;
    case Opcode.NegativeLogLikelihoodGrad: lossClass.negativeLogLikelihoodGrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6)); break;

    // Random numbers
    case Opcode.Uniform: random.uniform(word(at, 1), word(at, 2), real(at, 3), real(at, 4), word(at, 5), control); break;
    case Opcode.Normal: random.normal(word(at, 1), word(at, 2), real(at, 3), real(at, 4), word(at, 5), control); break;
    case Opcode.Dropout: random.dropout(word(at, 1), word(at, 2), word(at, 3), real(at, 4), word(at, 5), word(at, 6), control); break;

    // Data
    case Opcode.Gather: gather.gather(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5), real(at, 6), word(at, 7), control); break;
    case Opcode.GatherIds: gather.gatherIds(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), control); break;

    // Metrics and the end of a step
    case Opcode.CountCorrect: metrics.countCorrect(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5)); break;
    case Opcode.CountCorrectBinary: metrics.countCorrectBinary(word(at, 1), word(at, 2), word(at, 3), word(at, 4), real(at, 5)); break;
    case Opcode.CountCorrectProbs: metrics.countCorrectProbs(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5)); break;
    case Opcode.Record: return record(word(at, 1), word(at, 2), word(at, 3), control);

    // Optimizers
    case Opcode.Sgd: optimizer.sgd(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), rate(at, control), word(control, Control.Step)); break;
    case Opcode.Adam: optimizer.adam(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), rate(at, control), word(control, Control.Step)); break;
    case Opcode.RmsProp: optimizer.rmsProp(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), rate(at, control), word(control, Control.Step)); break;
    case Opcode.Adagrad: optimizer.adagrad(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), rate(at, control), word(control, Control.Step)); break;
    case Opcode.Adadelta: optimizer.adadelta(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), rate(at, control), word(control, Control.Step)); break;
    case Opcode.Adamax: optimizer.adamax(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), rate(at, control), word(control, Control.Step)); break;
    case Opcode.NAdam: optimizer.nAdam(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), rate(at, control), word(control, Control.Step)); break;

    // Gradient clipping
    case Opcode.ClipNorm: clip.clipNorm(word(at, 1), word(at, 2), word(at, 3), real(at, 4)); break;
    case Opcode.ClipValue: clip.clipValue(word(at, 1), word(at, 2), real(at, 3)); break;
    default: if (isDefined(FAMILIES)) return executeFamily(at, control); else unreachable();
  }
  return true;
}

/** The learning rate of the step under way, times the factor that an optimizer's instruction names. */
function rate(at: usize, control: usize): f64 {
  const index = word(control, Control.Done) % word(control, Control.Capacity);
  const lr = load<f64>(<usize>word(control, Control.Rates) + ((<usize>index) << 3));
  const factor = <usize>word(at, 10);
  return factor ? lr * load<f64>(factor) : lr;
}
