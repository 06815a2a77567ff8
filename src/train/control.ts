// A control block (src/shared/opcodes.ts) as an object: where a run stands, and what it runs on.

import { Control } from "../shared/opcodes.js";
import type { PlacedProgram } from "./placed.js";
import type { Space } from "./space.js";

/** The seed as the generator's two words. */
export interface Seed {
  readonly low: number;
  readonly high: number;
}

/** Two 32-bit words of a whole number below 2^53. */
export const seedOf = (seed: number): Seed => ({ low: seed | 0, high: Math.floor(seed / 2 ** 32) });

/**
 * What comes after a run: at once if it is done, so that nothing else gets in between; for a run on other threads, when
 * they are.
 */
export function after<T, U>(run: T | Promise<T>, next: (result: T) => U | Promise<U>): U | Promise<U> {
  return run instanceof Promise ? run.then(next) : next(run);
}

export class ControlBlock {
  readonly address: number;

  constructor(
    private readonly space: Space,
    seed: Seed,
  ) {
    this.address = space.alloc(Control.Words * 4);
    this.set(Control.SeedLow, seed.low);
    this.set(Control.SeedHigh, seed.high);
    this.set(Control.StepsPerEpoch, 1);
    this.set(Control.Capacity, 1);
  }

  /** @throws Error after the space was disposed of */
  get(word: Control): number {
    this.space.check();
    return this.space.core.i32[(this.address >>> 2) + word]!;
  }

  /** @throws as get() */
  set(word: Control, value: number): void {
    this.space.check();
    this.space.core.i32[(this.address >>> 2) + word] = value;
  }

  /** What the next run executes: `main` for every step, or `tail` for the last step of an epoch. */
  program(main: PlacedProgram, tail?: PlacedProgram): void {
    // Linking the larger of the two may move the arena, and the other with it: only then are the addresses final.
    for (const placed of [main, tail]) void placed?.address;
    this.set(Control.Together, main.threads > 1 ? 1 : 0);
    this.set(Control.Main, main.address);
    this.set(Control.MainCount, main.count);
    this.set(Control.Tail, tail?.address ?? 0);
    this.set(Control.TailCount, tail?.count ?? 0);
  }

  /**
   * Runs `steps` steps, on all threads that the programs were cut for. Returns how many were done; fewer if a loss was not
   * finite. With several threads, or one that is not the caller's, a promise of that.
   */
  run(steps: number): number | Promise<number> {
    const { core } = this.space;
    if (this.get(Control.Together) === 0 && !core.away) return this.done(core.run(this.address, steps), steps);
    return core.runTogether(this.address, steps).then((done) => this.done(done, steps));
  }

  private done(done: number, steps: number): number {
    return this.get(Control.Status) === 0 ? steps : done;
  }
}
