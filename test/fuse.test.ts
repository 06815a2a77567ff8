// The fusions, where they may be and where somebody else reads what lies between.
import { describe, expect, test } from "vitest";
import { fuse } from "../src/graph/fuse.js";
import { grad } from "../src/graph/grad.js";
import { activations, gelu, leakyRelu, relu, tanh } from "../src/graph/ops/activation.js";
import { add, affine, mul } from "../src/graph/ops/elementwise.js";
import { input, parameter } from "../src/graph/ops/leaf.js";
import { linear, matmul } from "../src/graph/ops/matmul.js";
import { mean, sum } from "../src/graph/ops/reduce.js";
import { reshape } from "../src/graph/ops/shape.js";
import { recordNode } from "../src/graph/ops/step.js";
import { apply, reachable, type Node, type Tensor } from "../src/graph/tensor.js";

const namesOf = (roots: readonly (Tensor | Node)[]) =>
  reachable(roots)
    .map(({ op }) => op.name)
    .filter((name) => name !== "parameter");
const fused = (...roots: (Tensor | Node)[]) => namesOf(fuse(roots).roots);
const attrsOf = (tensor: Tensor) => tensor.node.attrs;

const x = input("x", [2, 3]);
const cube = input("cube", [2, 5, 3]);
const [weight, bias] = [parameter([4, 3], { name: "weight" }), parameter([4], { name: "bias" })];

describe("an activation behind a linear layer", () => {
  test.each(Object.entries(activations))("%s rides in the product", (name, { forward }) => {
    const y = apply(forward, [linear(x, weight, bias)], { alpha: 0.5 });
    expect(fused(y)).toEqual(["input", "linear"]);
    expect(attrsOf(fuse([y]).roots[0] as Tensor)).toEqual({ activation: name, alpha: 0.5 });
  });

  test("also through a reshape", () => {
    const y = relu(linear(cube, weight));
    const [root] = fuse([y]).roots as Tensor[];
    expect(namesOf([root!])).toEqual(["input", "reshape", "linear", "reshape"]);
    expect(root!.shape).toEqual([2, 5, 4]);
    expect(attrsOf(root!.node.inputs[0]!).activation).toBe("relu");
  });

  test("its gradient, where that reads the output alone", () => {
    const product = linear(x, weight, bias);
    const y = leakyRelu(product, 0.2);
    const [dw] = grad(sum(y), [weight]);
    expect(fused(y, dw!)).not.toContain("leakyRelu");
    expect(fused(y, dw!)).toContain("leakyReluGrad");
    const smooth = gelu(linear(x, weight, bias));
    const [dSmooth] = grad(sum(smooth), [weight]);
    expect(fused(smooth, dSmooth!)).toContain("gelu");
  });

  test("stays where the product is read elsewhere, or is a result", () => {
    const product = linear(x, weight);
    expect(fused(relu(product))).not.toContain("relu");
    expect(fused(add(relu(product), product))).toContain("relu");
    expect(fused(relu(product), product)).toContain("relu");
    expect(fused(relu(product), recordNode(sum(product)))).toContain("relu");
  });

  test("stays where what lies on either side of a reshape is read elsewhere", () => {
    const y = linear(cube, weight); // a reshape of the product
    const product = y.node.inputs[0]!;
    expect(fused(relu(y), sum(y))).toContain("relu");
    expect(fused(relu(y), sum(product))).toContain("relu");
  });

  test("is one: the second stays", () => {
    expect(fused(tanh(relu(linear(x, weight))))).toEqual(["input", "linear", "tanh"]);
  });

  test("stays behind any other op", () => {
    expect(fused(relu(matmul(x, weight, { transB: true })))).toContain("relu");
    expect(fused(relu(x))).toEqual(["input", "relu"]);
  });
});

describe("a scaling of an input", () => {
  test("rides in its gathering, with one before it", () => {
    const y = affine(affine(x, 0.5, 2), 4, -1);
    const [root] = fuse([y]).roots as Tensor[];
    expect(namesOf([root!])).toEqual(["input"]);
    // (x / 2 + 2) · 4 - 1
    expect(attrsOf(root!)).toEqual({ name: "x", shape: [2, 3], dtype: "f32", scale: 2, shift: 7 });
    expect(root!.label).toBe("x");
  });

  test("stays where the input is read elsewhere, or is a result", () => {
    const y = affine(x, 0.5, 0);
    expect(fused(add(y, x))).toContain("affine");
    expect(fused(y, x)).toContain("affine");
  });

  test("of anything but an input stays", () => {
    expect(fused(affine(weight, 2, 0))).toEqual(["affine"]);
    expect(fused(affine(relu(x), 2, 0))).toEqual(["input", "relu", "affine"]);
    expect(fused(mul(x, parameter([1])))).toEqual(["input", "mul"]);
  });
});

describe("the new graph", () => {
  test("has the leaves of the old one, its shapes and its labels", () => {
    const y = mean(mul(tanh(x), x));
    y.label = "loss";
    const graph = fuse([y]);
    const [root] = graph.roots as Tensor[];
    expect(root).toMatchObject({ label: "loss", shape: [] });
    expect(graph.at(x)).toBe(x);
    expect(namesOf([root!])).toEqual(namesOf([y]));
    expect(root).not.toBe(y);
  });

  test("knows what stands for an old tensor, and what was fused away", () => {
    const product = linear(x, weight);
    const y = relu(product);
    const elsewhere = relu(x);
    const graph = fuse([y]);
    expect(graph.at(y)).toBe(graph.roots[0]);
    expect(graph.at(product)).toBeUndefined();
    expect(graph.at(elsewhere)).toBeUndefined();
    const scaled = affine(input("pixels", [4]), 1 / 255, 0);
    expect(fuse([scaled]).at(scaled.node.inputs[0]!)).toBeUndefined();
  });

  test("has nodes without outputs among its roots", () => {
    const record = recordNode(sum(relu(linear(x, weight))));
    const [root] = fuse([record]).roots as Node[];
    expect(root!.op.name).toBe("record");
    expect(fused(record)).toEqual(["input", "linear", "sum", "reshape", "record"]);
  });

  test("leaves the old one alone", () => {
    const y = relu(linear(x, weight));
    const before = namesOf([y]);
    fuse([y]);
    expect(namesOf([y])).toEqual(before);
    expect(reshape(y, [8]).node.inputs[0]).toBe(y);
  });
});
