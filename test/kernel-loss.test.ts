// The losses against PyTorch's definitions in f64, and their gradients against differences of those definitions.
// Sizes cross a vector and a line and leave a tail.
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { Opcode } from "../src/shared/opcodes.js";
import { openKernels, real, type Kernels, type Real } from "./support/kernel.js";

let k: Kernels;
beforeAll(async () => {
  k = await openKernels();
});

const random = new Random(11);
const f32s = (n: number, draw: () => number) => Array.from({ length: n }, () => Math.fround(draw()));
const sumOf = (terms: number[]) => terms.reduce((sum, term) => sum + term, 0);

/** Within 1e-6 of the expected number, or of its size. */
function expectClose(actual: number, expected: number, tolerance = 1e-6) {
  const difference = Math.abs(actual - expected);
  expect(difference, `${actual} instead of ${expected}`).toBeLessThanOrEqual(
    tolerance * Math.max(1, Math.abs(expected)),
  );
}

/** The central difference of `f` along element i. */
function slope(f: (x: number[]) => number, x: number[], i: number): number {
  const h = 1e-5;
  const at = (value: number) => f(x.map((old, j) => (j === i ? value : old)));
  return (at(x[i]! + h) - at(x[i]! - h)) / (2 * h);
}

// Element-wise losses: name, opcode, gradient's opcode, term in f64, inputs, targets, further arguments.
const logit = () => random.normal(0, 3);
const chance = () => random.uniform(0.02, 0.98);
const delta = 0.75;
const huberTerm = (x: number, t: number) => {
  const d = Math.abs(x - t);
  return d <= delta ? (d * d) / 2 : delta * (d - delta / 2);
};
const bceTerm = (x: number, t: number) => -t * Math.max(Math.log(x), -100) - (1 - t) * Math.max(Math.log1p(-x), -100);
const bceLogitsTerm = (x: number, t: number) => Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x)));
const klTerm = (x: number, t: number) => (t === 0 ? 0 : t * Math.log(t)) - t * x;

interface Elementwise {
  name: string;
  codes: [Opcode, Opcode];
  term: (x: number, t: number) => number;
  x: () => number;
  t: () => number;
  parameters?: Real[];
}
const elementwise: Elementwise[] = [
  {
    name: "meanSquaredError",
    codes: [Opcode.MeanSquaredError, Opcode.MeanSquaredErrorGrad],
    term: (x, t) => (x - t) ** 2,
    x: logit,
    t: logit,
  },
  {
    name: "meanAbsoluteError",
    codes: [Opcode.MeanAbsoluteError, Opcode.MeanAbsoluteErrorGrad],
    term: (x, t) => Math.abs(x - t),
    x: logit,
    t: logit,
  },
  {
    name: "huber",
    codes: [Opcode.Huber, Opcode.HuberGrad],
    term: huberTerm,
    x: chance,
    t: logit,
    parameters: [real(delta)],
  },
  {
    name: "binaryCrossEntropy",
    codes: [Opcode.BinaryCrossEntropy, Opcode.BinaryCrossEntropyGrad],
    term: bceTerm,
    x: chance,
    t: chance,
  },
  {
    name: "binaryCrossEntropyLogits",
    codes: [Opcode.BinaryCrossEntropyLogits, Opcode.BinaryCrossEntropyLogitsGrad],
    term: bceLogitsTerm,
    x: logit,
    t: chance,
  },
  {
    name: "klDivergence",
    codes: [Opcode.KLDivergence, Opcode.KLDivergenceGrad],
    term: klTerm,
    x: () => Math.log(chance()),
    t: () => Math.max(0, random.uniform(-0.2, 1)),
  },
];

function runElementwise(op: Elementwise, x: number[], t: number[], divisor: number, dloss = 1) {
  const n = x.length;
  // Garbage in the padding must not reach the sum.
  const padded = (values: number[]) => [...values, ...new Array<number>(15).fill(NaN)];
  const [bx, bt, loss, upstream, dx] = [k.f32(padded(x)), k.f32(padded(t)), k.f32(1), k.f32([dloss]), k.f32(n)];
  const more = op.parameters ?? [];
  k.run(op.codes[0], loss, bx, bt, n, real(divisor), ...more);
  k.run(op.codes[1], dx, upstream, bx, bt, n, real(divisor), ...more);
  const result = { loss: loss.values()[0]!, dx: dx.values() };
  k.free(bx, bt, loss, upstream, dx);
  return result;
}

