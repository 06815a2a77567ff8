// From a graph to a program: an order of execution, a plan of memory, and the instructions that the interpreter runs.
// Addresses stay symbolic (a segment and an offset) until `link`, so a program can be read, printed and tested without
// any WebAssembly.

import { Layout, Opcode } from "../shared/opcodes.js";
import { assignBuffers, type Buffer, type Place } from "./buffers.js";
import { real, type Instruction, type Real, type Ref, type Word } from "./op.js";
import { constantOp, inputOp, type ConstantValue, type InputAttrs } from "./ops/leaf.js";
import { lowerBound, plan } from "./plan.js";
import { bytesOf, reachable, sizeOf, Tensor, type DType, type Node, type Shape } from "./tensor.js";

/** A word once the plan is known. */
export type Operand = number | Real | Place;

/** Bytes that an instruction reads or writes. */
export interface Range extends Place {
  readonly bytes: number;
}

export interface Step {
  readonly words: readonly [Opcode, ...Operand[]];
  /** The node that it computes, if it comes from the graph. */
  readonly node: Node | undefined;
  readonly reads: readonly Range[];
  readonly writes: readonly Range[];
  /** Its scratch, of which each thread has as many bytes. */
  readonly scratch?: Range | undefined;
}

/** A tensor that the caller provides. */
export interface Input {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Its source block. */
  readonly source: Place;
  /** Where the first step of the program copies it to, if it is the one that does, and changes nothing. */
  readonly copy: Place | undefined;
}

export interface Program {
  readonly steps: readonly Step[];
  readonly arenaBytes: number;
  /** Bytes that no plan could go below, and bytes without any sharing. */
  readonly arenaBound: number;
  readonly arenaWithoutReuse: number;
  readonly inputs: readonly Input[];
  readonly constants: readonly {
    readonly place: Place;
    readonly size: number;
    readonly value: ConstantValue;
  }[];
  readonly constantBytes: number;
  readonly order: readonly Node[];
  /** How many threads it was planned for. */
  readonly threads: number;
  readonly buffers: readonly (Buffer & { readonly at: Place })[];
  /** Where a tensor of the graph lies. @throws Error if it is none. */
  placeOf(tensor: Tensor): Place;
}

/** Where the segments of a program begin in linear memory. */
export type Bases = Readonly<Record<string, number>>;

/** Bytes of a source block. */
export const SOURCE_BYTES = Layout.Line;

const padded = (bytes: number) => Math.ceil(bytes / Layout.Line) * Layout.Line;

/**
 * Compiles the graph of `roots`: tensors to be read afterwards, and nodes that have to be executed.
 * @param pins places of tensors outside of the arena: parameters, gradients
 * @param threads how many are to run it: each gets scratch of its own
 */
