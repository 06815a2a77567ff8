// Ctrl-C as a request: the first one lets a training end in an orderly way, another one ends the process.

const TWICE = 500; // milliseconds after which a second Ctrl-C is meant: some runners pass each on twice at once

/**
 * Listens from now on. The first Ctrl-C aborts the signal, a later one ends the process at once.
 *
 * @param onRequest called at every Ctrl-C, before anything else: takes down what stands on the terminal
 * @returns the signal, and the function that stops listening
 */
export function interruptions(onRequest?: () => void): { signal: AbortSignal; ignore(): void } {
  const controller = new AbortController();
  let first = Infinity;
  const onSignal = () => {
    onRequest?.();
    if (performance.now() - first > TWICE) process.exit(130);
    first = Math.min(first, performance.now());
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  return { signal: controller.signal, ignore: () => void process.off("SIGINT", onSignal) };
}