for (const op of elementwise) {
  describe(op.name, () => {
    test.each([1, 2, 3, 4, 5, 7, 8, 16, 17, 33, 100])("of %i elements, and its gradient", (n) => {
      const x = f32s(n, op.x);
      const t = f32s(n, op.t);
      const reference = (at: number[]) => sumOf(at.map((value, i) => op.term(value, t[i]!))) / n;
      const { loss, dx } = runElementwise(op, x, t, n, 2.5);
      expectClose(loss, reference(x));
      for (let i = 0; i < n; i++) expectClose(dx[i]!, 2.5 * slope(reference, x, i), 2e-5);
    });

    test("of 100 003 elements keeps six digits", () => {
      const x = f32s(100_003, op.x);
      const t = f32s(100_003, op.t);
      const expected = sumOf(x.map((value, i) => op.term(value, t[i]!)));
      expect(Math.abs(runElementwise(op, x, t, 1).loss / expected - 1)).toBeLessThan(1e-6);
    });
  });
}

const opNamed = (name: string) => elementwise.find((op) => op.name === name)!;

test("meanAbsoluteError has no slope where both are equal", () => {
  expect(runElementwise(opNamed("meanAbsoluteError"), [1, 2, 3], [1, 1, 4], 1).dx).toEqual(
    new Float32Array([0, 1, -1]),
  );
});

test("binaryCrossEntropy is limited to 100, its slope by 1e-12", () => {
  const op = opNamed("binaryCrossEntropy");
  expect(runElementwise(op, [0, 1, 0, 1], [1, 0, 0, 1], 1).loss).toBe(200);
  const { dx } = runElementwise(op, [0, 1, 0, 1], [1, 0, 0, 1], 1);
  expect([...dx]).toEqual([Math.fround(-1e12), Math.fround(1e12), 0, 0]);
});

test("binaryCrossEntropy keeps the digits of tiny probabilities", () => {
  const op = opNamed("binaryCrossEntropy");
  for (const x of [1e-3, 1e-6, 1e-8, 1e-20]) {
    expect(Math.abs(runElementwise(op, [x], [0], 1).loss / -Math.log1p(-Math.fround(x)) - 1)).toBeLessThan(1e-6);
  }
});

test("binaryCrossEntropyLogits stands extreme logits", () => {
  const op = opNamed("binaryCrossEntropyLogits");
  for (const size of [20, 100, 1e4, 1e30]) {
    const x = [size, -size, size, -size];
    const { loss, dx } = runElementwise(op, x, [0, 1, 1, 0], 1);
    expect(Math.abs(loss / (2 * size) - 1)).toBeLessThan(1e-6);
    expect([...dx].map((value) => Math.round(value * 1e6) / 1e6 + 0)).toEqual([1, -1, 0, 0]);
  }
});

// Losses by classes.
const shapes = [
  [1, 1],
  [4, 2],
  [3, 3],
  [5, 4],
  [2, 5],
  [7, 7],
  [4, 10],
  [3, 16],
  [2, 65],
  [2, 1000],
] as const;
const none = -100;

function softmax(row: number[]) {
  const max = Math.max(...row);
  const exps = row.map((value) => Math.exp(value - max));
  const sum = sumOf(exps);
  return { p: exps.map((e) => e / sum), log: row.map((value) => value - max - Math.log(sum)) };
}

const rowsOf = (x: number[], cols: number) =>
  Array.from({ length: x.length / cols }, (_, r) => x.slice(r * cols, (r + 1) * cols));

/** Mean over rows of -Σ q ln softmax(x), with q given row by row; null leaves a row out. */
function crossEntropyOf(x: number[], q: (number[] | null)[], cols: number): number {
  const terms = rowsOf(x, cols).flatMap((row, r) => {
    const weights = q[r];
    const { log } = softmax(row);
    return weights ? [-sumOf(weights.map((weight, c) => (weight === 0 ? 0 : weight * log[c]!)))] : [];
  });
  return sumOf(terms) / terms.length;
}

