// The workloads are the same bytes for every library, on every engine and at every time.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { dataOf, parametersOf, workloads } from "../bench/workloads.js";

const hash = (array: Float32Array | Int32Array) =>
  createHash("sha256").update(new Uint8Array(array.buffer)).digest("hex").slice(0, 12);

/** Of the inputs, the targets and the first weights. */
const hashes: Record<string, readonly string[]> = {
  "xor 2-8-1, batch 4": ["b8f760dd87bb", "c6dcda5572a1", "e72c082a3a6b"],
  "mlp 784-128-10, batch 32": ["6cc91167e060", "747f0cc8131f", "f52b31b52f4a"],
  "mlp 784-128-10, batch 128": ["6cc91167e060", "747f0cc8131f", "f52b31b52f4a"],
  "mlp 784-1024-1024-10, batch 128": ["5e932593018b", "45a954d4d31a", "febe1f93b0b6"],
};

test("names are unique", () => {
  expect(new Set(workloads.map(({ name }) => name)).size).toBe(workloads.length);
});

describe.each(workloads.map((workload) => ({ workload, name: workload.name })))("$name", ({ workload }) => {
  const { x, y } = dataOf(workload);

  test("has whole batches, and sizes that fit", () => {
    const { layers, batch, samples, loss } = workload;
    expect(samples % batch).toBe(0);
    expect(x.length).toBe(samples * layers[0]!);
    expect(y.length).toBe(samples * (loss === "crossEntropy" ? 1 : layers.at(-1)!));
  });

  test("has inputs from 0 to 1 and targets of every class", () => {
    expect(x.every((value) => value >= 0 && value <= 1)).toBe(true);
    const classes = workload.data === "xor" ? 2 : workload.layers.at(-1)!;
    expect([...new Set(y)].sort((a, b) => a - b)).toEqual([...Array(classes).keys()]);
  });

  test("has parameters of its layers' sizes, within PyTorch's bounds", () => {
    const { layers } = workload;
    for (const [i, { weight, bias }] of parametersOf(workload).entries()) {
      expect([weight.length, bias.length]).toEqual([layers[i]! * layers[i + 1]!, layers[i + 1]]);
      const bound = 1 / Math.sqrt(layers[i]!);
      expect(weight.every((value) => Math.abs(value) <= bound)).toBe(true);
    }
  });

  test("has the same bytes as ever", () => {
    const [first] = parametersOf(workload);
    expect([hash(x), hash(y), hash(first!.weight)]).toEqual(hashes[workload.name]);
  });
});
