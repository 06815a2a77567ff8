// The threads that run programs together: workers on one shared memory. The first of them, the leader, is called by
// message and does a run; the others wait inside WebAssembly. So the thread that the program runs on, a page's above
// all, never blocks.
//
// The workers start once, serve many programs, and keep no process alive.

import { wideTiles } from "./load.js";

/** What a worker is given. */
interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly wide: number;
  readonly sync: number;
  readonly index: number;
  readonly threads: number;
}

/** A worker of the web, or one of Node's under the same face. */
interface Thread {
  post(message: unknown): void;
  /** Keeps the process alive while a run is under way. */
  hold(held: boolean): void;
  end(): void;
}

/**
 * The workers' program. It stands here as text, since that is the one form that every bundler and engine takes without
 * settings. A leader answers a run's control block and steps with how many were done.
 */
const source = `
const boot = async ({ module, memory, wide, sync, index, threads }, answer) => {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, wide } });
  answer({ ready: true });
  if (index > 0) return exports.work(sync, index, threads);
  exports.join(sync, index, threads);
  return ({ control, steps }) => {
    exports.run(control, steps);
    answer({ done: true });
  };
};
let run;
const receive = async (message, answer) => {
  try {
    if (message.module) run = boot(message, answer);
    else (await run)(message);
  } catch (error) {
    answer({ error: String(error) });
  }
};
if (typeof WorkerGlobalScope === "undefined") {
  const { parentPort } = require("node:worker_threads");
  parentPort.on("message", (message) => receive(message, (answer) => parentPort.postMessage(answer)));
} else {
  onmessage = ({ data }) => receive(data, (answer) => postMessage(answer));
}
`;

interface Answer {
  readonly ready?: boolean;
  readonly done?: boolean;
  readonly error?: string;
}

export class Team {
  private readonly threads: Thread[] = [];
  private waiting: { resolve(): void; reject(error: Error): void } | undefined;
  private broken: Error | undefined;
  /** The run that was asked for last. */
  private last: Promise<void> = Promise.resolve();

  private constructor(readonly size: number) {}

  /**
   * Starts `size` workers.
   * @param sync address of Sync.Words zeroed words
   * @throws Error if the engine lets none be started
   */
  static async start(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    sync: number,
    size: number,
  ): Promise<Team> {
    const team = new Team(size);
    const ready = Array.from({ length: size }, (_, index) =>
      team.add({ module, memory, wide: wideTiles(), sync, index, threads: size }),
    );
    try {
      await Promise.all(ready);
    } catch (error) {
      team.end();
      throw error;
    }
    return team;
  }

  /**
   * Runs `steps` steps of the control block's programs on all threads, after the runs that were asked for before.
   * @throws Error if a thread has ended
   */
  run(control: number, steps: number): Promise<void> {
    const mine = this.last.then(() => this.begin(control, steps));
    this.last = mine.catch(() => {});
    return mine;
  }

  private begin(control: number, steps: number): Promise<void> {
    if (this.broken) return Promise.reject(this.broken);
    const leader = this.threads[0]!;
    leader.hold(true);
    return new Promise<void>((resolve, reject) => {
      this.waiting = { resolve, reject };
      leader.post({ control, steps });
    }).finally(() => {
      this.waiting = undefined;
      leader.hold(false);
    });
  }

  /** Ends all threads. */
  end(): void {
    this.fail(new Error("the threads have been ended"));
  }

  private async add(start: Start): Promise<void> {
    let settle: { resolve(): void; reject(error: Error): void };
    const ready = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
    const thread = await startThread(
      (answer) => {
        if (answer.ready) settle.resolve();
        else if (answer.done) this.waiting?.resolve();
        else this.lose(start.index, answer.error ?? "it sent an unknown message");
      },
      (reason) => {
        settle.reject(new Error(`thread ${start.index} could not be started: ${reason}`));
        this.lose(start.index, reason);
      },
    );
    this.threads[start.index] = thread;
    thread.hold(true);
    thread.post(start);
    await ready;
    thread.hold(false);
  }

  private lose(index: number, reason: string): void {
    this.fail(
      new Error(
        `thread ${index} of ${this.size} has ended (${reason}), so the run under way cannot be finished; ` +
          `load the last checkpoint into a new trainer, or compile with { threads: 1 }`,
      ),
    );
  }

  private fail(error: Error): void {
    this.broken ??= error;
    this.waiting?.reject(this.broken);
    // The others would wait for it for ever.
    for (const thread of this.threads.splice(0)) thread?.end();
  }
}

/** Starts one worker. `lost` is called if it fails or ends. */
async function startThread(answered: (answer: Answer) => void, lost: (reason: string) => void): Promise<Thread> {
  const { Worker: WebWorker } = globalThis as { Worker?: typeof Worker };
  if (WebWorker) {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new WebWorker(url, { type: "module" });
    worker.onmessage = ({ data }) => {
      URL.revokeObjectURL(url);
      answered(data as Answer);
    };
    worker.onerror = ({ message }) => lost(message || "its script could not be loaded");
    return { post: (message) => worker.postMessage(message), hold: () => {}, end: () => worker.terminate() };
  }
  const { Worker: NodeWorker } = await import(/* @vite-ignore */ nodeWorkers);
  const worker = new NodeWorker(source, { eval: true });
  worker.on("message", answered);
  worker.on("error", (error: Error) => lost(error.message));
  worker.on("exit", (code: number) => lost(`exit code ${code}`));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    end: () => void worker.terminate(),
  };
}

// Not a literal in the import(), which bundlers would look for.
const nodeWorkers: string = "node:worker_threads";
