// The memory of one trainer or function: what it has allocated, and the buffers that all its programs share, since only
// one of them runs at a time. Freed by dispose(), or once its owner is forgotten.

import type { Core } from "../core/core.js";

export class Space {
  /** Everything that has to be freed; shared with the core, which frees it when the owner has been collected. */
  private readonly addresses: number[] = [];
  private readonly buffers = new Map<string | symbol, { at: number; bytes: number }>();
  private disposed = false;

  constructor(
    readonly core: Core,
    private readonly owner: object,
    /** What error messages call the owner. */
    private readonly called: string,
  ) {
    core.freeWith(owner, this.addresses);
  }

  /** Address of `bytes` zeroed bytes. */
  alloc(bytes: number): number {
    this.check();
    const at = this.core.memory.alloc(bytes);
    this.addresses.push(at);
    return at;
  }

  free(at: number): void {
    const index = this.addresses.indexOf(at);
    if (index < 0) return;
    this.addresses.splice(index, 1);
    this.core.memory.free(at);
  }

  /**
   * Address of the buffer called `name`, which is at least `bytes` long from now on. What it holds is good until the
   * next call: it may move when it grows, and whoever asks for it may write to it.
   */
  shared(name: string | symbol, bytes: number): number {
    this.check();
    const before = this.buffers.get(name);
    if (before && before.bytes >= bytes) return before.at;
    // The old one first, since nobody needs it any more: its bytes can be part of the new one.
    this.buffers.delete(name);
    if (before) this.free(before.at);
    const at = this.alloc(bytes);
    this.buffers.set(name, { at, bytes });
    return at;
  }

  /** False after dispose(): its addresses belong to others by then. */
  get alive(): boolean {
    return !this.disposed;
  }

  /** @throws Error after dispose() */
  check(): void {
    if (this.disposed) throw new Error(`${this.called} has been disposed of; compile the model again to use it`);
  }

  /** @param work what still uses the memory, which is given back when it has settled; default: nothing */
  dispose(work?: Promise<unknown>): void {
    if (this.disposed) return;
    this.disposed = true;
    const release = () => {
      this.core.release(this.owner, this.addresses);
      this.addresses.length = 0;
    };
    if (work) void work.finally(release);
    else release();
  }
}
