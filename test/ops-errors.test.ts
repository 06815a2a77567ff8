// What the ops refuse, and how they say so: each names the op, shows the shapes and tells what to change.
import { describe, expect, test } from "vitest";
import * as ops from "../src/graph/index.js";
import { ShapeError } from "../src/graph/op.js";
import { input, parameter } from "../src/graph/ops/leaf.js";
import {
  crossEntropyLoss,
  crossEntropyProbsLoss,
  negativeLogLikelihoodLoss,
  termwiseLoss,
  termwiseLosses,
  type TermwiseLoss,
} from "../src/graph/ops/loss.js";
import { gruOp, lstmOp, rnnOp } from "../src/graph/ops/recurrent.js";
import { argmax } from "../src/graph/ops/step.js";
import { createNode, type Shape, type Tensor } from "../src/graph/tensor.js";

const t = (...shape: number[]) => input("x", shape);
const ids = (...shape: number[]) => input("ids", shape, "i32");
/** Weights of a recurrent layer of 4 features and 4 hidden units. */
const gates = (count: number) => ({ weightIh: t(4 * count, 4), weightHh: t(4 * count, 4) });
const classOptions = { smoothing: 0, ignoreIndex: -100 };

describe("a ShapeError", () => {
  test.each<[string, () => unknown, string]>([
    [
      "of shapes that do not broadcast",
      () => ops.mul(t(2, 3), t(4)),
      "mul: [2, 3] and [4] do not broadcast: sizes 3 and 4 meet; from the last axis backwards, sizes must be equal or 1",
    ],
    [
      "of a matrix product whose inner sizes differ",
      () => ops.matmul(t(2, 3), t(4, 5)),
      "matmul: [2, 3] · [4, 5]: 3 columns of the first meet 4 rows of the second; they must be equal",
    ],
    [
      "of one that is stored transposed",
      () => ops.matmul(t(3, 2), t(5, 4), { transA: true, transB: true }),
      "matmul: [3, 2] · [5, 4]: 3 columns of the first meet 4 rows of the second; they must be equal",
    ],
    [
      "of many rows against one matrix",
      () => ops.matmul(t(2, 2, 3), t(4, 5)),
      "matmul: [4, 3] · [4, 5]: 3 columns of the first meet 4 rows of the second; they must be equal",
    ],
    [
      "of a batch of products that does not broadcast",
      () => ops.matmul(t(2, 3, 4), t(5, 4, 3)),
      "matmul of [2, 3, 4] and [5, 4, 3]: [2] and [5] do not broadcast: sizes 2 and 5 meet; from the last axis backwards, sizes must be equal or 1",
    ],
    [
      "of a product of a vector",
      () => ops.matmul(t(3), t(3, 4)),
      "matmul: both sides need at least two axes, got [3]; reshape it",
    ],
    [
      "of a linear layer behind another number of features",
      () => ops.linear(t(2, 3), parameter([4, 5])),
      "linear: input is [2, 3] but the weight [4, 5] expects 5 features; check the layer before it, or let this one take 3 features",
    ],
    [
      "of a bias of another size",
      () => ops.linear(t(2, 5), parameter([4, 5]), parameter([5])),
      "linear: the bias is [5] but the weight [4, 5] gives 4 features",
    ],
    [
      "of a linear layer without features, or with a weight that is no matrix",
      () => ops.linear(t(), parameter([4])),
      "linear: needs an input [.., in] and a weight [out, in], got [] and [4]",
    ],
    [
      "of a reshape to another number of elements",
      () => ops.reshape(t(2, 3), [4, 2]),
      "reshape: [2, 3] has 6 elements and does not fit [4, 2]",
    ],
    [
      "of a reshape with a size that does not come out even",
      () => ops.reshape(t(2, 3), [-1, 4]),
      "reshape: [2, 3] has 6 elements and does not fit [-1, 4]",
    ],
    [
      "of a reshape with two open sizes",
      () => ops.reshape(t(2, 3), [-1, -1]),
      "reshape: [2, 3] has 6 elements and does not fit [-1, -1]",
    ],
    [
      "of a reshape to negative sizes",
      () => ops.reshape(t(2, 3), [-2, -3]),
      "reshape: [2, 3] has 6 elements and does not fit [-2, -3]",
    ],
    [
      "of a permutation that lacks an axis",
      () => ops.permute(t(2, 3, 4), [0, 1, 1]),
      "permute: [0, 1, 1] must name each axis of [2, 3, 4] once",
    ],
    [
      "of a permutation of too few axes",
      () => ops.permute(t(2, 3, 4), [1, -3]),
      "permute: [1, 0] must name each axis of [2, 3, 4] once",
    ],
    [
      "of an expansion to fewer axes",
      () => ops.expand(t(2, 3), [3]),
      "expand: [2, 3] does not expand to [3]; only axes of size 1 can be repeated",
    ],
    [
      "of an expansion to another size",
      () => ops.expand(t(2, 3), [4, 3]),
      "expand: [2, 3] and [4, 3] do not broadcast: sizes 2 and 4 meet; from the last axis backwards, sizes must be equal or 1",
    ],
    [
      "of a sum over an axis that does not exist",
      () => ops.sum(t(2, 3), { axes: 2 }),
      "sum: axis 2 does not exist in a tensor of 2 axes; give a number from -2 to 1",
    ],
    [
      "of a mean over one axis twice",
      () => ops.mean(t(2, 3), { axes: [1, -1] }),
      "mean: the axes [1, -1] name one axis twice",
    ],
    [
      "of a maximum over an axis that does not exist",
      () => ops.max(t(2), { axes: [-2] }),
      "max: axis -2 does not exist in a tensor of 1 axes; give a number from -1 to 0",
    ],
    [
      "of a softmax along an axis that does not exist",
      () => ops.softmax(t(2, 3), { axis: 3 }),
      "softmax: axis 3 does not exist in a tensor of 2 axes; give a number from -2 to 1",
    ],
    [
      "of a log-softmax of a scalar",
      () => ops.logSoftmax(t()),
      "logSoftmax: axis -1 does not exist in a tensor of 0 axes; reshape it",
    ],
    [
      "of the place of the largest of a scalar",
      () => argmax(t()),
      "argmax: axis -1 does not exist in a tensor of 0 axes; reshape it",
    ],
    [
      "of a slice of nothing",
      () => ops.slice(t(2, 3), { start: 2, end: 1 }, -1),
      "slice: 2 to 1 in steps of 1 leaves nothing of axis 1 of [2, 3]; start must come before end, and step be at least 1",
    ],
    [
      "of tensors that do not go one behind the other",
      () => ops.concat([t(2, 3), t(2, 4)]),
      "concat: [2, 3] and [2, 4] differ in more than axis 0; all other sizes must be equal",
    ],
    ["of no tensors one behind the other", () => ops.concat([]), "concat: needs at least one tensor"],
    [
      "of a recurrent weight of another size",
      () => createNode(lstmOp, [t(5, 2, 12), t(16, 4)], {}),
      "lstm: the gates' input is [5, 2, 12] and the recurrent weight [16, 4]; expected [steps, batch, 4 · hidden] and [4 · hidden, hidden]",
    ],
    [
      "of an initial state of another batch",
      () => createNode(rnnOp, [t(5, 2, 4), t(4, 4), t(3, 4)], { h0: true }),
      "rnn: an initial state is [3, 4], expected [2, 4], batch and hidden size",
    ],
    [
      "of a recurrent bias of another size",
      () => createNode(gruOp, [t(5, 2, 12), t(12, 4), t(4)], { bias: true }),
      "gru: the bias is [4], expected [12]",
    ],
    [
      "of a sequence without steps or features",
      () => ops.gru(t(5, 4), [gates(3)]),
      "gru: the input is [5, 4], expected [batch, steps, features]",
    ],
    [
      "of one set of weights for two directions",
      () => ops.lstm(t(2, 5, 4), [gates(4)], { bidirectional: true }),
      "lstm: 1 sets of weights for 2 directions; give one for each layer and direction",
    ],
    [
      "of initial states of other layers",
      () => ops.rnn(t(2, 5, 4), [gates(1)], { h0: t(2, 2, 4) }),
      "rnn: initial states are [2, 2, 4], expected [1, 2, 4]",
    ],
    [
      "of class indices that are floats",
      () => crossEntropyLoss(t(2, 3), t(2), classOptions),
      "crossEntropy: for a prediction [2, 3] the target must be i32 class indices [2], got f32 [2]",
    ],
    [
      "of too many class indices",
      () => negativeLogLikelihoodLoss(t(2, 3), ids(3), classOptions),
      "negativeLogLikelihood: for a prediction [2, 3] the target must be i32 class indices [2], got i32 [3]",
    ],
    [
      "of a class index for a scalar",
      () => crossEntropyLoss(t(), ids(), classOptions),
      "crossEntropy: for a prediction [] the target must be i32 class indices [], got i32 []",
    ],
    [
      "of probabilities of other classes",
      () => crossEntropyProbsLoss(t(2, 3), t(2, 4), { smoothing: 0 }),
      "crossEntropy: the prediction is [2, 3] but the target is [2, 4]; they must be equal",
    ],
    [
      "of probabilities of no classes",
      () => crossEntropyProbsLoss(t(), t(), { smoothing: 0 }),
      "crossEntropy: the prediction needs an axis of classes, got []",
    ],
  ])("%s", (_, make, message) => expect(make).toThrow(new ShapeError(message)));

  test.each(Object.keys(termwiseLosses) as TermwiseLoss[])("of a %s target that is not like the prediction", (name) => {
    expect(() => termwiseLoss(name, t(2, 3), t(2, 1))).toThrow(
      new ShapeError(`${name}: the prediction is [2, 3] but the target is [2, 1]; they must be equal`),
    );
  });
});

