// The workloads in f64 and plain loops: what every library has to agree with before its time counts.
//
// Written to be read, by the textbook's formulas; z is a layer before its activation, dz the gradient there.

import type { Workload } from "../workloads.js";
import type { Epochs, Given } from "./protocol.js";
import { featuresOf } from "./reference-convolutions.js";

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly after: "relu" | "tanh" | "sigmoid" | "none";
  /** weight [outputs, inputs], then bias [outputs]. */
  readonly values: Float64Array;
  readonly gradient: Float64Array;
  /** Adam's moments. */
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** The linear layers; convolutions have the first parameters. */
function network({ convolutions, layers, activation, output }: Workload, given: Given): Layer[] {
  const first = convolutions?.channels.length ?? 0;
  return layers.slice(1).map((outputs, i) => {
    const inputs = layers[i]!;
    const size = outputs * (inputs + 1);
    const values = Float64Array.from([...given[`weight${first + i}`]!, ...given[`bias${first + i}`]!]);
    const zeros = () => new Float64Array(size);
    const after = i + 2 < layers.length ? activation : output;
    return { inputs, outputs, after, values, gradient: zeros(), first: zeros(), second: zeros() };
  });
}

/** Without convolutions: mean loss of each epoch over the first `batches` batches, as training goes on. */
export function trainedLosses(workload: Workload, given: Given, { batches, epochs }: Epochs): number[] {
  const layers = network(workload, given);
  const losses: number[] = [];
  let steps = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    let sum = 0;
    for (let batch = 0; batch < batches; batch++) {
      for (const { gradient } of layers) gradient.fill(0);
      for (let i = batch * workload.batch; i < (batch + 1) * workload.batch; i++) {
        sum += backward(workload, layers, given, i) / workload.batch;
      }
      update(workload, layers, ++steps);
    }
    losses.push(sum / batches);
  }
  return losses;
}

/** Outputs of the first `samples` samples; `lastRelu` puts a relu after them. */
export function outputsOf(workload: Workload, given: Given, samples: number, lastRelu: boolean): number[] {
  const layers = network(workload, given);
  const outputs = Array.from({ length: samples }, (_, i) => [...forward(workload, layers, given, i).at(-1)!]).flat();
  return lastRelu ? outputs.map((value) => Math.max(0, value)) : outputs;
}

/** Every `every`-th element of the product of the n x n matrices a and b. */
export function productElements(n: number, { a, b }: Given, every: number): number[] {
  return Array.from({ length: Math.ceil((n * n) / every) }, (_, i) => {
    const row = Math.floor((i * every) / n);
    const column = (i * every) % n;
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a![row * n + k]! * b![k * n + column]!;
    return sum;
  });
}

/** Sample `index`, behind the convolutions if there are any, and what every layer makes of it. */
function forward(workload: Workload, layers: readonly Layer[], given: Given, index: number): Float64Array[] {
  const all = [featuresOf(workload, given, index)];
  for (const { inputs, outputs, after, values } of layers) {
    const input = all.at(-1)!;
    const output = new Float64Array(outputs);
    for (let o = 0; o < outputs; o++) {
      let z = values[outputs * inputs + o]!;
      for (let i = 0; i < inputs; i++) z += values[o * inputs + i]! * input[i]!;
      output[o] = after === "relu" ? Math.max(0, z) : after === "tanh" ? Math.tanh(z) : after === "sigmoid" ? 1 / (1 + Math.exp(-z)) : z; // prettier-ignore
    }
    all.push(output);
  }
  return all;
}

/** Adds sample `index`'s share of the batch's gradient. @returns the sample's loss */
function backward(workload: Workload, layers: readonly Layer[], given: Given, index: number): number {
  const all = forward(workload, layers, given, index);
  const output = all.at(-1)!;
  const last = output.length;
  let loss = 0;
  let dy = new Float64Array(last);
  if (workload.loss === "crossEntropy") {
    const largest = Math.max(...output);
    const sum = output.reduce((total, z) => total + Math.exp(z - largest), 0);
    const label = given.y![index]!;
    loss = Math.log(sum) + largest - output[label]!;
    for (let o = 0; o < last; o++)
      dy[o] = (Math.exp(output[o]! - largest) / sum - (o === label ? 1 : 0)) / workload.batch;
  } else {
    for (let o = 0; o < last; o++) {
      const error = output[o]! - given.y![index * last + o]!;
      loss += error ** 2 / last;
      dy[o] = (2 * error) / last / workload.batch;
    }
  }
  for (const [i, { inputs, outputs, after, values, gradient }] of [...layers.entries()].reverse()) {
    const input = all[i]!;
    const dx = new Float64Array(inputs);
    for (let o = 0; o < outputs; o++) {
      const y = all[i + 1]![o]!;
      const slope = after === "relu" ? (y > 0 ? 1 : 0) : after === "tanh" ? 1 - y * y : after === "sigmoid" ? y * (1 - y) : 1; // prettier-ignore
      const dz = dy[o]! * slope;
      if (dz === 0) continue;
      gradient[outputs * inputs + o]! += dz;
      for (let k = 0; k < inputs; k++) gradient[o * inputs + k]! += dz * input[k]!;
      if (i > 0) for (let k = 0; k < inputs; k++) dx[k]! += dz * values[o * inputs + k]!;
    }
    dy = dx;
  }
  return loss;
}

/** Gradient descent, or Adam (Kingma and Ba, 2015) with the usual constants. */
function update({ optimizer: { name, lr } }: Workload, layers: readonly Layer[], steps: number): void {
  const correction1 = 1 - 0.9 ** steps;
  const correction2 = 1 - 0.999 ** steps;
  for (const { values, gradient, first, second } of layers) {
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]!;
      if (name === "sgd") values[i]! -= lr * g;
      else {
        first[i] = 0.9 * first[i]! + 0.1 * g;
        second[i] = 0.999 * second[i]! + 0.001 * g * g;
        values[i]! -= (lr * (first[i]! / correction1)) / (Math.sqrt(second[i]! / correction2) + 1e-8);
      }
    }
  }
}
