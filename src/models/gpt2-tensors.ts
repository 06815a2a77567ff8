// The tensors of a GPT-2 as Hugging Face's files have them, beside the parameters of gpt(): the same names, but the
// weights of linear layers lie the other way round, [in, out], since they were TensorFlow's.

import type { GptOptions } from "./gpt.js";

/** A tensor of the file. */
export interface Gpt2Tensor {
  /** In the file, after the prefix if there is one; and of the parameter. */
  readonly name: string;
  /** In the file. */
  readonly shape: readonly number[];
  /** True if the parameter is the transpose. */
  readonly transposed: boolean;
}

/** What GPT2LMHeadModel puts before all names but the head's, and GPT2Model does not. */
export const PREFIX = "transformer.";

/** One tensor after another, as they are needed; of the config only the sizes are used. */
export function* gpt2Tensors(config: GptOptions): Generator<Gpt2Tensor> {
  const { vocabSize, contextLength, layers, dim, mlp = 4 * dim, tied = true } = config;
  const plain = (name: string, ...shape: number[]): Gpt2Tensor => ({ name, shape, transposed: false });
  const linear = (name: string, from: number, to: number): Gpt2Tensor[] => [
    { name: `${name}.weight`, shape: [from, to], transposed: true },
    plain(`${name}.bias`, to),
  ];
  const norm = (name: string) => [plain(`${name}.weight`, dim), plain(`${name}.bias`, dim)];

  yield plain("wte.weight", vocabSize, dim);
  yield plain("wpe.weight", contextLength, dim);
  for (let i = 0; i < layers; i++) {
    const h = `h.${i}`;
    yield* norm(`${h}.ln_1`);
    yield* linear(`${h}.attn.c_attn`, dim, 3 * dim);
    yield* linear(`${h}.attn.c_proj`, dim, dim);
    yield* norm(`${h}.ln_2`);
    yield* linear(`${h}.mlp.c_fc`, dim, mlp);
    yield* linear(`${h}.mlp.c_proj`, mlp, dim);
  }
  yield* norm("ln_f");
  if (!tied) yield plain("lm_head.weight", vocabSize, dim);
}

/** What a tensor of the model is called in a file that has prefixes: the head stands beside the transformer. */
export const prefixed = (name: string): string => (name.startsWith("lm_head.") ? name : PREFIX + name);

/**
 * to[cols, rows] = from[rows, cols]ᵀ for the rows from `first` on, as many as `from` holds; `rows` is the number of all.
 * In squares, so that neither side is walked across its lines for long.
 */
export function transposeInto(to: Float32Array, from: Float32Array, rows: number, cols: number, first = 0): void {
  const SIDE = 32;
  const count = from.length / cols;
  for (let row = 0; row < count; row += SIDE) {
    const lastRow = Math.min(row + SIDE, count);
    for (let col = 0; col < cols; col += SIDE) {
      const lastCol = Math.min(col + SIDE, cols);
      for (let c = col; c < lastCol; c++) {
        const at = c * rows + first;
        for (let r = row; r < lastRow; r++) to[at + r] = from[r * cols + c]!;
      }
    }
  }
}
