// A multilayer perceptron in plain f64 TypeScript, with no thought of speed: linear layers with tanh between them, their
// loss and its gradients by hand. Parameters go by the names that the trainer gives those of
// sequential(linear(…), tanh(), linear(…), …): "0.weight" [out, in], "0.bias" [out], "2.weight", …

import { linear, sequential, tanh, type Module } from "wasmgrad";
import { referenceOptimizer } from "./reference-optimizers.js";

export type Numbers = Record<string, number[]>;

/** A batch: x [samples, in]; y are class indices for "class", and else numbers [samples, out]. */
export interface Batch {
  x: readonly number[][];
  y: readonly number[] | readonly number[][];
}

export type LossKind = "class" | "square";

export interface MlpOptions {
  /** Sizes from input to output. */
  sizes: readonly number[];
  loss: LossKind;
  /** What dropout behind the first tanh multiplies by: [samples, sizes[1]]. */
  mask?: readonly number[][];
}

/** The same model for the trainer. */
export function mlp(sizes: readonly number[]): Module {
  const layers = sizes.slice(1).flatMap((out, i): Module[] => {
    const layer = linear(sizes[i], out);
    return i === 0 ? [layer] : [tanh(), layer];
  });
  return sequential(...(layers as [Module]));
}

/** Loss, right predictions and gradients of a batch. */
export function lossAndGradients(parameters: Numbers, { x, y }: Batch, { sizes, loss, mask }: MlpOptions) {
  const layers = sizes.length - 1;
  const inputs: number[][][] = [x.map((row) => [...row])];
  for (let l = 0; l < layers; l++) {
    const sums = inputs[l].map((row) => product(parameters, l, row, sizes[l + 1]));
    const last = l === layers - 1;
    inputs.push(last ? sums : sums.map((row, s) => row.map((sum, i) => Math.tanh(sum) * factor(l, s, i))));
  }
  function factor(layer: number, sample: number, unit: number) {
    return layer === 0 && mask ? mask[sample][unit] : 1;
  }

  const output = inputs[layers];
  const { total, correct, slopes } =
    loss === "class" ? crossEntropy(output, y as number[]) : square(output, y as number[][]);
  const gradients: Numbers = Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [name, values.map(() => 0)]),
  );
  let dOutput = slopes;
  for (let l = layers - 1; l >= 0; l--) {
    const weight = parameters[`${2 * l}.weight`];
    const dInput = inputs[l].map((row) => row.map(() => 0));
    dOutput.forEach((dRow, s) =>
      dRow.forEach((d, o) => {
        gradients[`${2 * l}.bias`][o] += d;
        for (let i = 0; i < sizes[l]; i++) {
          gradients[`${2 * l}.weight`][o * sizes[l] + i] += d * inputs[l][s][i];
          dInput[s][i] += d * weight[o * sizes[l] + i];
        }
      }),
    );
    if (l === 0) break;
    // The input of layer l is y = tanh(z) · m; dy/dz = (1 - tanh²) · m.
    dOutput = dInput.map((row, s) =>
      row.map((d, i) => {
        const m = factor(l - 1, s, i);
        const t = m === 0 ? 0 : inputs[l][s][i] / m;
        return d * (1 - t * t) * m;
      }),
    );
  }
  return { loss: total, correct, gradients };
}

function product(parameters: Numbers, layer: number, row: readonly number[], out: number): number[] {
  const weight = parameters[`${2 * layer}.weight`];
  const bias = parameters[`${2 * layer}.bias`];
  return Array.from({ length: out }, (_, o) =>
    row.reduce((sum, x, i) => sum + x * weight[o * row.length + i], bias[o]),
  );
}

function crossEntropy(logits: readonly number[][], y: readonly number[]) {
  let [total, correct] = [0, 0];
  const slopes = logits.map((row, s) => {
    const most = Math.max(...row);
    const exps = row.map((value) => Math.exp(value - most));
    const sum = exps.reduce((a, b) => a + b);
    total -= (row[y[s]] - most - Math.log(sum)) / logits.length;
    correct += Number(row.indexOf(most) === y[s]);
    return exps.map((e, c) => (e / sum - Number(c === y[s])) / logits.length);
  });
  return { total, correct, slopes };
}

function square(output: readonly number[][], y: readonly number[][]) {
  const n = output.length * output[0].length;
  let total = 0;
  const slopes = output.map((row, s) =>
    row.map((value, i) => {
      const difference = value - y[s][i];
      total += difference ** 2 / n;
      return (2 * difference) / n;
    }),
  );
  return { total, correct: 0, slopes };
}

export interface TrainingOptions extends MlpOptions {
  optimizer: { name: string; options: Record<string, number | boolean | readonly number[]> };
  clipNorm?: number;
  clipValue?: number;
}

/** A training from given parameters, which it changes; `step` does one update and returns the loss before it. */
export function referenceTraining(parameters: Numbers, options: TrainingOptions) {
  const { init, update } = referenceOptimizer(options.optimizer.name, options.optimizer.options);
  const states = Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [name, values.map(() => ({ ...init }))]),
  );
  let t = 0;
  return {
    step(batch: Batch, mask?: readonly number[][]): number {
      const { loss, gradients } = lossAndGradients(parameters, batch, { ...options, ...(mask && { mask }) });
      clip(gradients, options);
      t++;
      for (const [name, values] of Object.entries(parameters))
        values.forEach((p, i) => (values[i] = update(p, gradients[name][i], t, states[name][i])));
      return loss;
    },
  };
}

function clip(gradients: Numbers, { clipNorm, clipValue }: TrainingOptions): void {
  const change = (f: (g: number) => number) => {
    for (const values of Object.values(gradients)) values.forEach((g, i) => (values[i] = f(g)));
  };
  if (clipValue !== undefined) change((g) => Math.min(clipValue, Math.max(-clipValue, g)));
  if (clipNorm === undefined) return;
  const norm = Math.hypot(...Object.values(gradients).flat());
  // https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
  const scale = Math.min(1, clipNorm / (norm + 1e-6));
  change((g) => g * scale);
}

/** A trainer's parameters as plain numbers. */
export const plainParameters = (parameters: Record<string, { values: Float32Array }>): Numbers =>
  Object.fromEntries(Object.entries(parameters).map(([name, { values }]) => [name, [...values]]));
