// Runs the program in a browser and leaves what it found where the test looks: in `window.result`, a promise.
// The page's address tells how: ?wasm=URL takes the binary from there, ?worker trains in a worker, ?turns counts in
// `window.turns` how often the page gets its turn during one long step.

import { compile, crossEntropy, func, linear, ops, sequential, tanh } from "wasmgrad";
import { train } from "./train.mjs";

if (typeof window === "undefined") {
  self.postMessage(await train());
} else {
  const { searchParams } = new URL(location.href);
  window.result = searchParams.has("worker") ? inWorker() : train({ wasm: searchParams.get("wasm") ?? undefined });
  if (searchParams.has("turns")) window.turns = window.result.then(turnsDuringStep);
}

async function turnsDuringStep() {
  const samples = 100_000;
  const trainer = await compile(sequential(linear(32, 64), tanh(), linear(64, 4)), { loss: crossEntropy() });
  const x = new Float32Array(32 * samples).map((_, i) => Math.sin(i));
  const y = new Int32Array(samples).map((_, i) => i % 4);
  await trainer.step(x, y); // compiles
  let turns = 0;
  let over = false;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    turns++;
    if (!over) port2.postMessage(null);
  };
  port2.postMessage(null);
  await trainer.step(x, y);
  over = true;

  // What returns at once has to run here, even on a core whose programs run elsewhere.
  const twice = await func({ a: [2] }, ({ a }) => ({ y: ops.add(a, a) }), { core: trainer.core });
  if (twice({ a: [1, 2] }).y[1] !== 4) throw new Error("twice 2 is 4");
  trainer.dispose();
  return turns;
}

function inWorker() {
  // This very bundle is the worker's program too.
  const worker = new Worker(import.meta.url, { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}
