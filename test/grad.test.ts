// The gradient pass, by the graphs that it makes. Its numbers are compared with differences in ops.test.ts.
import { describe, expect, test } from "vitest";
import { grad } from "../src/graph/grad.js";
import { relu } from "../src/graph/ops/activation.js";
import { add, maximum, mul, sub } from "../src/graph/ops/elementwise.js";
import { constant, input, parameter } from "../src/graph/ops/leaf.js";
import { crossEntropyLoss, termwiseLoss } from "../src/graph/ops/loss.js";
import { linear, matmul } from "../src/graph/ops/matmul.js";
import { expand, max, mean, sum } from "../src/graph/ops/reduce.js";
import { permute, reshape } from "../src/graph/ops/shape.js";
import { softmax } from "../src/graph/ops/softmax.js";
import { argmax, dropout } from "../src/graph/ops/step.js";
import { exp, square } from "../src/graph/ops/unary.js";
import { reachable, type Tensor } from "../src/graph/tensor.js";
import { expectClose } from "./support/close.js";
import { slopes } from "./support/finite-differences.js";
import { evaluate } from "./support/reference.js";

const x = input("x", [2, 3]);
const X = [0.5, -1, 2, 3, -0.25, 1.5];

/** Derivatives by x in f64: what the graph says, and the differences. */
function both(f: (x: Tensor) => Tensor): { rule: number[]; difference: number[] } {
  const y = f(x);
  const [rule] = evaluate(grad(y, [x]), new Map([[x, X]]));
  return { rule: rule!, difference: slopes((at) => evaluate([y], new Map([[x, at]]))[0]![0]!, X) };
}

