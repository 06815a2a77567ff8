// Runs functions of tensors for tests: traces them, compiles and links the program, and executes it once.
//
// Before it runs, everything that the program has to write itself is filled with NaN, so that whatever it reads without
// having written it spoils the result; behind the arena lies a line that has to stay as it is.

import { expect } from "vitest";
import { Core } from "../../src/core/core.js";
import { fuse } from "../../src/graph/fuse.js";
import { fillConstant, input, parameter, parameterOp } from "../../src/graph/ops/leaf.js";
import { compileProgram, link, type Bases, type Place, type Program } from "../../src/graph/program.js";
import { apply, sizeOf, type ElementType, type Node, type Shape, type Tensor } from "../../src/graph/tensor.js";
import { Control, Layout, Source, SourceType } from "../../src/shared/opcodes.js";

/** A tensor with its numbers. */
export interface Given {
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
  /** Default f32; i8 is for parameters. */
  readonly dtype?: ElementType;
  /** "input" (default) is gathered into the arena, where it may be overwritten; a parameter has a place of its own. */
  readonly as?: "input" | "parameter";
}

export type Numbers = Float32Array | Int32Array;

/** `given` as leaves of a graph, by their names. */
export function leavesOf<K extends string>(given: Record<K, Given>): Record<K, Tensor> {
  const leaf = ([name, { shape, dtype, as }]: [string, Given]) =>
    [name, dtype === "i8" ? apply(parameterOp, [], { shape, dtype }) : as === "parameter" ? parameter(shape, { name }) : input(name, shape, dtype)] as const; // prettier-ignore
  return Object.fromEntries(Object.entries<Given>(given).map(leaf)) as Record<K, Tensor>;
}

export interface RunOptions {
  /** False to leave the graph as it was written. Default true. */
  fused?: boolean;
  /** Results that get a place of their own instead of one in the arena. */
  pinned?: readonly string[];
  /** Nodes to execute besides. */
  also?: readonly Node[];
  /** Words of the control block. */
  control?: Partial<Record<Control, number>>;
}

export async function openGraphs() {
  const core = await Core.start();

  /** The results of `trace`, as the core computes them from `given`. */
  function run<K extends string, R extends Record<string, Tensor>>(
    given: Record<K, Given>,
    trace: (leaves: Record<K, Tensor>) => R,
    { fused = true, pinned = [], also = [], control = {} }: RunOptions = {},
  ): Record<keyof R, Numbers> & { readonly program: Program } {
    const leaves = leavesOf(given);
    const results = trace(leaves);
    const names = Object.keys(results);
    const roots = [...Object.values(results), ...also];
    const graph = fused ? fuse(roots).roots : roots;
    const tensors = new Map(names.map((name, i) => [name, graph[i] as Tensor]));

    const given_ = Object.entries<Given>(given);
    const pins = new Map<Tensor, Place>();
    for (const [name, { as }] of given_) {
      if (as === "parameter") pins.set(leaves[name as K], { segment: `in ${name}`, offset: 0 });
    }
    for (const name of pinned) pins.set(tensors.get(name)!, { segment: `out ${name}`, offset: 0 });
    const program = compileProgram(graph, pins);

    const allocated: number[] = [];
    const alloc = (bytes: number, fill: number) => {
      const at = core.memory.alloc(bytes + Layout.Line);
      allocated.push(at);
      core.floats(at, (bytes + Layout.Line) >> 2).fill(fill);
      return at;
    };
    const put = ({ shape, values, dtype }: Given) => {
      const at = alloc(Math.ceil(sizeOf(shape) / 16) * 64, NaN);
      if (dtype === "i8") new Int8Array(core.memory.wasm.buffer, at).set(values);
      else (dtype === "i32" ? core.i32 : core.f32).set(values, at >>> 2);
      return at;
    };

    const bases: Record<string, number> = { arena: alloc(program.arenaBytes, NaN), sources: 0, constants: 0 };
    bases.sources = alloc(program.inputs.length * Layout.Line, 0);
    bases.constants = alloc(program.constantBytes, NaN);
    for (const { place, size, value } of program.constants) {
      fillConstant(core.floats(bases.constants + place.offset, size), value);
    }
    for (const [name, one] of given_) if (one.as === "parameter") bases[`in ${name}`] = put(one);
    for (const name of pinned) bases[`out ${name}`] = alloc(Math.ceil(tensors.get(name)!.size / 16) * 64, NaN);
    for (const { name, source, dtype } of program.inputs) {
      const address = put(given[name as K]);
      const at = (bases.sources + source.offset) >>> 2;
      core.i32[at + Source.Address] = address;
      core.i32[at + Source.Type] = dtype === "i32" ? SourceType.I32 : SourceType.F32;
    }
    execute(program, bases, control, alloc(Control.Words * 4, 0));

    const guard = core.floats(bases.arena! + program.arenaBytes, Layout.Line / 4);
    expect(guard.every(Number.isNaN), "nothing is written behind the arena").toBe(true);
    const read = (tensor: Tensor) => {
      const { segment, offset } = program.placeOf(tensor);
      const at = (bases[segment]! + offset) >>> 2;
      return (tensor.dtype === "i32" ? core.i32 : core.f32).slice(at, at + tensor.size);
    };
    const values = Object.fromEntries([...tensors].map(([name, tensor]) => [name, read(tensor)]));
    for (const at of allocated) core.memory.free(at);
    return { ...values, program } as Record<keyof R, Numbers> & { readonly program: Program };
  }

  function execute(program: Program, bases: Bases, control: RunOptions["control"], block: number): void {
    for (const [word, value] of Object.entries(control!)) core.i32[(block >>> 2) + Number(word)] = value!;
    const words = link(program.steps, bases);
    for (let i = 0; i < words.length; i += Layout.Words) core.execute(words.subarray(i, i + Layout.Words), block);
  }

  return { core, run };
}

export type Graphs = Awaited<ReturnType<typeof openGraphs>>;
