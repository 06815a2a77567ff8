// Cases of kind "op": an operation on inputs and parameters, with the gradients of sum(y * upstream).

import { func, grad, ops, type Tensor } from "../../src/index.js";
import { Inexpressible, need, withPrefix, type Case, type Results, type Values } from "./cases.js";

type Tensors = Readonly<Record<string, Tensor>>;
/** From the inputs and parameters of a case, by their names, to its output. */
type Build = (tensors: Tensors, attrs: Case["attrs"]) => Tensor;

const number = (attrs: Case["attrs"], ...names: string[]) => {
  const found = names.map((name) => attrs[name]).find((value) => value !== undefined);
  return found as number | undefined;
};
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

const builders: Readonly<Record<string, Build>> = {
  linear: ({ x, weight, bias }) => ops.linear(x!, weight!, bias),
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
    ["upstream", need(golden, "upstream")],
  ]);
  const run = await func(Object.fromEntries(given), (tensors) => {
    const named = Object.fromEntries(
      Object.entries(tensors).map(([key, tensor]) => [key.replace(/^(in|param)\./, ""), tensor]),
    );
    const y = build(named, golden.attrs);
    const wanted = Object.keys(tensors).filter((key) => golden.tensors.has(`grad.${key}`));
    const gradients = grad(
      ops.sum(ops.mul(y, tensors["upstream"]!)),
      wanted.map((key) => tensors[key]!),
    );
    return { "out.y": y, ...Object.fromEntries(wanted.map((key, i) => [`grad.${key}`, gradients[i]!])) } as Record<
      string,
      Tensor
    >;
  });
  try {
    return run(Object.fromEntries([...given].map(([key, { data }]) => [key, data])));
  } finally {
    run.dispose();
  }
}