describe("grad", () => {
  test("has the shapes of what it differentiates by", () => {
    const [w, b] = [parameter([4, 3]), parameter([4])];
    const gradients = grad(mean(relu(linear(x, w, b))), [b, x, w]);
    expect(gradients.map(({ shape }) => shape)).toEqual([[4], [2, 3], [4, 3]]);
  });

  test.each<[string, (x: Tensor) => Tensor]>([
    ["two uses by one op", (x) => sum(mul(x, x))],
    ["three uses by several", (x) => sum(add(mul(x, exp(x)), square(x)))],
    ["both sides of a product", (x) => sum(matmul(x, x, { transB: true }))],
    ["a use through another shape", (x) => sum(mul(reshape(x, [3, 2]), permute(x)))],
    ["a broadcast of itself", (x) => sum(mul(x, mean(x, { axes: 0 })))],
    ["softmax times itself", (x) => sum(mul(softmax(x), x))],
    ["its maximum and its mean", (x) => mul(max(x), mean(x))],
    ["parts that cancel", (x) => sum(sub(x, x))],
    ["more parts than one axis of size 1", (x) => sum(square(expand(mean(x, { axes: 1, keepDims: true }), [4, 2, 5])))],
  ])("adds up over %s", (_, f) => {
    const { rule, difference } = both(f);
    expectClose(rule, difference, 1e-7);
  });

  test("differentiates by tensors on the way, each as if it were a leaf", () => {
    const y = square(x);
    const z = exp(mul(y, 0.125));
    const [dz, dy, dx] = grad(sum(mul(z, y)), [z, y, x]);
    const leaves = new Map([[x, X]]);
    const [Y, Z, DZ, DY, DX] = evaluate([y, z, dz!, dy!, dx!], leaves);
    expect(DZ).toEqual(Y);
    expectClose(
      DY!,
      Y!.map((value, i) => Z![i]! * (1 + 0.125 * value)),
      1e-12,
    );
    expectClose(
      DX!,
      DY!.map((value, i) => value * 2 * X[i]!),
      1e-12,
    );
  });

  test("of a tensor by itself is 1", () => {
    const y = sum(x);
    const [dy] = grad(y, [y]);
    expect(evaluate([dy!], new Map([[x, X]]))).toEqual([[1]]);
    expect(dy!.shape).toEqual([]);
  });

  test("is zeros where nothing leads there", () => {
    const [other, behind] = [parameter([5]), parameter([3])];
    const y = sum(square(x));
    const [first, second, dx] = grad(y, [other, add(y, sum(behind)), x]);
    expect(evaluate([first!, second!], new Map())).toEqual([[0, 0, 0, 0, 0], [0]]);
    expect(first!.shape).toEqual([5]);
    expect(dx!.node.op.name).not.toBe("constant");
  });

  test("computes nothing for what nobody asked", () => {
    const [w, b] = [parameter([4, 3]), parameter([4])];
    const y = mean(linear(relu(x), w, b));
    const gradients = reachable(grad(y, [b])).map(({ op }) => op.name);
    expect(gradients).not.toContain("matmul");
    expect(gradients).not.toContain("reluGrad");
  });

  test("gives each its own tensor, also where two are the same", () => {
    const [a, b] = [parameter([3]), parameter([3])];
    const gradients = grad(sum(add(a, b)), [a, b, a]);
    expect(new Set(gradients).size).toBe(3);
    expect(evaluate(gradients, new Map())).toEqual([[1, 1, 1], [1, 1, 1], [1, 1, 1]]); // prettier-ignore
  });

  test("is made of ops that have gradients, where theirs do", () => {
    // d/dx of (dy/dx)², y = x³ by products: 2 · 3x² · 6x
    const y = sum(mul(mul(x, x), x));
    const [dx] = grad(y, [x]);
    const [second] = grad(sum(square(dx!)), [x]);
    const [values] = evaluate([second!], new Map([[x, X]]));
    expectClose(
      values!,
      X.map((at) => 36 * at ** 3),
      1e-12,
    );
  });

  test("shares the gradient where two are equal, as PyTorch does", () => {
    const [a, b] = [parameter([3]), parameter([3])];
    const values = new Map([[a, [1, 5, 2]], [b, [1, 2, 5]]]); // prettier-ignore
    expect(evaluate(grad(sum(maximum(a, b)), [a, b]), values)).toEqual([[0.5, 1, 0], [0.5, 0, 1]]); // prettier-ignore
    const ties = new Map([[x, [1, 3, 3, 0, 3, 1]]]);
    expect(evaluate(grad(max(x), [x]), ties)).toEqual([[0, 1 / 3, 1 / 3, 0, 1 / 3, 0]]);
    expect(evaluate(grad(sum(max(x, { axes: 1 })), [x]), ties)).toEqual([[0, 0.5, 0.5, 0, 1, 0]]);
    expect(evaluate(grad(sum(max(x, { axes: 0 })), [x]), ties)).toEqual([[1, 0.5, 1, 0, 0.5, 0]]);
  });

  test("takes the target of a loss for data", () => {
    const t = input("t", [2, 3]);
    const [dx, dt] = grad(termwiseLoss("meanSquaredError", x, t), [x, t]);
    expect(dx!.node.op.name).toBe("meanSquaredErrorGrad");
    expect(evaluate([dt!], new Map())).toEqual([[0, 0, 0, 0, 0, 0]]);
  });

  test("finds dropout's mask again instead of keeping it", () => {
    const y = dropout(x, 0.5, 3);
    const [dx] = grad(sum(y), [x]);
    expect(dx!.node).toMatchObject({ op: { name: "dropout" }, attrs: { p: 0.5, stream: 3 } });
  });
});

describe("grad refuses", () => {
  test("what is no scalar", () => {
    expect(() => grad(x, [x])).toThrow(
      "grad: only a scalar has gradients, got x [2, 3]; reduce it first, e.g. with mean()",
    );
    expect(grad(sum(x, { keepDims: true }), [x])[0]!.shape).toEqual([2, 3]);
  });

  test("an op without a derivative on the way, by its name and shape", () => {
    const t = input("t", [2], "i32");
    const loss = crossEntropyLoss(x, t, { smoothing: 0, ignoreIndex: -100 });
    const [dx] = grad(loss, [x]);
    expect(() => grad(sum(dx!), [x])).toThrow(
      "grad: crossEntropyGrad [2, 3] cannot be differentiated, but the result depends on it",
    );
    const [dy] = grad(sum(relu(x)), [x]);
    expect(() => grad(sum(square(dy!)), [x])).toThrow("grad: reluGrad [2, 3] cannot be differentiated");
  });

  test("nothing where the derivative is not asked for beyond such an op", () => {
    const w = parameter([2]);
    const index = argmax(x);
    expect(index.dtype).toBe("i32");
    const [dy] = grad(sum(relu(x)), [x]);
    const [dw] = grad(sum(mul(sum(dy!, { axes: 1 }), w)), [w]);
    expect(dw!.shape).toEqual([2]);
    expect(grad(sum(mul(w, constant(2))), [w])[0]!.shape).toEqual([2]);
  });
});