const smoothed = (q: number[], smoothing: number) => q.map((weight) => (1 - smoothing) * weight + smoothing / q.length);
const oneHot = (index: number, cols: number) => Array.from({ length: cols }, (_, c) => Number(c === index));

function runCrossEntropy(x: number[], t: number[], cols: number, smoothing = 0, ignoreIndex = none, dloss = 1) {
  const rows = t.length;
  const [bx, bt, p, loss, upstream] = [k.f32(x), k.i32(t), k.f32(x.length), k.f32(1), k.f32([dloss])];
  const terms = k.f32(rows);
  k.run(Opcode.CrossEntropyTerms, terms, p, bx, bt, rows, cols, real(smoothing), ignoreIndex);
  k.run(Opcode.CrossEntropyMean, loss, terms, bt, rows, ignoreIndex);
  const saved = p.values();
  k.run(Opcode.CrossEntropyGrad, p, upstream, p, bt, rows, cols, real(smoothing), ignoreIndex);
  const result = { loss: loss.values()[0]!, p: saved, dx: p.values() };
  k.free(bx, bt, p, loss, upstream, terms);
  return result;
}

function runCrossEntropyProbs(x: number[], t: number[], cols: number, smoothing = 0, dloss = 1) {
  const rows = x.length / cols;
  const [bx, bt, p, loss, upstream] = [k.f32(x), k.f32(t), k.f32(x.length), k.f32(1), k.f32([dloss])];
  k.run(Opcode.CrossEntropyProbs, loss, p, bx, bt, rows, cols, real(smoothing));
  const saved = p.values();
  k.run(Opcode.CrossEntropyProbsGrad, p, upstream, p, bt, rows, cols, real(smoothing));
  const result = { loss: loss.values()[0]!, p: saved, dx: p.values() };
  k.free(bx, bt, p, loss, upstream);
  return result;
}

/** Some of the elements, where a difference for each would take long. */
const sample = (n: number) => Array.from({ length: Math.min(n, 40) }, (_, i) => (n <= 40 ? i : random.integer(n)));

for (const smoothing of [0, 0.1]) {
  test.each(shapes)(`crossEntropy of [%i, %i], smoothing ${smoothing}`, (rows, cols) => {
    const x = f32s(rows * cols, logit);
    const t = Array.from({ length: rows }, (_, r) => (r === 1 ? none : random.integer(cols)));
    const q = t.map((index) => (index === none ? null : smoothed(oneHot(index, cols), smoothing)));
    const { loss, p, dx } = runCrossEntropy(x, t, cols, smoothing, none, -1.5);
    const reference = (at: number[]) => crossEntropyOf(at, q, cols);
    expectClose(loss, reference(x));
    rowsOf(x, cols).forEach((row, r) => softmax(row).p.forEach((e, c) => expectClose(p[r * cols + c]!, e, 3e-7)));
    for (const i of sample(x.length)) expectClose(dx[i]!, -1.5 * slope(reference, x, i), 1e-6);
    if (rows > 1) expect([...dx.slice(cols, 2 * cols)].every((value) => value === 0)).toBe(true);
  });

  test.each(shapes)(`crossEntropyProbs of [%i, %i], smoothing ${smoothing}`, (rows, cols) => {
    const x = f32s(rows * cols, logit);
    // Weights need not sum to one.
    const t = f32s(rows * cols, () => random.uniform(0, 3 / cols));
    const q = rowsOf(t, cols).map((row) => smoothed(row, smoothing));
    const { loss, p, dx } = runCrossEntropyProbs(x, t, cols, smoothing, 2);
    const reference = (at: number[]) => crossEntropyOf(at, q, cols);
    expectClose(loss, reference(x), 2e-6);
    rowsOf(x, cols).forEach((row, r) => softmax(row).p.forEach((e, c) => expectClose(p[r * cols + c]!, e, 3e-7)));
    for (const i of sample(x.length)) expectClose(dx[i]!, 2 * slope(reference, x, i), 1e-6);
  });
}

