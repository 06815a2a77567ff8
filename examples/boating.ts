// Part 4: One neuron decides about boating: z = dot(w, x) + b.
//
// A neuron weighs what it is told. Each input says yes (1) or no (-1), each weight how much that matters, and the bias
// how willing the neuron is from the start. It says yes where z is above 0.

import { compile, linear, meanSquaredError, sequential } from "wasmgrad";

const questions = ["Is the sun out?", "Do friends come along?", "Is the day free?"];
const x = [-1, -1, 1];
const b = 1;

// One neuron with three inputs is a linear layer of one output: its weight is [1, 3], its bias [1].
const neuron = await compile(sequential(linear(3, 1)), { loss: meanSquaredError() });

async function decide(who: string, w: number[]): Promise<void> {
  neuron.load({ "0.weight": w, "0.bias": [b] });
  const [z] = await neuron.predict(x);

  console.log(`${who}: w = [${w.join(", ")}]`);
  questions.forEach((question, i) => console.log(`  ${question.padEnd(24)} ${signed(x[i])} weighs ${w[i]}`));
  const terms = x.map((xi, i) => `${w[i]}·(${xi})`).join(" + ");
  const decision = z > 0 ? "above 0: yes, go boating" : "not above 0: no, stay at home";
  console.log(`  z = ${terms} + ${b} = ${z}, which is ${decision}\n`);
}

const signed = (value: number) => (value > 0 ? "yes (+1)" : "no  (-1)");

await decide("Someone to whom a free day is all", [1, 1, 5]);
await decide("Someone who wants company above all", [2, 6, 3]);
neuron.dispose();
