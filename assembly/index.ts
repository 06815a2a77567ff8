// The numeric core: what JavaScript can call. Everything else is reached by instructions.
//
// It owns no memory: TypeScript places every buffer, and passes addresses.

import { Control, Layout } from "../src/shared/opcodes";
import { gemm } from "./gemm";
import { execute } from "./interpreter";
import { shuffle } from "./shuffle";
import { word } from "./simd";
import { barrier, call, jobControl, jobSteps, join, nextJob, threadIndex } from "./team";

export { execute, join };

// Nobody calls it: a function that is exported is not inlined, and this one would be, into the interpreter (see there).
export { gemm };

/** First address behind the static data; TypeScript's allocator starts there. */
export function heapBase(): usize {
  return __heap_base;
}

/** 1 if this build has the instructions of all families. */
export function families(): i32 {
  return isDefined(FAMILIES) ? 1 : 0;
}

/** 1 if this build has relaxed SIMD. */
export function relaxed(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 1 : 0;
}

/**
 * Runs `steps` training steps, over the ends of epochs if need be: each is the main program, or the tail program where
 * an epoch's last batch is smaller. Stops early, with Control.Status 1, at a loss that is not finite.
 *
 * With several threads this is called in the first, and the others do their part in `work`.
 */
export function run(control: usize, steps: i32): void {
  call(control, steps, word(control, Control.Together) != 0);
  runShared(control, steps);
}

/** The life of a thread other than the first: does its part of every run, until it is told to end. */
export function work(words: usize, index: i32, count: i32): void {
  join(words, index, count);
  for (let job = nextJob(0); job != 0; job = nextJob(job)) runShared(jobControl(), jobSteps());
}

/**
 * Whether the loss of the step under way is finite. A global, and no local: V8 11 (Node 20) loses what lies on the operand stack,
 * where the compiler would keep it, when its baseline code has to sleep at the barrier behind the step.
 */
let finite: bool = true;

function set(control: usize, index: Control, value: i32): void {
  store<i32>(control + ((<usize>index) << 2), value);
}

/**
 * One thread's part of a run. The first one keeps the control block, between two barriers at which all others wait, so
 * that nobody reads it while it changes.
 */
function runShared(control: usize, steps: i32): void {
  const first = threadIndex() == 0;
  const perEpoch = word(control, Control.StepsPerEpoch);
  let position = word(control, Control.Position);
  barrier(); // all have read where the run begins
  if (first) set(control, Control.Status, 0);
  for (let done = 0; done < steps; done++) {
    if (first) {
      set(control, Control.Done, done);
      if (position == 0 && word(control, Control.Shuffle)) {
        shuffle(word(control, Control.Order), word(control, Control.Samples), control);
      }
    }
    barrier();
    finite = step(control, position == perEpoch - 1);
    barrier();
    if (!finite) {
      if (first) set(control, Control.Status, 1);
      return;
    }
    const ended = ++position == perEpoch;
    if (ended) position = 0;
    if (first) {
      set(control, Control.Step, word(control, Control.Step) + 1);
      if (ended) set(control, Control.Epoch, word(control, Control.Epoch) + 1);
      set(control, Control.Position, position);
    }
  }
  if (first) set(control, Control.Done, steps);
}

/** One thread's program of a step. Returns false if the loss is not finite, which all threads see alike. */
function step(control: usize, last: bool): bool {
  const tail = last && word(control, Control.TailCount) != 0;
  let at = <usize>word(control, tail ? Control.Tail : Control.Main);
  let count = word(control, tail ? Control.TailCount : Control.MainCount);
  if (ASC_FEATURE_THREADS) {
    if (word(control, Control.Together)) {
      const line = at + ((<usize>threadIndex()) << 6);
      at = <usize>word(line, 0);
      count = word(line, 1);
    }
  }
  const end = at + <usize>count * (Layout.Words << 2);
  for (; at < end; at += Layout.Words << 2) {
    if (!execute(at, control)) return false;
  }
  return true;
}
