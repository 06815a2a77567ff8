// Matrix products in the three forms of training: squares, and the products of the workloads. The ceiling is measured in
// the same rounds.

import { gemmScratchBytes } from "../src/core/gemm-scratch.js";
import { GemmFlag, Opcode } from "../src/shared/opcodes.js";
import { CEILING_OPERATIONS, registerCeiling } from "./ceilings.js";
import { rate, share, time } from "./harness.js";
import { openBench, type Bench } from "./instruction.js";
import { wanted, type Options, type Row, type Section } from "./section.js";
import { squares, workloads } from "./workloads.js";

/** C[m, n] = A[m, k] · B[k, n]: A stored as it is, or [k, m]; B stored as it is, or [n, k]. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly form: "A·B" | "A·Bᵀ" | "Aᵀ·B";
}

/** The products of one step of a multilayer perceptron: forward, gradient of the weight, gradient of the input. */
export function productsOf(layers: readonly number[], batch: number): Product[] {
  return layers.slice(1).flatMap((out, i): Product[] => {
    const inputs = layers[i]!;
    return [
      { m: batch, n: out, k: inputs, form: "A·Bᵀ" },
      { m: out, n: inputs, k: batch, form: "Aᵀ·B" },
      // Nobody asks for the gradient of the data.
      ...(i > 0 ? [{ m: batch, n: inputs, k: out, form: "A·B" } as const] : []),
    ];
  });
}

const nameOf = ({ m, n, k, form }: Product) => `${form} ${m}x${n}x${k}`;

function products({ quick }: Options): Product[] {
  const forms = quick ? (["A·B"] as const) : (["A·B", "A·Bᵀ", "Aᵀ·B"] as const);
  const square = squares.flatMap((n) => forms.map((form): Product => ({ m: n, n, k: n, form })));
  const used = workloads.filter(({ data }) => data === "classes").flatMap((w) => productsOf(w.layers, w.batch));
  return [...new Map([...square, ...used].map((product) => [nameOf(product), product])).values()];
}

/** The task of a product whose operands it places in memory. */
function productTask(bench: Bench, { m, n, k, form }: Product) {
  const transA = form === "Aᵀ·B";
  const transB = form === "A·Bᵀ";
  const flags = (transA ? GemmFlag.TransA : 0) | (transB ? GemmFlag.TransB : 0);
  const [c, a, b] = [m * n, m * k, k * n].map((size) => bench.floats(size));
  const scratch = bench.bytes(gemmScratchBytes(m, n, k, flags));
  const [lda, ldb] = [transA ? m : k, transB ? k : n];
  // prettier-ignore
  const words = [c!, a!, b!, 0, m, n, k, lda, ldb, n, flags, 0, { real: 0 }, scratch, 1, 0, 0, 0];
  return bench.task(nameOf({ m, n, k, form }), Opcode.Gemm, words);
}

export const productSection: Section = {
  name: "products",
  about: "Matrix products m x n x k on one thread, beside multiply-adds that touch nothing but registers.",
  async measure(options) {
    const chosen = products(options).filter((product) => wanted(options, "products", nameOf(product)));
    if (chosen.length === 0) return { rows: [] };
    const bench = await openBench();
    const ceiling = await registerCeiling();
    const rows: Row[] = [];
    for (const product of chosen) {
      const task = productTask(bench, product);
      const [rounds, limit] = await time([task, ceiling], { rounds: options.rounds, milliseconds: 2 });
      const work = 2 * product.m * product.n * product.k;
      rows.push({
        name: nameOf(product),
        values: {
          product: rate(work / 1e9, rounds!, "GFLOP/s"),
          ceiling: rate(CEILING_OPERATIONS / 1e9, limit!, "GFLOP/s"),
          share: share(work, rounds!, CEILING_OPERATIONS, limit!),
        },
      });
      bench.clear();
    }
    const mark = rows.find(({ name }) => name === "A·B 512x512x512");
    return {
      rows,
      ...(mark && { headline: `product of 512 at ${mark.values.share!.value.toFixed(0)} % of the ceiling` }),
    };
  },
};
