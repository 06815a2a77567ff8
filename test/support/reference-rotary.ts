// Rotary positions in plain f64.

import type { Reference } from "./reference-tensor.js";

export const rotaryReferences: Record<string, Reference> = {
  rotary: ([x, cosines, sines, starts], { inputs, attrs }) => {
    const { width, heads, dim, length, backward, interleaved } = attrs as unknown as {
      width: number;
      heads: number;
      dim: number;
      length: number;
      backward: 0 | 1;
      interleaved: boolean;
    };
    const [limit, half] = inputs[1]!.shape as [number, number];
    const y = [...x!];
    for (let row = 0; row < x!.length / width; row++) {
      const of = starts ? starts[Math.floor((row * starts.length * width) / x!.length)]! : 0;
      const position = Math.min(of, limit - length) + (row % length);
      for (let head = 0; head < heads; head++) {
        for (let i = 0; i < half; i++) {
          const first = row * width + head * dim;
          const [at, other] = interleaved ? [first + 2 * i, first + 2 * i + 1] : [first + i, first + i + half];
          const [c, s] = [cosines![position * half + i]!, sines![position * half + i]! * (backward ? -1 : 1)];
          y[at] = x![at]! * c - x![other]! * s;
          y[other] = x![other]! * c + x![at]! * s;
        }
      }
    }
    return [y];
  },
};
