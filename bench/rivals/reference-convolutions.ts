// Convolutions of pictures in f64 and plain loops, with what stands behind each of them: what a workload's linear layers
// get to see of a sample.

import type { Workload } from "../workloads.js";
import type { Given } from "./protocol.js";

/** [channels, height, width] */
interface Planes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** Sample `index` behind the convolutions; without any, the sample itself. */
export function featuresOf({ convolutions, layers, activation }: Workload, given: Given, index: number): Float64Array {
  const [channels, height, width] = convolutions?.image ?? [layers[0]!, 1, 1];
  const size = channels * height * width;
  const values = Float64Array.from(given.x!.subarray(index * size, (index + 1) * size));
  let planes: Planes = { channels, height, width, values };
  for (const [i, out] of (convolutions?.channels ?? []).entries()) {
    planes = convolved(planes, given[`weight${i}`]!, given[`bias${i}`]!, out, convolutions!.kernel);
    for (const [at, z] of planes.values.entries()) {
      planes.values[at] = activation === "relu" ? Math.max(0, z) : Math.tanh(z);
    }
    planes = pooled(planes);
  }
  return planes.values;
}

/** y[o, r, c] = bias[o] + Σ weight[o, i, dr, dc] · x[i, r + dr, c + dc] */
function convolved(x: Planes, weight: Given[string], bias: Given[string], out: number, kernel: number): Planes {
  const [height, width] = [x.height - kernel + 1, x.width - kernel + 1];
  const values = new Float64Array(out * height * width);
  for (let o = 0, at = 0; o < out; o++) {
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++, at++) {
        let sum = bias[o]!;
        for (let i = 0, tap = o * x.channels * kernel ** 2; i < x.channels; i++) {
          for (let dr = 0; dr < kernel; dr++) {
            const row = (i * x.height + r + dr) * x.width + c;
            for (let dc = 0; dc < kernel; dc++, tap++) sum += weight[tap]! * x.values[row + dc]!;
          }
        }
        values[at] = sum;
      }
    }
  }
  return { channels: out, height, width, values };
}

/** The largest of each 2 x 2; a row or column that is left over counts for nothing. */
function pooled({ channels, height: rows, width: columns, values: x }: Planes): Planes {
  const [height, width] = [rows >> 1, columns >> 1];
  const values = new Float64Array(channels * height * width);
  for (let channel = 0, at = 0; channel < channels; channel++) {
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++, at++) {
        const corner = (channel * rows + 2 * r) * columns + 2 * c;
        values[at] = Math.max(x[corner]!, x[corner + 1]!, x[corner + columns]!, x[corner + columns + 1]!);
      }
    }
  }
  return { channels, height, width, values };
}
