// Recurrent layers in plain f64, step by step and unit by unit, as PyTorch defines them, and their gradients by the chain
// rule backwards through time. Layouts are those of src/graph/ops/recurrent.ts: time first, states [steps + 1, ...].

import type { Node } from "../../src/graph/tensor.js";
import { sigmoid } from "./reference-elementwise.js";
import type { Reference } from "./reference-tensor.js";

interface Attrs {
  backward: boolean;
  relu?: boolean;
  h0?: boolean;
  c0?: boolean;
  bias?: boolean;
}
const attrsOf = (node: Node) => node.attrs as unknown as Attrs;

/** The steps in the order in which they run: the time, and the rows of the states before and after. */
function stepsOf(steps: number, backward: boolean): { t: number; from: number; to: number }[] {
  const forward = Array.from({ length: steps }, (_, t) => ({ t, from: t, to: t + 1 }));
  return backward ? forward.map(({ t }) => ({ t, from: t + 1, to: t })).reverse() : forward;
}

/** Sizes of a node whose output or input `states` is [steps + 1, batch, hidden]. */
function sizesOf(states: { shape: readonly number[] }) {
  const [rows, batch, hidden] = states.shape as [number, number, number];
  return { steps: rows - 1, batch, hidden, row: batch * hidden };
}

const zeros = (n: number) => new Array<number>(n).fill(0);

/** h · wᵀ for one sample: element `unit` of the product with w [.., hidden]. */
function recurrent(h: number[], first: number, w: number[], unit: number, hidden: number): number {
  let sum = 0;
  for (let j = 0; j < hidden; j++) sum += h[first + j]! * w[unit * hidden + j]!;
  return sum;
}

/** to[j] += Σ over units of d[unit] · w[unit, j] */
function throughWeight(to: number[], first: number, d: number[], dFirst: number, w: number[], hidden: number): void {
  for (let unit = 0; unit < w.length / hidden; unit++) {
    for (let j = 0; j < hidden; j++) to[first + j]! += d[dFirst + unit]! * w[unit * hidden + j]!;
  }
}

const rnn: Reference = ([x, w, h0], node) => {
  const { steps, hidden, row } = sizesOf(node.outputs[0]!);
  const { backward, relu } = attrsOf(node);
  const h = zeros((steps + 1) * row);
  h0?.forEach((value, i) => (h[(backward ? steps : 0) * row + i] = value));
  for (const { t, from, to } of stepsOf(steps, backward)) {
    for (let i = 0; i < row; i++) {
      const sample = Math.floor(i / hidden) * hidden;
      const sum = x![t * row + i]! + recurrent(h, from * row + sample, w!, i % hidden, hidden);
      h[to * row + i] = relu ? Math.max(sum, 0) : Math.tanh(sum);
    }
  }
  return [h];
};

const rnnGrad: Reference = ([dh, h, w], node) => {
  const { steps, hidden, row } = sizesOf(node.inputs[0]!);
  const { backward, relu } = attrsOf(node);
  const flow = [...dh!];
  const dx = zeros(steps * row);
  for (const { t, from, to } of stepsOf(steps, backward).reverse()) {
    for (let i = 0; i < row; i++) {
      const y = h![to * row + i]!;
      dx[t * row + i] = flow[to * row + i]! * (relu ? Number(y > 0) : 1 - y * y);
    }
    for (let b = 0; b < row; b += hidden) throughWeight(flow, from * row + b, dx, t * row + b, w!, hidden);
  }
  const first = (backward ? steps : 0) * row;
  return [dx, flow.slice(first, first + row)];
};

const lstm: Reference = ([x, w, ...rest], node) => {
  const { steps, hidden, row } = sizesOf(node.outputs[1]!);
  const { backward, h0, c0 } = attrsOf(node);
  const [h, c, act] = [zeros((steps + 1) * row), zeros((steps + 1) * row), zeros(steps * 4 * row)];
  const first = (backward ? steps : 0) * row;
  if (h0) rest[0]!.forEach((value, i) => (h[first + i] = value));
  if (c0) rest[h0 ? 1 : 0]!.forEach((value, i) => (c[first + i] = value));
  for (const { t, from, to } of stepsOf(steps, backward)) {
    for (let b = 0; b < row; b += hidden) {
      const gates = (t * row + b) * 4;
      for (let unit = 0; unit < 4 * hidden; unit++) {
        const sum = x![gates + unit]! + recurrent(h, from * row + b, w!, unit, hidden);
        act[gates + unit] = Math.floor(unit / hidden) === 2 ? Math.tanh(sum) : sigmoid(sum);
      }
      for (let j = 0; j < hidden; j++) {
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => act[gates + gate * hidden + j]!) as [number, number, number, number]; // prettier-ignore
        c[to * row + b + j] = f * c[from * row + b + j]! + i * g;
        h[to * row + b + j] = o * Math.tanh(c[to * row + b + j]!);
      }
    }
  }
  return [act, h, c];
};

