// A workload's network with its parameters as the bytes of an ONNX file, which is what onnxruntime loads.
//
// Written by protobufjs from the messages in onnx.proto; knows nothing of onnxruntime. Gemm with transB takes a weight
// [out, in], and Conv and MaxPool take pictures [batch, channels, height, width], so PyTorch's layouts stay as they are.

import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import type { Workload } from "../workloads.js";
import type { Given } from "./protocol.js";

/** Names of the model's input and output. */
export const INPUT = "x";
export const OUTPUT = "y";

/** The version of the format, and that of the operators; later ones change nothing that is used here. */
const FORMAT = 7;
const OPERATORS = 13;
const FLOAT = 1; // TensorProto.DataType

const ACTIVATIONS = { relu: "Relu", tanh: "Tanh", sigmoid: "Sigmoid" } as const;

/** An operator on what the one before it gave. */
interface Step {
  readonly operator: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
  /** Shape of its weight, the outputs first; its bias has one number for each of these. */
  readonly weight?: readonly number[];
}

/** The network as a list of operators, one after the other. */
function stepsOf({ convolutions, layers, activation, output }: Workload): Step[] {
  const { image, channels, kernel } = convolutions ?? { image: [0], channels: [], kernel: 0 };
  const steps = channels.flatMap((out, i): Step[] => [
    { operator: "Conv", weight: [out, channels[i - 1] ?? image[0]!, kernel, kernel] },
    { operator: ACTIVATIONS[activation] },
    { operator: "MaxPool", attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  ]);
  if (convolutions) steps.push({ operator: "Flatten" });
  for (const [i, out] of layers.slice(1).entries()) {
    steps.push({ operator: "Gemm", weight: [out, layers[i]!], attributes: { transB: 1 } });
    const after = i + 2 < layers.length ? activation : output;
    if (after !== "none") steps.push({ operator: ACTIVATIONS[after] });
  }
  return steps;
}

/** A model from x[batch, …] to y[batch, outputs], for batches of any size. */
export function onnxModelOf(workload: Workload, given: Given): Uint8Array {
  const steps = stepsOf(workload);
  const nodes: object[] = [];
  const parameters: object[] = [];
  for (const [i, { operator, attributes = {}, weight }] of steps.entries()) {
    const input = [i === 0 ? INPUT : `value${i - 1}`];
    if (weight) {
      const place = parameters.length / 2;
      input.push(`weight${place}`, `bias${place}`);
      parameters.push(tensor(given, `weight${place}`, weight), tensor(given, `bias${place}`, weight.slice(0, 1)));
    }
    nodes.push({
      opType: operator,
      input,
      output: [i === steps.length - 1 ? OUTPUT : `value${i}`],
      attribute: Object.entries(attributes).map(([name, value]) =>
        typeof value === "number" ? { name, type: "INT", i: value } : { name, type: "INTS", ints: value },
      ),
    });
  }
  return encode({
    irVersion: FORMAT,
    opsetImport: [{ version: OPERATORS }],
    graph: {
      name: workload.name,
      node: nodes,
      initializer: parameters,
      input: [values(INPUT, workload.convolutions?.image ?? workload.layers.slice(0, 1))],
      output: [values(OUTPUT, workload.layers.slice(-1))],
    },
  });
}

function tensor(given: Given, name: string, dims: readonly number[]): object {
  const { buffer, byteOffset, byteLength } = given[name]!;
  return { name, dims, dataType: FLOAT, rawData: new Uint8Array(buffer, byteOffset, byteLength) };
}

/** The type of a batch of values. */
function values(name: string, dims: readonly number[]): object {
  const dim = [{ dimParam: "batch" }, ...dims.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

function encode(model: object): Uint8Array {
  // Seen from the bundle, which is one folder further down.
  const file = fileURLToPath(new URL("../onnx.proto", import.meta.url));
  const type = protobuf.loadSync(file).lookupType("onnx.ModelProto");
  return type.encode(type.fromObject(model)).finish();
}
