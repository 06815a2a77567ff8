// jax-js on its WebAssembly device, which in Node has one thread.
//
// It has arrays, gradients and jit; the rest is the user's. A step is one jitted function of parameters, optimizer state
// and batch, with the whole update in it, which is the fastest way found. Results are awaited: its synchronous reading
// compiles an instance for each kernel and takes twice as long.

import { createRequire } from "node:module";
import type * as Jax from "@jax-js/jax";
import { isSequence } from "../sequences.js";
import { inputsOf, type Workload } from "../workloads.js";
import type { Adapter, Given, Prediction, Product, Training } from "./protocol.js";
import { serve } from "./serve.js";

type Array = Jax.Array;
type Parameters = Record<string, Array>;
/** Parameters, the optimizer's moments, and how many steps are done. */
interface State {
  parameters: Parameters;
  first: Parameters;
  second: Parameters;
  steps: number;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

let jax: typeof Jax;
let np: typeof Jax.numpy;

const adapter: Adapter = {
  async open() {
    jax = await import("@jax-js/jax");
    np = jax.numpy;
    await jax.init("wasm");
    jax.defaultDevice("wasm");
    const require = createRequire(import.meta.url);
    const { version } = require(require.resolve("@jax-js/jax").replace(/dist\/.*/, "package.json")) as {
      version: string;
    };
    return `jax-js ${version}`;
  },

  async training(workload, given): Promise<Training | string> {
    if (isSequence(workload)) return "no network of this kind to compare";
    const { batch, layers, loss } = workload;
    const parameters = parametersOf(workload, given);
    const zeros = (): Parameters =>
      Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, np.zeros(shape)]));
    const state: State = { parameters, first: zeros(), second: zeros(), steps: 0 };
    const step = stepOf(workload);
    const x = given.x as Float32Array;
    const y = given.y!;
    const inputs = inputsOf(workload);
    const sample = workload.convolutions?.image ?? [inputs];
    const outputs = layers.at(-1)!;
    const update = (index: number): Array => {
      const from = index * batch;
      const xs = np.array(x.subarray(from * inputs, (from + batch) * inputs)).reshape([batch, ...sample]);
      const ys =
        loss === "crossEntropy"
          ? np.array(y.subarray(from, from + batch), { dtype: np.int32 })
          : np.array(y.subarray(from * outputs, (from + batch) * outputs)).reshape([batch, outputs]);
      return step(state, xs, ys);
    };
    return {
      async fit({ batches, epochs }) {
        const means: number[] = [];
        for (let epoch = 0; epoch < epochs; epoch++) {
          let sum = np.array(0);
          for (let index = 0; index < batches; index++) {
            sum = sum.add(update(index));
            await sum.blockUntilReady();
          }
          means.push((await sum.data())[0]! / batches);
        }
        return means;
      },
      step: async (index) => (await update(index).data())[0]!,
    };
  },

  async prediction(workload, given): Promise<Prediction> {
    const parameters = parametersOf(workload, given);
    const forward = jax.jit((p: Parameters, x: Array) => outputOf(workload, p, x));
    const inputs = inputsOf(workload);
    const sample = workload.convolutions?.image ?? [inputs];
    return {
      run: (x) => forward(jax.tree.ref(parameters), np.array(x).reshape([x.length / inputs, ...sample])).data(),
    };
  },

  async product(n, { a, b }): Promise<Product> {
    const left = np.array(a as Float32Array).reshape([n, n]);
    const right = np.array(b as Float32Array).reshape([n, n]);
    await jax.blockUntilReady([left, right]);
    const multiply = jax.jit((x: Array, y: Array) => np.matmul(x, y));
    return {
      async run() {
        const product = multiply(left.ref, right.ref);
        await product.blockUntilReady();
        product.dispose();
      },
      read: () => multiply(left.ref, right.ref).data(),
    };
  },
};

/** Kernels are kept [out, in, height, width], with biases [out, 1, 1]; weights of linear layers [in, out]. */
function parametersOf({ convolutions, layers }: Workload, given: Given): Parameters {
  const parameters: Parameters = {};
  const { image, channels, kernel } = convolutions ?? { image: [0], channels: [], kernel: 0 };
  for (const [i, out] of channels.entries()) {
    const weight = np.array(given[`weight${i}`] as Float32Array);
    parameters[`weight${i}`] = weight.reshape([out, channels[i - 1] ?? image[0]!, kernel, kernel]);
    parameters[`bias${i}`] = np.array(given[`bias${i}`] as Float32Array).reshape([out, 1, 1]);
  }
  for (const [i, out] of layers.slice(1).entries()) {
    const place = channels.length + i;
    const weight = np.array(given[`weight${place}`] as Float32Array).reshape([out, layers[i]!]);
    parameters[`weight${place}`] = np
      .array(new Float32Array(np.transpose(weight).dataSync()))
      .reshape([layers[i]!, out]);
    parameters[`bias${place}`] = np.array(given[`bias${place}`] as Float32Array);
  }
  return parameters;
}

