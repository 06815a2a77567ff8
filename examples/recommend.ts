// Part 10: A perceptron recommends what to read next from a history.
// Arguments: whole numbers: epochs (12), users (3000)

import { mkdirSync } from "node:fs";
import { adamW, compile, crossEntropy, metrics, schedules } from "wasmgrad";
import { saveFile } from "wasmgrad/io";
import { mlp } from "wasmgrad/models";
import { ITEMS, readers } from "./recommend/users.js";
import { lineChart } from "./support/line-chart.js";

const EPOCHS = Number(process.argv[2] ?? 12);
const USERS = Number(process.argv[3] ?? 3000);
const BATCH = 128;
const { history, liking } = readers(USERS, 1);
console.log(
  `${USERS} users have read ${history[0]!.length} of ${ITEMS} items each; the last one of each is held back.`,
);

// From everything but one item, tell that item: each of a user's items takes its turn, so a history is many examples.
const known = history.map((items) => items.subarray(0, -1));
const samples = known.flatMap((items, user) => Array.from(items, (next) => ({ user, next })));
const x = new Uint8Array(samples.length * ITEMS);
const y = new Int32Array(samples.length);
samples.forEach(({ user, next }, row) => {
  for (const item of known[user]!) if (item !== next) x[row * ITEMS + item] = 1;
  y[row] = next;
});

const trainer = await compile(mlp([ITEMS, 128, ITEMS], { dropout: 0.3 }), {
  loss: crossEntropy(),
  optimizer: adamW({
    lr: schedules.warmupCosine({ lr: 3e-3, warmupSteps: 100, totalSteps: EPOCHS * Math.ceil(samples.length / BATCH) }),
    weightDecay: 0.05,
  }),
  seed: 1,
});
for await (const { epoch, loss, seconds } of trainer.fit({ x, y }, { epochs: EPOCHS, batchSize: BATCH })) {
  console.log(`epoch ${String(epoch).padStart(2)}: loss ${loss.toFixed(3)}, ${seconds.toFixed(1)} s`);
}

// Every user's whole history in, a score for each item out; what the user has read already is not recommended.
const histories = new Uint8Array(USERS * ITEMS);
known.forEach((items, user) => items.forEach((item) => (histories[user * ITEMS + item] = 1)));
const scores = await trainer.predict(histories);
const counts = new Float32Array(ITEMS);
for (const items of known) for (const item of items) counts[item]!++;
const held = history.map((items) => [items.at(-1)!]);

const unseen = (score: (user: number, item: number) => number) =>
  Float32Array.from({ length: USERS * ITEMS }, (_, at) =>
    histories[at] === 1 ? -Infinity : score(Math.floor(at / ITEMS), at % ITEMS),
  );
const rankings = [
  { name: "the network", scores: unseen((user, item) => scores[user * ITEMS + item]!) },
  { name: "what everybody reads", scores: unseen((_, item) => counts[item]!) },
  { name: "who knows the tastes", scores: unseen((user, item) => liking[user * ITEMS + item]!) },
];

console.log("\nIs the item that was held back among the first 10 recommendations?");
const lines = rankings.map(({ name, scores }) => {
  const at = (k: number) => metrics.hitRate(scores, held, { items: ITEMS, k });
  const ndcg = metrics.ndcg(scores, held, { items: ITEMS, k: 10 });
  console.log(`  ${name.padEnd(21)} ${(100 * at(10)).toFixed(1).padStart(5)} % of users, NDCG ${ndcg.toFixed(3)}`);
  return { name, points: [1, 2, 5, 10, 15, 20, 30].map((k) => [k, at(k)] as const) };
});

mkdirSync("out", { recursive: true });
const title = "How often the held-back item is among the first k";
const svg = await lineChart(lines, { title, x: "k recommendations", y: "share of users" });
await saveFile("out/recommend.svg", new TextEncoder().encode(svg));
console.log("\nThe hit rate for any number of recommendations: out/recommend.svg");
