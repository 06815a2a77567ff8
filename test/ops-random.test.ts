// Random graphs from end to end: fused, planned, linked and run, against the same graphs in f64. What shares memory
// wrongly, or reads what nobody wrote, shows here as NaN or as a wrong number.
import { beforeAll, expect, test } from "vitest";
import { Random } from "../src/data/random.js";
import type { Tensor } from "../src/graph/tensor.js";
import { expectClose } from "./support/close.js";
import { leavesOf, openGraphs, type Graphs } from "./support/graph.js";
import { randomLeaves, randomResults } from "./support/random-graphs.js";
import { evaluate } from "./support/reference.js";

let graphs: Graphs;
beforeAll(async () => {
  graphs = await openGraphs();
});

test.each(Array.from({ length: 8 }, (_, i) => i + 1))("20 graphs, number %i", (seed) => {
  const random = new Random(seed);
  for (let i = 0; i < 20; i++) {
    const given = randomLeaves(random);
    const graphSeed = random.next();
    const trace = (leaves: Record<string, Tensor>) =>
      randomResults(new Random(graphSeed), leaves, 10 + (graphSeed % 40));

    const leaves = leavesOf(given);
    const results = trace(leaves);
    const numbers = new Map(Object.entries(given).map(([name, { values }]) => [leaves[name]!, Array.from(values)]));
    const expected = evaluate(Object.values(results), numbers);

    const names = Object.keys(results);
    const movable = names.filter((name) => results[name]!.node.op.name !== "parameter");
    const runs = [
      graphs.run(given, trace),
      graphs.run(given, trace, { pinned: movable }),
      graphs.run(given, trace, { pinned: movable.filter(() => random.integer(3) === 0), fused: false }),
    ];
    for (const run of runs) names.forEach((name, j) => expectClose(run[name]!, expected[j]!, 2e-4));
    // Where things lie changes no bit. (A fused scaling may, as two factors become one.)
    for (const name of names) expect(runs[1]![name], `${name} of graph ${i}`).toEqual(runs[0]![name]);
  }
});
