// The real MNIST files, where they are at hand: WASMGRAD_DATA, or a data folder beside the checkout.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadIdx, pairIdx } from "../src/data/index.js";

const folder = join(process.env.WASMGRAD_DATA ?? "../shared/data", "mnist");
const missing = !existsSync(join(folder, "t10k-images-idx3-ubyte.gz"));
const skipped = missing ? ` (skipped: no MNIST in ${folder}; set WASMGRAD_DATA)` : "";

const load = async (name: string) => loadIdx(await readFile(join(folder, `${name}-ubyte.gz`)), { name });

test.skipIf(missing)(`MNIST's test set is 10,000 pictures of 28 x 28 and their digits${skipped}`, async () => {
  const { x, y, samples, features, sampleShape } = pairIdx(
    await load("t10k-images-idx3"),
    await load("t10k-labels-idx1"),
  );
  expect({ samples, features, sampleShape }).toEqual({ samples: 10000, features: 784, sampleShape: [28, 28] });
  expect([...y.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  const counts = new Array<number>(10).fill(0);
  for (const digit of y) counts[digit]!++;
  expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  let ink = 0;
  for (const value of x) ink += value;
  expect(ink / x.length / 255).toBeCloseTo(0.1325, 4);
});

test.skipIf(missing)(`MNIST's training set is 60,000 labels for 60,000 pictures${skipped}`, async () => {
  const { samples, x } = pairIdx(await load("train-images-idx3"), await load("train-labels-idx1"));
  expect([samples, x.length]).toEqual([60000, 47_040_000]);
});
