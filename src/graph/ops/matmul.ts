// Matrix products. One kernel serves all forms: either side may be stored transposed, a bias and an activation ride in
// its epilogue, and a batch of products is one instruction.

import { gemmScratchBytes } from "../../core/gemm-scratch.js";
import { GemmFlag, Opcode } from "../../shared/opcodes.js";
import { op, real, ShapeError, type Instruction, type Op, type Ref } from "../op.js";
import { broadcastShapes } from "../shapes.js";
import { apply, showShape, sizeOf, type Shape, type Tensor } from "../tensor.js";
import { activations, type ActivationName } from "./activation.js";
import { expand, sum, sumTo } from "./reduce.js";
import { reshape } from "./shape.js";

interface Form {
  /** a is stored [.., k, m] */
  transA?: boolean;
  /** b is stored [.., n, k] */
  transB?: boolean;
}

const flagsOf = ({ transA, transB }: Form) => (transA ? GemmFlag.TransA : 0) | (transB ? GemmFlag.TransB : 0);

/** Sizes of c[m, n] = a[m, k] · b[k, n], from the last two axes. */
function sizes(a: Shape, b: Shape, { transA, transB }: Form) {
  const [aRows, aCols] = a.slice(-2) as [number, number];
  const [bRows, bCols] = b.slice(-2) as [number, number];
  return {
    m: transA ? aCols : aRows,
    k: transA ? aRows : aCols,
    kOfB: transB ? bCols : bRows,
    n: transB ? bRows : bCols,
  };
}

/** a [batch.., m, k] · b [batch.., k, n]; either side may have no batch axes and is then used for all. */
export const matmulOp: Op<Form> = op<Form>({
  name: "matmul",
  shape: ([a, b], form) => {
    const { m, n, k, kOfB } = sizes(a!.shape, b!.shape, form);
    if (k !== kOfB) {
      throw new ShapeError(
        `matmul: ${showShape(a!.shape)} · ${showShape(b!.shape)}: ${k} columns of the first meet ${kOfB} rows of the second; they must be equal`,
      );
    }
    const batch = a!.shape.length >= b!.shape.length ? a!.shape.slice(0, -2) : b!.shape.slice(0, -2);
    return [{ shape: [...batch, m, n] }];
  },
  grad: ([dc], { inputs: [a, b], attrs: { transA = false, transB = false } }) => {
    const da = transA ? product(b!, dc!, transB, true) : product(dc!, b!, false, !transB);
    const db = transB ? product(dc!, a!, true, transA) : product(a!, dc!, !transA, false);
    return [sumTo(da, a!.shape), sumTo(db, b!.shape)];
  },
  scratchBytes: ({ inputs: [a, b], attrs }) => {
    const { m, n, k } = sizes(a!.shape, b!.shape, attrs);
    return gemmScratchBytes(m, n, k, flagsOf(attrs));
  },
  emit: ({ inputs: [a, b], outputs: [c], attrs }, { inputs, outputs, scratch }) => {
    const { m, n, k } = sizes(a!.shape, b!.shape, attrs);
    const batch = sizeOf(c!.shape.slice(0, -2));
    const step = (x: Tensor) => (x.shape.length === 2 ? 0 : sizeOf(x.shape.slice(-2)));
    const lda = a!.shape.at(-1)!;
    const ldb = b!.shape.at(-1)!;
    return [
      // prettier-ignore
      [Opcode.Gemm, outputs[0]!, inputs[0]!, inputs[1]!, 0, m, n, k, lda, ldb, n, flagsOf(attrs), 0, 0, scratch,
        batch, step(a!), step(b!), m * n],
    ];
  },
});

interface LinearAttrs {
  /** Set by fusion. */
  activation?: ActivationName;
  alpha?: number;
}

