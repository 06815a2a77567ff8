// Runs the program in a browser and leaves what it found where the test looks: in `window.result`, a promise.
// The page's address tells how: ?wasm=URL takes the binary from there, ?worker trains in a worker.

import { train } from "./train.mjs";

if (typeof window === "undefined") {
  self.postMessage(await train());
} else {
  const { searchParams } = new URL(location.href);
  window.result = searchParams.has("worker") ? inWorker() : train({ wasm: searchParams.get("wasm") ?? undefined });
}

function inWorker() {
  // This very bundle is the worker's program too.
  const worker = new Worker(import.meta.url, { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}
