// Where threads wait for each other: behind what they share, and not between what the first thread does alone.
import { expect, test } from "vitest";
import { grad } from "../src/graph/grad.js";
import { crossEntropyLoss } from "../src/graph/ops/loss.js";
import { input, parameter } from "../src/graph/ops/leaf.js";
import { max, sum } from "../src/graph/ops/reduce.js";
import { compileProgram } from "../src/graph/program.js";
import type { Tensor } from "../src/graph/tensor.js";
import { cutForThreads } from "../src/graph/threads.js";
import { apply } from "../src/graph/tensor.js";
import { convWeightGradOp } from "../src/graph/ops/conv.js";
import { Opcode } from "../src/shared/opcodes.js";
import { workOf } from "../src/train/work.js";

/** The instructions of each of two threads, by their names. */
const namesOf = (root: Tensor) =>
  cutForThreads(compileProgram([root], new Map(), 2).steps, 2).map((steps) =>
    steps.map(({ words: [code] }) => Opcode[code]),
  );

test("small reductions are done by the first thread, one after the other", () => {
  const x = input("x", [4, 8]);
  const [first, second] = namesOf(sum(sum(x, { axes: 1 }), { axes: 0 }));
  expect(first).toEqual(["Gather", "Barrier", "Sum", "Sum"]);
  expect(second).toEqual(["Gather", "Barrier"]);
});

test("large ones are shared, but for those of a single row", () => {
  const x = input("x", [64, 512]);
  expect(namesOf(max(x, { axes: 1 }))).toEqual([
    ["Gather", "Barrier", "Max"],
    ["Gather", "Barrier", "Max"],
  ]);
  expect(namesOf(sum(x, { axes: 0 }))[1]).toEqual(["Gather", "Barrier"]);
});

test("the terms of many classes are shared, and so is their gradient; the mean is the first thread's", () => {
  const lossOf = (classes: number) => {
    const [x, t] = [input("x", [32, classes]), input("t", [32], "i32")];
    const loss = crossEntropyLoss(x, t, { smoothing: 0, ignoreIndex: -100 });
    return grad(loss, [x])[0]!;
  };
  const shared = ["Gather", "GatherIds", "Barrier", "CrossEntropyTerms", "Barrier"];
  const [first, second] = namesOf(lossOf(512));
  expect(first).toEqual([...shared, "CrossEntropyMean", "Barrier", "CrossEntropyGrad"]);
  expect(second).toEqual([...shared, "Barrier", "CrossEntropyGrad"]);
  expect(namesOf(lossOf(511))[1]).toEqual(["Gather", "GatherIds", "Barrier"]);
});

test("the parts of a convolution's weight gradient are not counted as work", () => {
  const attrs = { image: [5, 6], grid: [4, 5], kernel: [2, 2], stride: [1, 1], dilation: [1, 1], padding: [0, 0] };
  const of = (images: number) => {
    const [x, y] = [parameter([images, 2, 5, 6]), parameter([images, 3, 4, 5])];
    return workOf(apply(convWeightGradOp, [x, y], { ...attrs, groups: 1 } as never).node);
  };
  expect(of(1)).toBe(2 * (2 * 2 * 2 * 3) * 20);
  expect(of(16)).toBe(16 * of(1));
});
