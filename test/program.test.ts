// Programs without any WebAssembly: the order of their steps, where everything lies, what linking makes of it, and that
// no step ever reads bytes that another has overwritten.
import { describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { showGraph, showPlan, showProgram } from "../src/graph/explain.js";
import { fuse } from "../src/graph/fuse.js";
import { grad } from "../src/graph/grad.js";
import { real } from "../src/graph/op.js";
import { relu } from "../src/graph/ops/activation.js";
import { add, affine, mul } from "../src/graph/ops/elementwise.js";
import { constant, input, parameter, parameterOp } from "../src/graph/ops/leaf.js";
import { crossEntropyLoss } from "../src/graph/ops/loss.js";
import { linear } from "../src/graph/ops/matmul.js";
import { sum } from "../src/graph/ops/reduce.js";
import { countCorrect, recordNode } from "../src/graph/ops/step.js";
import {
  addressOf,
  compileProgram,
  link,
  SOURCE_BYTES,
  type Place,
  type Program,
  type Step,
} from "../src/graph/program.js";
import type { Node, Tensor } from "../src/graph/tensor.js";
import { Layout, Opcode } from "../src/shared/opcodes.js";
import { leavesOf } from "./support/graph.js";
import { randomLeaves, randomResults } from "./support/random-graphs.js";

const codes = ({ steps }: Program) => steps.map(({ words: [code] }) => Opcode[code]);

describe("compileProgram", () => {
  test("gathers the inputs first, each from a source block of its own", () => {
    const [x, ids] = [input("x", [8, 3]), input("ids", [8], "i32")];
    const loss = crossEntropyLoss(affine(x, 2, 1), ids, { smoothing: 0, ignoreIndex: -100 });
    const program = compileProgram([loss]);
    expect(codes(program)).toEqual(["Gather", "GatherIds", "Affine", "CrossEntropyTerms", "CrossEntropyMean"]);
    const at = program.placeOf(x);
    const source = (offset: number) => ({ segment: "sources", offset });
    expect(program.inputs).toEqual([
      { name: "x", shape: [8, 3], dtype: "f32", source: source(0), copy: at },
      { name: "ids", shape: [8], dtype: "i32", source: source(SOURCE_BYTES), copy: undefined },
    ]);
    expect(program.steps[0]!.words).toEqual([Opcode.Gather, at, program.inputs[0]!.source, 8, 3, real(1), real(0)]);
    expect(program.steps[1]!.words.slice(2)).toEqual([program.inputs[1]!.source, 8, 1]);
  });

  test("says where an input goes that is only copied, if nothing comes before", () => {
    const [a, b] = [input("a", [8]), input("b", [8])];
    const program = compileProgram([add(a, b)]);
    expect(program.inputs.map(({ copy }) => copy)).toEqual([program.placeOf(a), undefined]);
    const scaled = compileProgram(fuse([affine(input("x", [8]), 2, 1)]).roots);
    expect(codes(scaled)).toEqual(["Gather"]);
    expect(scaled.inputs[0]!.copy).toBeUndefined();
  });

  test("takes only what its results depend on, and nodes that have to be executed", () => {
    const x = input("x", [4]);
    relu(x);
    const loss = sum(x);
    expect(codes(compileProgram([loss]))).toEqual(["Gather", "Sum"]);
    expect(codes(compileProgram([recordNode(loss)]))).toEqual(["Gather", "Sum", "Record"]);
  });

  test("puts constants into a segment of their own, to be filled once", () => {
    const program = compileProgram([add(constant(2, [20]), constant(0.5))]);
    expect(program.constants).toEqual([
      { place: { segment: "constants", offset: 0 }, size: 20, value: 2 },
      { place: { segment: "constants", offset: 128 }, size: 1, value: 0.5 },
    ]);
    expect(program.constantBytes).toBe(192);
    expect(codes(program)).toEqual(["Broadcast"]);
  });

  test("fills a constant that has a place, in that place", () => {
    const one = constant(1, [3]);
    const place = { segment: "gradients", offset: 64 };
    const program = compileProgram([one], new Map([[one, place]]));
    expect(program.constants).toEqual([]);
    expect(program.steps.map(({ words }) => words)).toEqual([[Opcode.Fill, place, 3, real(1)]]);
  });

  test("computes a result in the place that it has, and copies what has two at the end", () => {
    const x = input("x", [4]);
    const y = relu(x);
    const [first, second] = grad(sum(add(x, mul(y, 2))), [y, y]);
    const pins = new Map<Tensor, Place>([[first!, { segment: "g", offset: 0 }], [second!, { segment: "g", offset: 64 }]]); // prettier-ignore
    const program = compileProgram([first!, second!], pins);
    expect(program.placeOf(first!)).toEqual({ segment: "g", offset: 0 });
    expect(program.steps.at(-1)!.words).toEqual([Opcode.Copy, pins.get(second!), pins.get(first!), 4]);
    expect(codes(program).filter((code) => code === "Copy")).toHaveLength(1);
  });

  test("says how large its arena is, and how large it would be otherwise", () => {
    const x = input("x", [100]);
    const y = sum(mul(relu(x), x));
    const { arenaBytes, arenaBound, arenaWithoutReuse } = compileProgram([y]);
    // x and relu(x), each of 448 bytes; the product over the latter, and the sum.
    expect(arenaWithoutReuse).toBe(448 * 2 + 64);
    expect(arenaBound).toBe(448 * 2);
    expect(arenaBytes).toBe(448 * 2);
  });

  test("knows the tensors of its graph alone", () => {
    const program = compileProgram([relu(input("x", [4]))]);
    const other = input("other", [2]);
    expect(() => program.placeOf(other)).toThrow("program: other [2] is no part of it");
  });
});

describe("link", () => {
  const place = (segment: string, offset = 0): Place => ({ segment, offset });
  const linked = (words: Step["words"], bases: Record<string, number>) =>
    link([{ words, node: undefined, reads: [], writes: [] }], bases);

  test("adds the segments' addresses, stores floats by their bits and pads with zeros", () => {
    const words = linked([Opcode.Affine, place("arena", 64), place("arena"), 5, real(1.5), real(-0)], { arena: 4096 });
    expect(words).toHaveLength(Layout.Words);
    expect([...words.subarray(0, 4)]).toEqual([Opcode.Affine, 4160, 4096, 5]);
    expect(words[4]).toBe(0x3fc00000);
    expect(words[5]).toBe(0x80000000 | 0);
    expect([...words.subarray(6)]).toEqual(new Array(Layout.Words - 6).fill(0));
  });

  test("keeps addresses above 2 GiB", () => {
    const words = linked([Opcode.Copy, place("high", 64), place("arena"), 1], { arena: 0, high: 0xc0000000 });
    expect(words[1]! >>> 0).toBe(0xc0000040);
  });

  test("names a segment that has no address", () => {
    expect(() => addressOf(place("gradients"), { arena: 0 })).toThrow(
      'program: the segment "gradients" has no address',
    );
  });
});

describe("memory", () => {
  const baseOf = (tensor: Tensor): Tensor =>
    tensor.node.op.alias?.(tensor.node) === undefined ? tensor : baseOf(tensor.node.inputs[0]!);

  /** Runs a program on memory that holds names of tensors instead of numbers, line by line. */
  function simulate(program: Program, results: readonly Tensor[], pins: ReadonlyMap<Tensor, Place>) {
    const memory = new Map<string, Tensor | "scratch">();
    const lines = ({ segment, offset }: Place, bytes: number) =>
      Array.from({ length: Math.ceil(bytes / Layout.Line) }, (_, i) => `${segment}@${offset + i * Layout.Line}`);
    const linesOf = (tensor: Tensor) => lines(program.placeOf(tensor), tensor.size * 4);
    const write = (at: string[], what: Tensor | "scratch") => at.forEach((line) => memory.set(line, what));
    const check = (at: string[], tensor: Tensor) => {
      const lost = at.find((line) => memory.get(line) !== baseOf(tensor));
      if (lost !== undefined) throw new Error(`${tensor} should lie at ${lost}, but ${memory.get(lost)} does`);
    };

    for (const { op, outputs } of program.order) {
      if (op === parameterOp || (op.name === "constant" && !pins.has(outputs[0]!)))
        write(linesOf(outputs[0]!), outputs[0]!);
    }
    const done = new Set<Node>();
    for (const { node, words } of program.steps) {
      if (!node) {
        const [, to, from] = words as unknown as [Opcode, Place, Place];
        const tensor = [...pins].find(([, place]) => place === to)![0];
        check(lines(from, tensor.size * 4), tensor);
        write(lines(to, tensor.size * 4), baseOf(tensor));
        continue;
      }
      if (done.has(node)) continue;
      done.add(node);
      const overwritable = node.op.inPlace?.(node) ?? [];
      for (const [i, tensor] of node.inputs.entries()) {
        check(linesOf(tensor), tensor);
        for (const output of node.outputs) {
          const mine = linesOf(output);
          const shared = linesOf(tensor).some((line) => mine.includes(line));
          if (shared && !overwritable.includes(i)) throw new Error(`${output} may not lie over ${tensor}`);
        }
      }
      const bytes = node.op.scratchBytes?.(node) ?? 0;
      if (bytes > 0) {
        const scratch = words.find(
          (word) => typeof word === "object" && "segment" in word && isScratch(word, node),
        ) as Place;
        write(lines(scratch, bytes), "scratch");
        node.inputs.forEach((tensor) => check(linesOf(tensor), tensor));
      }
      for (const output of node.outputs) write(linesOf(output), output);
      for (const output of node.outputs) check(linesOf(output), output);
      if (bytes > 0) expect(new Set(node.outputs.flatMap(linesOf)).has("scratch")).toBe(false);
    }
    for (const result of results) check(linesOf(result), result);
    for (const [tensor, place] of pins) check(lines(place, tensor.size * 4), tensor);

    function isScratch(word: Place, { inputs, outputs }: Node): boolean {
      return ![...inputs, ...outputs].some((tensor) => {
        const { segment, offset } = program.placeOf(tensor);
        return segment === word.segment && offset === word.offset;
      });
    }
  }

  test("no step of 200 random graphs reads what was overwritten, and every result is there at the end", () => {
    const random = new Random(1);
    let reused = 0;
    for (let i = 0; i < 200; i++) {
      const leaves = leavesOf(randomLeaves(random));
      const graph = fuse(Object.values(randomResults(random, leaves, 12 + random.integer(30))));
      const results = graph.roots as Tensor[];
      const pins = new Map<Tensor, Place>();
      const inside = new Set(results);
      for (const [name, leaf] of Object.entries(leaves)) {
        if (leaf.node.op === parameterOp) pins.set(leaf, { segment: name, offset: 0 });
      }
      for (const [j, result] of [...inside].entries()) {
        if (random.integer(3) === 0 && !pins.has(result)) pins.set(result, { segment: "pinned", offset: j * 1024 });
      }
      // Sometimes a result is not read afterwards, but in its place alone.
      const program = compileProgram(random.integer(2) === 0 ? results : results.map(({ node }) => node), pins);
      const read = new Set(program.order.flatMap(({ outputs }) => outputs));
      const held = new Map([...pins].filter(([tensor]) => read.has(tensor)));
      simulate(program, [], held);
      simulate(compileProgram(results, pins), results, held);
      expect(program.arenaBytes).toBeGreaterThanOrEqual(program.arenaBound);
      expect(program.arenaBytes).toBeLessThanOrEqual(program.arenaWithoutReuse);
      if (program.arenaBytes < program.arenaWithoutReuse) reused++;
    }
    expect(reused).toBeGreaterThan(150);
  });
});

test("the training step of a two-layer perceptron reads as its golden listing", async () => {
  const [x, y] = [input("x", [8, 24]), input("y", [8], "i32")];
  const shapes = { "0.weight": [16, 24], "0.bias": [16], "2.weight": [5, 16], "2.bias": [5] };
  const parameters = Object.entries(shapes).map(([name, shape]) => parameter(shape, { name }));
  const [w1, b1, w2, b2] = parameters;
  const logits = linear(relu(linear(affine(x, 1 / 256, 0), w1!, b1)), w2!, b2);
  const loss = crossEntropyLoss(logits, y, { smoothing: 0, ignoreIndex: -100 });
  loss.label = "loss";
  const record = recordNode(loss, countCorrect(logits, y, "ids"));
  const gradients = grad(loss, parameters);
  gradients.forEach((gradient, i) => (gradient.label = `d ${parameters[i]!.label}`));

  const graph = fuse([record, ...gradients]);
  const pins = new Map<Tensor, Place>();
  let offset = 0;
  for (const [i, tensor] of parameters.entries()) {
    pins.set(tensor, { segment: "parameters", offset });
    pins.set(graph.at(gradients[i]!)!, { segment: "gradients", offset });
    offset += Math.ceil(tensor.size / 16) * 64;
  }
  const program = compileProgram(graph.roots, pins);
  const listing = [showGraph, showPlan, (of: Program) => showProgram(of)].map((show) => show(program)).join("\n\n");
  await expect(`${listing}\n`).toMatchFileSnapshot("goldens/mlp.program.txt");
});