export function compileProgram(
  roots: readonly (Tensor | Node)[],
  pins: ReadonlyMap<Tensor, Place> = new Map(),
  threads = 1,
): Program {
  const order = reachable(roots);
  const { constants, constantBytes, places } = placeConstants(order, pins);
  const all = new Map([...pins, ...places]);
  const kept = new Set(roots.filter((root): root is Tensor => root instanceof Tensor));
  const assigned = assignBuffers(order, kept, all, threads);

  const lifetimes = assigned.buffers.map(({ lifetime }) => lifetime ?? { bytes: 0, first: 0, last: -1 });
  const { offsets, bytes } = plan(lifetimes);
  const buffers = assigned.buffers.map((buffer, id) => ({
    ...buffer,
    at: buffer.place ?? { segment: "arena", offset: offsets[id]! },
  }));
  const resolve = (word: Word): Operand =>
    typeof word === "object" && "buffer" in word
      ? { segment: buffers[word.buffer]!.at.segment, offset: buffers[word.buffer]!.at.offset + (word.offset ?? 0) }
      : word;

  const inputs: Input[] = [];
  const steps: Step[] = [];
  const rangeOf = (tensor: Tensor): Range => ({ ...(resolve(assigned.of(tensor)) as Place), bytes: bytesOf(tensor) });
  const push = (node: Node, [code, ...words]: Instruction) => {
    const ref = assigned.scratchOf(node);
    const bytes = Math.ceil((node.op.scratchBytes?.(node) ?? 0) / Layout.Line) * Layout.Line;
    const scratch = ref === 0 ? undefined : { ...(resolve(ref) as Place), bytes };
    const written = scratch ? [{ ...scratch, bytes: bytes * threads }] : [];
    const [reads, outputs] = [node.inputs.map(rangeOf), node.outputs.map(rangeOf)];
    // A node of several instructions may read again what it has written.
    steps.push({
      node,
      words: [code, ...words.map(resolve)],
      reads: [...reads, ...outputs],
      writes: [...outputs, ...written],
      scratch,
    });
  };

  for (const node of order) {
    if (node.op === inputOp) {
      const [tensor] = node.outputs;
      const source = { segment: "sources", offset: inputs.length * SOURCE_BYTES };
      const { name, scale, shift } = node.attrs as unknown as InputAttrs;
      const [shape, dtype, place] = [tensor!.shape, tensor!.dtype as DType, resolve(assigned.of(tensor!)) as Place];
      const copies = steps.length === 0 && dtype === "f32" && scale === 1 && shift === 0;
      inputs.push({ name, shape, dtype, source, copy: copies ? place : undefined });
      const words = gatherWords(node, place, source);
      steps.push({ node, words, reads: [], writes: [rangeOf(tensor!)] });
    } else if (!places.has(node.outputs[0]!) && !assigned.aliases.has(node)) {
      const refs = {
        inputs: node.inputs.map(assigned.of),
        outputs: node.outputs.map(assigned.of),
        scratch: assigned.scratchOf(node),
      };
      for (const instruction of node.op.emit?.(node, refs) ?? []) push(node, instruction);
    }
  }
  for (const { from, to } of assigned.copies) {
    steps.push(copyStep(to, resolve(assigned.of(from)) as Place, from.size));
  }
  return {
    steps,
    arenaBytes: bytes,
    arenaBound: lowerBound(lifetimes),
    arenaWithoutReuse: lifetimes.reduce((total, { bytes }) => total + padded(bytes), 0),
    inputs,
    constants,
    constantBytes,
    order,
    threads,
    buffers,
    placeOf: (tensor) => {
      const ref = assigned.of(tensor);
      if (ref.buffer === undefined) throw new Error(`program: ${tensor} is no part of it`);
      return resolve(ref) as Place;
    },
  };
}

/** Copies `size` floats; no node of the graph stands behind it. */
export const copyStep = (to: Place, from: Place, size: number): Step => ({
  node: undefined,
  words: [Opcode.Copy, to, from, size],
  reads: [{ ...from, bytes: size * 4 }],
  writes: [{ ...to, bytes: size * 4 }],
});

/** Constants get a place of their own, filled once when the program is linked; those that are pinned are filled there. */
function placeConstants(order: readonly Node[], pins: ReadonlyMap<Tensor, Place>) {
  const places = new Map<Tensor, Place>();
  const constants: { place: Place; size: number; value: ConstantValue }[] = [];
  let constantBytes = 0;
  for (const node of order) {
    const [tensor] = node.outputs;
    if (node.op !== constantOp || pins.has(tensor!)) continue;
    const place = { segment: "constants", offset: constantBytes };
    places.set(tensor!, place);
    constants.push({ place, size: tensor!.size, value: node.attrs.value as ConstantValue });
    constantBytes += padded(sizeOf(tensor!.shape) * 4);
  }
  return { constants, constantBytes, places };
}

function gatherWords(node: Node, y: Operand, source: Place): Step["words"] {
  const { shape, dtype } = node.outputs[0]!;
  const rows = shape[0] ?? 1;
  const cols = sizeOf(shape.slice(1));
  if (dtype === "i32") return [Opcode.GatherIds, y, source, rows, cols];
  return [Opcode.Gather, y, source, rows, cols, real(node.attrs.scale as number), real(node.attrs.shift as number)];
}

/** The words of `steps`, with addresses, as they go into linear memory. */
export function link(steps: readonly Step[], bases: Bases): Int32Array {
  const words = new Int32Array(steps.length * Layout.Words);
  const bits = new Float32Array(words.buffer);
  for (const [row, step] of steps.entries()) {
    for (const [i, operand] of step.words.entries()) {
      const at = row * Layout.Words + i;
      if (typeof operand === "number") words[at] = operand;
      else if ("real" in operand) bits[at] = operand.real;
      else words[at] = addressOf(operand, bases);
    }
  }
  return words;
}

export function addressOf(place: Place, bases: Bases): number {
  const base = bases[place.segment];
  if (base === undefined) throw new Error(`program: the segment "${place.segment}" has no address`);
  return base + place.offset;
}

export type { Place, Ref };
