// A pause between two calls into WebAssembly, in which timers, input and drawing get their turn. A timer would wait at
// least 4 ms in a browser; a message does not.

/** Resolves in a later turn of the event loop. */
export const breathe: () => Promise<void> =
  typeof setImmediate === "function"
    ? () => new Promise((resolve) => setImmediate(resolve))
    : () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve();
          };
          port2.postMessage(null);
        });

/** Work between two pauses, in milliseconds: long enough to cost nothing, short enough not to be felt. */
export const SLICE = 22;