describe("a TypeError", () => {
  test("of two numbers instead of tensors", () => {
    for (const name of ["add", "sub", "mul", "div"] as const) {
      expect(() => ops[name](1 as unknown as Tensor, 2)).toThrow(
        new TypeError(`${name}: one of the two must be a tensor, got two numbers; use constant()`),
      );
    }
  });

  test.each<[string, () => unknown]>([
    ["add", () => ops.add(ids(3), t(3))],
    ["affine", () => ops.mul(ids(3), 2)],
    ["relu", () => ops.relu(ids(3))],
    ["sum", () => ops.sum(ids(3))],
    ["matmul", () => ops.matmul(t(2, 3), ids(3, 2))],
    ["meanSquaredError", () => termwiseLoss("meanSquaredError", t(3), ids(3))],
    ["exp", () => ops.exp(ops.permute(ops.expand(ids(3, 1), [3, 2])))],
  ])("of whole numbers where %s computes with floats", (name, make) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(
      new RegExp(`^${name}: .* holds whole numbers \\(i32\\), but ${name} computes with floats; give it as f32`),
    );
  });

  test("names the tensor", () => {
    expect(() => ops.exp(ids(3))).toThrow(
      'exp: "ids" [3] holds whole numbers (i32), but exp computes with floats; give it as f32, from a Float32Array',
    );
    expect(() => ops.exp(ops.reshape(ids(3), [3, 1]))).toThrow("exp: input 0 [3, 1] holds whole numbers");
  });
});

