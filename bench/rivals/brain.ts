// brain.js: plain JavaScript, one sample at a time.
//
// Its training is its own: gradient descent with momentum after every sample, squared error, one activation for all
// layers. So a "step" here is as many single-sample updates as the batch has samples, and all that is checked is that
// the error falls. It has no call for one step. Predicting is checked to the number, with a relu after the last layer.

import { createRequire } from "node:module";
import type { NeuralNetwork } from "brain.js";
import { isSequence } from "../sequences.js";
import type { Workload } from "../workloads.js";
import type { Adapter, Given, Prediction, Training } from "./protocol.js";
import { serve } from "./serve.js";

/** The class, and the fields of it that its types leave out. */
type Network = NeuralNetwork & {
  sizes: number[];
  weights: Float32Array[][];
  biases: Float32Array[];
  initialize(): void;
};
const OTHER_KIND = "no network of this kind to compare";

let Network: new (options: { activation: "relu" | "tanh" }) => Network;

const adapter: Adapter = {
  async open() {
    Network = (await import("brain.js")).default.NeuralNetwork as unknown as typeof Network;
    const { version } = createRequire(import.meta.url)("brain.js/package.json") as { version: string };
    return `brain.js ${version}`;
  },

  async training(workload, given): Promise<Training | string> {
    if (isSequence(workload) || workload.convolutions) return OTHER_KIND;
    const { layers, batch, loss, optimizer } = workload;
    const network = networkOf(workload, given);
    const outputs = layers.at(-1)!;
    const target = (i: number): number[] =>
      Array.from({ length: outputs }, (_, j) =>
        loss === "crossEntropy" ? Number(given.y![i] === j) : given.y![i * outputs + j]!,
      );
    const samples = Array.from({ length: workload.samples }, (_, i) => ({
      input: Array.from((given.x as Float32Array).subarray(i * layers[0]!, (i + 1) * layers[0]!)),
      output: target(i),
    }));
    // The batch's mean is not taken here, so each sample's share of the rate is smaller; Adam's rate says nothing.
    const learningRate = optimizer.name === "sgd" ? optimizer.lr / batch : 1e-2;
    return {
      deviation: "own training",
      async fit({ batches, epochs }) {
        const errors: number[] = [];
        network.train(samples.slice(0, batches * batch), {
          iterations: epochs,
          learningRate,
          errorThresh: 1e-30,
          callbackPeriod: 1,
          callback: ({ error }) => errors.push(error),
        });
        return errors;
      },
    };
  },

  async prediction(workload, given): Promise<Prediction | string> {
    if (workload.convolutions) return OTHER_KIND;
    const network = networkOf(workload, given);
    const inputs = workload.layers[0]!;
    const outputs = workload.layers.at(-1)!;
    return {
      deviation: "relu output",
      run(x) {
        const all = new Float32Array((x.length / inputs) * outputs);
        for (let at = 0, to = 0; at < x.length; at += inputs, to += outputs) {
          const sample = Array.isArray(x) ? x : x.subarray(at, at + inputs);
          all.set(network.run<Float32Array, Float32Array>(sample as Float32Array), to);
        }
        return all;
      },
    };
  },
};

/** The network with the given parameters. */
function networkOf({ layers, activation }: Workload, given: Given): Network {
  const network = new Network({ activation });
  network.sizes = [...layers];
  network.initialize();
  for (let layer = 1; layer < layers.length; layer++) {
    const weight = given[`weight${layer - 1}`] as Float32Array;
    network.weights[layer] = Array.from({ length: layers[layer]! }, (_, node) =>
      weight.slice(node * layers[layer - 1]!, (node + 1) * layers[layer - 1]!),
    );
    network.biases[layer] = (given[`bias${layer - 1}`] as Float32Array).slice();
  }
  return network;
}

await serve(adapter);
