// Part 7: Gradient descent at a rate too small, right, too large.
//
// One neuron with one input has two parameters, so its loss is a landscape over the plane of w and b. Gradient descent
// goes downhill: w and b each minus the rate times their gradient. out/learning-rate.svg shows the ways it took.

import { mkdirSync, writeFileSync } from "node:fs";
import { binaryCrossEntropy, compile, linear, sequential, sgd } from "wasmgrad";
import { descentPlot, type Descent } from "./support/descent-plot.js";
import { numbers } from "./support/format.js";

// Whether people went boating, by how warm it was: degrees above 15 °C, in tens.
const x = [-1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5];
const y = [0, 0, 0, 1, 0, 0, 1, 1, 1, 1];
const STEPS = 40;

/** Where the descent from (-0.5, 1.5) was before each of 40 steps and after the last. */
async function descend(lr: number): Promise<Descent["path"]> {
  const loss = binaryCrossEntropy({ fromLogits: true }); // the sigmoid is in the loss
  const neuron = await compile(sequential(linear(1, 1)), { loss, optimizer: sgd({ lr }) });
  neuron.load({ "0.weight": [-0.5], "0.bias": [1.5] });
  const path: { w: number; b: number; loss: number }[] = [];
  for (let step = 0; step <= STEPS; step++) {
    const [w] = neuron.parameters["0.weight"].values;
    const [b] = neuron.parameters["0.bias"].values;
    path.push({ w, b, loss: (await neuron.step(x, y)).loss }); // the loss before the update
  }
  neuron.dispose();
  return path;
}

/** The log loss at any w and b, to draw the landscape: ln(1 + e^z) - y·z is that of one sample. */
const logLoss = (w: number, b: number) =>
  x.reduce((sum, xi, i) => sum + Math.log(1 + Math.exp(w * xi + b)) - y[i] * (w * xi + b), 0) / x.length;

const descents: Descent[] = [];
const rates = { "too small": 0.05, right: 3, "too large": 8 };
for (const [verdict, lr] of Object.entries(rates)) {
  const path = await descend(lr);
  const rises = path.filter(({ loss }, step) => step > 0 && loss > path[step - 1].loss + 1e-4).length;
  const losses = [0, 1, 2, 5, 10, 20, 40].map((step) => path[step].loss);
  const { w, b } = path[STEPS];
  console.log(`Rate ${lr}, ${verdict}:`);
  console.log(`  loss after 0, 1, 2, 5, 10, 20 and 40 steps   ${numbers(losses, 3)}`);
  console.log(`  it ends at w = ${w.toFixed(2)}, b = ${b.toFixed(2)}; ${rises} of its steps went uphill\n`);
  descents.push({ title: `rate ${lr}: ${verdict}`, path });
}
console.log("The first has not got far, the second has arrived, the third jumps over the valley and back.");

const svg = await descentPlot(descents, logLoss, {
  region: { w: [-1, 4.5], b: [-4.5, 2.5] },
  levels: [0.358, 0.38, 0.42, 0.5, 0.62, 0.8, 1.05, 1.4, 1.9, 2.5],
});
mkdirSync("out", { recursive: true });
writeFileSync("out/learning-rate.svg", svg);
console.log("The landscape and the three descents: out/learning-rate.svg");
