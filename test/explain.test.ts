// Graph, plan and program as text. The listing of a whole training step is a golden of program.test.ts.
import { expect, test } from "vitest";
import { showBytes, showGraph, showPlan, showProgram } from "../src/graph/explain.js";
import { leakyRelu, relu } from "../src/graph/ops/activation.js";
import { input, parameter } from "../src/graph/ops/leaf.js";
import { linear } from "../src/graph/ops/matmul.js";
import { mean } from "../src/graph/ops/reduce.js";
import { recordNode } from "../src/graph/ops/step.js";
import { exp } from "../src/graph/ops/unary.js";
import { compileProgram } from "../src/graph/program.js";
import { Opcode } from "../src/shared/opcodes.js";

const x = input("x", [2, 3]);

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KB"],
  [150_000, "146.5 KB"],
  [5 * 2 ** 20, "5.0 MB"],
])("%i bytes are %s", (bytes, text) => expect(showBytes(bytes)).toBe(text));

test("a graph lists its nodes: outputs and shapes, op, inputs and attributes", () => {
  const y = leakyRelu(linear(x, parameter([4, 3], { name: "w" })), 0.25);
  y.label = "y";
  const lines = showGraph(compileProgram([y])).split("\n");
  expect(lines).toEqual([
    "graph: 4 nodes",
    "  x [2, 3]                                = input(name x, dtype f32, scale 1, shift 0)",
    "  w [4, 3]                                = parameter(trainable true, name w)",
    "  t0 [2, 4]                               = linear(x, w)",
    "  y [2, 4]                                = leakyRelu(t0; alpha 0.25)",
  ]);
});

test("a node without outputs stands alone", () => {
  const record = recordNode(mean(x));
  expect(
    showGraph(compileProgram([record]))
      .split("\n")
      .at(-1),
  ).toMatch(/^ {44}record\(t1\)$/);
});

test("a plan draws who lies where and when: what shares bytes, and scratch", () => {
  const [big, w] = [input("big", [64, 64]), parameter([64, 64], { name: "w" })];
  const y = exp(relu(linear(big, w)));
  y.label = "y";
  const text = showPlan(compileProgram([y], new Map([[w, { segment: "parameters", offset: 0 }]])));
  // The size of the scratch is the product's affair.
  expect(text).toMatch(/^plan: arena \S+ KB \(at least \S+ KB, without reuse \S+ KB\); time runs to the right\n/);
  expect(text).toMatch(/@[0-9a-f]{5} +16\.0 KB \|█{24} {16}\| big$/m);
  expect(text).toMatch(/@[0-9a-f]{5} +16\.0 KB \| {16}█{24}\| t0, t1, y$/m);
  expect(text).toMatch(/@[0-9a-f]{5} +\S+ KB \| {16}█{8} {16}\| scratch$/m);
  expect(text.split("\n")).toHaveLength(4);
});

test("a program lists its instructions: opcode, places, sizes, and what they compute", () => {
  const y = leakyRelu(x, 0.25);
  y.label = "y";
  const pins = new Map([[y, { segment: "out", offset: 0x140 }]]);
  const extra = [
    {
      node: undefined,
      reads: [],
      writes: [],
      words: [Opcode.Fill, { segment: "arena", offset: 64 }, 4, { real: 0.1 }] as const,
    },
  ];
  expect(showProgram(compileProgram([y], pins), extra).split("\n")).toEqual([
    "program: 3 instructions",
    "    0  Gather                 arena@00000 sources@00000 2 3 1 0  ; x [2, 3]",
    "    1  LeakyRelu              out@00140 arena@00000 6 0.25  ; y [2, 3]",
    "    2  Fill                   arena@00040 4 0.10000000149011612",
  ]);
});