const lstmGrad: Reference = ([dh, act, c, w, dc], node) => {
  const { steps, hidden, row } = sizesOf(node.inputs[0]!);
  const { backward } = attrsOf(node);
  const [flow, flowC] = [[...dh!], dc ? [...dc] : zeros(dh!.length)];
  const dx = zeros(act!.length);
  for (const { t, from, to } of stepsOf(steps, backward).reverse()) {
    for (let b = 0; b < row; b += hidden) {
      const gates = (t * row + b) * 4;
      for (let j = 0; j < hidden; j++) {
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => act![gates + gate * hidden + j]!) as [number, number, number, number]; // prettier-ignore
        const [before, after] = [from * row + b + j, to * row + b + j];
        const squashed = Math.tanh(c![after]!);
        const d = flowC[after]! + flow[after]! * o * (1 - squashed ** 2);
        dx[gates + j] = d * g * i * (1 - i);
        dx[gates + hidden + j] = d * c![before]! * f * (1 - f);
        dx[gates + 2 * hidden + j] = d * i * (1 - g * g);
        dx[gates + 3 * hidden + j] = flow[after]! * squashed * o * (1 - o);
        flowC[before]! += d * f;
      }
      throughWeight(flow, from * row + b, dx, gates, w!, hidden);
    }
  }
  const first = (backward ? steps : 0) * row;
  return [dx, flow.slice(first, first + row), flowC.slice(first, first + row)];
};

const gru: Reference = ([x, w, ...rest], node) => {
  const { steps, hidden, row } = sizesOf(node.outputs[1]!);
  const { backward, h0, bias } = attrsOf(node);
  const [h, act] = [zeros((steps + 1) * row), zeros(steps * 4 * row)];
  if (h0) rest[bias ? 1 : 0]!.forEach((value, i) => (h[(backward ? steps : 0) * row + i] = value));
  for (const { t, from, to } of stepsOf(steps, backward)) {
    for (let b = 0; b < row; b += hidden) {
      for (let j = 0; j < hidden; j++) {
        const input = (gate: number) => x![(t * row + b) * 3 + gate * hidden + j]!;
        const product = (gate: number) =>
          recurrent(h, from * row + b, w!, gate * hidden + j, hidden) + (bias ? rest[0]![gate * hidden + j]! : 0);
        const r = sigmoid(input(0) + product(0));
        const z = sigmoid(input(1) + product(1));
        const n = Math.tanh(input(2) + r * product(2));
        [r, z, n, product(2)].forEach((value, k) => (act[(t * row + b) * 4 + k * hidden + j] = value));
        h[to * row + b + j] = (1 - z) * n + z * h[from * row + b + j]!;
      }
    }
  }
  return [act, h];
};

const gruGrad: Reference = ([dh, act, h, w], node) => {
  const { steps, hidden, row } = sizesOf(node.inputs[0]!);
  const { backward } = attrsOf(node);
  const flow = [...dh!];
  const [dx, dr] = [zeros(steps * 3 * row), zeros(steps * 3 * row)];
  for (const { t, from, to } of stepsOf(steps, backward).reverse()) {
    for (let b = 0; b < row; b += hidden) {
      const gates = (t * row + b) * 3;
      for (let j = 0; j < hidden; j++) {
        const [r, z, n, product] = [0, 1, 2, 3].map((k) => act![(t * row + b) * 4 + k * hidden + j]!) as [number, number, number, number]; // prettier-ignore
        const [before, d] = [from * row + b + j, flow[to * row + b + j]!];
        const dn = d * (1 - z) * (1 - n * n);
        const dz = d * (h![before]! - n) * z * (1 - z);
        const dGate = dn * product * r * (1 - r);
        [dGate, dz, dn].forEach((value, k) => (dx[gates + k * hidden + j] = value));
        [dGate, dz, dn * r].forEach((value, k) => (dr[gates + k * hidden + j] = value));
        flow[before]! += d * z;
      }
      throughWeight(flow, from * row + b, dr, gates, w!, hidden);
    }
  }
  const first = (backward ? steps : 0) * row;
  return [dx, dr, flow.slice(first, first + row)];
};

const recurrentWeightGrad: Reference = ([dgates, h], node) => {
  const { steps, batch, hidden, row } = sizesOf(node.inputs[1]!);
  const units = node.inputs[0]!.shape[2]!;
  const dw = zeros(units * hidden);
  for (const { t, from } of stepsOf(steps, attrsOf(node).backward)) {
    for (let b = 0; b < batch; b++) {
      for (let unit = 0; unit < units; unit++) {
        const d = dgates![(t * batch + b) * units + unit]!;
        for (let j = 0; j < hidden; j++) dw[unit * hidden + j]! += d * h![from * row + b * hidden + j]!;
      }
    }
  }
  return [dw];
};

export const recurrentReferences: Record<string, Reference> = {
  rnn,
  rnnGrad,
  lstm,
  lstmGrad,
  gru,
  gruGrad,
  recurrentWeightGrad,
};
