// wasmgrad, through its public entries, as built for the package.
//
// "fit" hands the data set over with every call, as the others do, and may then run many epochs; "step" and "predict"
// take JavaScript's arrays and give back JavaScript's.

import { readFileSync } from "node:fs";
import type * as Wasmgrad from "wasmgrad";
import type { Workload } from "../workloads.js";
import type { Adapter, Given, Prediction, Product, Training } from "./protocol.js";
import { serve } from "./serve.js";

let wg: typeof Wasmgrad;

const adapter: Adapter = {
  async open() {
    wg = await import("wasmgrad");
    const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    return `wasmgrad ${version}`;
  },

  async training(workload, given): Promise<Training> {
    const { layers, batch } = workload;
    const trainer = await trainerOf(workload, given);
    const x = given.x as Float32Array;
    const y = given.y!;
    const inputs = layers[0]!;
    const targets = y.length / workload.samples;
    const rows = (first: number, count: number) => ({
      x: x.subarray(first * inputs, (first + count) * inputs),
      y: y.subarray(first * targets, (first + count) * targets),
    });
    return {
      async fit({ batches, epochs }) {
        const data = rows(0, batches * batch);
        const history = await trainer.fit(data, { epochs, batchSize: batch, shuffle: false });
        return history.map(({ loss }) => loss);
      },
      async step(index) {
        const data = rows(index * batch, batch);
        return (await trainer.step(data.x, data.y)).loss;
      },
    };
  },

  async prediction(workload, given): Promise<Prediction> {
    const trainer = await trainerOf(workload, given);
    return { run: (x) => trainer.predict(x) };
  },

  async product(n, { a, b }): Promise<Product> {
    const { open } = await import("wasmgrad/core");
    const core = await open();
    const matrix = (values: Given[string]) => {
      const made = core.matrix(n, n);
      made.values.set(values);
      return made;
    };
    const left = matrix(a!);
    const right = matrix(b!);
    const product = core.matrix(n, n);
    return {
      run: () => core.matmul(product, left, right),
      read: async () => core.matmul(product, left, right).values,
    };
  },
};

/** The network with the given parameters, which are laid out and named as PyTorch's. */
async function trainerOf(workload: Workload, given: Given): Promise<Wasmgrad.Trainer> {
  const { layers, activation, output, loss, optimizer } = workload;
  const modules: Wasmgrad.Module[] = [];
  const parameters: Record<string, Float32Array> = {};
  for (let i = 0; i + 1 < layers.length; i++) {
    parameters[`${modules.length}.weight`] = given[`weight${i}`] as Float32Array;
    parameters[`${modules.length}.bias`] = given[`bias${i}`] as Float32Array;
    modules.push(wg.linear(layers[i]!, layers[i + 1]!));
    const after = i + 2 < layers.length ? activation : output;
    if (after !== "none") modules.push(wg[after]());
  }
  const trainer = await wg.compile(wg.sequential(...modules), {
    loss: loss === "crossEntropy" ? wg.crossEntropy() : wg.meanSquaredError(),
    optimizer: optimizer.name === "adam" ? wg.adam({ lr: optimizer.lr }) : wg.sgd({ lr: optimizer.lr }),
    threads: 1, // as every library here
  });
  trainer.load(parameters);
  return trainer;
}

await serve(adapter);
