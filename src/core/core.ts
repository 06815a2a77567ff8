// One running numeric core: a WebAssembly instance and its linear memory. The only place that derives views of the
// memory and calls into it. It knows addresses and instructions, nothing of models.

import { Control, Layout } from "../shared/opcodes.js";
import { load, type CoreExports, type WasmSource } from "./load.js";
import { Memory } from "./memory.js";

export interface InitOptions {
  /** The binary to run; the default is the one inlined in the package. */
  wasm?: WasmSource | Promise<WasmSource>;
}

export class Core {
  readonly memory: Memory;
  /** How many times JavaScript has called into WebAssembly. */
  calls = 0;
  private readonly exports: CoreExports;
  private readonly instruction: number;
  private views: { buffer: ArrayBuffer; f32: Float32Array; f64: Float64Array; i32: Int32Array; u8: Uint8Array };
  private readonly forgotten = new FinalizationRegistry<readonly number[]>((addresses) => {
    for (const at of addresses) this.memory.free(at);
  });

  private constructor(memory: Memory, exports: CoreExports) {
    this.memory = memory;
    this.exports = exports;
    this.views = viewsOf(memory.wasm.buffer);
    memory.startAt(exports.heapBase() >>> 0); // results of WebAssembly are signed
    this.instruction = memory.alloc(Layout.Words * 4);
  }

  /** Starts a core of its own, with a memory of its own. */
  static async start(options: InitOptions = {}): Promise<Core> {
    const memory = new Memory();
    return new Core(memory, await load(memory.wasm, options.wasm));
  }

  // The whole memory by type. A view is valid until the memory grows; these give the current one.
  get f32(): Float32Array {
    return this.current().f32;
  }
  get f64(): Float64Array {
    return this.current().f64;
  }
  get i32(): Int32Array {
    return this.current().i32;
  }
  get u8(): Uint8Array {
    return this.current().u8;
  }

  /**
   * A view of `length` floats at `address`, valid until the memory grows. Addresses read from memory or returned by
   * WebAssembly are signed: above 2 GiB they are negative, and right here nonetheless.
   */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.wasm.buffer, address >>> 0, length);
  }

  /**
   * Executes one instruction: the opcode and its arguments as 32-bit words. Words that are not given are 0.
   * @throws RangeError for more words than an instruction has.
   */
  execute(words: ArrayLike<number>, control = 0): boolean {
    if (words.length > Layout.Words) {
      throw new RangeError(`core: an instruction has at most ${Layout.Words} words, got ${words.length}`);
    }
    const { i32 } = this;
    const at = this.instruction >>> 2;
    for (let i = 0; i < Layout.Words; i++) i32[at + i] = words[i] ?? 0;
    return this.executeAt(this.instruction, control);
  }

  /** Executes the instruction that lies at `address`. */
  executeAt(address: number, control: number): boolean {
    this.calls++;
    return this.exports.execute(address, control) !== 0;
  }

  /**
   * Runs `steps` steps of the programs that the control block names.
   * @returns how many were done: fewer only if one's loss was not finite.
   */
  run(control: number, steps: number): number {
    this.calls++;
    this.exports.run(control, steps);
    return this.i32[(control >>> 2) + Control.Done]!;
  }

  /** Frees `addresses` once `owner` has been collected, unless `release` came first. */
  freeWith(owner: object, addresses: readonly number[]): void {
    this.forgotten.register(owner, addresses, owner);
  }

  /** Frees what `freeWith` was told of `owner`, now. */
  release(owner: object, addresses: readonly number[]): void {
    this.forgotten.unregister(owner);
    for (const at of addresses) this.memory.free(at);
  }

  private current() {
    // Growing detaches every view of the old buffer.
    if (this.views.buffer !== this.memory.wasm.buffer) this.views = viewsOf(this.memory.wasm.buffer);
    return this.views;
  }
}

function viewsOf(buffer: ArrayBuffer) {
  return {
    buffer,
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i32: new Int32Array(buffer),
    u8: new Uint8Array(buffer),
  };
}

let shared: Promise<Core> | undefined;

/**
 * Starts the core that all models share, or returns it if it runs already. `compile` calls it by itself; call it
 * first to choose where the WebAssembly binary comes from.
 * @throws Error if the core is already running and `options` ask for another binary.
 */
export function init(options: InitOptions = {}): Promise<Core> {
  if (shared && options.wasm !== undefined) {
    return Promise.reject(
      new Error("init: the core is already running or starting; call init({ wasm }) once, before the first compile"),
    );
  }
  shared ??= Core.start(options).catch((error: unknown) => {
    shared = undefined; // so that the next call can try another source
    throw error;
  });
  return shared;
}
