// Each row of the op table against a plain f64 version of itself, and its gradient against central differences of that
// version; in place and not in place; at sizes that cross a vector and a line.
//
// The rows with more to them have files of their own: gemm, broadcast, reduce, softmax, activation.
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import { fuse } from "../src/graph/fuse.js";
import { grad } from "../src/graph/grad.js";
import { mul } from "../src/graph/ops/elementwise.js";
import { ops } from "../src/graph/ops/index.js";
import { sum } from "../src/graph/ops/reduce.js";
import { recordNode } from "../src/graph/ops/step.js";
import { reachable, type Tensor } from "../src/graph/tensor.js";
import { expectClose } from "./support/close.js";
import { slopes } from "./support/finite-differences.js";
import { leavesOf, openGraphs, type Given, type Graphs } from "./support/graph.js";
import { cases, type Case } from "./support/reference-cases.js";
import { evaluate, references } from "./support/reference.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

/** Numbers of a case's own, so that cases that come or go elsewhere leave the others as they are. */
const randomOf = (label: string) =>
  new Random([...label].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 5));

/** The result of a case, and its derivatives when it is multiplied by `dy` and summed. */
function traced({ trace, by }: Case, leaves: Record<string, Tensor>): Record<string, Tensor> {
  const y = trace(leaves);
  if (by.length === 0) return { y };
  const gradients = grad(
    sum(mul(y, leaves.dy!)),
    by.map((name) => leaves[name]!),
  );
  return { y, ...Object.fromEntries(by.map((name, i) => [`d ${name}`, gradients[i]!])) };
}

/** What the case is given, with an upstream gradient. */
function givenTo(one: Case): Record<string, Given> {
  const { shape, size } = one.trace(leavesOf(one.given));
  const random = randomOf(one.label);
  const values = Array.from({ length: size }, () => Math.fround(random.normal()));
  return { ...one.given, ...(one.by.length > 0 && { dy: { shape, values } }) };
}

/** Everything in f64; the derivatives once by the gradient rules and once as differences. */
function expected(one: Case, given: Record<string, Given>) {
  const leaves = leavesOf(given);
  const results = traced(one, leaves);
  const numbers = new Map(Object.entries(given).map(([name, { values }]) => [leaves[name]!, [...Array.from(values)]]));
  const computed = evaluate(Object.values(results), numbers);
  const byRule = Object.fromEntries(Object.keys(results).map((name, i) => [name, computed[i]!]));
  const byDifference = one.by.map((name) => {
    const f = (x: number[]) => {
      const [y] = evaluate([results.y!], new Map([...numbers, [leaves[name]!, x]]));
      return y!.reduce((total, value, i) => total + value * (given.dy!.values[i] as number), 0);
    };
    const x = numbers.get(leaves[name]!)!;
    const places = someOf(x.length);
    return { key: `d ${name}`, places, values: slopes(f, x, places) };
  });
  return { byRule, byDifference };
}

/** All places of a small tensor, some of a large one, the first and the last among them. */
function someOf(n: number): number[] {
  if (n <= 40) return Array.from({ length: n }, (_, i) => i);
  const random = new Random(n);
  return [0, n - 1, ...Array.from({ length: 20 }, () => random.integer(n))];
}

const asParameters = (given: Record<string, Given>): Record<string, Given> =>
  Object.fromEntries(
    Object.entries(given).map(([name, one]) => [name, one.dtype === "i32" ? one : { ...one, as: "parameter" }]),
  );

describe("the table of references", () => {
  test.each([...ops.keys()])("has %s", (name) => expect(references).toHaveProperty(name));

  test("has no row that is no op", () => {
    expect(Object.keys(references).filter((name) => !ops.has(name))).toEqual([]);
    expect(Object.keys(cases).filter((name) => !ops.has(name))).toEqual([]);
  });

  test("is used as a whole by the cases of this file", () => {
    const used = new Set(["record"]); // below
    for (const one of Object.values(cases).flat()) {
      for (const { op } of reachable(Object.values(traced(one, leavesOf(givenTo(one)))))) used.add(op.name);
    }
    expect([...ops.keys()].filter((name) => !used.has(name))).toEqual([]);
  });
});

for (const [name, list] of Object.entries(cases)) {
  describe(name, () => {
    test.each(list)("$label", (one) => {
      const given = givenTo(one);
      const { byRule, byDifference } = expected(one, given);
      const results = graphs.run(given, (leaves) => traced(one, leaves));

      expectClose(results.y!, byRule.y!, 2e-6);
      for (const { key, places, values } of byDifference) {
        expectClose(
          places.map((i) => byRule[key]![i]!),
          values,
          1e-6,
        );
        // Of hundreds of terms, some: the weights of convolutions, and norms of two samples.
        expectClose(results[key]!, byRule[key]!, 1e-5);
      }

      // Parameters must not be overwritten, so here the first op of all has to write elsewhere.
      const apart = graphs.run(asParameters(given), (leaves) => traced(one, leaves));
      const alone = graphs.run(one.given as Record<string, Given>, (leaves) => ({ y: one.trace(leaves) }));
      for (const key of Object.keys(byRule)) expect(apart[key]).toEqual(results[key]);
      expect(alone.y).toEqual(results.y);
    });
  });
}

describe("in place", () => {
  const rows = Object.entries(cases).filter(([name]) => ops.get(name)!.inPlace);
  const givenOf = (list: readonly Case[]) => list.at(-1)!.given as Record<string, Given>;

  test.each(rows)("%s takes an input's bytes where it may", (name, list) => {
    const trace = (leaves: Record<string, Tensor>) => ({ y: list.at(-1)!.trace(leaves) });
    const { program } = graphs.run(givenOf(list), trace, { fused: false });
    const own = program.order.find(({ op }) => op.name === name)!;
    const places = own.inputs.map((tensor) => program.placeOf(tensor).offset);
    expect(places).toContain(program.placeOf(own.outputs[0]!).offset);
  });

  test.each(rows)("%s does not where the input is read later", (_, list) => {
    const given = givenOf(list);
    const keep = (leaves: Record<string, Tensor>): Record<string, Tensor> => ({
      y: list.at(-1)!.trace(leaves),
      ...leaves,
    });
    const results = graphs.run(given, keep, { fused: false });
    for (const [name, { values }] of Object.entries(given)) expect([...results[name]!]).toEqual(Array.from(values));
  });
});

test("record writes nothing into the graph's own buffers, and reads what it is given", () => {
  // It needs a history to write into; what it writes there is the trainer's business, tested with it.
  const leaves = leavesOf({ loss: { shape: [], values: [3] }, correct: { shape: [], values: [2] } });
  const node = recordNode(leaves.loss, leaves.correct);
  expect(node.outputs).toEqual([]);
  expect(fuse([node]).roots).toHaveLength(1);
});
