// The calls of the rows of embedding.ts: tables of one row and of many, ids that come twice and that never come.

import { Random } from "../../src/data/random.js";
import { embedding } from "../../src/graph/ops/embedding.js";
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
};