describe("a RangeError", () => {
  test.each<[string, Shape]>([
    ["negative", [2, -1]],
    ["zero", [0]],
    ["broken", [1.5]],
    ["infinite", [Infinity]],
    ["no", [NaN]],
  ])("of a leaf with a %s size", (_, shape) => {
    const shown = `[${shape.join(", ")}]`;
    expect(() => parameter(shape)).toThrow(
      new RangeError(`parameter: every size of a shape must be a positive integer, got ${shown}`),
    );
    expect(() => input("x", shape)).toThrow(
      new RangeError(`input "x": every size of a shape must be a positive integer, got ${shown}`),
    );
  });

  test.each([NaN, -0.1, Infinity])("of alpha = %f", (alpha) => {
    expect(() => ops.leakyRelu(t(3), alpha)).toThrow(
      new RangeError(`leakyRelu: alpha must be a number of at least 0, got ${alpha}`),
    );
    expect(() => ops.elu(t(3), alpha)).toThrow(
      new RangeError(`elu: alpha must be a number of at least 0, got ${alpha}`),
    );
  });
});

test("what changes nothing makes no node", () => {
  const x = t(2, 3);
  expect(ops.reshape(x, [2, -1])).toBe(x);
  expect(ops.permute(x, [0, 1])).toBe(x);
  expect(ops.permute(t(3)).shape).toEqual([3]);
  expect(ops.expand(x, [2, 3])).toBe(x);
  expect(ops.sum(x, { axes: [] })).toBe(x);
  expect(ops.max(x, { axes: [] })).toBe(x);
});
