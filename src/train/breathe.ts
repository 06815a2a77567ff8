// Pauses between calls into WebAssembly, in which timers, input and drawing get their turn.

/** Work between two pauses, in milliseconds: long enough to cost nothing, short enough not to be felt. */
export const SLICE = 22;

/** Resolves in a later turn of the event loop. A timer would take at least 4 ms in a browser; a message does not. */
const nextTurn: () => Promise<void> =
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

/** Knows how long there has been no pause. */
export class Breather {
  private since = performance.now();

  /** True if another slice of work would be felt. */
  get due(): boolean {
    return performance.now() - this.since > SLICE / 2;
  }

  async pause(): Promise<void> {
    await nextTurn();
    this.since = performance.now();
  }
}
