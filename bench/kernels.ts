// The other kernels: element-wise, activations, reductions, along rows, losses, optimizers, gathering, dropout. Each at
// a size that stays in the cache and at one that does not, beside a copy of as many elements in the same rounds.

import { Opcode, SourceType } from "../src/shared/opcodes.js";
import { rate, share, time, type Task } from "./harness.js";
import { openBench, type Bench, type Real } from "./instruction.js";
import { wanted, type Row, type Section } from "./section.js";

const real = (value: number): Real => ({ real: value });
const FLOAT = 4;

interface Kernel {
  readonly name: string;
  /** Bytes read and written for each element. */
  readonly bytes: number;
  /** The instruction on n elements, whose buffers it places in memory. */
  instruction(bench: Bench, n: number): [Opcode, ...(number | Real)[]];
}

const unary = (code: Opcode, ...parameters: Real[]): Kernel => ({
  name: nameOf(code),
  bytes: 2 * FLOAT,
  instruction: ({ floats }, n) => [code, floats(n), floats(n), n, ...parameters],
});

/** Reads two arrays, as gradients of activations do too. */
const binary = (code: Opcode): Kernel => ({
  name: nameOf(code),
  bytes: 3 * FLOAT,
  instruction: ({ floats }, n) => [code, floats(n), floats(n), floats(n), n],
});

const COLUMNS = 64;

const rowwise = (code: Opcode): Kernel => ({
  name: `${nameOf(code)}, rows of ${COLUMNS}`,
  bytes: 2 * FLOAT,
  instruction: ({ floats }, n) => [code, floats(n), floats(n), n / COLUMNS, COLUMNS],
});

/** One pass over parameters, gradients and `states` arrays; the old parameters are kept. */
const optimizer = (code: Opcode, states: number, hyper: readonly number[]): Kernel => ({
  name: nameOf(code),
  bytes: (4 + 2 * states) * FLOAT,
  instruction({ floats, doubles }, n) {
    const state = [0, 1, 2].map((i) => (i < states ? floats(n, () => 0.5) : 0));
    return [code, floats(n), floats(n), floats(n), ...state, n, doubles([1, 0, ...hyper]), 0];
  },
});

const gather = (type: SourceType, size: number): Kernel => ({
  name: `gather ${SourceType[type].toLowerCase()}, rows of 784`,
  bytes: FLOAT + size,
  instruction({ floats, bytes, words }, n) {
    const rows = Math.floor(n / 784);
    const source = words([type === SourceType.U8 ? bytes(rows * 784) : floats(rows * 784), type, 0]);
    return [Opcode.Gather, floats(n), source, rows, 784, real(1 / 255), real(0)];
  },
});

function nameOf(code: Opcode): string {
  const name = Opcode[code]!;
  return name[0]!.toLowerCase() + name.slice(1);
}

const kernels: readonly Kernel[] = [
  ...[Opcode.Add, Opcode.Mul, Opcode.Div].map(binary),
  unary(Opcode.Affine, real(0.5), real(1)),
  ...[Opcode.Exp, Opcode.Log, Opcode.Sqrt].map((code) => unary(code)),
  ...[Opcode.Relu, Opcode.Sigmoid, Opcode.Tanh, Opcode.Gelu, Opcode.Silu, Opcode.Softplus].map((code) => unary(code)),
  unary(Opcode.Elu, real(1)),
  ...[Opcode.ReluGrad, Opcode.SigmoidGrad, Opcode.TanhGrad, Opcode.GeluGrad].map(binary),
  {
    name: "sum of rows",
    bytes: FLOAT,
    instruction: ({ floats }, n) => [Opcode.Sum, floats(n / COLUMNS), floats(n), n / COLUMNS, COLUMNS, 1, real(1)],
  },
  {
    name: "sum of columns",
    bytes: FLOAT,
    instruction: ({ floats }, n) => [Opcode.Sum, floats(COLUMNS), floats(n), 1, n / COLUMNS, COLUMNS, real(1)],
  },
  {
    name: "max of rows",
    bytes: FLOAT,
    instruction: ({ floats }, n) => [Opcode.Max, floats(n / COLUMNS), floats(n), n / COLUMNS, COLUMNS, 1],
  },
  { name: "dot", bytes: 2 * FLOAT, instruction: ({ floats }, n) => [Opcode.Dot, floats(1), floats(n), floats(n), n] },
  rowwise(Opcode.Softmax),
  rowwise(Opcode.LogSoftmax),
  {
    name: `crossEntropy, rows of ${COLUMNS}`,
    bytes: 2 * FLOAT,
    instruction({ floats, words }, n) {
      const rows = n / COLUMNS;
      const labels = words(new Int32Array(rows));
      return [Opcode.CrossEntropyTerms, floats(rows), floats(n), floats(n), labels, rows, COLUMNS, real(0), -100];
    },
  },
  optimizer(Opcode.Sgd, 0, [0, 0, 0]),
  optimizer(Opcode.Adam, 2, [0.9, 0.999, 1e-8, 0, 0]),
  gather(SourceType.F32, FLOAT),
  gather(SourceType.U8, 1),
  {
    name: "dropout",
    bytes: 2 * FLOAT,
    instruction: ({ floats }, n) => [Opcode.Dropout, floats(n), floats(n), n, real(0.5), 1],
  },
];

/** 16 KB an array, and 16 MB. */
const sizes = [
  { n: 4096, label: "cached" },
  { n: 4_194_304, label: "memory" },
];

const copyTask = ({ floats, task }: Bench, n: number): Task => task("copy", Opcode.Copy, [floats(n), floats(n), n]);

export const kernelSection: Section = {
  name: "kernels",
  about: "Other kernels on arrays of 4,096 (cached) and 4,194,304 elements (memory), beside a copy of as many.",
  async measure(options) {
    const bench = await openBench();
    const rows: Row[] = [];
    for (const { n, label } of options.quick ? sizes.slice(0, 1) : sizes) {
      for (const kernel of kernels) {
        const name = `${kernel.name}, ${label}`;
        if (!wanted(options, "kernels", name)) continue;
        const [code, ...args] = kernel.instruction(bench, n);
        const tasks = [bench.task(name, code, args), copyTask(bench, n)];
        const [rounds, copy] = await time(tasks, { rounds: options.rounds, milliseconds: 1 });
        rows.push({
          name,
          values: {
            elements: rate(n / 1e9, rounds!, "G/s"),
            kernel: rate((n * kernel.bytes) / 1e9, rounds!, "GB/s"),
            copy: rate((n * 2 * FLOAT) / 1e9, copy!, "GB/s"),
            share: share(n * kernel.bytes, rounds!, n * 2 * FLOAT, copy!),
          },
        });
        bench.clear();
      }
    }
    return { rows };
  },
};
