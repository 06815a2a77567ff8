// wasmgrad, through its public entries, as built for the package, on as many threads as the process's argument says.
//
// "fit" hands the data set over with every call, as the others do, and may then run many epochs; "step" and "predict"
// take JavaScript's arrays and give back JavaScript's.

import { readFileSync } from "node:fs";
import type * as Wasmgrad from "wasmgrad";
import { isSequence, type GptSizes, type LstmSizes, type SequenceWorkload } from "../sequences.js";
import type { Workload } from "../workloads.js";
import type { Adapter, Given, Prediction, Product, Training } from "./protocol.js";
import { serve } from "./serve.js";

const threads = Number(process.argv[2] ?? 1);
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
    const { batch } = workload;
    const trainer = await (isSequence(workload) ? sequenceTrainerOf(workload, given) : trainerOf(workload, given));
    const x = given.x!;
    const y = given.y!;
    const inputs = x.length / workload.samples;
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
  const { convolutions, layers, activation, output, loss, optimizer } = workload;
  const modules: Wasmgrad.Module[] = [];
  const parameters: Record<string, Float32Array> = {};
  let place = 0;
  const push = (module: Wasmgrad.Module) => {
    parameters[`${modules.length}.weight`] = given[`weight${place}`] as Float32Array;
    parameters[`${modules.length}.bias`] = given[`bias${place++}`] as Float32Array;
    modules.push(module);
  };
  if (convolutions) {
    const { image, channels, kernel } = convolutions;
    for (const [i, out] of channels.entries()) {
      push(wg.conv2d(channels[i - 1] ?? image[0], out, kernel));
      modules.push(wg[activation](), wg.maxPool2d(2));
    }
    modules.push(wg.flatten());
  }
  for (let i = 0; i + 1 < layers.length; i++) {
    push(wg.linear(layers[i]!, layers[i + 1]!));
    const after = i + 2 < layers.length ? activation : output;
    if (after !== "none") modules.push(wg[after]());
  }
  const trainer = await wg.compile(wg.sequential(...modules), {
    loss: loss === "crossEntropy" ? wg.crossEntropy() : wg.meanSquaredError(),
    optimizer: optimizer.name === "adam" ? wg.adam({ lr: optimizer.lr }) : wg.sgd({ lr: optimizer.lr }),
    ...(convolutions && { input: convolutions.image }),
    threads,
  });
  trainer.load(parameters);
  return trainer;
}

async function sequenceTrainerOf({ sequence, optimizer }: SequenceWorkload, given: Given): Promise<Wasmgrad.Trainer> {
  const model = await (sequence.model === "gpt" ? gptOf(sequence) : lstmOf(sequence));
  const trainer = await wg.compile(model, {
    loss: wg.crossEntropy(),
    ...(optimizer.name === "adam"
      ? { optimizer: wg.adam({ lr: optimizer.lr }) }
      : {
          optimizer: wg.adamW({ lr: optimizer.lr, betas: optimizer.betas, weightDecay: optimizer.weightDecay }),
          groups: [{ parameters: (_, shape) => shape.length < 2, weightDecay: 0 }],
        }),
    ...(sequence.model === "lstm" && { input: [sequence.steps, sequence.inputs] }),
    threads,
  });
  const parameters = Object.entries(given)
    .filter(([name]) => name !== "x" && name !== "y")
    .map(([name, values]) => [name.replace("lstm.", "0.").replace("head.", "1."), values]);
  trainer.load(Object.fromEntries(parameters) as Record<string, Float32Array>);
  return trainer;
}

async function gptOf({ layers, heads, dim, classes, steps }: GptSizes): Promise<Wasmgrad.Module> {
  const { gpt } = await import("wasmgrad/models");
  return gpt({ vocabSize: classes, contextLength: steps, layers, heads, dim, bias: false });
}

const lstmOf = ({ inputs, hidden, classes }: LstmSizes): Wasmgrad.Module =>
  wg.sequential(wg.lstm(inputs, hidden), wg.linear(hidden, classes)) as Wasmgrad.Module;

await serve(adapter);
