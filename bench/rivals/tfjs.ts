// TensorFlow.js, on its WebAssembly or its plain JavaScript backend (the process's argument: wasm or cpu).
//
// The layers API, as its users train: "fit" is model.fit over tensors that it keeps, "step" is trainOnBatch with
// tensors made of JavaScript's arrays. Its parts are imported one by one, which starts faster than @tensorflow/tfjs
// with WebGL, converter and data pipelines; the numeric work is the same.

import { createRequire } from "node:module";
import { dirname } from "node:path";
import type * as Core from "@tensorflow/tfjs-core";
import type * as Layers from "@tensorflow/tfjs-layers";
import { isSequence, type AnyWorkload, type LstmSizes } from "../sequences.js";
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

  async training(workload, given): Promise<Training | string> {
    const missing = await missingFor(workload);
    if (missing !== undefined) return missing;
    const { batch, samples } = workload;
    const model = compiled(workload, given);
    const classes = isSequence(workload) || workload.loss === "crossEntropy";
    const { input, output } = shapesOf(workload);
    const [inputs, outputs] = [sizeOf(input), sizeOf(output)];
    const x = given.x as Float32Array;
    const y = classes ? oneHot(given.y!, output.at(-1)!) : (given.y as Float32Array);
    const rows = (first: number, count: number): [Core.Tensor, Core.Tensor] => [
      tf.tensor(x.subarray(first * inputs, (first + count) * inputs), [count, ...input]),
      tf.tensor(y.subarray(first * outputs, (first + count) * outputs), [count, ...output]),
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
    const { input } = shapesOf(workload);
    const inputs = sizeOf(input);
    return {
      run: (x) =>
        tf.tidy(() => (model.predictOnBatch(tf.tensor(x, [x.length / inputs, ...input])) as Core.Tensor).dataSync()),
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

/** The network, ready to train. */
function compiled(workload: AnyWorkload, given: Given): Layers.Sequential {
  const { optimizer } = workload;
  const model = isSequence(workload) ? lstmOf(workload.sequence as LstmSizes, given) : modelOf(workload, given);
  const loss = isSequence(workload) ? "crossEntropy" : workload.loss;
  model.compile({
    optimizer: optimizer.name === "sgd" ? tf.train.sgd(optimizer.lr) : tf.train.adam(optimizer.lr, 0.9, 0.999, 1e-8),
    loss: loss === "crossEntropy" ? (target, logits) => tf.losses.softmaxCrossEntropy(target, logits) : loss,
  });
  return model;
}

/** Shapes of a sample and of its output; pictures have their channels last, which for one channel are the same bytes. */
function shapesOf(workload: AnyWorkload): { input: number[]; output: number[] } {
  if (isSequence(workload)) {
    const { steps, classes, inputs } = workload.sequence as LstmSizes;
    return { input: [steps, inputs], output: [steps, classes] };
  }
  const { convolutions, layers } = workload;
  const [channels, height, width] = convolutions?.image ?? [];
  return { input: convolutions ? [height!, width!, channels!] : [layers[0]!], output: [layers.at(-1)!] };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size);

/** Tries what the backend may be without, once, and returns what that was; undefined if it trains. */
async function missingFor(workload: AnyWorkload): Promise<string | undefined> {
  const model = layers.sequential();
  let x: Core.Tensor;
  if (isSequence(workload)) {
    if (workload.sequence.model === "lstm") return undefined;
    model.add(layers.layers.embedding({ inputDim: 4, outputDim: 4, inputLength: 4 }));
    model.add(layers.layers.flatten());
    x = tf.zeros([1, 4]);
  } else {
    if (!workload.convolutions) return undefined;
    model.add(layers.layers.conv2d({ filters: 1, kernelSize: 2, inputShape: [4, 4, 1] }));
    model.add(layers.layers.flatten());
    x = tf.zeros([1, 4, 4, 1]);
  }
  model.add(layers.layers.dense({ units: 1 }));
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  try {
    await model.trainOnBatch(x, tf.zeros([1, 1]));
  } catch (error) {
    const { message } = error as Error;
    return `cannot train it (no ${/Kernel '(\w+)' not registered/.exec(message)?.[1] ?? message})`;
  }
  return isSequence(workload) ? "it has no layers of attention" : undefined;
}

/** An LSTM and a dense layer; the gates are in PyTorch's order, and their two biases one. */
function lstmOf({ inputs, hidden, classes, steps }: LstmSizes, given: Given): Layers.Sequential {
  const model = layers.sequential();
  model.add(
    layers.layers.lstm({
      units: hidden,
      returnSequences: true,
      recurrentActivation: "sigmoid",
      recurrentInitializer: "zeros", // the default one needs parts that are not imported here
      inputShape: [steps, inputs],
    }),
  );
  model.add(layers.layers.dense({ units: classes }));
  const matrix = (name: string, columns: number) =>
    tf.transpose(tf.tensor2d(given[name]!, [given[name]!.length / columns, columns], "float32"));
  const bias = given["lstm.bias_ih_l0"]!.map((value, i) => value + given["lstm.bias_hh_l0"]![i]!);
  const weights = [
    matrix("lstm.weight_ih_l0", inputs),
    matrix("lstm.weight_hh_l0", hidden),
    tf.tensor1d(bias, "float32"),
    matrix("head.weight", hidden),
    tf.tensor1d(given["head.bias"]!, "float32"),
  ];
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

/** Convolutions and dense layers with the given parameters; the kernels are [height, width, in, out] and [in, out]. */
function modelOf({ convolutions, layers: sizes, activation, output }: Workload, given: Given): Layers.Sequential {
  const model = layers.sequential();
  const weights: Core.Tensor[] = [];
  let before = 0; // layers with parameters
  let side = 0;
  if (convolutions) {
    const { image, channels, kernel } = convolutions;
    side = image[1];
    for (const filters of channels) {
      const from = channels[before - 1] ?? image[0];
      const inputShape = [image[1], image[2], image[0]];
      model.add(layers.layers.conv2d({ filters, kernelSize: kernel, activation, ...(before === 0 && { inputShape }) }));
      model.add(layers.layers.maxPooling2d({ poolSize: 2 }));
      const weight = tf.tensor4d(given[`weight${before}`]!, [filters, from, kernel, kernel], "float32");
      weights.push(tf.transpose(weight, [2, 3, 1, 0]), tf.tensor1d(given[`bias${before++}`]!, "float32"));
      side = (side - kernel + 1) >> 1;
    }
    model.add(layers.layers.flatten());
  }
  for (const [i, units] of sizes.slice(1).entries()) {
    const last = i === sizes.length - 2;
    const after = !last ? activation : output === "none" ? "linear" : output;
    model.add(layers.layers.dense({ units, activation: after, ...(i + before === 0 && { inputShape: [sizes[0]!] }) }));
    const weight = given[`weight${before + i}`]!;
    if (i === 0 && convolutions) {
      // What the flattened pictures have as [channels, height, width] is [height, width, channels] here.
      const channels = convolutions.channels.at(-1)!;
      const planes = tf.transpose(tf.tensor4d(weight, [units, channels, side, side], "float32"), [2, 3, 1, 0]);
      weights.push(tf.reshape(planes, [sizes[0]!, units]));
    } else weights.push(tf.transpose(tf.tensor2d(weight, [units, sizes[i]!], "float32")));
    weights.push(tf.tensor1d(given[`bias${before + i}`]!, "float32"));
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
