// Cases of kind "op": an operation on inputs and parameters, with the gradients of sum(y * upstream).

import { runningStatistics, type Statistics } from "../../src/graph/ops/norm-batch.js";
import { Tensor } from "../../src/graph/tensor.js";
import { func, grad, ops } from "../../src/index.js";
import { Inexpressible, need, withPrefix, type Case, type Results, type Values } from "./cases.js";

type Tensors = Readonly<Record<string, Tensor>>;
/** From the inputs, parameters and state of a case, by their names, to its output; or to several, of which y is the first. */
type Build = (tensors: Tensors, attrs: Case["attrs"]) => Tensor | (Tensors & { readonly y: Tensor });

const number = (attrs: Case["attrs"], ...names: string[]) => {
  const found = names.map((name) => attrs[name]).find((value) => value !== undefined);
  return found as number | undefined;
};
const eps = (attrs: Case["attrs"]) => ({ eps: number(attrs, "eps") });
const reduction =
  (reduce: typeof ops.sum): Build =>
  ({ x }, { axes, keepDims }) =>
    reduce(x!, { axes: axes as number[] | undefined, keepDims: keepDims as boolean | undefined });
const unary =
  (apply: (x: Tensor) => Tensor): Build =>
  ({ x }) =>
    apply(x!);
const binary =
  (apply: (a: Tensor, b: Tensor) => Tensor): Build =>
  ({ a, b }) =>
    apply(a!, b!);

/** Layers and directions by PyTorch's parameter names: weight_ih_l0, weight_hh_l0_reverse, … */
const recurrent =
  (run: typeof ops.lstm | typeof ops.gru | typeof ops.rnn): Build =>
  (tensors, attrs) => {
    const suffixes = Object.keys(tensors).flatMap((name) => /^weight_ih(_l\d+(?:_reverse)?)$/.exec(name)?.[1] ?? []);
    const place = (suffix: string) => 2 * Number(/\d+/.exec(suffix)![0]) + Number(suffix.endsWith("_reverse"));
    const weights = suffixes
      .sort((a, b) => place(a) - place(b))
      .map((suffix) => ({
        weightIh: tensors[`weight_ih${suffix}`]!,
        weightHh: tensors[`weight_hh${suffix}`]!,
        biasIh: tensors[`bias_ih${suffix}`],
        biasHh: tensors[`bias_hh${suffix}`],
      }));
    const bidirectional = attrs["bidirectional"] === true;
    const { output, h } = run(tensors["x"]!, weights, {
      bidirectional,
      h0: tensors["h0"],
      c0: tensors["c0"],
      nonlinearity: attrs["nonlinearity"] as "tanh" | "relu" | undefined,
    });
    if (attrs["returnSequences"] !== false) return output;
    const directions = bidirectional ? 2 : 1;
    const last = ops.slice(h, { start: h.shape[0]! - directions });
    return ops.reshape(ops.permute(last, [1, 0, 2]), [h.shape[1]!, -1]);
  };