function outputOf({ convolutions, layers, activation, output }: Workload, p: Parameters, x: Array): Array {
  let place = 0;
  for (const _ of convolutions?.channels ?? []) {
    x = jax.lax.conv(x, p[`weight${place}`]!, [1, 1], "VALID").add(p[`bias${place++}`]!);
    x = pooled(activated(x, activation));
  }
  if (convolutions) x = x.reshape([x.shape[0]!, layers[0]!]);
  for (let i = 0; i + 1 < layers.length; i++) {
    x = np.matmul(x, p[`weight${place}`]!).add(p[`bias${place++}`]!);
    x = activated(x, i + 2 < layers.length ? activation : output);
  }
  return x;
}

function activated(x: Array, name: Workload["activation"] | Workload["output"]): Array {
  if (name === "none") return x;
  return name === "relu" ? jax.nn.relu(x) : name === "tanh" ? np.tanh(x) : jax.nn.sigmoid(x);
}

/** The largest of each 2 x 2, of pictures with even sides. */
function pooled(x: Array): Array {
  const [samples, channels, height, width] = x.shape as [number, number, number, number];
  return np.max(x.reshape([samples, channels, height / 2, 2, width / 2, 2]), [3, 5]);
}

/** A function that updates the state by one batch and returns the batch's loss. */
function stepOf(workload: Workload): (state: State, x: Array, y: Array) => Array {
  const { layers, loss, optimizer } = workload;
  const lossOf = (p: Parameters, x: Array, y: Array): Array => {
    const output = outputOf(workload, p, x);
    if (loss === "meanSquaredError") return np.square(output.sub(y)).mean();
    const chosen = jax.nn.logSoftmax(output).mul(jax.nn.oneHot(y, layers.at(-1)!));
    return chosen.sum(1).mean().neg();
  };
  const gradientOf = jax.valueAndGrad(lossOf);

  if (optimizer.name === "sgd") {
    const sgd = jax.jit((p: Parameters, x: Array, y: Array): [Array, Parameters] => {
      const [value, gradients] = gradientOf(jax.tree.ref(p), x, y) as [Array, Parameters];
      const next: Parameters = {};
      for (const name in p) next[name] = p[name]!.sub(gradients[name]!.mul(optimizer.lr));
      return [value, next];
    });
    return (state, x, y) => {
      const [value, next] = sgd(state.parameters, x, y) as [Array, Parameters];
      state.parameters = next;
      return value;
    };
  }

  const adam = jax.jit(
    (p: Parameters, first: Parameters, second: Parameters, scale1: Array, scale2: Array, x: Array, y: Array) => {
      const [value, gradients] = gradientOf(jax.tree.ref(p), x, y) as [Array, Parameters];
      const next: [Parameters, Parameters, Parameters] = [{}, {}, {}];
      for (const name in p) {
        const gradient = gradients[name]!;
        const m = first[name]!.mul(BETA1).add(gradient.ref.mul(1 - BETA1));
        const v = second[name]!.mul(BETA2).add(np.square(gradient).mul(1 - BETA2));
        const size = np.sqrt(v.ref.mul(scale2.ref)).add(EPSILON);
        next[0][name] = p[name]!.sub(m.ref.mul(scale1.ref).div(size).mul(optimizer.lr));
        next[1][name] = m;
        next[2][name] = v;
      }
      scale1.dispose();
      scale2.dispose();
      return [value, ...next] as [Array, Parameters, Parameters, Parameters];
    },
  );
  return (state, x, y) => {
    const steps = ++state.steps;
    const scale1 = np.array(1 / (1 - BETA1 ** steps));
    const scale2 = np.array(1 / (1 - BETA2 ** steps));
    const [value, ...next] = adam(state.parameters, state.first, state.second, scale1, scale2, x, y);
    [state.parameters, state.first, state.second] = next as [Parameters, Parameters, Parameters];
    return value as Array;
  };
}

await serve(adapter);
