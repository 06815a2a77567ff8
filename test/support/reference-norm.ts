// Norms in plain f64.

import { sumOf, type Reference } from "./reference-tensor.js";

interface Rows {
  groups: number;
  channels: number;
  inner: number;
  eps: number;
  centred: 0 | 1;
}

/** For each element of x: its row, and the channel whose weight it has. */
function walkRows(x: readonly number[], { groups, channels, inner }: Rows) {
  const n = channels * inner;
  return x.map((_, i) => {
    const row = Math.floor(i / n);
    return { row, channel: (row % groups) * channels + Math.floor((i % n) / inner) };
  });
}

/** Sums of the values with the same key. */
function sumsBy(values: readonly number[], keys: readonly number[], count: number): number[] {
  const sums = new Array<number>(count).fill(0);
  values.forEach((value, i) => (sums[keys[i]!]! += value));
  return sums;
}

/** For each element of x [outer, channels, inner]: its channel. */
function channelsOf(x: readonly number[], shape: readonly number[]): number[] {
  const inner = shape.slice(2).reduce((product, size) => product * size, 1);
  return x.map((_, i) => Math.floor(i / inner) % shape[1]!);
}

const epsOf = (attrs: Readonly<Record<string, unknown>>) => Math.fround(attrs.eps as number);

export const normReferences: Record<string, Reference> = {
  norm: ([x, weight, bias], { attrs }) => {
    const rows = attrs as unknown as Rows;
    const walk = walkRows(x!, rows);
    const n = rows.channels * rows.inner;
    const means = rows.centred
      ? sumsBy(x!, walk.map(({ row }) => row), x!.length / n).map((sum) => sum / n) // prettier-ignore
      : new Array<number>(x!.length / n).fill(0);
    const squares = x!.map((value, i) => (value - means[walk[i]!.row]!) ** 2);
    const scales = sumsBy(
      squares,
      walk.map(({ row }) => row),
      means.length,
    ).map((sum) => 1 / Math.sqrt(sum / n + epsOf(attrs)));
    const y = x!.map((value, i) => {
      const { row, channel } = walk[i]!;
      return (value - means[row]!) * scales[row]! * weight![channel]! + bias![channel]!;
    });
    return [y, means.flatMap((mean, row) => [mean, scales[row]!])];
  },
  normGrad: ([dy, x, stats, weight], { attrs }) => {
    const rows = attrs as unknown as Rows;
    const walk = walkRows(x!, rows);
    const n = rows.channels * rows.inner;
    const g = dy!.map((value, i) => value * weight![walk[i]!.channel]!);
    const unit = x!.map((value, i) => (value - stats![walk[i]!.row * 2]!) * stats![walk[i]!.row * 2 + 1]!);
    const byRow = walk.map(({ row }) => row);
    const sums = sumsBy(g, byRow, x!.length / n);
    const products = sumsBy(g.map((value, i) => value * unit[i]!), byRow, x!.length / n); // prettier-ignore
    return [
      g.map((value, i) => {
        const { row } = walk[i]!;
        const mean = rows.centred ? sums[row]! / n : 0;
        return stats![row * 2 + 1]! * (value - mean - (unit[i]! * products[row]!) / n);
      }),
    ];
  },
  normWeightGrad: ([dy, x, stats], { attrs }) => {
    const rows = attrs as unknown as Rows;
    const walk = walkRows(x!, rows);
    const channels = walk.map(({ channel }) => channel);
    const products = x!.map((value, i) => {
      const { row } = walk[i]!;
      return dy![i]! * (value - stats![row * 2]!) * stats![row * 2 + 1]!;
    });
    const count = rows.groups * rows.channels;
    return [sumsBy(products, channels, count), sumsBy(dy!, channels, count)];
  },

  batchNorm: ([x, weight, bias], { inputs, attrs }) => {
    const channels = channelsOf(x!, inputs[0]!.shape);
    const n = x!.length / weight!.length;
    const means = sumsBy(x!, channels, weight!.length).map((sum) => sum / n);
    const squares = x!.map((value, i) => (value - means[channels[i]!]!) ** 2);
    const variances = sumsBy(squares, channels, weight!.length).map((sum) => sum / n);
    return [normalised(x!, channels, means, variances, weight!, bias!, epsOf(attrs)), means, variances];
  },
  batchNormFixed: ([x, weight, bias, mean, variance], { inputs, attrs }) => [
    normalised(x!, channelsOf(x!, inputs[0]!.shape), mean!, variance!, weight!, bias!, epsOf(attrs)),
  ],
  batchNormSums: ([dy, x, mean, variance], { inputs, attrs }) => {
    const channels = channelsOf(x!, inputs[1]!.shape);
    const products = x!.map((value, i) => {
      const c = channels[i]!;
      return (dy![i]! * (value - mean![c]!)) / Math.sqrt(variance![c]! + epsOf(attrs));
    });
    return [sumsBy(products, channels, mean!.length), sumsBy(dy!, channels, mean!.length)];
  },
  batchNormGrad: ([dy, x, mean, variance, weight, dweight, dbias], { inputs, attrs }) => {
    const channels = channelsOf(x!, inputs[1]!.shape);
    const n = x!.length / mean!.length;
    return [
      x!.map((value, i) => {
        const c = channels[i]!;
        const scale = 1 / Math.sqrt(variance![c]! + epsOf(attrs));
        return scale * weight![c]! * (dy![i]! - (dbias![c]! + (value - mean![c]!) * scale * dweight![c]!) / n);
      }),
    ];
  },
  batchNormFixedGrad: ([dy, variance, weight], { inputs, attrs }) => {
    const channels = channelsOf(dy!, inputs[0]!.shape);
    return [
      dy!.map((value, i) => (value * weight![channels[i]!]!) / Math.sqrt(variance![channels[i]!]! + epsOf(attrs))),
    ];
  },
};

function normalised(
  x: readonly number[],
  channels: readonly number[],
  means: readonly number[],
  variances: readonly number[],
  weight: readonly number[],
  bias: readonly number[],
  eps: number,
): number[] {
  return x.map((value, i) => {
    const c = channels[i]!;
    return ((value - means[c]!) / Math.sqrt(variances[c]! + eps)) * weight[c]! + bias[c]!;
  });
}

/** Mean of squared distances from the mean, for tests of the statistics. */
export const varianceOf = (values: readonly number[]): number => {
  const mean = sumOf(values) / values.length;
  return sumOf(values.map((value) => (value - mean) ** 2)) / values.length;
};
