// Where the time of a training step goes: every instruction timed by itself, with the arithmetic it does and the bytes
// it touches. The step is done for real, some times over; afterwards everything is as it was before.

import { opcodeName } from "../graph/opcode-name.js";
import { showShape } from "../graph/tensor.js";
import { Control } from "../shared/opcodes.js";
import type { Step } from "../graph/program.js";
import { checkSamples, type Data } from "./batch.js";
import type { State } from "./state.js";
import { workOf } from "./work.js";

// Nobody takes it from here. But what this shares with the rest, which is loaded first, bundlers would cut out of the
// rest into small files; as it leads to all of the rest, they leave that in one piece.
export { compile } from "./compile.js";

/** One instruction of a step. */
export interface ProfiledInstruction {
  /** The instruction's name: "Gemm". */
  readonly instruction: string;
  /** What it computes, where it comes from the model: "0.linear [32, 128]". */
  readonly result: string;
  /** Median time of one execution. */
  readonly microseconds: number;
  /** Its part of the whole step, from 0 to 1. */
  readonly share: number;
  /** Billions of floating-point operations a second, estimated from the sizes; 0 for what only moves numbers. */
  readonly gflops: number;
  /** Billions of bytes read and written a second, each tensor counted once. */
  readonly gigabytes: number;
}

export interface Profile {
  readonly instructions: readonly ProfiledInstruction[];
  /** Sum over the instructions. */
  readonly microseconds: number;
  /** The instructions as a table, those that take longest first. */
  toString(): string;
}

/** Rounds that are not counted: an engine runs unoptimised code at first. */
const WARM_UP = 5;

/** Times the instructions of a training step on one thread, each `rounds` times. */
export async function profile(state: State, data: Data, rounds: number): Promise<Profile> {
  const { count, fields, targets } = checkSamples("profile", state.model, state.objective, data);
  const { placed } = await state.programs.ready("train", { batch: count, targets });
  return state.turn(() => {
    const before = copyOf(state);
    const times = placed.allSteps.map((): number[] => []);
    for (let round = -WARM_UP; round < rounds; round++) {
      for (const { name, values } of fields) placed.put(name, values);
      state.single.set(Control.Done, 0);
      for (let i = 0; i < placed.count; i++) {
        const began = performance.now();
        placed.execute(i, state.single.address);
        if (round >= 0) times[i]!.push(performance.now() - began);
      }
    }
    for (const [segment, values] of before) state.view(segment, 0, values.length).set(values);
    return summarised(placed.allSteps, times.map(median));
  });
}

/** A copy of everything that an update changes, by its segment. */
function copyOf(state: State): ReadonlyMap<string, Float32Array> {
  const { bytes, trainableBytes } = state.model;
  const states = state.optimizer.states.map((_, i) => [`state${i}`, trainableBytes] as const);
  const average = state.settings.ema === undefined ? [] : [["average", bytes] as const];
  const segments = [["parameters", bytes], ["kept", trainableBytes], ...states, ...average] as const;
  return new Map(segments.map(([segment, bytes]) => [segment, state.view(segment, 0, bytes / 4).slice()]));
}

function summarised(steps: readonly Step[], milliseconds: readonly number[]): Profile {
  const total = milliseconds.reduce((sum, time) => sum + time, 0);
  const instructions = steps.map((step, i): ProfiledInstruction => {
    const seconds = milliseconds[i]! / 1000;
    const rate = (amount: number) => (seconds > 0 ? amount / seconds / 1e9 : 0);
    const [output] = step.node?.outputs ?? [];
    return {
      instruction: opcodeName(step.words[0]),
      result: output ? `${output.label ?? step.node!.op.name} ${showShape(output.shape)}` : "",
      microseconds: milliseconds[i]! * 1000,
      share: total > 0 ? milliseconds[i]! / total : 0,
      // Where a node is several instructions, its work is that of the first.
      gflops: rate(step.node && step.node !== steps[i - 1]?.node ? workOf(step.node) : 0),
      gigabytes: rate(bytesOf(step)),
    };
  });
  return { instructions, microseconds: total * 1000, toString: () => table(instructions, total * 1000) };
}

/** Bytes of the tensors that an instruction reads and writes. */
function bytesOf({ reads, writes }: Step): number {
  const ranges = new Map([...reads, ...writes].map((range) => [`${range.segment} ${range.offset}`, range.bytes]));
  const bytes = [...ranges.values()].reduce((sum, bytes) => sum + bytes, 0);
  return Number.isFinite(bytes) ? bytes : 0;
}

function table(instructions: readonly ProfiledInstruction[], total: number): string {
  const sorted = [...instructions].sort((a, b) => b.microseconds - a.microseconds);
  const lines = sorted.map(({ instruction, result, microseconds, share, gflops, gigabytes }) =>
    [
      microseconds.toFixed(1).padStart(10),
      `${(100 * share).toFixed(1)} %`.padStart(7),
      gflops.toFixed(1).padStart(8),
      gigabytes.toFixed(1).padStart(7),
      `  ${instruction}  ${result}`,
    ].join(" "),
  );
  return [
    `a step of ${total.toFixed(0)} µs, ${instructions.length} instructions`,
    "        µs   share  GFLOP/s    GB/s   instruction",
    ...lines,
  ].join("\n");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
