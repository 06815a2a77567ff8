// Part 10: A GRU reads names letter by letter, and writes new ones.
// Arguments: whole numbers: epochs (40)

import { mkdirSync } from "node:fs";
import { adamW, compile, crossEntropy, dropout, embedding, gru, linear, schedules, sequential } from "wasmgrad";
import { Random, trainTestSplit } from "wasmgrad/data";
import { saveFile } from "wasmgrad/io";
import { names } from "./names/names.js";
import { lineChart } from "./support/line-chart.js";

const EPOCHS = Number(process.argv[2] ?? 40);
const BATCH = 32;
const LETTERS = 27; // 0 ends a name and begins the next; 1 to 26 are a to z
const IGNORED = -100; // what comes after the end does not count
const LENGTH = Math.max(...names.map((name) => name.length)) + 1;

// In: the end sign and the letters. Out: the letters and the end sign, each to be told from what came before it.
const x = new Int32Array(names.length * LENGTH);
const y = new Int32Array(names.length * LENGTH).fill(IGNORED);
names.forEach((name, row) => {
  const letters = Array.from(name, (letter) => letter.charCodeAt(0) - 96);
  x.set([0, ...letters].slice(0, LENGTH), row * LENGTH);
  y.set([...letters, 0], row * LENGTH);
});
const { train, test } = trainTestSplit({ x, y }, { testFraction: 0.15, targets: LENGTH, seed: 1 });
const letters = (set: Int32Array) => set.filter((letter) => letter !== IGNORED).length;
console.log(`${train.rows.length} names to learn from, ${test.rows.length} to be judged by.`);

const steps = EPOCHS * Math.ceil(train.rows.length / BATCH);
const trainer = await compile(
  sequential(embedding(LETTERS, 24), dropout(0.1), gru(24, 96), dropout(0.3), linear(96, LETTERS)),
  {
    loss: crossEntropy({ ignoreIndex: IGNORED }),
    optimizer: adamW({
      lr: schedules.warmupCosine({ lr: 4e-3, warmupSteps: 20, totalSteps: steps }),
      weightDecay: 0.05,
    }),
    input: { shape: [LENGTH], dtype: "i32" },
    clipNorm: 1,
    seed: 1,
  },
);

const points: [number, number][] = [];
for await (const { epoch, loss, valLoss } of trainer.fit(train, {
  epochs: EPOCHS,
  batchSize: BATCH,
  validation: test,
  earlyStopping: { patience: 10 },
})) {
  points.push([epoch, Math.exp(valLoss!)]);
  if (epoch % 5 === 0) console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, of new names ${valLoss!.toFixed(3)}`);
}

// Baselines: how often each letter comes at all, and how often after the one before it (with one added to each count).
const pairs = new Float64Array(LETTERS * LETTERS).fill(1);
const singles = new Float64Array(LETTERS).fill(1);
train.y.forEach((letter, at) => {
  if (letter === IGNORED) return;
  pairs[train.x[at]! * LETTERS + letter]!++;
  singles[letter]!++;
});
const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0);
const baseline = (probability: (before: number, letter: number) => number) => {
  let nats = 0;
  test.y.forEach((letter, at) => {
    if (letter !== IGNORED) nats -= Math.log(probability(test.x[at]!, letter));
  });
  return Math.exp(nats / letters(test.y));
};
const rowTotals = Array.from({ length: LETTERS }, (_, row) =>
  total(pairs.subarray(row * LETTERS, (row + 1) * LETTERS)),
);
const byLetter = baseline((_, letter) => singles[letter]! / total(singles));
const byPair = baseline((before, letter) => pairs[before * LETTERS + letter]! / rowTotals[before]!);
const network = Math.exp((await trainer.evaluate(test)).loss);
console.log("\nBetween how many letters it hesitates, on names that it never saw (perplexity):");
console.log(`  by how often a letter comes   ${byLetter.toFixed(1)}`);
console.log(`  by the letter before          ${byPair.toFixed(1)}`);
console.log(`  the network                   ${network.toFixed(1)}`);

/** Writes one name: each letter is drawn from what the network expects after those before it. */
async function write(random: Random, temperature: number): Promise<string> {
  const text = new Int32Array(LENGTH);
  for (let at = 0; at < LENGTH; at++) {
    const logits = (await trainer.predict(text)).subarray(at * LETTERS, (at + 1) * LETTERS);
    const weights = Array.from(logits, (logit) => Math.exp(logit / temperature));
    let left = random.uniform(
      0,
      weights.reduce((sum, weight) => sum + weight, 0),
    );
    const letter = Math.max(
      0,
      weights.findIndex((weight) => (left -= weight) < 0),
    );
    if (letter === 0 || at === LENGTH - 1) return String.fromCharCode(...text.subarray(1, at + 1).map((id) => id + 96));
    text[at + 1] = letter;
  }
  return "";
}

const random = new Random(7);
const written = new Set<string>();
const known = new Set(names);
while (written.size < 24) {
  const name = await write(random, 0.7);
  if (name.length > 2 && !known.has(name)) written.add(name);
}
console.log(`\nNames that it makes up: ${[...written].join(", ")}`);

mkdirSync("out", { recursive: true });
const level = (name: string, value: number) => ({
  name,
  points: [
    [1, value],
    [points.length, value],
  ] as [number, number][],
});
const svg = await lineChart([{ name: "the network", points }, level("by the letter before", byPair)], {
  title: "Perplexity on names that it never saw",
  x: "epoch",
  y: "letters",
});
await saveFile("out/names.svg", new TextEncoder().encode(svg));
console.log("Perplexity over the epochs: out/names.svg");
