// The numeric core by itself: logistic regression by hand, with matrices in WASM memory.
//
// For apps that want dot products, matrix products, activations and gradient updates, and no model around them. Every
// operation is one call into WebAssembly, takes the place of its result first, and allocates nothing.

import { open } from "wasmgrad/core";

const core = await open();
const n = 400;

// Two overlapping clouds of points, class 0 around (-1, -1) and class 1 around (1, 1).
const classes = Float32Array.from({ length: n }, (_, i) => i % 2);
const t = core.matrix(n, 1, classes).named("classes");
const x = core.normal(core.matrix(n, 2), 0, 1, 1).named("points");
core.scope(() => {
  const centre = core.affine(core.matrix(n, 1), t, 2, -1); // -1 or 1, freed when the scope ends
  core.add(x, x, centre); // [n, 2] + [n, 1]: the same for both coordinates
});

// What is learned, and the places of all that a step computes.
const w = core.matrix(2, 1).named("weights");
const b = core.vector(1).named("bias");
const [z, p, dz] = [core.matrix(n, 1), core.matrix(n, 1), core.matrix(n, 1)];
const [dw, db] = [core.matrix(2, 1), core.vector(1)];

/** One step of gradient descent on all points; returns the log loss before it. */
function step(lr: number): number {
  core.matmul(z, x, w, { bias: b });
  core.sigmoid(p, z);
  core.sub(dz, p, t); // the gradient of the log loss by z, times n
  core.matmul(dw, x, dz, { transA: true });
  core.columnSums(db, dz);
  core.sgdStep(w, dw, lr / n);
  core.sgdStep(b, db, lr / n);
  // -t log p - (1 - t) log(1 - p) = log(1 + e^z) - t z
  return (core.sum(core.softplus(p, z)) - core.dot(t, z)) / n;
}

console.log(`Points: ${x}, classes: ${t}, to learn: ${w} and ${b}`);
const { calls } = core.core;
const { used } = core.core.memory;
for (let i = 0; i <= 200; i++) {
  const loss = step(0.5);
  if (i % 50 === 0) console.log(`  step ${String(i).padStart(3)}   log loss ${loss.toFixed(4)}`);
}
console.log(
  `A step is ${(core.core.calls - calls) / 201} calls, and took ${core.core.memory.used - used} bytes of memory.`,
);

const [w1, w2] = w.values;
console.log(`Learned: z = ${w1.toFixed(2)}·x1 + ${w2.toFixed(2)}·x2 + ${b.values[0].toFixed(2)}`);

// A point is of class 1 where z is above 0.
const right = core.scope(() => {
  core.matmul(z, x, w, { bias: b });
  core.greater(p, z, core.vector([0]));
  return core.mean(core.equal(p, p, t));
});
console.log(`${(100 * right).toFixed(1)} % of the points are on the right side of the line.`);

// The same line by Adam, whose state is a vector or matrix as well. Forgotten memory comes back by itself; to have it
// back at once, free what is no longer needed, or declare it by `using`.
core.fill(w, 0);
core.fill(b, 0);
const state = [core.adamState(w), core.adamState(b)];
for (let i = 0; i < 200; i++) {
  core.matmul(p, x, w, { bias: b, activation: "sigmoid" });
  core.sub(dz, p, t);
  core.adamStep(w, core.scale(core.matmul(dw, x, dz, { transA: true }), 1 / n), state[0], { lr: 0.05 });
  core.adamStep(b, core.columnSums(db, dz, 1 / n), state[1], { lr: 0.05 });
}
console.log(`By Adam: z = ${w.values[0].toFixed(2)}·x1 + ${w.values[1].toFixed(2)}·x2 + ${b.values[0].toFixed(2)}`);
for (const values of [t, x, w, b, z, p, dz, dw, db, ...state]) values.free();
