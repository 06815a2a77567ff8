// A training loop of one's own, with its own way to stop.
//
// `step` is one update on one batch, and `gradients` looks without an update. `fit` stops after so many epochs, or when
// a loss no longer falls; this loop stops when the gradient is nearly zero, as at the bottom no way leads down.

import { compile, linear, meanSquaredError, sequential, sgd } from "wasmgrad";
import { Random } from "wasmgrad/data";

// Points near the plane y = 3·x1 - 2·x2 + 0.5.
const random = new Random(1);
const samples = 256;
const x = Float32Array.from({ length: 2 * samples }, () => random.normal());
const plane = (x1: number, x2: number) => 3 * x1 - 2 * x2 + 0.5;
const y = Float32Array.from({ length: samples }, (_, i) => plane(x[2 * i], x[2 * i + 1]) + random.normal(0, 0.1));

const model = sequential(linear(2, 1));
const trainer = await compile(model, { loss: meanSquaredError(), optimizer: sgd({ lr: 0.1 }), seed: 1 });

console.log("Fitting a plane, until the gradient is shorter than 0.001:");
for (;;) {
  const { loss, gradients } = await trainer.gradients(x, y); // looks, and changes nothing
  const length = Math.hypot(...Object.values(gradients).flatMap((gradient) => [...gradient]));
  const atBottom = length < 1e-3;
  if (trainer.steps % 10 === 0 || atBottom) {
    console.log(`  step ${trainer.steps}\tloss ${loss.toFixed(5)}\tgradient's length ${length.toFixed(5)}`);
  }
  if (atBottom) break;
  await trainer.step(x, y); // one update on one batch
}

const [w1, w2] = trainer.parameters["0.weight"].values;
const [b] = trainer.parameters["0.bias"].values;
console.log(`\nThe points lie near  y = 3·x1 - 2·x2 + 0.5`);
console.log(`It has found         y = ${w1.toFixed(3)}·x1 - ${(-w2).toFixed(3)}·x2 + ${b.toFixed(3)}`);
trainer.dispose();
