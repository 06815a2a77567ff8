// A program with a place in linear memory: its instructions, constants and source blocks, ready to run. Linked anew
// where the arena has moved since the last run.

import { fillConstant } from "../graph/ops/leaf.js";
import { addressOf, link, SOURCE_BYTES, type Bases, type Program, type Step } from "../graph/program.js";
import { sizeOf, type Tensor } from "../graph/tensor.js";
import type { CutForThreads } from "../graph/threads.js";
import type { Core } from "../core/core.js";
import { Layout, Source, SourceType } from "../shared/opcodes.js";
import type { Values } from "./values.js";
import type { Space } from "./space.js";

const sourceTypeOf = (values: Values): SourceType =>
  values instanceof Float32Array ? SourceType.F32 : values instanceof Uint8Array ? SourceType.U8 : SourceType.I32;

const INSTRUCTION = Layout.Words * 4; // bytes

/** The buffer of everything that a program computes; no input can have this name. */
const ARENA = Symbol("arena");

export class PlacedProgram {
  /** Instructions of a step: the program's, then `extra`. */
  readonly count: number;
  private readonly steps: readonly Step[];
  private readonly instructions: number;
  private readonly sources: number;
  private readonly bases: Record<string, number>;
  private linkedTo = -1;
  /** The slices of several threads, each thread's behind those of the one before; and a line for each that says where. */
  private readonly slices: readonly (readonly Step[])[];
  private readonly table: number;
  /** Index of each input by its name. */
  private readonly indices: ReadonlyMap<string, number>;

  /**
   * @param bases where the segments lie that this program shares with others
   * @param extra instructions behind the program's own
   * @param cut cuts the instructions of a program that was planned for several threads
   */
  constructor(
    private readonly space: Space,
    readonly program: Program,
    bases: Bases,
    readonly extra: readonly Step[] = [],
    cut?: CutForThreads,
  ) {
    this.steps = [...program.steps, ...extra];
    this.count = this.steps.length;
    this.indices = new Map(program.inputs.map(({ name }, index) => [name, index]));
    this.slices = cut && this.threads > 1 ? cut(this.steps, this.threads) : [];
    const sliced = this.slices.reduce((sum, { length }) => sum + length, 0);
    this.instructions = space.alloc((this.count + sliced) * INSTRUCTION);
    this.table = space.alloc(this.slices.length * Layout.Line);
    this.sources = space.alloc(program.inputs.length * SOURCE_BYTES);
    this.bases = { ...bases, sources: this.sources };
    if (program.constantBytes > 0) {
      const at = (this.bases.constants = space.alloc(program.constantBytes));
      for (const { place, size, value } of program.constants) {
        fillConstant(space.core.floats(at + place.offset, size), value);
      }
    }
  }

  /** Threads that run it together. */
  get threads(): number {
    return this.program.threads;
  }

  /**
   * What a control block names: the address of the instructions, or of the table of several threads' instructions, linked
   * for the arena as it lies now.
   */
  get address(): number {
    const instructions = this.linked();
    return this.threads > 1 ? this.table : instructions;
  }

  /** Address of the instructions as they are without threads. */
  private linked(): number {
    const arena = this.space.shared(ARENA, this.program.arenaBytes);
    if (arena !== this.linkedTo) {
      this.bases.arena = arena;
      const { i32 } = this.space.core;
      i32.set(link(this.steps, this.bases), this.instructions >>> 2);
      let at = this.instructions + this.count * INSTRUCTION;
      for (const [thread, steps] of this.slices.entries()) {
        i32.set(link(steps, this.bases), at >>> 2);
        i32.set([at, steps.length], (this.table + thread * Layout.Line) >>> 2);
        at += steps.length * INSTRUCTION;
      }
      this.linkedTo = arena;
    }
    return this.instructions;
  }

  /**
   * Reads the input called `name` at `at`: in the order of the control block, or row after row. Nothing happens if the
   * program has no such input.
   */
  read(name: string, at: number, values: Values, ordered: boolean): void {
    this.space.check();
    const index = this.indices.get(name);
    if (index === undefined) return;
    const words = (this.sources + index * SOURCE_BYTES) >>> 2;
    const { i32 } = this.space.core;
    i32[words + Source.Address] = at;
    i32[words + Source.Type] = sourceTypeOf(values);
    i32[words + Source.Ordered] = ordered ? 1 : 0;
  }

  /**
   * Puts one batch in place of the input called `name`, for the next run. Nothing happens if the program has no such
   * input.
   * @param once for no run after that: floats that the program would only copy go where it copies them to
   */
  put(name: string, values: Values, once = false): void {
    const index = this.indices.get(name);
    if (index === undefined) return;
    const { shape, copy } = this.program.inputs[index]!;
    const own = once && copy && values instanceof Float32Array;
    if (own) this.linked();
    const at = own ? addressOf(copy, this.bases) : this.space.shared(name, sizeOf(shape) * 4);
    copyInto(this.space.core, at, values);
    this.read(name, at, values, false);
  }

  /** Whether it has instructions that the dense build lacks. */
  get families(): boolean {
    return this.steps.some(({ words: [code] }) => code >= Layout.Families);
  }

  /** The instructions that execute() does, the update's included. */
  get allSteps(): readonly Step[] {
    return this.steps;
  }

  /** Executes one instruction, as it is linked now. */
  execute(index: number, control: number): void {
    this.space.core.executeAt(this.linked() + index * INSTRUCTION, control);
  }

  /** A view of a tensor that the program keeps, valid until the memory grows or another program runs. */
  view(tensor: Tensor): Float32Array {
    return this.space.core.floats(this.addressOf(tensor), tensor.size);
  }

  addressOf(tensor: Tensor): number {
    void this.address; // links
    return addressOf(this.program.placeOf(tensor), this.bases);
  }
}

/** Copies values to the address `at`. */
function copyInto(core: Core, at: number, values: Values): void {
  if (values instanceof Float32Array) core.f32.set(values, at >>> 2);
  else if (values instanceof Int32Array) core.i32.set(values, at >>> 2);
  else core.u8.set(values, at);
}

/** A data set's copies in linear memory, one for each of its fields: all of them, or an error and none. */
export function placeAll(space: Space, fields: readonly Values[]): number[] {
  const placed: number[] = [];
  try {
    for (const values of fields) {
      const at = space.alloc(values.byteLength);
      placed.push(at);
      copyInto(space.core, at, values);
    }
  } catch (error) {
    for (const at of placed) space.free(at);
    throw error;
  }
  return placed;
}
