// Placeholder until the attention op exists.
import { add } from "../graph/ops/elementwise.js";
import { constant } from "../graph/ops/leaf.js";
import { mul } from "../graph/ops/elementwise.js";
import { matmul } from "../graph/ops/matmul.js";
import { permute, reshape } from "../graph/ops/shape.js";
import { slice } from "../graph/ops/slice.js";
import { softmax } from "../graph/ops/softmax.js";
import { dropout as drop } from "../graph/ops/step.js";
import { rotary } from "../graph/ops/rotary.js";
import type { Tensor } from "../graph/tensor.js";

export function packedCausal(
  qkv: Tensor,
  heads: number,
  dropout: { p: number; stream: () => number } | undefined,
  turn: boolean,
): Tensor {
  const [b, t, all] = qkv.shape as [number, number, number];
  const dim = all / 3;
  const size = dim / heads;
  const part = (i: number) =>
    permute(reshape(slice(qkv, { start: i * dim, end: (i + 1) * dim }, 2), [b, t, heads, size]), [0, 2, 1, 3]);
  let [q, k] = [part(0), part(1)];
  if (turn) [q, k] = [rotary(q), rotary(k)];
  const mask = new Float32Array(t * t);
  for (let i = 0; i < t; i++) for (let j = i + 1; j < t; j++) mask[i * t + j] = -1e30;
  let p = softmax(add(mul(matmul(q, k, { transB: true }), 1 / Math.sqrt(size)), constant(mask, [t, t])));
  if (dropout && dropout.p > 0) p = drop(p, dropout.p, dropout.stream());
  return reshape(permute(matmul(p, part(2)), [0, 2, 1, 3]), [b, t, dim]);
}
