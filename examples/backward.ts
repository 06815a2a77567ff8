// Part 8: Every activation and every gradient, and both by hand.
//
//   forward    x → z1 = W1·x + b1 → a = tanh(z1) → z2 = w2·a + b2 → p = sigmoid(z2) → loss = -ln(p), as y is 1
//   backward   from the loss to every parameter: each step multiplies by the slope of one of these functions
//
// Two inputs, two hidden neurons, one output, and numbers that can be followed with a calculator.

import { binaryCrossEntropy, compile, linear, sequential, sigmoid, tanh } from "wasmgrad";

const x = [1, -2];
const y = [1];
const W1 = [0.5, -0.25, 0.75, 0.5]; // [2, 2], the weights of one neuron after those of the other
const b1 = [0, 0.5];
const w2 = [1, -0.5];
const b2 = 0.25;

// By hand, forward: from the input to the loss.
const z1 = [W1[0] * x[0] + W1[1] * x[1] + b1[0], W1[2] * x[0] + W1[3] * x[1] + b1[1]];
const a = z1.map(Math.tanh);
const z2 = w2[0] * a[0] + w2[1] * a[1] + b2;
const p = 1 / (1 + Math.exp(-z2));
const loss = -Math.log(p);

// By hand, backward, by the chain rule: dz2 is how much the loss changes for a small change of z2.
const dp = -1 / p; // the slope of -ln(p)
const dz2 = dp * p * (1 - p); // the slope of the sigmoid is p·(1 - p)
const dw2 = a.map((aj) => dz2 * aj);
const da = w2.map((w) => dz2 * w);
const dz1 = da.map((daj, j) => daj * (1 - a[j] ** 2)); // the slope of tanh is 1 - tanh²
const dW1 = dz1.flatMap((dz) => x.map((xi) => dz * xi));
const dx = x.map((_, i) => W1[i] * dz1[0] + W1[2 + i] * dz1[1]);

// The library's: `inspect` returns every tensor of a forward pass, with the gradient of the loss at it.
const network = await compile(sequential(linear(2, 2), tanh(), linear(2, 1), sigmoid()), {
  loss: binaryCrossEntropy(),
});
network.load({ "0.weight": W1, "0.bias": b1, "2.weight": w2, "2.bias": [b2] });
const { tensors } = await network.inspect(x, y);

/** What was worked out by hand: [name in the library, name here, value, gradient]. */
const forward: [string, string, number[], number[]][] = [
  ["x", "x", x, dx],
  ["0.linear", "z1", z1, dz1],
  ["1.tanh", "a", a, da],
  ["2.linear", "z2", [z2], [dz2]],
  ["3.sigmoid", "p", [p], [dp]],
  ["loss", "loss", [loss], [1]],
];
const parameters: typeof forward = [
  ["2.bias", "b2", [b2], [dz2]],
  ["2.weight", "w2", w2, dw2],
  ["0.bias", "b1", b1, dz1],
  ["0.weight", "W1", W1, dW1],
];

let worst = 0;
function compare(name: string, symbol: string, byHand: number[], itsOwn: Float32Array): void {
  worst = Math.max(worst, ...byHand.map((value, i) => Math.abs(value - itsOwn[i])));
  const [left, right] = [byHand, [...itsOwn]].map((values) =>
    values.map((value) => value.toFixed(4).padStart(7)).join(" "),
  );
  console.log(`  ${symbol.padEnd(6)} ${left.padEnd(33)} ${name.padEnd(10)} ${right}`);
}

const tensor = (name: string) => tensors.find((found) => found.name === name)!;
const heading = (text: string) => console.log(`\n${text.padEnd(42)}the library's`);

heading("Forward, by hand");
for (const [name, symbol, value] of forward) compare(name, symbol, value, tensor(name).values);
heading("Backward, by hand: the activations");
for (const [name, symbol, , gradient] of forward.reverse())
  compare(name, `d${symbol}`, gradient, tensor(name).gradient!);
heading("Backward, by hand: the parameters");
for (const [name, symbol, , gradient] of parameters) compare(name, `d${symbol}`, gradient, tensor(name).gradient!);

console.log(`\nThe largest difference is ${worst.toExponential(1)}: the library counts in 32 bits, JavaScript in 64.`);
console.log("A step of training subtracts from each parameter the learning rate times its gradient.");
network.dispose();
