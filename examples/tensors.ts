// A model and a loss as functions of tensors, and derivatives.
//
// `ops` has the operations, `parameter` makes what training changes, `func` compiles a function by itself, and `grad`
// is the derivative of a scalar: a tensor like any other, which can be computed with and differentiated again.

import { adam, compile, func, grad, ops, parameter, type Tensor } from "wasmgrad";
import { Random } from "wasmgrad/data";

const { add, maximum, mean, mul, square, sub, sum } = ops;

// 1. The slopes of a function, and the slopes of its slopes.
const cube = await func({ x: [4] }, ({ x }) => {
  const y = mul(mul(x, x), x);
  const [slope] = grad(sum(y), [x]);
  const [curvature] = grad(sum(slope), [x]);
  return { y, slope, curvature };
});
const x = [-1, 0.5, 2, 3];
const { y, slope, curvature } = cube({ x });
console.log(`Of x³, at ${x.join(", ")}:`);
console.log(`  values       ${[...y].join(", ")}`);
console.log(`  slopes       ${[...slope].join(", ")}   (3x²)`);
console.log(`  curvatures   ${[...curvature].join(", ")}   (6x)\n`);
cube.dispose();

// 2. A model of one's own is a parabola. A loss of one's own asks not for the middle of the points, but for the curve
// below which nine of ten of them lie: to be below a point costs nine times as much as to be above it.
const [a, b, c] = ["a", "b", "c"].map((name) => parameter([1], { name }));
const parabola = (x: Tensor) => add(add(mul(square(x), a), mul(x, b)), c);
const quantile = (output: Tensor, target: Tensor) => {
  const missing = sub(target, output);
  return mean(maximum(mul(missing, 0.9), mul(missing, -0.1)));
};

// Points around y = x² whose scatter grows from left to right.
const random = new Random(1);
const points = Float32Array.from({ length: 400 }, () => random.uniform(-1, 1));
const values = points.map((p) => p * p + random.normal(0, 0.1 + 0.1 * (p + 1)));

const trainer = await compile(parabola, { loss: quantile, optimizer: adam({ lr: 0.02 }), input: [1], seed: 1 });
await trainer.fit({ x: points, y: values }, { epochs: 100, batchSize: 50 });

const curve = await trainer.predict(points);
const below = values.filter((value, i) => value <= curve[i]).length;
const show = (name: string) => trainer.parameters[name].values[0].toFixed(2);
console.log(`The curve below which nine of ten points lie: y = ${show("a")}·x² + ${show("b")}·x + ${show("c")}`);
console.log(`  ${below} of ${points.length} points lie below it: ${((100 * below) / points.length).toFixed(1)} %`);
trainer.dispose();
