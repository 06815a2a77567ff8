// Runs one instruction of the core over and over, inside a single call, so that only the kernel is timed.

import { Core } from "../src/core/core.js";
import { Control, Layout, Opcode } from "../src/shared/opcodes.js";
import type { Task } from "./harness.js";

/** An f32 argument of an instruction. */
export interface Real {
  readonly real: number;
}

export interface Bench {
  readonly core: Core;
  /** Address of n floats from [-1, 1), or of n bytes or indices if `fill` writes them. */
  floats(n: number, fill?: (i: number) => number): number;
  bytes(n: number): number;
  words(values: ArrayLike<number>): number;
  doubles(values: readonly number[]): number;
  /** The task that executes an instruction. */
  task(name: string, code: Opcode, args: readonly (number | Real)[]): Task;
  /** Frees all buffers so far. */
  clear(): void;
}

/** Steps of `run` never come to the end of an epoch. */
const ENDLESS = 0x7fffffff;

export async function openBench(): Promise<Bench> {
  const core = await Core.start();
  let addresses: number[] = [];
  const alloc = (bytes: number) => {
    const at = core.memory.alloc(bytes);
    addresses.push(at);
    return at;
  };
  const words = (values: ArrayLike<number>) => {
    const at = alloc(values.length * 4);
    core.i32.set(values, at >>> 2);
    return at;
  };
  const doubles = (values: readonly number[]) => {
    const at = alloc(values.length * 8);
    core.f64.set(values, at >>> 3);
    return at;
  };
  const floats = (n: number, fill = (i: number) => ((i * 0.6180339887) % 1) * 2 - 1) => {
    const at = alloc(n * 4);
    const view = core.floats(at, n);
    for (let i = 0; i < n; i++) view[i] = fill(i);
    return at;
  };
  const bytes = (n: number) => {
    const at = alloc(n);
    for (let i = 0; i < n; i++) core.u8[at + i] = (i * 197) & 255;
    return at;
  };

  return {
    core,
    floats,
    bytes,
    words,
    doubles,
    task(name, code, args) {
      const program = alloc(Layout.Words * 4);
      for (const [i, arg] of [code, ...args].entries()) {
        if (typeof arg === "number") core.i32[(program >>> 2) + i] = arg;
        else core.f32[(program >>> 2) + i] = arg.real;
      }
      const control = alloc(Control.Words * 4);
      const set = (word: Control, value: number) => (core.i32[(control >>> 2) + word] = value);
      set(Control.Main, program);
      set(Control.MainCount, 1);
      set(Control.StepsPerEpoch, ENDLESS);
      set(Control.Rates, doubles([1e-6]));
      set(Control.Capacity, 1);
      return { name, run: (times) => core.run(control, times) };
    },
    clear() {
      for (const at of addresses) core.memory.free(at);
      addresses = [];
    },
  };
}
