// Part 1: Layers of neurons, their parameters, and why depth helps.
//
// Two spirals wind around each other, and a network is asked which of them a point lies on. The networks that are
// compared differ in nothing but the number of their hidden layers.

import { adam, binaryCrossEntropy, compile, linear, sequential, sigmoid, tanh, type Module } from "wasmgrad";
import { Random } from "wasmgrad/data";
import { percent } from "./support/format.js";

const WIDTH = 16;

/** A network of two inputs, `hidden` layers of 16 neurons, and one neuron that answers with a probability. */
function network(hidden: number): Module {
  const layers: Module[] = [];
  for (let layer = 0, inputs = 2; layer < hidden; layer++, inputs = WIDTH) layers.push(linear(inputs, WIDTH), tanh());
  return sequential(...layers, linear(hidden === 0 ? 2 : WIDTH, 1), sigmoid());
}

/** Points of two spirals, [count, 2], and which spiral each is on. */
function spirals(count: number, seed: number): { x: Float32Array; y: Float32Array } {
  const random = new Random(seed);
  const x = new Float32Array(2 * count);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    y[i] = i % 2;
    const radius = 0.1 + 0.9 * Math.sqrt(random.uniform());
    const angle = (4 * radius + y[i]) * Math.PI; // two turns; the second spiral begins across from the first
    x[2 * i] = radius * Math.cos(angle) + random.normal(0, 0.02);
    x[2 * i + 1] = radius * Math.sin(angle) + random.normal(0, 0.02);
  }
  return { x, y };
}

const options = { loss: binaryCrossEntropy(), optimizer: adam({ lr: 0.01 }), seed: 1 };
const deep = await compile(network(3), options);
console.log("A network of three hidden layers:\n");
console.log(deep.summary());

// A neuron has a weight for each of its inputs, and a bias.
const sizes = [2, WIDTH, WIDTH, WIDTH, 1];
const counts = sizes.slice(1).map((neurons, layer) => neurons * (sizes[layer] + 1));
const sums = sizes.slice(1).map((neurons, layer) => `${neurons}·(${sizes[layer]} + 1)`);
console.log(`\nParameters, by hand: ${sums.join(" + ")} = ${counts.reduce((sum, count) => sum + count)}`);

// The forward pass: numbers go in at one end, through layer after layer, and come out at the other.
const [answer] = await deep.predict([0.5, -0.2]);
console.log(`Forward pass: asked about the point (0.5, -0.2), the untrained network answers ${answer.toFixed(3)}.\n`);
deep.dispose();

console.log("Trained on 600 points of two spirals, asked about 400 others:");
const [train, test] = [spirals(600, 1), spirals(400, 2)];
for (const hidden of [0, 1, 2, 3]) {
  const trainer = await compile(network(hidden), options);
  await trainer.fit(train, { epochs: 300, batchSize: 100 });
  const { accuracy } = await trainer.evaluate(test);
  console.log(`  ${hidden} hidden layer${hidden === 1 ? " " : "s"}  ${percent(accuracy!, 7)} right`);
  trainer.dispose();
}