/** y = act(x · weightᵀ + bias) for x [rows, in], weight [out, in], bias [out] if there is a third input. */
export const linearOp = op<LinearAttrs>({
  name: "linear",
  takesActivation: true,
  shape: ([x, weight, bias]) => {
    const [rows, features] = x!.shape as [number, number];
    const [out, expected] = weight!.shape as [number, number];
    if (features !== expected) {
      throw new ShapeError(
        `linear: input is ${showShape(x!.shape)} but the weight ${showShape(weight!.shape)} expects ${expected} features; check the layer before it, or let this one take ${features} features`,
      );
    }
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== out)) {
      throw new ShapeError(
        `linear: the bias is ${showShape(bias.shape)} but the weight ${showShape(weight!.shape)} gives ${out} features`,
      );
    }
    return [{ shape: [rows, out] }];
  },
  grad: ([dy], { inputs: [x, weight, bias] }) => [
    product(dy!, weight!, false, false),
    product(dy!, x!, true, false),
    ...(bias ? [sum(dy!, { axes: 0 })] : []),
  ],
  scratchBytes: ({ inputs: [x, weight] }) =>
    gemmScratchBytes(x!.shape[0]!, weight!.shape[0]!, x!.shape[1]!, GemmFlag.TransB),
  emit: ({ inputs: [x, weight], attrs }, { inputs, outputs, scratch }) => {
    const [m, k] = x!.shape as [number, number];
    const n = weight!.shape[0]!;
    const activation = attrs.activation ? activations[attrs.activation].code : 0;
    const bias: Ref | 0 = inputs[2] ?? 0;
    const words: Instruction = [
      // prettier-ignore
      Opcode.Gemm,
      outputs[0]!,
      inputs[0]!,
      inputs[1]!,
      bias,
      m,
      n,
      k,
      k,
      k,
      n,
      GemmFlag.TransB,
      activation,
      real(attrs.alpha ?? 0),
      scratch,
      1,
      0,
      0,
      0,
    ];
    return [words];
  },
});

const product = (a: Tensor, b: Tensor, transA: boolean, transB: boolean): Tensor =>
  apply(matmulOp, [a, b], { transA, transB });

/**
 * Matrix product over the last two axes, batched over the others, which broadcast (torch.matmul without its rules for
 * vectors).
 * @param a [.., m, k], or [.., k, m] with transA
 * @param b [.., k, n], or [.., n, k] with transB
 * @returns [.., m, n]
 * @throws ShapeError if the inner sizes differ, or a side has fewer than two axes.
 */
export function matmul(a: Tensor, b: Tensor, { transA = false, transB = false }: Form = {}): Tensor {
  for (const side of [a, b]) {
    if (side.shape.length < 2)
      throw new ShapeError(`matmul: both sides need at least two axes, got ${showShape(side.shape)}; reshape it`);
  }
  if (b.shape.length === 2 && a.shape.length > 2 && !transA) {
    // Many rows against one matrix: a single product.
    const rows = product(reshape(a, [-1, a.shape.at(-1)!]), b, false, transB);
    return reshape(rows, [...a.shape.slice(0, -1), rows.shape[1]!]);
  }
  const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (aBatch.length > 0 && bBatch.length > 0) {
    const batch = broadcastShapes(`matmul of ${showShape(a.shape)} and ${showShape(b.shape)}`, aBatch, bBatch);
    const spread = (x: Tensor) => expand(x, [...batch, ...x.shape.slice(-2)]);
    return product(spread(a), spread(b), transA, transB);
  }
  return product(a, b, transA, transB);
}

/**
 * x · weightᵀ + bias over the last axis. https://pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
 * @param x [.., in]
 * @param weight [out, in]
 * @param bias [out], optional
 * @returns [.., out]
 * @throws ShapeError if the features differ.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  if (x.shape.length < 1 || weight.shape.length !== 2) {
    throw new ShapeError(
      `linear: needs an input [.., in] and a weight [out, in], got ${showShape(x.shape)} and ${showShape(weight.shape)}`,
    );
  }
  const features = x.shape.at(-1)!;
  if (x.shape.length > 2 && features !== weight.shape[1]) {
    throw new ShapeError(
      `linear: input is ${showShape(x.shape)} but the weight ${showShape(weight.shape)} expects ${weight.shape[1]} features on its ` +
        `last axis, which has ${features}; check the layer before it, or put flatten() there to have all of a sample as features`,
    );
  }
  const rows = apply(linearOp, [reshape(x, [-1, x.shape.at(-1)!]), weight, ...(bias ? [bias] : [])]);
  return reshape(rows, [...x.shape.slice(0, -1), weight.shape[0]!]);
}
