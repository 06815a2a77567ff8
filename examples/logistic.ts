// Part 5: Logistic regression, and what activations are for: XOR.
//
// The sigmoid turns a neuron's z into a probability, and 0.5 and above is the positive class. One such neuron draws one
// straight line. What no straight line divides takes a hidden layer, and a non-linear activation in it.

import { adam, binaryCrossEntropy, compile, linear, sequential, sgd, sigmoid, tanh } from "wasmgrad";
import { Random } from "wasmgrad/data";
import { numbers, percent } from "./support/format.js";

const logLoss = binaryCrossEntropy();

// Two overlapping clouds of 200 points each: class 0 around (-1, -1), class 1 around (1, 1).
const random = new Random(1);
const y = Float32Array.from({ length: 400 }, (_, i) => i % 2);
const x = Float32Array.from({ length: 800 }, (_, at) => random.normal(2 * y[at >> 1] - 1, 1));

const model = sequential(linear(2, 1), sigmoid());
const neuron = await compile(model, { loss: logLoss, optimizer: adam({ lr: 0.1 }), seed: 1 });
const history = await neuron.fit({ x, y }, { epochs: 30 });
console.log("Logistic regression: one neuron with a sigmoid learns to tell two clouds of points apart.");
for (const at of [0, 9, 19, 29]) {
  const { epoch, loss, accuracy } = history[at];
  console.log(`  epoch ${String(epoch).padEnd(2)}   log loss ${loss.toFixed(3)}   ${percent(accuracy!)} right`);
}

const [w1, w2] = neuron.parameters["0.weight"].values;
const [b] = neuron.parameters["0.bias"].values;
console.log(`It has learned z = ${w1.toFixed(2)}·x1 + ${w2.toFixed(2)}·x2 + ${b.toFixed(2)}. Three points:`);
const points = [1, 1, 0.3, -0.2, -1.5, 0]; // [3, 2]
for (const [i, p] of (await neuron.predict(points)).entries()) {
  const [x1, x2] = points.slice(2 * i);
  const z = w1 * x1 + w2 * x2 + b;
  const decision = p >= 0.5 ? "at least 0.5: class 1" : "below 0.5: class 0";
  const point = `(${x1}, ${x2})`.padEnd(11);
  console.log(`  ${point}   z = ${z.toFixed(2).padStart(5)}   sigmoid(z) = ${p.toFixed(3)}   ${decision}`);
}
neuron.dispose();

// XOR: true if exactly one of the two inputs is.
const xor = { x: [0, 0, 0, 1, 1, 0, 1, 1], y: [0, 1, 1, 0] };
const models = {
  "without a hidden layer": sequential(linear(2, 1), sigmoid()),
  "with a hidden layer, but a linear one": sequential(linear(2, 8), linear(8, 1), sigmoid()),
  "with a hidden layer and its tanh": sequential(linear(2, 8), tanh(), linear(8, 1), sigmoid()),
};
console.log("\nXOR, learned for 1000 epochs:");
for (const [name, model] of Object.entries(models)) {
  const trainer = await compile(model, { loss: logLoss, optimizer: sgd({ lr: 0.5 }), seed: 1 });
  await trainer.fit(xor, { epochs: 1000, batchSize: 4 });
  const { loss, accuracy } = await trainer.evaluate(xor);
  const answers = numbers(await trainer.predict(xor.x));
  console.log(`  ${name.padEnd(37)} ${percent(accuracy!, 7)} right   loss ${loss.toFixed(3)}   answers ${answers}`);
  trainer.dispose();
}
