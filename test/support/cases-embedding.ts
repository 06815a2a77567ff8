// The calls of the rows of embedding.ts and rotary.ts: tables of one row and of many, ids that come twice and that never
// come; vectors of few pairs and of many.

import { Random } from "../../src/data/random.js";
import { embedding } from "../../src/graph/ops/embedding.js";
import { rotary } from "../../src/graph/ops/rotary.js";
import { argmax } from "../../src/graph/ops/step.js";
import { sizeOf, type Shape } from "../../src/graph/tensor.js";
import type { Given } from "./graph.js";
import type { Case } from "./reference-cases.js";

const random = new Random(77);

const floats = (shape: Shape): Given => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal())),
});
const ids = (shape: Shape, rows: number): Given => ({
  shape,
  dtype: "i32",
  values: Array.from({ length: sizeOf(shape) }, () => random.integer(rows)),
});

const lookups: Case[] = [
  { shape: [1], table: [1, 1] },
  { shape: [7], table: [3, 4] },
  { shape: [3, 5], table: [6, 5] },
  { shape: [2, 3, 4], table: [50, 18] },
  { shape: [40], table: [5, 35] },
].map(({ shape, table }) => ({
  label: `[${table}] by [${shape}]`,
  given: { ids: ids(shape, table[0]!), weight: floats(table) },
  trace: (leaves) => embedding(leaves.ids!, leaves.weight!),
  by: ["weight"],
}));

const turns: Case[] = [
  [3, 2],
  [2, 3, 8],
  [2, 2, 5, 6],
  [1, 4, 22],
  [2, 3, 16],
].flatMap((shape) =>
  [false, true].map((interleaved) => ({
    label: `[${shape}]${interleaved ? " in neighbours" : ""}`,
    given: { x: floats(shape) },
    trace: ({ x }) => rotary(x!, { interleaved, base: 100, offset: 2 }),
    by: ["x"],
  })),
);

export const embeddingCases: Readonly<Record<string, readonly Case[]>> = {
  embedding: [
    ...lookups,
    {
      label: "with ids that another op computes",
      given: { x: floats([6, 4]), weight: floats([4, 3]) },
      trace: (leaves) => embedding(argmax(leaves.x!), leaves.weight!),
      by: ["weight"],
    },
  ],
  rotary: [
    ...turns,
    {
      label: "from a position for each sample on",
      given: { x: floats([3, 2, 4, 6]), position: { shape: [3, 1], dtype: "i32", values: [2, 0, 5] } },
      trace: ({ x, position }) => rotary(x!, { position: position!, maxLength: 9 }),
      by: ["x"],
    },
  ],
};