test("crossEntropy writes neither p nor its gradient behind the buffers", () => {
  // Eight rows of two end with their line: a whole vector from the last row on would leave it.
  const bx = k.f32(f32s(16, logit));
  const p = k.f32(32);
  p.view().fill(7);
  const [t, loss] = [k.i32(8), k.f32([1])];
  const terms = k.f32(16);
  terms.view().fill(7);
  k.run(Opcode.CrossEntropyTerms, terms, p, bx, t, 8, 2, real(0), none);
  expect(terms.values().slice(8)).toEqual(new Float32Array(8).fill(7));
  expect(p.values().slice(16)).toEqual(new Float32Array(16).fill(7));
  k.run(Opcode.CrossEntropyGrad, p, loss, p, t, 8, 2, real(0), none);
  expect(p.values().slice(16)).toEqual(new Float32Array(16).fill(7));
  k.run(Opcode.CrossEntropyProbs, loss, p, bx, bx, 8, 2, real(0));
  expect(p.values().slice(16)).toEqual(new Float32Array(16).fill(7));
  k.run(Opcode.CrossEntropyProbsGrad, p, loss, p, bx, 8, 2, real(0));
  expect(p.values().slice(16)).toEqual(new Float32Array(16).fill(7));
  k.free(bx, p, t, loss, terms);
});

test.each([100, 1e4, 1e30])("crossEntropy stands logits of ±%f", (size) => {
  const x = [size, -size, 0, -size, size, 0];
  const { loss, dx, p } = runCrossEntropy(x, [0, 0], 3);
  expect(Math.abs(loss / size - 1)).toBeLessThan(1e-6);
  expect([...p].map((value) => (value < 1e-30 ? 0 : value))).toEqual([1, 0, 0, 0, 1, 0]);
  expect([...dx].map((value) => Math.round(value * 1e6) / 1e6 + 0)).toEqual([0, 0, 0, -0.5, 0.5, 0]);
});

test("crossEntropy leaves ignoreIndex out, whatever it is, and is NaN if that leaves nothing", () => {
  const x = f32s(12, logit);
  expectClose(runCrossEntropy(x, [2, 1, 2], 4, 0, 2).loss, crossEntropyOf(x, [null, oneHot(1, 4), null], 4));
  const { loss, dx } = runCrossEntropy(x, [2, 2, 2], 4, 0, 2);
  expect(loss).toBeNaN();
  expect(dx.every((value) => value === 0)).toBe(true);
});

test("a NaN among the logits comes out as a loss that is NaN", () => {
  for (let place = 0; place < 6; place++) {
    const x = [0, 1, 2, 3, 4, 5];
    x[place] = NaN;
    expect(runCrossEntropy(x, [0], 6).loss).toBeNaN();
    expect(runCrossEntropyProbs(x, oneHot(0, 6), 6).loss).toBeNaN();
  }
});

test.each(shapes)("negativeLogLikelihood of [%i, %i], and its gradient", (rows, cols) => {
  const x = f32s(rows * cols, () => Math.log(chance()));
  const t = Array.from({ length: rows }, (_, r) => (r === 1 ? none : random.integer(cols)));
  const [bx, bt, loss, upstream, dx] = [k.f32(x), k.i32(t), k.f32(1), k.f32([3]), k.f32(rows * cols)];
  dx.view().fill(9);
  k.run(Opcode.NegativeLogLikelihood, loss, bx, bt, rows, cols, none);
  k.run(Opcode.NegativeLogLikelihoodGrad, dx, upstream, bt, rows, cols, none);
  const counted = t.filter((index) => index !== none).length;
  const terms = t.map((index, r) => (index === none ? 0 : -x[r * cols + index]!));
  expectClose(loss.values()[0]!, sumOf(terms) / counted);
  const expected = x.map((_, i) => (i % cols === t[Math.floor(i / cols)] ? -3 / counted : 0));
  expect(dx.values()).toEqual(new Float32Array(expected));
  k.run(Opcode.NegativeLogLikelihood, loss, bx, bt, 1, cols, t[0]!);
  expect(loss.values()[0]).toBeNaN();
  k.free(bx, bt, loss, upstream, dx);
});
