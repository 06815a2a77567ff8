// Executes one instruction: decodes its words and calls the kernel. The words are laid out in src/shared/opcodes.ts.
//
// Here is what a network of dense layers needs; the instructions of the other families are in interpreter-families.ts,
// which the small builds leave out.
//
// Kernels stay functions of their own: WebAssembly has no on-stack replacement, so whatever is inlined into the loop
// that calls this runs unoptimised for the whole first call.

import { Block } from "../src/shared/blocking";
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
import { keep } from "./gemm-kept";
import * as lossClass from "./loss-class";
import * as lossElementwise from "./loss-elementwise";
import * as metrics from "./metrics";
import { update } from "./optimizers";
import * as random from "./random";
import * as reduce from "./reduce";
import { record } from "./record";
import * as softmax from "./softmax";
import * as strided from "./strided";
import * as unary from "./unary";
import { executeFamily } from "./interpreter-families";

/** Executes the instruction at address `at`. Returns false if the run has to end before the next one. */
export function execute(at: usize, control: usize): bool {
  // Nearly all kernels take these. Decoded in one place they keep this function short; of six, V8 would spill some.
  const a = word(at, 1);
  const b = word(at, 2);
  const c = word(at, 3);
  const d = word(at, 4);

  // prettier-ignore
  switch (word(at, 0)) {
    case Opcode.Barrier: if (ASC_FEATURE_THREADS) barrier(); break;

    // Buffers
    case Opcode.Fill: strided.fill(a, b, real(at, 3)); break;
    case Opcode.Copy: strided.copy(a, b, c); break;
    case Opcode.StridedCopy: strided.stridedCopy(a, b, at + 12, at + 36); break;
    case Opcode.StridedAdd: strided.stridedAdd(a, b, at + 12, at + 36); break;
    case Opcode.StridedPut: strided.stridedPut(a, b, at + 12, at + 36); break;

    // Element-wise, two inputs
    case Opcode.Add: elementwise.add(a, b, c, d); break;
    case Opcode.Sub: elementwise.sub(a, b, c, d); break;
    case Opcode.Mul: elementwise.mul(a, b, c, d); break;
    case Opcode.Div: elementwise.div(a, b, c, d); break;
    case Opcode.Maximum: elementwise.maximum(a, b, c, d); break;
    case Opcode.Minimum: elementwise.minimum(a, b, c, d); break;
    case Opcode.Equal: elementwise.equal(a, b, c, d); break;
    case Opcode.Greater: elementwise.greater(a, b, c, d); break;
    case Opcode.Broadcast: broadcast(a, b, c, d, at + 20, at + 44, at + 68); break;
    case Opcode.Affine: elementwise.affine(a, b, c, real(at, 4), real(at, 5)); break;
    case Opcode.Axpy: elementwise.axpy(a, b, c, real(at, 4)); break;
    case Opcode.Dot: elementwise.dot(a, b, c, d); break;

    // Element-wise, one input
    case Opcode.Exp: unary.exp(a, b, c); break;
    case Opcode.Log: unary.log(a, b, c); break;
    case Opcode.Sqrt: unary.sqrt(a, b, c); break;
    case Opcode.Square: unary.square(a, b, c); break;
    case Opcode.Abs: unary.abs(a, b, c); break;
    case Opcode.Sign: unary.sign(a, b, c); break;
    case Opcode.Clamp: clamp.clamp(a, b, c, real(at, 4), real(at, 5)); break;
    case Opcode.ClampGrad: clamp.clampGrad(a, b, c, d, real(at, 5), real(at, 6)); break;

    // Activations
    case Opcode.Relu: activation.relu(a, b, c); break;
    case Opcode.LeakyRelu: activation.leakyRelu(a, b, c, real(at, 4)); break;
    case Opcode.Elu: activation.elu(a, b, c, real(at, 4)); break;
    case Opcode.Selu: activation.selu(a, b, c); break;
    case Opcode.Gelu: activation.gelu(a, b, c); break;
    case Opcode.GeluTanh: activation.geluTanh(a, b, c); break;
    case Opcode.Sigmoid: activation.sigmoid(a, b, c); break;
    case Opcode.Tanh: activation.tanh(a, b, c); break;
    case Opcode.Softplus: activation.softplus(a, b, c); break;
    case Opcode.Silu: activation.silu(a, b, c); break;
    case Opcode.HardSwish: activation.hardSwish(a, b, c); break;
    case Opcode.ReluGrad: activationGrad.reluGrad(a, b, c, d); break;
    case Opcode.LeakyReluGrad: activationGrad.leakyReluGrad(a, b, c, d, real(at, 5)); break;
    case Opcode.EluGrad: activationGrad.eluGrad(a, b, c, d, real(at, 5)); break;
    case Opcode.SeluGrad: activationGrad.seluGrad(a, b, c, d); break;
    case Opcode.GeluGrad: activationGrad.geluGrad(a, b, c, d); break;
    case Opcode.GeluTanhGrad: activationGrad.geluTanhGrad(a, b, c, d); break;
    case Opcode.SigmoidGrad: activationGrad.sigmoidGrad(a, b, c, d); break;
    case Opcode.TanhGrad: activationGrad.tanhGrad(a, b, c, d); break;
    case Opcode.SoftplusGrad: activationGrad.softplusGrad(a, b, c, d); break;
    case Opcode.SiluGrad: activationGrad.siluGrad(a, b, c, d); break;
    case Opcode.HardSwishGrad: activationGrad.hardSwishGrad(a, b, c, d); break;

    // Reductions
    case Opcode.Sum: reduce.sum(a, b, c, d, word(at, 5), real(at, 6)); break;
    case Opcode.Max: reduce.max(a, b, c, d, word(at, 5)); break;
    case Opcode.Argmax: reduce.argmax(a, b, c, d); break;
    case Opcode.SumSquares: reduce.sumSquares(a, b, c); break;

    // Along the last axis
    case Opcode.Softmax: softmax.softmax(a, b, c, d); break;
    case Opcode.LogSoftmax: softmax.logSoftmax(a, b, c, d); break;
    case Opcode.SoftmaxGrad: softmax.softmaxGrad(a, b, c, d, word(at, 5)); break;
    case Opcode.LogSoftmaxGrad: softmax.logSoftmaxGrad(a, b, c, d, word(at, 5)); break;

    // Products
    case Opcode.Gemm: gemm(a, b, c, d, word(at, 5), word(at, 6), word(at, 7), word(at, 8), word(at, 9), word(at, 10), word(at, 11), word(at, 12), real(at, 13), word(at, 14), word(at, 15), word(at, 16), word(at, 17), word(at, 18)); break;
    case Opcode.Pack: keep(a, b, Block.PackRows, c, d, 1); break;

    // Losses
    case Opcode.MeanSquaredError: lossElementwise.meanSquaredError(a, b, c, d, real(at, 5)); break;
    case Opcode.MeanSquaredErrorGrad: lossElementwise.meanSquaredErrorGrad(a, b, c, d, word(at, 5), real(at, 6)); break;
    case Opcode.MeanAbsoluteError: lossElementwise.meanAbsoluteError(a, b, c, d, real(at, 5)); break;
    case Opcode.MeanAbsoluteErrorGrad: lossElementwise.meanAbsoluteErrorGrad(a, b, c, d, word(at, 5), real(at, 6)); break;
    case Opcode.Huber: lossElementwise.huber(a, b, c, d, real(at, 5), real(at, 6)); break;
    case Opcode.HuberGrad: lossElementwise.huberGrad(a, b, c, d, word(at, 5), real(at, 6), real(at, 7)); break;
    case Opcode.BinaryCrossEntropy: lossElementwise.binaryCrossEntropy(a, b, c, d, real(at, 5)); break;
    case Opcode.BinaryCrossEntropyGrad: lossElementwise.binaryCrossEntropyGrad(a, b, c, d, word(at, 5), real(at, 6)); break;
    case Opcode.BinaryCrossEntropyLogits: lossElementwise.binaryCrossEntropyLogits(a, b, c, d, real(at, 5)); break;
    case Opcode.BinaryCrossEntropyLogitsGrad: lossElementwise.binaryCrossEntropyLogitsGrad(a, b, c, d, word(at, 5), real(at, 6)); break;
    case Opcode.KLDivergence: lossElementwise.klDivergence(a, b, c, d, real(at, 5)); break;
    case Opcode.KLDivergenceGrad: lossElementwise.klDivergenceGrad(a, b, c, d, word(at, 5), real(at, 6)); break;
    case Opcode.CrossEntropyTerms: lossClass.crossEntropyTerms(a, b, c, d, word(at, 5), word(at, 6), real(at, 7), word(at, 8)); break;
    case Opcode.CrossEntropyMean: lossClass.crossEntropyMean(a, b, c, d, word(at, 5)); break;
    case Opcode.CrossEntropyGrad: lossClass.crossEntropyGrad(a, b, c, d, word(at, 5), word(at, 6), real(at, 7), word(at, 8), word(at, 9), word(at, 10)); break;
    case Opcode.CrossEntropyProbs: lossClass.crossEntropyProbs(a, b, c, d, word(at, 5), word(at, 6), real(at, 7)); break;
    case Opcode.CrossEntropyProbsGrad: lossClass.crossEntropyProbsGrad(a, b, c, d, word(at, 5), word(at, 6), real(at, 7)); break;
    case Opcode.NegativeLogLikelihood: lossClass.negativeLogLikelihood(a, b, c, d, word(at, 5), word(at, 6)); break;
    case Opcode.NegativeLogLikelihoodGrad: lossClass.negativeLogLikelihoodGrad(a, b, c, d, word(at, 5), word(at, 6)); break;

    // Random numbers
    case Opcode.Uniform: random.uniform(a, b, real(at, 3), real(at, 4), word(at, 5), control); break;
    case Opcode.Normal: random.normal(a, b, real(at, 3), real(at, 4), word(at, 5), control); break;
    case Opcode.Dropout: random.dropout(a, b, c, real(at, 4), word(at, 5), word(at, 6), control); break;

    // Data
    case Opcode.Gather: gather.gather(a, b, c, d, real(at, 5), real(at, 6), word(at, 7), control); break;
    case Opcode.GatherIds: gather.gatherIds(a, b, c, d, word(at, 5), control); break;

    // Metrics and the end of a step
    case Opcode.CountCorrect: metrics.countCorrect(a, b, c, d, word(at, 5), word(at, 6)); break;
    case Opcode.CountCorrectBinary: metrics.countCorrectBinary(a, b, c, d, real(at, 5)); break;
    case Opcode.CountCorrectProbs: metrics.countCorrectProbs(a, b, c, d, word(at, 5)); break;
    case Opcode.Record: return record(a, b, c, control);

    // Optimizers
    case Opcode.Sgd: case Opcode.Adam: case Opcode.RmsProp: case Opcode.Adagrad: case Opcode.Adadelta: case Opcode.Adamax: case Opcode.NAdam:
      update(at, a, b, c, d, word(at, 5), word(at, 6), rate(at, control), word(control, Control.Step)); break;

    // Gradient clipping
    case Opcode.ClipNorm: clip.clipNorm(a, b, c, real(at, 4)); break;
    case Opcode.ClipValue: clip.clipValue(a, b, real(at, 3)); break;
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
