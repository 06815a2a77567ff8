// One running numeric core: a WebAssembly instance and its linear memory. The only place that derives views of the
// memory and calls into it. It knows addresses and instructions, nothing of models.

import { Control, Layout } from "../shared/opcodes.js";
import { load, type Binary, type CoreExports } from "./load.js";
import { Memory } from "./memory.js";
import type { WasmSource } from "./source.js";
import type { Team } from "./team.js";
import { bytesOf, hasRelaxedSimd, variantFor } from "./variant.js";

export interface InitOptions {
  /**
   * The binary to run: wasmgrad/wasm/simd.wasm, or simd-dense.wasm for models of dense layers alone. Default: one of
   * those inlined in the package, the small one first, the other when a model needs it.
   */
  wasm?: WasmSource | Promise<WasmSource>;
  /** True for the build that gives the same bits in every engine. Default false: the fastest that the engine takes. */
  deterministic?: boolean;
}

/** Bytes at the start of the memory that the static data of any build fit in. */
export const STATIC = 65_536;

export class Core {
  readonly memory: Memory;
  /** How many times JavaScript has called into WebAssembly. */
  calls = 0;
  private exports: CoreExports;
  private readonly instruction: number;
  private views: { buffer: ArrayBuffer; f32: Float32Array; f64: Float64Array; i32: Int32Array; u8: Uint8Array };
  private readonly forgotten = new FinalizationRegistry<readonly number[]>((addresses) => {
    for (const at of addresses) this.memory.free(at);
  });

  /** Whether programs are run by its threads alone, since the caller's own is a page's and must not be blocked. */
  readonly away: boolean;

  /** Threads that run programs together: its workers; 1 for one of them, or for the caller's own where it has none. */
  get threads(): number {
    return this.team?.size ?? 1;
  }

  private constructor(
    memory: Memory,
    exports: CoreExports,
    /** Whether another of the package's builds may take the place of this one. */
    private readonly inlined: boolean,
    private readonly deterministic: boolean,
    private readonly team?: Team,
  ) {
    this.away = team !== undefined && onPage();
    this.memory = memory;
    this.exports = exports;
    this.views = viewsOf(memory.wasm.buffer);
    if (!team) memory.startAt(STATIC); // its threads' words lie there already
    this.instruction = memory.alloc(Layout.Words * 4);
  }

  /**
   * Starts a core of its own, with a memory of its own.
   * @param families false to begin with the instructions of dense layers alone; default true
   */
  static async start(options: InitOptions = {}, families = true): Promise<Core> {
    const memory = new Memory();
    const { deterministic = false } = options;
    const exports = await load(memory.wasm, await binaryOf(options, families));
    const end = exports.heapBase() >>> 0; // results of WebAssembly are signed
    if (end > STATIC)
      throw new Error(`core: the binary's static data end at ${end}, beyond the ${STATIC} bytes kept for them`);
    return new Core(memory, exports, options.wasm === undefined, deterministic);
  }

  /** A core whose programs are run by a team; see threads.ts. */
  static withTeam(memory: Memory, exports: CoreExports, deterministic: boolean, team: Team): Core {
    return new Core(memory, exports, false, deterministic, team);
  }

  /** Runs `steps` steps as run() does, on its own threads, while this one goes on with something else. */
  async runTogether(control: number, steps: number): Promise<number> {
    if (!this.team) throw new Error("core: it was started without threads of its own");
    this.calls++;
    await this.team.run(control, steps);
    return this.i32[(control >>> 2) + Control.Done]!;
  }

  /**
   * Makes the instructions of all families available: powers, convolution, recurrent layers, attention and the like.
   * @throws Error if the core was started from a binary without them
   */
  async provideFamilies(): Promise<void> {
    if (this.exports.families() !== 0) return;
    if (!this.inlined) {
      throw new Error(
        "init: this model has more than dense layers need, but { wasm } was the binary for those alone; pass wasmgrad/wasm/simd.wasm",
      );
    }
    // Kernels keep nothing between two instructions, so another build can take over on the same memory.
    const { memory, deterministic } = this;
    this.exports = await load(memory.wasm, await bytesOf(variantFor({ deterministic, kind: "all" })));
  }

  /** Whether its binary is one with relaxed SIMD. */
  get relaxed(): boolean {
    return this.exports.relaxed() !== 0;
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

/** The binary that the options name, or one of the package's. */
async function binaryOf({ wasm, deterministic = false }: InitOptions, families: boolean): Promise<Binary> {
  if (wasm === undefined || wasm === null) {
    return bytesOf(variantFor({ deterministic, kind: families ? "all" : "dense" }));
  }
  const source = await wasm; // before the import: a promise that fails meanwhile would have nobody to catch it
  return (await import("./source.js")).binaryFrom(source);
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

/** True on the thread of a page, false in workers and outside of browsers. */
const onPage = () => typeof (globalThis as { document?: unknown }).document === "object";

/**
 * Whether models that say nothing of threads are to be trained away from this one: it is a page's that can share memory,
 * and nobody has given a binary to run instead.
 */
export const mustNotBlock = (): boolean => onPage() && globalThis.crossOriginIsolated === true && !given;
let given = false;

// Cores that models share, by whether they are deterministic; where there is no faster build they are one.
const shared = new Map<boolean, Promise<Core>>();
export const keyOf = (deterministic: boolean) => deterministic && hasRelaxedSimd();

/**
 * Starts the core that all models share, or returns it if it runs already. `compile` calls it by itself; call it
 * first to choose where the WebAssembly binary comes from.
 * @throws Error if the core is already running and `options` ask for another binary.
 */
export function init(options: InitOptions = {}): Promise<Core> {
  const key = keyOf(options.deterministic ?? false);
  if (options.wasm !== undefined && shared.size > 0) {
    return Promise.reject(
      new Error("init: the core is already running or starting; call init({ wasm }) once, before the first compile"),
    );
  }
  let found = shared.get(key);
  if (!found) {
    found = Core.start(options, false).catch((error: unknown) => {
      shared.clear(); // so that the next call can try another source
      given = false;
      throw error;
    });
    shared.set(key, found);
    // A binary of one's own serves every model.
    if (options.wasm !== undefined) {
      shared.set(!key, found);
      given = true;
    }
  }
  return found;
}
