// The numeric core: what JavaScript can call. Everything else is reached by instructions.
//
// It owns no memory: TypeScript places every buffer, and passes addresses.

import { Control, Layout } from "../src/shared/opcodes";
import { execute } from "./interpreter";
import { shuffle } from "./shuffle";
import { word } from "./simd";

export { execute };

/** First address behind the static data; TypeScript's allocator starts there. */
export function heapBase(): usize {
  return __heap_base;
}

/** 1 if this build has the instructions of all families. */
export function families(): i32 {
  return isDefined(FAMILIES) ? 1 : 0;
}

function set(control: usize, index: Control, value: i32): void {
  store<i32>(control + ((<usize>index) << 2), value);
}

/**
 * Runs `steps` training steps, over the ends of epochs if need be: each is the main program, or the tail program where
 * an epoch's last batch is smaller. Stops early, with Control.Status 1, at a loss that is not finite.
 */
export function run(control: usize, steps: i32): void {
  const perEpoch = word(control, Control.StepsPerEpoch);
  let position = word(control, Control.Position);
  set(control, Control.Status, 0);
  for (let done = 0; done < steps; done++) {
    set(control, Control.Done, done);
    if (position == 0 && word(control, Control.Shuffle)) {
      shuffle(word(control, Control.Order), word(control, Control.Samples), control);
    }
    if (!step(control, position == perEpoch - 1)) {
      set(control, Control.Status, 1);
      return;
    }
    set(control, Control.Step, word(control, Control.Step) + 1);
    if (++position == perEpoch) {
      position = 0;
      set(control, Control.Epoch, word(control, Control.Epoch) + 1);
    }
    set(control, Control.Position, position);
  }
  set(control, Control.Done, steps);
}

function step(control: usize, last: bool): bool {
  const tail = last && word(control, Control.TailCount) != 0;
  let at = <usize>word(control, tail ? Control.Tail : Control.Main);
  const count = <usize>word(control, tail ? Control.TailCount : Control.MainCount);
  const end = at + count * (Layout.Words << 2);
  for (; at < end; at += Layout.Words << 2) {
    if (!execute(at, control)) return false;
  }
  return true;
}
