// Rows of a table by ids: how whole numbers (words, users, positions) become vectors that are learnt.

import { Opcode } from "../../shared/opcodes.js";
import { op, ShapeError, type Op } from "../op.js";
import { apply, showShape, type Shape, type Tensor } from "../tensor.js";

interface Padding {
  /** The id whose row gets no gradient; -1: none. */
  padding: number;
}

/** y[.., cols] = weight[ids[..], cols] */
export const embeddingOp: Op<Padding> = op<Padding>({
  name: "embedding",
  whole: [0],
  ids: ({ inputs: [, weight] }) => [{ input: 0, below: weight!.shape[0]!, by: String(weight) }],
  shape: ([ids, weight]) => [{ shape: [...ids!.shape, weight!.shape[1]!] }],
  grad: ([dy], { inputs: [ids, weight], attrs: { padding } }) => [
    null,
    apply(embeddingGradOp, [dy!, ids!], { padding, shape: weight!.shape }),
  ],
  emit: ({ inputs: [of, table] }, { inputs: [ids, weight], outputs: [y] }) => [
    [Opcode.Embedding, y!, ids!, weight!, of!.size, ...(table!.shape as [number, number])],
  ],
});

/** Sums of the rows of dy by id, in the order of the ids. */
export const embeddingGradOp = op<Padding & { shape: Shape }>({
  name: "embeddingGrad",
  whole: [1],
  shape: (_, { shape }) => [{ shape }],
  grad: ([dweight], { inputs: [, ids], attrs: { padding } }) => {
    if (padding >= 0) throw new Error("grad: the gradient of an embedding with a padding index has no gradient itself");
    return [apply(embeddingOp, [ids!, dweight!], { padding }), null];
  },
  emit: ({ inputs: [, of], attrs }, { inputs: [dy, ids], outputs: [dweight] }) => [
    [
      Opcode.EmbeddingGrad,
      dweight!,
      ids!,
      dy!,
      of!.size,
      ...(attrs.shape as [number, number]),
      attrs.padding,
      attrs.shape[1]!,
    ],
  ],
});

export interface EmbeddingOptions {
  /** An id that stands for no word: its row is looked up like any other, but gets no gradient. Default: none. */
  paddingIndex?: number;
}

/**
 * Rows of `weight` by `ids`. https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
 *
 * Ids beyond the table are refused where they come in; ids that another op computes, such as argmax, are held within it.
 *
 * @param ids [..], whole numbers (i32) from 0 to rows - 1
 * @param weight [rows, cols]
 * @returns [.., cols]
 * @throws TypeError for ids that are f32; ShapeError for a weight that is no matrix; RangeError for a padding index that
 *   is no row
 */
export function embedding(ids: Tensor, weight: Tensor, { paddingIndex }: EmbeddingOptions = {}): Tensor {
  if (weight.shape.length !== 2) {
    throw new ShapeError(`embedding: the weight must be [rows, cols], got ${showShape(weight.shape)}`);
  }
  if (ids.dtype !== "i32") {
    throw new TypeError(
      `embedding: the ids ${showShape(ids.shape)} are f32; declare them as whole numbers, e.g. { shape: ${showShape(ids.shape)}, dtype: "i32" }`,
    );
  }
  return apply(embeddingOp, [ids, weight], { padding: checkPadding("embedding", paddingIndex, weight.shape[0]!) });
}

/** The padding index as the kernel takes it. Negative ones count from the end, as in PyTorch. */
export function checkPadding(name: string, index: number | undefined, rows: number): number {
  if (index === undefined) return -1;
  if (!Number.isInteger(index) || index < -rows || index >= rows) {
    throw new RangeError(`${name}: paddingIndex must be a whole number from ${-rows} to ${rows - 1}, got ${index}`);
  }
  return index < 0 ? index + rows : index;
}
