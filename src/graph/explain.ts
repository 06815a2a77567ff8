// Graph, plan and program as text, for people.

import { opcodeName } from "./opcode-name.js";
import type { Operand, Place, Program } from "./program.js";
import { showShape, type Node, type Tensor } from "./tensor.js";

const WIDTH = 40;

/** A name for every tensor of the program. */
function names(order: readonly Node[]): Map<Tensor, string> {
  const found = new Map<Tensor, string>();
  let next = 0;
  for (const node of order) for (const output of node.outputs) found.set(output, output.label ?? `t${next++}`);
  return found;
}

export const showBytes = (bytes: number): string =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 ** 2
      ? `${(bytes / 1024).toFixed(1)} KB`
      : `${(bytes / 1024 ** 2).toFixed(1)} MB`;

/** The graph: one line a node, in the order of execution. */
export function showGraph(program: Program): string {
  const called = names(program.order);
  const lines = program.order.map((node) => {
    const outputs = node.outputs.map((output) => `${called.get(output)} ${showShape(output.shape)}`).join(", ");
    const inputs = node.inputs.map((input) => called.get(input)).join(", ");
    return `  ${outputs.padEnd(WIDTH)}${outputs ? "= " : "  "}${node.op.name}(${[inputs, showAttrs(node)].filter(Boolean).join("; ")})`;
  });
  return `graph: ${program.order.length} nodes\n${lines.join("\n")}`;
}

function showAttrs({ attrs, inputs }: Node): string {
  return Object.entries(attrs)
    .filter(
      ([name, value]) =>
        (typeof value !== "function" || name === "value") &&
        value !== undefined &&
        !(inputs.length === 0 && name === "shape"),
    )
    .map(([name, value]) => `${name} ${showValue(value)}`)
    .join(", ");
}

function showValue(value: unknown): string {
  if (ArrayBuffer.isView(value) || typeof value === "function") return "a table";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The plan: who lies where in the arena, and from when to when. */
export function showPlan(program: Program): string {
  const { arenaBytes, arenaWithoutReuse, arenaBound, order } = program;
  const called = names(order);
  const lines = program.buffers
    .filter(({ at, lifetime }) => at.segment === "arena" && lifetime)
    .sort((a, b) => a.at.offset - b.at.offset || a.lifetime!.first - b.lifetime!.first)
    .map(({ at, lifetime, tensors }) => {
      const { first, last, bytes } = lifetime!;
      const scale = WIDTH / order.length;
      const from = Math.floor(first * scale);
      const to = Math.max(from + 1, Math.ceil((Math.min(last, order.length - 1) + 1) * scale));
      const bar = " ".repeat(from) + "█".repeat(to - from);
      return `  @${hex(at.offset)} ${showBytes(bytes).padStart(9)} |${bar.padEnd(WIDTH)}| ${tensors.map((t) => called.get(t)).join(", ") || "scratch"}`;
    });
  return (
    `plan: arena ${showBytes(arenaBytes)} (at least ${showBytes(arenaBound)}, without reuse ${showBytes(arenaWithoutReuse)}); ` +
    `time runs to the right\n${lines.join("\n")}`
  );
}

/** The program: one line an instruction. */
export function showProgram(program: Program, extra: Program["steps"] = []): string {
  const steps = [...program.steps, ...extra];
  const called = names(program.order);
  const lines = steps.map(({ words: [code, ...operands], node }, i) => {
    const result = node?.outputs[0] ? `  ; ${called.get(node.outputs[0])} ${showShape(node.outputs[0].shape)}` : "";
    return `  ${String(i).padStart(3)}  ${opcodeName(code).padEnd(22)} ${trimZeros(operands).map(showOperand).join(" ")}${result}`;
  });
  return `program: ${steps.length} instructions\n${lines.join("\n")}`;
}

function trimZeros(operands: readonly Operand[]): readonly Operand[] {
  let end = operands.length;
  while (end > 0 && operands[end - 1] === 0) end--;
  return operands.slice(0, end);
}

function showOperand(operand: Operand): string {
  if (typeof operand === "number") return String(operand);
  if ("real" in operand) return String(Math.fround(operand.real));
  return showPlace(operand);
}

const hex = (offset: number) => offset.toString(16).padStart(5, "0");
const showPlace = ({ segment, offset }: Place) => `${segment}@${hex(offset)}`;
