// Several threads that run a program together, each with instructions of its own (src/graph/split/ cuts them), on one
// memory. An instance of the module is private to its thread, and so are its globals; what the threads share are a few
// words in linear memory, placed by the host (Sync in src/shared/opcodes.ts).
//
// A thread that waits first spins, since most waits are shorter than going to sleep, and then sleeps.

import { Sync } from "../src/shared/opcodes";

/** Looks at a word before going to sleep: some 100 to 200 µs. */
const SPINS = 40000;

let sync: usize = 0;
let thread: i32 = 0;
let threads: i32 = 1;
/** Whether the run under way is done by all threads together. */
let together: bool = false;

export function threadIndex(): i32 {
  return thread;
}

/** Address of a shared word. */
function at(word: Sync): usize {
  return sync + ((<usize>word) << 2);
}

/** Called once for each thread, before it does anything else. */
export function join(words: usize, index: i32, count: i32): void {
  sync = words;
  thread = index;
  threads = count;
}

/** Returns once every thread has arrived. The last one in opens the gate. */
export function barrier(): void {
  if (ASC_FEATURE_THREADS) {
    if (!together) return;
    const turn = atomic.load<i32>(at(Sync.Turn));
    if (atomic.add<i32>(at(Sync.Arrived), 1) + 1 == threads) {
      atomic.store<i32>(at(Sync.Arrived), 0); // before opening, or a fast thread is lost
      atomic.add<i32>(at(Sync.Turn), 1);
      atomic.notify(at(Sync.Turn), -1);
    } else waitWhile(at(Sync.Turn), turn);
  }
}

/** Returns once the word is another than `value`. */
function waitWhile(word: usize, value: i32): void {
  if (ASC_FEATURE_THREADS) {
    for (let spins = 0; atomic.load<i32>(word) == value; spins++) {
      if (spins >= SPINS) atomic.wait<i32>(word, value, -1);
    }
  }
}

/** The first thread: tells the others to do `steps` steps of `control` with it, if they are to. */
export function call(control: usize, steps: i32, all: bool): void {
  if (ASC_FEATURE_THREADS) {
    together = all && threads > 1;
    if (!together) return;
    // Nobody still reads the last job: every thread has met the others since.
    atomic.store<i32>(at(Sync.JobControl), <i32>control);
    atomic.store<i32>(at(Sync.JobSteps), steps);
    atomic.add<i32>(at(Sync.Job), 1);
    atomic.notify(at(Sync.Job), -1);
  }
}

/** The other threads: waits for a job that is not the `last` one, and returns its number; 0 if there will be none. */
export function nextJob(last: i32): i32 {
  if (ASC_FEATURE_THREADS) {
    waitWhile(at(Sync.Job), last);
    together = true;
    return jobSteps() ? atomic.load<i32>(at(Sync.Job)) : 0;
  }
  return 0;
}

export function jobControl(): usize {
  return <usize>load<i32>(at(Sync.JobControl));
}

export function jobSteps(): i32 {
  return load<i32>(at(Sync.JobSteps));
}
