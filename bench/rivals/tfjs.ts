// TensorFlow.js, on its WebAssembly or its plain JavaScript backend (the process's argument: wasm or cpu).
//
// The layers API, as its users train: "fit" is model.fit over tensors that it keeps, "step" is trainOnBatch with
// tensors made of JavaScript's arrays. Its parts are imported one by one, which starts faster than @tensorflow/tfjs
// with WebGL, converter and data pipelines; the numeric work is the same.

import { createRequire } from "node:module";
import { dirname } from "node:path";
import type * as Core from "@tensorflow/tfjs-core";
import type * as Layers from "@tensorflow/tfjs-layers";
import type { Workload } from "../workloads.js";
import type { Adapter, Given, Prediction, Product, Training } from "./protocol.js";
import { serve } from "./serve.js";

const backend = process.argv[2] === "cpu" ? "cpu" : "wasm";
let tf: typeof Core;
let layers: typeof Layers;

const adapter: Adapter = {
  async open() {
    tf = await import("@tensorflow/tfjs-core");
    layers = await import("@tensorflow/tfjs-layers");
    if (backend === "cpu") await import("@tensorflow/tfjs-backend-cpu");
    else {
      const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
      setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);
    }
    if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not start its ${backend} backend`);
    return `TensorFlow.js ${tf.version_core}`;
  },

  async training(workload, given): Promise<Training> {
    const { batch, samples, loss, optimizer } = workload;
    const model = modelOf(workload, given);
    model.compile({
      optimizer: optimizer.name === "adam" ? tf.train.adam(optimizer.lr, 0.9, 0.999, 1e-8) : tf.train.sgd(optimizer.lr),
      loss: loss === "crossEntropy" ? (target, logits) => tf.losses.softmaxCrossEntropy(target, logits) : loss,
    });
    const inputs = workload.layers[0]!;
    const outputs = workload.layers.at(-1)!;
    const x = given.x as Float32Array;
    const y = loss === "crossEntropy" ? oneHot(given.y!, outputs) : (given.y as Float32Array);
    const rows = (first: number, count: number): [Core.Tensor, Core.Tensor] => [
      tf.tensor2d(x.subarray(first * inputs, (first + count) * inputs), [count, inputs]),
      tf.tensor2d(y.subarray(first * outputs, (first + count) * outputs), [count, outputs]),
    ];
    return {
      async fit({ batches, epochs }) {
        const [xs, ys] = rows(0, Math.min(batches * batch, samples));
        const options = { batchSize: batch, epochs, shuffle: false, verbose: 0, yieldEvery: "never" } as const;
        const { history } = await model.fit(xs, ys, options);
        tf.dispose([xs, ys]);
        return history.loss as number[];
      },
      async step(index) {
        const [xs, ys] = rows(index * batch, batch);
        const value = await model.trainOnBatch(xs, ys);
        tf.dispose([xs, ys]);
        return value as number;
      },
    };
  },

  async prediction(workload, given): Promise<Prediction> {
    const model = modelOf(workload, given);
    const inputs = workload.layers[0]!;
    return {
      run: (x) =>
        tf.tidy(() => (model.predictOnBatch(tf.tensor2d(x, [x.length / inputs, inputs])) as Core.Tensor).dataSync()),
    };
  },

  async product(n, { a, b }): Promise<Product> {
    const left = tf.tensor2d(a!, [n, n], "float32");
    const right = tf.tensor2d(b!, [n, n], "float32");
    return {
      run: () => tf.matMul(left, right).dispose(),
      read: () => tf.matMul(left, right).data(),
    };
  },
};

/** Dense layers with the given parameters; their kernels are [in, out]. */
function modelOf({ layers: sizes, activation, output }: Workload, given: Given): Layers.Sequential {
  const model = layers.sequential();
  const weights: Core.Tensor[] = [];
  for (const [i, units] of sizes.slice(1).entries()) {
    const last = i === sizes.length - 2;
    const after = !last ? activation : output === "none" ? "linear" : output;
    model.add(layers.layers.dense({ units, activation: after, inputShape: [sizes[i]!] }));
    weights.push(tf.transpose(tf.tensor2d(given[`weight${i}`]!, [units, sizes[i]!], "float32")));
    weights.push(tf.tensor1d(given[`bias${i}`]!, "float32"));
  }
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) rows[i * classes + labels[i]!] = 1;
  return rows;
}

await serve(adapter);
