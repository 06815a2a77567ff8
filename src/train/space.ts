// The memory of one trainer or function: what it has allocated, and one arena that all its programs share, since only
// one of them runs at a time. Freed by dispose(), or once its owner is forgotten.

import type { Core } from "../core/core.js";

export class Space {
  /** Everything that has to be freed; shared with the core, which frees it when the owner has been collected. */
  private readonly addresses: number[] = [];
  private arenaAt = 0;
  private arenaBytes = 0;
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

  /** Address of the arena, which is at least `bytes` long from now on; it may move when it grows. */
  arena(bytes: number): number {
    this.check();
    if (bytes > this.arenaBytes || this.arenaAt === 0) {
      // The old one first: nothing in it outlives a run, and so its bytes can be part of the new one.
      if (this.arenaAt !== 0) this.free(this.arenaAt);
      this.arenaAt = 0;
      this.arenaAt = this.alloc(bytes);
      this.arenaBytes = bytes;
    }
    return this.arenaAt;
  }

  /** @throws Error after dispose() */
  check(): void {
    if (this.disposed) throw new Error(`${this.called} has been disposed of; compile the model again to use it`);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.core.release(this.owner, this.addresses);
    this.addresses.length = 0;
  }
}
