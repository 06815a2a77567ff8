// Part 10: An LSTM reads sentences in order; counting words is not enough.
// Arguments: whole numbers: epochs (4)

import { mkdirSync } from "node:fs";
import { adam, binaryCrossEntropy, compile, embedding, linear, lstm, sequential, type Module } from "wasmgrad";
import { bagOfWords, padSequences, splitWords, vocabulary } from "wasmgrad/data";
import { saveFile } from "wasmgrad/io";
import { sentences, type Sentence } from "./sentiment/sentences.js";
import { lineChart } from "./support/line-chart.js";
import { percent } from "./support/format.js";

const EPOCHS = Number(process.argv[2] ?? 4);
const training = sentences(8000, 1);
const seen = new Set(training.map(({ text }) => text));
const test = sentences(3000, 2).filter(({ text }) => !seen.has(text));
const words = vocabulary(
  training.map(({ text }) => splitWords(text)),
  { padding: "<pad>", unknown: "<unknown>" },
);
const longest = Math.max(...[...training, ...test].map(({ text }) => splitWords(text).length));
console.log(`${training.length} sentences of up to ${longest} words, ${words.size} different ones; for example:`);
for (const { text, kind } of training.slice(0, 4)) console.log(`  ${kind ? "kind  " : "unkind"}  ${text}`);

const labels = (set: readonly Sentence[]) => Float32Array.from(set, ({ kind }) => kind);
const encoded = (set: readonly Sentence[]) => set.map(({ text }) => words.encode(splitWords(text)));

interface Result {
  name: string;
  points: [epoch: number, accuracy: number][];
  predict(texts: string[]): Promise<Float32Array>;
}

async function learn(
  name: string,
  model: Module,
  input: { shape: number[]; dtype: "f32" | "i32" },
  xOf: (set: readonly Sentence[]) => Float32Array | Int32Array,
): Promise<Result> {
  const trainer = await compile(model, {
    loss: binaryCrossEntropy({ fromLogits: true }),
    optimizer: adam({ lr: 3e-3 }),
    input,
    seed: 1,
  });
  const validation = { x: xOf(test), y: labels(test) };
  const points: Result["points"] = [];
  console.log(`\n${name}`);
  for await (const epoch of trainer.fit(
    { x: xOf(training), y: labels(training) },
    { epochs: EPOCHS, batchSize: 64, validation },
  )) {
    points.push([epoch.epoch, epoch.valAccuracy!]);
    const right = `${percent(epoch.valAccuracy!)} of ${test.length} new sentences right`;
    console.log(`  epoch ${String(epoch.epoch).padStart(2)}: loss ${epoch.loss.toFixed(3)}, ${right}`);
  }
  return { name, points, predict: (texts) => trainer.predict(xOf(texts.map((text) => ({ text, kind: 0 })))) };
}

// One input for each word of the vocabulary, whatever the order: a logistic regression.
const counting = await learn("counting words", linear(words.size, 1), { shape: [words.size], dtype: "f32" }, (set) =>
  bagOfWords(encoded(set), words.size),
);
// Word by word; shorter sentences are padded in front, so that the last state has just read the last word.
const reading = await learn(
  "reading in order",
  sequential(embedding(words.size, 24), lstm(24, 48, { returnSequences: false }), linear(48, 1)),
  { shape: [longest], dtype: "i32" },
  (set) => padSequences(encoded(set), { length: longest, padding: "pre" }).data,
);

console.log("\nSentences of your own:");
const own = [
  "the plot was not dull",
  "the music was beautiful , but the end felt clumsy",
  "i cannot say that the film is funny",
];
const answers = await reading.predict(own);
own.forEach((text, i) => console.log(`  ${answers[i]! >= 0 ? "kind  " : "unkind"}  ${text}`));

mkdirSync("out", { recursive: true });
const title = "Sentences never seen before, told right";
const svg = await lineChart([reading, counting], { title, x: "epoch", y: "share", zero: false });
await saveFile("out/sentiment.svg", new TextEncoder().encode(svg));
const [best, base] = [reading, counting].map(({ points }) => points.at(-1)![1]);
console.log(
  `\nReading in order: ${percent(best!)}, counting words: ${percent(base!)}. Both over the epochs: out/sentiment.svg`,
);