const builders: Readonly<Record<string, Build>> = {
  linear: ({ x, weight, bias }) => ops.linear(x!, weight!, bias),
  embedding: ({ ids, weight }, attrs) =>
    ops.embedding(ids!, weight!, { paddingIndex: number(attrs, "paddingIdx", "paddingIndex") }),
  layerNorm: ({ x, weight, bias }, attrs) => ops.layerNorm(x!, weight, bias, eps(attrs)),
  rmsNorm: ({ x, weight }, attrs) => ops.rmsNorm(x!, weight, eps(attrs)),
  groupNorm: ({ x, weight, bias }, attrs) => ops.groupNorm(x!, number(attrs, "groups")!, weight, bias, eps(attrs)),
  batchNorm: ({ x, weight, bias, runningMean, runningVar }, attrs) => {
    const running = { mean: runningMean!, variance: runningVar! };
    const outputs = ({ mean, variance }: Statistics) => ({ runningMean: mean, runningVar: variance });
    const training = attrs["training"] !== false;
    const { y, ...observed } = ops.batchNorm(x!, weight, bias, { ...eps(attrs), ...(training ? {} : running) });
    const momentum = number(attrs, "momentum") ?? 0.1;
    return { y, ...(runningMean && outputs(training ? runningStatistics(x!, observed, running, momentum) : running)) };
  },
  attention: ({ q, k, v, mask }, attrs) =>
    ops.attention(q!, k!, v!, {
      causal: (attrs["causal"] ?? attrs["isCausal"]) === true,
      scale: number(attrs, "scale"),
      mask,
    }),
  matmul: ({ a, b }) => ops.matmul(a!, b!),
  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: binary(ops.div),
  maximum: binary(ops.maximum),
  minimum: binary(ops.minimum),
  exp: unary(ops.exp),
  log: unary(ops.log),
  sqrt: unary(ops.sqrt),
  square: unary(ops.square),
  abs: unary(ops.abs),
  neg: unary(ops.neg),
  sum: reduction(ops.sum),
  mean: reduction(ops.mean),
  max: reduction(ops.max),
  relu: unary(ops.relu),
  leakyRelu: ({ x }, attrs) => ops.leakyRelu(x!, number(attrs, "alpha", "negativeSlope")),
  elu: ({ x }, attrs) => ops.elu(x!, number(attrs, "alpha")),
  selu: unary(ops.selu),
  gelu: ({ x }, { approximate }) => (approximate === "tanh" ? ops.geluTanh(x!) : ops.gelu(x!)),
  geluTanh: unary(ops.geluTanh),
  sigmoid: unary(ops.sigmoid),
  tanh: unary(ops.tanh),
  softplus: unary(ops.softplus),
  silu: unary(ops.silu),
  hardSwish: unary(ops.hardSwish),
  lstm: recurrent(ops.lstm),
  gru: recurrent(ops.gru),
  rnn: recurrent(ops.rnn),
  conv1d: ({ x, weight, bias }, attrs) => ops.conv1d(x!, weight!, bias, attrs),
  conv2d: ({ x, weight, bias }, attrs) => ops.conv2d(x!, weight!, bias, attrs),
  convTranspose1d: ({ x, weight, bias }, attrs) => ops.convTranspose1d(x!, weight!, bias, attrs),
  convTranspose2d: ({ x, weight, bias }, attrs) => ops.convTranspose2d(x!, weight!, bias, attrs),
  maxPool1d: ({ x }, { kernel, ...attrs }) => ops.maxPool1d(x!, kernel as number, attrs),
  maxPool2d: ({ x }, { kernel, ...attrs }) => ops.maxPool2d(x!, kernel as number, attrs),
  avgPool1d: ({ x }, { kernel, ...attrs }) => ops.avgPool1d(x!, kernel as number, attrs),
  avgPool2d: ({ x }, { kernel, ...attrs }) => ops.avgPool2d(x!, kernel as number, attrs),
  adaptiveAvgPool2d: ({ x }, { outputSize }) => ops.adaptiveAvgPool2d(x!, outputSize as number),
  globalAvgPool2d: ({ x }) => ops.globalAvgPool2d(x!),
  softmax: ({ x }, attrs) => ops.softmax(x!, { axis: number(attrs, "axis") }),
  logSoftmax: ({ x }, attrs) => ops.logSoftmax(x!, { axis: number(attrs, "axis") }),
};

/** Output and gradients of the case. @throws Inexpressible for an op that is not there */
export async function runOp(golden: Case): Promise<Results> {
  const build = Object.hasOwn(builders, golden.op) ? builders[golden.op]! : undefined;
  if (!build) throw new Inexpressible(`there is no op "${golden.op}"`);
  const given = new Map<string, Values>([
    ...[...withPrefix(golden, "in.")].map(([name, values]): [string, Values] => [`in.${name}`, values]),
    ...[...withPrefix(golden, "param.")].map(([name, values]): [string, Values] => [`param.${name}`, values]),
    ...[...withPrefix(golden, "state.")].map(([name, values]): [string, Values] => [`state.${name}`, values]),
    ["upstream", need(golden, "upstream")],
  ]);
  const run = await func(Object.fromEntries(given), (tensors) => {
    const named = Object.fromEntries(
      Object.entries(tensors).map(([key, tensor]) => [key.replace(/^(in|param|state)\./, ""), tensor]),
    );
    const built = build(named, golden.attrs);
    const outputs = built instanceof Tensor ? { y: built } : built;
    const wanted = Object.keys(tensors).filter((key) => golden.tensors.has(`grad.${key}`));
    const gradients = grad(
      ops.sum(ops.mul(outputs.y, tensors["upstream"]!)),
      wanted.map((key) => tensors[key]!),
    );
    return Object.fromEntries([
      ...Object.entries(outputs).map(([name, tensor]) => [`out.${name}`, tensor] as const),
      ...wanted.map((key, i) => [`grad.${key}`, gradients[i]!] as const),
    ]);
  });
  try {
    return run(Object.fromEntries([...given].map(([key, { data }]) => [key, data])));
  } finally {
    run.dispose();
  }
}
