// Part 6: Log loss, by hand beside the library's.
//
//   loss = -(y · ln(p) + (1 - y) · ln(1 - p)), averaged over the samples
//
// p is the probability that the model gives to class 1, y the truth. The smaller the loss, the better the model.

import { binaryCrossEntropy, compile, type Tensor } from "wasmgrad";
import { numbers } from "./support/format.js";

const y = [1, 1, 0, 0];
const models = {
  "sure and right": [0.95, 0.9, 0.05, 0.1],
  "right, but not sure": [0.6, 0.7, 0.4, 0.3],
  "does not know": [0.5, 0.5, 0.5, 0.5],
  "wrong once": [0.95, 0.1, 0.05, 0.1],
  "sure and wrong": [0.05, 0.1, 0.95, 0.9],
};

const byHand = (p: number[]) => p.map((pi, i) => -(y[i] * Math.log(pi) + (1 - y[i]) * Math.log(1 - pi)));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

// The probabilities are given, so the model is the function that returns what it was given.
const judge = await compile((p: Tensor) => p, { loss: binaryCrossEntropy(), input: [1] });

console.log(`The truth: y = [${y.join(", ")}]. Five models give these probabilities to class 1:\n`);
console.log(`${"".padEnd(21)}p${"".padEnd(24)}loss of each, by hand      mean     the library's`);
for (const [name, p] of Object.entries(models)) {
  const terms = byHand(p);
  const { loss } = await judge.evaluate({ x: p, y });
  console.log(`${name.padEnd(21)}${numbers(p)}   ${numbers(terms)}    ${numbers([mean(terms), loss], 5)}`);
}

console.log("\nThe loss of one sample of class 1, by the probability that the model gave it:\n");
for (const p of [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]) {
  const loss = -Math.log(p);
  console.log(`  p = ${p.toFixed(2)}  ${"█".repeat(Math.round(10 * loss))} ${loss.toFixed(2)}`);
}
console.log("\nTo be wrong costs much, to be wrong and sure of it costs most. Only to be right and sure is free.");
judge.dispose();
