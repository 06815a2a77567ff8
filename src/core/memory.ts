// The allocator of one linear memory. It hands out whole 64-byte lines, joins freed neighbours, reuses the best fit,
// and grows the memory when nothing fits. A WebAssembly memory cannot shrink, so "given back" means free for the next.
//
// Its books are kept in JavaScript, outside of the memory: a stray write by a kernel cannot damage them, and several
// WebAssembly instances can share the memory. It knows bytes, nothing of what they hold.

import { Layout } from "../shared/opcodes.js";

const PAGE = 65_536;
/**
 * 4 GiB, the limit of 32-bit addresses, but for the last page: kernels compare addresses a little behind a buffer's end
 * (up to 1 KiB) with the end, and must not meet an address that has wrapped around to 0.
 */
const MAX_PAGES = 65_535;

/** A run of free bytes. */
interface Gap {
  at: number;
  bytes: number;
}

/** Whole lines that hold `bytes`. */
export const padded = (bytes: number): number => Math.ceil(bytes / Layout.Line) * Layout.Line;

export class Memory {
  readonly wasm: WebAssembly.Memory;
  /** Free runs below `end`, by ascending address, never touching each other. */
  private gaps: Gap[] = [];
  private readonly sizes = new Map<number, number>();
  private end = PAGE;
  /** Bytes from here on have never been handed out, so they are still zero. */
  private fresh = PAGE;
  private taken = 0;

  /** @param shared true for a memory that several threads can have; it cannot be given to a build for one */
  constructor(shared = false) {
    this.wasm = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared });
  }

  /** Starts the heap at `address`, behind the static data of the binary. Called once, before the first allocation. */
  startAt(address: number): void {
    this.end = padded(address);
    this.fresh = this.end;
  }

  /** Bytes handed out and not freed. */
  get used(): number {
    return this.taken;
  }

  /** Bytes of the memory itself. */
  get size(): number {
    return this.wasm.buffer.byteLength;
  }

  /**
   * Address of `bytes` new bytes, zeroed, on a line of their own. Memory that was never used before is zero as it
   * comes, and the operating system lends it only when it is written to.
   * @throws RangeError when 4 GiB do not suffice, or `bytes` is not a whole number of at least 0.
   */
  alloc(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw new RangeError(`memory: the number of bytes must be a whole number of at least 0, got ${bytes}`);
    }
    const size = Math.max(padded(bytes), Layout.Line);
    const at = this.takeGap(size) ?? this.takeEnd(size);
    this.sizes.set(at, size);
    this.taken += size;
    if (at < this.fresh) new Uint8Array(this.wasm.buffer, at, Math.min(size, this.fresh - at)).fill(0);
    this.fresh = Math.max(this.fresh, at + size);
    return at;
  }

  /**
   * Frees what `alloc` returned.
   * @throws RangeError for any other address, and for one that was freed before.
   */
  free(at: number): void {
    const bytes = this.sizes.get(at);
    if (bytes === undefined) {
      throw new RangeError(`memory: ${at} is not the address of a live allocation; was it freed before?`);
    }
    this.sizes.delete(at);
    this.taken -= bytes;
    this.addGap({ at, bytes });
  }

  private takeGap(size: number): number | undefined {
    let best = -1;
    for (let i = 0; i < this.gaps.length; i++) {
      const gap = this.gaps[i]!.bytes;
      if (gap >= size && (best < 0 || gap < this.gaps[best]!.bytes)) best = i;
    }
    if (best < 0) return undefined;
    const gap = this.gaps[best]!;
    const at = gap.at;
    if (gap.bytes === size) this.gaps.splice(best, 1);
    else this.gaps[best] = { at: at + size, bytes: gap.bytes - size };
    return at;
  }

  private takeEnd(size: number): number {
    const at = this.end;
    const end = at + size;
    // Kernels may read, never write, up to a line past a buffer: keep one in reserve.
    const pages = Math.ceil((end + Layout.Line) / PAGE) - this.size / PAGE;
    if (pages > 0) this.grow(pages, size);
    this.end = end;
    return at;
  }

  private grow(pages: number, wanted: number): void {
    const now = this.size / PAGE;
    const generous = Math.min(Math.max(pages, now >> 3), MAX_PAGES - now);
    for (const step of [generous, pages]) {
      if (step < pages) continue;
      try {
        this.wasm.grow(step);
        return;
      } catch {
        // Try the smaller step, then give up below.
      }
    }
    throw new RangeError(
      `memory: no room for ${wanted} more bytes; ${this.taken} are in use and WebAssembly addresses end at 4 GiB. ` +
        `Use smaller batches, a smaller model, or dispose() of models that are no longer needed`,
    );
  }

  private addGap(gap: Gap): void {
    let i = this.gapBehind(gap.at);
    const before = this.gaps[i - 1];
    const after = this.gaps[i];
    if (before && before.at + before.bytes === gap.at) {
      gap = { at: before.at, bytes: before.bytes + gap.bytes };
      this.gaps.splice(--i, 1);
    }
    if (after && gap.at + gap.bytes === after.at) {
      gap = { at: gap.at, bytes: gap.bytes + after.bytes };
      this.gaps.splice(i, 1);
    }
    if (gap.at + gap.bytes === this.end) this.end = gap.at;
    else this.gaps.splice(i, 0, gap);
  }

  /** Place, among the gaps, of the first one behind `address`. */
  private gapBehind(address: number): number {
    let low = 0;
    let high = this.gaps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.gaps[middle]!.at > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
